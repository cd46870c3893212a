"""How much of a run's output is there, and what a part of it may claim.

Whoever pastes a log pastes a piece. Lines that somebody picked stand for themselves. A stretch that
lacks its beginning does not: the flags, the device and the delegate that came first are gone, and
with them whatever would have spoken against the rest.
"""

from __future__ import annotations

from dataclasses import replace

from harness.bench.variant import Accelerator
from harness.parse.model import ToolRun
from harness.parse.patterns import Code
from harness.verdict.model import Placement
from harness.verdict.reading import Case, Reading

_BEGINNINGS = (
    Code.STARTING,
    Code.APK_ARGS,
    Code.LOG_PARAMS,
    Code.COMMAND,
    Code.PYTHON_MODEL,
)
_MIDDLE = (Code.SESSION_INIT, Code.RUNNING)
_UNSAID = Reading(Placement.UNKNOWN, None)


def lacks_beginning(run: ToolRun) -> bool:
    """Whether this is a stretch of a run whose first lines are cut off, not an excerpt."""
    return run.first(*_MIDDLE) is not None and run.first(*_BEGINNINGS) is None


def as_far_as_told(case: Case, reading: Reading) -> Reading:
    """Return the reading, or unknown where lines that are not there could contradict it.

    `full` needs the beginning and, but for an excerpt with the tool's own verdict, timed figures:
    a delegate that took all nodes may still fail to prepare. So does any share of LiteRT 2.x,
    whose kernels are made after the partition lines. XNNPACK's share is a request only if the
    flags show it, and NNAPI's device is in them too.
    """
    if case.runtime_info is not None or reading.placement not in (
        Placement.FULL,
        Placement.PARTIAL,
    ):
        return reading
    run = case.run
    if lacks_beginning(run) and (
        reading.placement is Placement.FULL
        or case.requested in (Accelerator.XNNPACK, Accelerator.NNAPI)
    ):
        return replace(_UNSAID, nodes=reading.nodes, total=reading.total)
    if not run.finished and (
        case.is_compiled_model
        or (reading.placement is Placement.FULL and run.first(Code.TOOL_VERDICT) is None)
    ):
        return _UNSAID
    return reading
