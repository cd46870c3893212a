"""Where one run of the tool ends and the next begins, in a text that holds several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.parse.model import Event
from harness.parse.patterns import Code

_STARTS = frozenset({Code.STARTING, Code.APK_ARGS, Code.PYTHON_MODEL})
_ENDS = frozenset({Code.TIMINGS, Code.LABEL_TIMING})

# Lines of the runtime go to stderr and may overtake the tool's own `STARTING!`, which a pipe
# buffers: they are no reason to call what follows another run.
_MAY_PRECEDE_START = frozenset(
    {
        Code.COMMAND,
        Code.APK_ARGS,
        Code.GPU_CREATED,
        Code.NNAPI_CREATED,
        Code.METAL_CREATED,
        Code.XNNPACK_CREATED,
        Code.PLUGIN_CREATED,
        Code.OPENCL_LOADED,
        Code.OPENCL_MISSING,
        Code.OPENCL_INIT,
        Code.OPENGL_INIT,
        Code.OPENGL_FALLBACK,
        Code.GPU_KERNELS,
        Code.UNSUPPORTED,
        Code.UNSUPPORTED_OP,
        Code.GPU_SPLIT,
        Code.REPLACING,
        Code.DELEGATED_COUNT,
        Code.DYNAMIC_TENSORS,
        Code.LITERT_API_INIT,
        Code.GPU_UNREGISTERED,
        Code.NPU_UNREGISTERED,
    }
)
_AFTER_AN_END = frozenset(
    {
        *_MAY_PRECEDE_START,
        Code.UNCONSUMED,
        Code.LOADED,
        Code.PROVIDER_CREATED,
        Code.GOING_TO_APPLY,
        Code.TOOL_VERDICT,
        Code.TOOL_VERDICT_NONE,
        Code.SESSION_INIT,
        Code.RUNNING,
        Code.STATS,
        Code.TIMINGS,
        Code.LABEL_TIMING,
    }
)
_FIRST_PARAMETERS = frozenset({"graph", "min num runs", "num threads"})


def split_runs(events: Sequence[Event]) -> tuple[tuple[Event, ...], ...]:
    """Group the events of one stream by run, in order; at least one group, which may be empty."""
    groups: list[list[Event]] = [[]]
    for event in events:
        if groups[-1] and _begins_run(groups[-1], event):
            groups.append([])
        groups[-1].append(event)
    said_something = [group for group in groups if not _is_only_a_command(group)]
    return tuple(tuple(group) for group in said_something or groups[:1])


def _is_only_a_command(group: Iterable[Event]) -> bool:
    return all(event.code is Code.COMMAND for event in group)


def _begins_run(current: Sequence[Event], event: Event) -> bool:
    codes = {past.code for past in current}
    if event.code is Code.COMMAND:
        return not _is_only_a_command(current)
    if event.code in _STARTS:
        return not codes <= _MAY_PRECEDE_START
    if event.code is Code.LOG_PARAMS:
        return Code.LOG_PARAMS in codes
    if event.code is Code.RESULTS_START:
        return Code.RESULT in codes
    if codes & _ENDS:
        label = (event.values[0] or "").lower() if event.code is Code.PARAMETER else ""
        return event.code in _AFTER_AN_END or label in _FIRST_PARAMETERS
    return False
