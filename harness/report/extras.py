"""What a cell has beyond its rounds, in words: a sustained series, cold and warm starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.report import words
from harness.report.findings import device_name
from harness.stats.sustained import MINUTE_S, SLOWER
from harness.sweep.documents import CellDoc
from harness.sweep.extra_documents import InitDoc, InitFigureDoc, SampledReading, SustainedDoc
from harness.sweep.sustained_cells import BEGAN_THROTTLED
from harness.verdict.cache_use import CacheUse

_CACHES = {
    CacheUse.USED: "the warm launches used the cache",
    CacheUse.NOT_USED: "the warm launches did not use the cache: these are no warm starts",
    CacheUse.NONE: "the cold launches left no cache: these are no warm starts",
    CacheUse.UNKNOWN: "nothing shows whether the cache was used",
}


def sustained_sentence(found: SustainedDoc) -> str:
    """Say in a few words how a device stood the load."""
    if found.change is None:
        return f"has no comparison: {words.clean(found.reason or 'too few launches with times')}"
    percent = f"{abs(found.change) * 100:.0f} %"
    early = _early_loss(found)
    if early is not None:
        return f"slows by {early * 100:.0f} % within its first launches, then holds"
    if found.change >= SLOWER - 1:
        after = found.throttled_after_s
        return f"slows by {percent}" + (f" after {words.duration(after)}" if after else "")
    if found.change <= 1 / SLOWER - 1:
        return f"gets faster by {percent}"
    began = ", but began throttled" if found.reason == BEGAN_THROTTLED else ""
    return f"holds within {abs(found.change) * 100:.1f} %{began}"


def _early_loss(found: SustainedDoc) -> float | None:
    """Return what was lost so soon that the first minute is slow already, else None.

    Minutes alone would call such a device steady: the pieces that are drawn show what it lost.
    """
    first = next((one.p50_ms for one in found.points if one.p50_ms), None)
    minute, last = found.first_minute_ms, found.last_minute_ms
    if not first or minute is None or last is None or (found.change or 0.0) >= SLOWER - 1:
        return None
    return last / first - 1 if min(minute, last) >= SLOWER * first else None


def _loss(found: SustainedDoc) -> float | None:
    early = _early_loss(found)
    return found.change if early is None else early


def sustained_details(cell: CellDoc) -> dict[str, Any] | None:
    """Return what the drawer shows of a series; None where there is none."""
    found = cell.sustained
    if found is None:
        return None
    sentence = sustained_sentence(found)
    return {
        "say": f"{sentence[:1].upper()}{sentence[1:]}.",
        "note": _sustained_note(found),
        "sensor": f"{words.label(found.sensor, 40)}, {_how_read(found)}" if found.sensor else "",
        "points": [
            {
                "minute": round(point.t_s / MINUTE_S, 4),
                "ms": point.p50_ms,
                "count": point.count,
                "celsius": point.celsius,
                "ceiling": point.ceiling_share,
            }
            for point in found.points
        ],
    }


def _how_read(found: SustainedDoc) -> str:
    sampled = SampledReading.CELSIUS in found.sampled
    return "sampled while the tool ran" if sampled else "read before each launch"


def _sustained_note(found: SustainedDoc) -> str:
    minute = found.window_s >= MINUTE_S
    ends = ("first minute", "last minute") if minute else ("first third", "last third")
    parts = [
        f"{name} {words.ms(value)} ms"
        for name, value in zip(ends, (found.first_minute_ms, found.last_minute_ms), strict=True)
        if value is not None
    ]
    how = "medians of invocations" if found.exact else "medians of launches"
    parts.append(how)
    parts.append(
        f"{words.plural(found.launches, 'launch', 'launches')} in "
        f"{words.duration(found.duration_s)} of {words.duration(found.planned_s)}, "
        "by the device's clock"
    )
    if found.longest_pause_s is not None:
        parts.append(f"never at rest for more than {found.longest_pause_s:.1f} s")
    if not minute:
        parts.append("too short to compare minutes")
    if found.reason:
        parts.append(words.clean(found.reason))
    return "; ".join(parts) + "."


def init_lines(cell: CellDoc) -> list[tuple[str, str, str]]:
    """Return the lines of the drawer's table on cold and warm starts: name, value, note."""
    found = cell.init
    if found is None:
        return []
    if found.cold is None:
        return [("cold, warm start", "none", words.clean(found.reason or "not measured"))]
    lines = []
    for side, name in ((found.cold, "cold"), (found.warm, "warm")):
        if side is None:
            continue
        note = _page_cache(found) if name == "cold" else _CACHES[found.cache]
        lines += _figure(f"initialisation, {name}", side.init_ms, note)
        lines += _figure(f"first inference, {name}", side.first_inference_ms, "")
    if found.reason:
        lines.append(("cold, warm start", "incomplete", words.clean(found.reason)))
    return lines


def _page_cache(found: InitDoc) -> str:
    said = {
        True: "the files' pages dropped before",
        False: "the files' pages not dropped before",
        None: "not known whether the files' pages were dropped before",
    }
    return f"empty cache, {said[found.page_cache_dropped]}"


def _figure(name: str, figure: InitFigureDoc | None, note: str) -> list[tuple[str, str, str]]:
    if figure is None:
        return [(name, "unknown", note)]
    span = f"{words.ms(figure.low)} to {words.ms(figure.high)} in {figure.rounds}"
    return [(name, f"{words.ms(figure.value)} ms", "; ".join(filter(None, [span, note])))]


def summary_lines(cells: Sequence[CellDoc]) -> list[tuple[str, str]]:
    """Return the lines of the summary: who slows down most, what a cache spares."""
    lines = []
    series = [(cell, cell.sustained) for cell in cells if cell.sustained is not None]
    known = [(loss, cell, found) for cell, found in series if (loss := _loss(found)) is not None]
    if series:
        slow = [one for one in known if one[0] >= SLOWER - 1]
        slow.sort(key=lambda one: -one[0])
        began = sum(found.reason == BEGAN_THROTTLED for _, found in series)
        verb = "slows" if len(slow) == 1 else "slow"
        text = f"{len(slow):,} of {words.plural(len(series), 'cell')} {verb} down by 10 % or more"
        text += f", {began:,} began throttled" if began else ""
        if slow:
            text += f": {_where(slow[0][1])} {sustained_sentence(slow[0][2])}"
        lines.append(("Sustained", f"{text}."))
    spared = [
        (warm.value / cold.value, cell, cold, warm)
        for cell in cells
        if (pair := _init_pair(cell)) is not None
        for cold, warm in (pair,)
    ]
    if spared:
        ratio, cell, cold, warm = min(spared, key=lambda one: one[0])
        times = f"{words.ms(cold.value)} ms without a cache, {words.ms(warm.value)} ms with it"
        best = "spares most" if ratio < 1 else "is best, and spares nothing"
        lines.append(("Cold and warm start", f"{_where(cell)} {best}: {times}."))
    return lines


def _init_pair(cell: CellDoc) -> tuple[InitFigureDoc, InitFigureDoc] | None:
    """Return what a cell took to start cold and warm, if warm is known to have been warm."""
    found = cell.init
    if found is None or found.cache is not CacheUse.USED or not found.cold or not found.warm:
        return None
    cold, warm = found.cold.init_ms, found.warm.init_ms
    return (cold, warm) if cold is not None and warm is not None and cold.value > 0 else None


def _where(cell: CellDoc) -> str:
    return f"{words.label(cell.variant.name, 40)} on {words.label(device_name(cell), 40)}"
