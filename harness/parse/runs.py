"""Where one run of the tool ends and the next begins, in a text that holds several.

A run writes two streams. The tool's own lines (`INFO: STARTING!`, its statistics) go to stdout, the
runtime's and the delegates' to stderr, and a pipe, a file or a collector may put the second before,
behind or among the first. So the tool's lines alone say where a run begins; the others go to the
run around them, and what stands between two runs is given to the one or the other by what is
printed once a process, and by where the text as a whole puts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise

from harness.parse.model import Event
from harness.parse.patterns import Code

# Nothing of the tool follows or precedes these in their process.
_ALONE = frozenset({Code.LINK_FAILED, Code.NOT_RUNNABLE})
_STARTS = frozenset({Code.STARTING, Code.APK_ARGS, Code.PYTHON_MODEL})
_ENDS = frozenset({Code.TIMINGS, Code.LABEL_TIMING})
TOOL_LINES = frozenset(
    {
        *_ALONE,
        *_STARTS,
        *_ENDS,
        Code.COMMAND,
        Code.LOG_PARAMS,
        Code.PARAMETER,
        Code.UNCONSUMED,
        Code.NNAPI_DEVICES,
        Code.LITERT_ACCELERATORS,
        Code.LOADED,
        Code.OPENCL_LOADED,
        Code.PROVIDER_CREATED,
        Code.GOING_TO_APPLY,
        Code.TOOL_VERDICT,
        Code.TOOL_VERDICT_NONE,
        Code.LABEL_APPLIED,
        Code.SESSION_INIT,
        Code.RUNNING,
        Code.STATS,
        Code.MEMORY,
        Code.PEAK_MEMORY,
        Code.PROFILE,
    }
)
"""Lines that the tool itself prints, on a stream of their own, or a shell around it."""

_AFTER_AN_END = frozenset(
    {
        *_ENDS,
        Code.UNCONSUMED,
        Code.LOADED,
        Code.PROVIDER_CREATED,
        Code.GOING_TO_APPLY,
        Code.TOOL_VERDICT,
        Code.TOOL_VERDICT_NONE,
        Code.SESSION_INIT,
        Code.RUNNING,
        Code.STATS,
    }
)
_FIRST_PARAMETERS = frozenset({"graph", "min num runs", "num threads"})
_ONCE = frozenset(
    {
        Code.GPU_CREATED,
        Code.NNAPI_CREATED,
        Code.METAL_CREATED,
        Code.XNNPACK_CREATED,
        Code.OPENCL_INIT,
        Code.OPENGL_INIT,
        Code.RESULTS_START,
        Code.BENCHMARK_FAILED,
    }
)
"""Lines that a process prints once at most (TFLITE_LOG_PROD_ONCE, or its very end)."""
_RESULTS = frozenset({Code.RESULTS_START, Code.RESULT, Code.FULLY_ACCELERATED})
_LAST_WORDS = frozenset({Code.BENCHMARK_FAILED, Code.CRASHED, Code.RUN_FAILED})


class _Order(Enum):
    """Where a text puts the runtime's lines of a run that are outside of the tool's."""

    BEFORE = auto()
    BEHIND = auto()
    BOTH = auto()
    UNSEEN = auto()


@dataclass
class _Span:
    """The tool's lines of one run: positions of the first and the last among the events."""

    first: int
    last: int


def split_runs(events: Sequence[Event]) -> tuple[range, ...]:
    """Say which events of one stream are of which run, in order; at least one range.

    A command line without any output is no run, unless there is nothing else.
    """
    half = _half(events)
    if half:
        bounds = _bounds(events[:half])
        bounds += [half + bound for bound in bounds]
    else:
        bounds = _bounds(events)
    ranges = [
        range(begin, end)
        for begin, end in zip(bounds, [*bounds[1:], len(events)], strict=True)
        if end > begin
    ]
    told = [one for one in ranges if any(events[n].code is not Code.COMMAND for n in one)]
    return tuple(told or ranges[:1] or [range(0)])


def _half(events: Sequence[Event]) -> int:
    """Return the middle of a text that says the same twice, 0 of any other."""
    half, odd = divmod(len(events), 2)
    pairs = zip(events[:half], events[half:], strict=False)
    return half if not odd and all(one.text == other.text for one, other in pairs) else 0


def _spans(events: Sequence[Event]) -> list[_Span]:
    """Split the tool's own lines: a run begins where they go back to its beginning."""
    spans: list[_Span] = []
    codes: set[Code] = set()
    runtime_since = 0  # lines of the runtime since the last of the tool's
    for position, event in enumerate(events):
        if event.code not in TOOL_LINES or _is_litert_loading(event):
            runtime_since += 1
            continue
        if not spans or _begins(event, codes, after_runtime=runtime_since > 0):
            spans.append(_Span(position, position))
            codes = set()
        spans[-1].last = position
        codes.add(event.code)
        runtime_since = 0
    return spans


def _is_litert_loading(event: Event) -> bool:
    # LiteRT's tool says so on the runtime's stream, the interpreter's `Loaded model` on its own.
    return event.code is Code.LOADED and event.text.startswith("Loading")


def _begins(event: Event, codes: set[Code], *, after_runtime: bool) -> bool:
    only_commands = codes <= {Code.COMMAND}
    if event.code is Code.COMMAND:
        return not only_commands or after_runtime
    if event.code in _STARTS:
        return not codes <= {Code.COMMAND, Code.APK_ARGS}
    if event.code in _ALONE:
        return not only_commands
    if codes & _ALONE:
        return True
    if event.code in (Code.LOG_PARAMS, Code.SESSION_INIT) and event.code in codes:
        return True
    if codes & _ENDS:
        label = (event.values[0] or "").lower() if event.code is Code.PARAMETER else ""
        return event.code in _AFTER_AN_END or label in _FIRST_PARAMETERS
    return False


def _bounds(events: Sequence[Event]) -> list[int]:
    """Say where each run begins, the lines between two of them given to one or the other."""
    spans = _spans(events)
    if not spans:
        return [0]
    lead, trail = events[: spans[0].first], events[spans[-1].last + 1 :]
    order = _order(lead, trail)
    first_end = spans[1].first if len(spans) > 1 else len(events)
    begin = 0 if _leads(lead, events[spans[0].first : first_end]) else spans[0].first
    bounds = [0] if begin == 0 else [0, begin]
    for one, other in pairwise(spans):
        gap = events[one.last + 1 : other.first]
        before = events[bounds[-1] : one.last + 1]
        taken = _taken(before, gap, order, ends=events[other.first].code is Code.COMMAND)
        bounds.append(one.last + 1 + taken)
    last = events[bounds[-1] : spans[-1].last + 1]
    taken = _repeats(last, trail)
    if taken < len(trail):
        bounds.append(spans[-1].last + 1 + taken)
    return bounds


def _order(lead: Sequence[Event], trail: Sequence[Event]) -> _Order:
    if lead and trail:
        return _Order.BOTH
    if lead:
        return _Order.BEFORE
    return _Order.BEHIND if trail else _Order.UNSEEN


def _leads(lead: Sequence[Event], behind: Sequence[Event]) -> bool:
    """Whether the runtime's lines at the top are of the run whose tool's lines follow."""
    if not lead or behind[0].code in (Code.COMMAND, *_ALONE):
        return not lead
    told, results = _labels(lead), _labels(behind)
    if told and (told & results or _announced(behind) != _counted((*lead, *behind))):
        return False
    # A run that came to its end did not fail before, unless it is its invocations that failed.
    codes = {event.code for event in lead}
    failed = bool(codes & _LAST_WORDS) and Code.INVOKE_FAILED not in codes
    return not (failed and any(event.code in _ENDS for event in behind))


def _labels(events: Sequence[Event]) -> set[str | None]:
    return {event.values[0] for event in events if event.code is Code.RESULT}


def _taken(before: Sequence[Event], gap: Sequence[Event], order: _Order, *, ends: bool) -> int:
    """Say how many lines of a gap are of the run before it."""
    if ends or not gap:
        return len(gap)
    codes = {event.code for event in before}
    repeats = _repeats(before, gap)
    if order is _Order.BEHIND:
        return repeats
    if not codes & (_ENDS | _LAST_WORDS):  # it did not come to its end, and the gap may say why
        failed = [n for n, event in enumerate(gap, start=1) if event.code in _LAST_WORDS]
        if failed:
            return min(failed[0], repeats)
    if order is _Order.BEFORE:
        return 0
    if order is _Order.BOTH and repeats < len(gap):
        return repeats
    if Code.PYTHON_MODEL in codes and not codes & {Code.RESULT}:
        return _length_of_results(gap)
    return 0


def _repeats(before: Sequence[Event], lines: Sequence[Event]) -> int:
    """Return the place of the first line that the process before has printed already."""
    seen = {event.code for event in before if event.code in _ONCE}
    for position, event in enumerate(lines):
        if event.code in seen or (Code.BENCHMARK_FAILED in seen and event.code is not Code.CRASHED):
            return position
        if event.code in _ONCE:
            seen.add(event.code)
    return len(lines)


def _length_of_results(gap: Sequence[Event]) -> int:
    for position, event in enumerate(gap):
        if event.code not in _RESULTS:
            return position
    return len(gap)


def _announced(tool: Sequence[Event]) -> int | None:
    """Return the number of invocations that LiteRT's Python tool announced last."""
    return next((e.number(0) for e in reversed(tool) if e.code is Code.RUNNING), None)


def _counted(results: Sequence[Event]) -> int | None:
    """Return the number of timed invocations that a results block counts."""
    return next(
        (
            e.number(2)
            for e in results
            if e.code is Code.RESULT and e.values[0] == "Inference (avg)"
        ),
        None,
    )
