"""The figures of one run: statistics, initialisation, memory, in any of their printed forms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.parse.model import Event, Memory, Stats, events_by_code
from harness.parse.patterns import STAT_FIELD, Code

_RESULT_FIELDS = {
    "Inference (avg)": "avg",
    "Inference (min)": "min",
    "Inference (max)": "max",
    "Inference (median)": "p50",
    "Inference (std)": "std",
    "Inference (p5)": "p5",
    "Inference (p95)": "p95",
}
_US_PER_MS = 1000.0
_SIX_DIGITS = 1e-5  # C++ streams print a mean with six significant digits


@dataclass(frozen=True)
class Figures:
    """All figures of a run; times in µs."""

    warmup: Stats | None = None
    timed: Stats | None = None
    init_us: float | None = None
    first_inference_us: float | None = None
    memory: Memory = field(default_factory=Memory)


def parse_stats(count: str | None, rest: str | None) -> Stats:
    """Read what follows `count=`: a part of a cut line is read as far as it goes.

    `curr=V(all same)` stands for every statistic. One run has `curr` only, which is `first` too.
    """
    number = int(count) if count is not None and len(count) < 16 else None  # noqa: PLR2004
    values: dict[str, float] = {}
    all_same = False
    for name, digits, same in STAT_FIELD.findall(rest or ""):
        value = _finite(digits)
        if value is not None:
            values["p50" if name == "median" else name] = value
        all_same = all_same or bool(same)
    if all_same and "curr" in values:
        same_value = values["curr"]
        names = ("first", "min", "max", "avg", "p5", "p50", "p95")
        values = {**dict.fromkeys(names, same_value), "std": 0.0, **values}
    elif number == 1 and "curr" in values:
        values.setdefault("first", values["curr"])
    return Stats(count=number, **values)


def read_figures(events: Sequence[Event]) -> Figures:
    """Collect the figures of one run's events."""
    by_code = events_by_code(events)
    printed = _printed_timings(by_code)
    block = _results_block(by_code.get(Code.RESULT, []))
    warmup, timed = _sort_stats(events, printed)
    if timed is None and printed.get("avg") is not None:
        timed = Stats(avg=printed["avg"])
    return Figures(
        warmup=warmup or block.warmup,
        timed=timed or block.timed,
        init_us=_first_known(printed.get("init"), _session_us(by_code), block.init_us),
        first_inference_us=_first_known(printed.get("first"), block.first_inference_us),
        memory=_memory(by_code),
    )


def _finite(digits: str | None) -> float | None:
    value = float(digits) if digits else math.nan
    return value if math.isfinite(value) else None


def _first_known(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _printed_timings(by_code: Mapping[Code, list[Event]]) -> dict[str, float | None]:
    """Read the closing line: `Inference timings in us`, its elder form, or label_image's."""
    if events := by_code.get(Code.TIMINGS):
        numbers = [_finite(value) for value in events[-1].values]
        names = ("init", "first", "warmup", "avg")
        if len(numbers) == 3:  # noqa: PLR2004 (up to TensorFlow 2.1: warm-up, init, mean)
            names = ("warmup", "init", "avg", "")
        return dict(zip(names, numbers, strict=False))
    if events := by_code.get(Code.LABEL_TIMING):
        milliseconds = _finite(events[-1].values[0])
        return {"avg": None if milliseconds is None else milliseconds * _US_PER_MS}
    return {}


def _sort_stats(
    events: Sequence[Event], printed: Mapping[str, float | None]
) -> tuple[Stats | None, Stats | None]:
    """Tell the warm-up's `count=` line from that of the timed runs.

    The announcements decide (the first is the warm-up's). Where they are missing from a paste the
    closing line's means do; where that is missing too, the order.
    """
    announced: Counter[int] = Counter()  # by stream: order across two means nothing
    warmup: Stats | None = None
    timed: Stats | None = None
    loose: list[Stats] = []
    for event in events:
        if event.code is Code.RUNNING:
            announced[event.stream] += 1
        elif event.code is Code.STATS and _is_whole(event):
            stats = parse_stats(event.values[0], event.values[1])
            if announced[event.stream] == 0:
                loose.append(stats)
            elif announced[event.stream] == 1 and not _is_mean(stats, printed.get("avg")):
                warmup = stats
            else:
                timed = stats
    if loose and timed is None:
        timed = loose[-1]
        if _is_mean(timed, printed.get("warmup")) and not _is_mean(timed, printed.get("avg")):
            return timed, None
        warmup = warmup or (loose[-2] if len(loose) > 1 else None)
    return warmup, timed


def _is_whole(event: Event) -> bool:
    """Whether a `count=` line comes as far as its means: the end of a cut log may break it."""
    count, rest = event.values[0], event.values[1] or ""
    if count in ("0", "1"):  # of which there is no mean
        return count == "0" or "curr=" in rest
    return "std=" in rest or "(all same)" in rest


def _is_mean(stats: Stats, mean: float | None) -> bool:
    value = stats.avg if stats.avg is not None else stats.curr
    if value is None or mean is None:
        return False
    return math.isclose(value, mean, rel_tol=_SIX_DIGITS)


def _results_block(results: Sequence[Event]) -> Figures:
    """Read LiteRT's results block, which speaks of milliseconds with two decimals."""
    values: dict[str, float] = {}
    runs: dict[str, int] = {}
    for event in results:
        label, digits = event.values[0] or "", event.values[1]
        value = _finite(digits)
        if value is not None:
            values[label] = round(value * _US_PER_MS, 3)
        if (count := event.number(2)) is not None:
            runs[label] = count
    if not values:
        return Figures()
    fields = {name: values[label] for label, name in _RESULT_FIELDS.items() if label in values}
    warmup_mean = values.get("Warmup (avg)")
    return Figures(
        warmup=None
        if warmup_mean is None
        else Stats(
            count=runs.get("Warmup (avg)"), first=values.get("Warmup (first)"), avg=warmup_mean
        ),
        timed=Stats(count=runs.get("Inference (avg)"), **fields) if "avg" in fields else None,
        init_us=values.get("Model initialization"),
        first_inference_us=values.get("Warmup (first)"),
    )


def _session_us(by_code: Mapping[Code, list[Event]]) -> float | None:
    events = by_code.get(Code.SESSION_INIT)
    milliseconds = _finite(events[-1].values[0]) if events else None
    return None if milliseconds is None else milliseconds * _US_PER_MS


def _memory(by_code: Mapping[Code, list[Event]]) -> Memory:
    footprint = by_code.get(Code.MEMORY)
    peak = by_code.get(Code.PEAK_MEMORY)
    return Memory(
        init_mb=_finite(footprint[-1].values[0]) if footprint else None,
        overall_mb=_finite(footprint[-1].values[1]) if footprint else None,
        peak_mb=_finite(peak[-1].values[0]) if peak else None,
    )
