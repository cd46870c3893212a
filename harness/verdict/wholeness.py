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
from harness.verdict.failure import gave_up_and_went_on
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
    """Return the reading, or unknown where lines that are not there could contradict it."""
    if reading.account is not None:
        return reading
    placement = reading.placement
    if lacks_beginning(case.run) and _needs_beginning(case, placement):
        return replace(_UNSAID, nodes=reading.nodes, total=reading.total)
    return reading if case.run.finished or not _needs_figures(case, placement) else _UNSAID


def _needs_beginning(case: Case, placement: Placement) -> bool:
    """Whether a placement rests on first lines: XNNPACK's request and NNAPI's device are there."""
    if placement is Placement.PARTIAL:
        return case.requested in (Accelerator.XNNPACK, Accelerator.NNAPI)
    return placement is Placement.FULL


def _needs_figures(case: Case, placement: Placement) -> bool:
    """Whether a placement is none before the run has come to its figures.

    A delegate that took all nodes may fail to prepare yet; the tool's own verdict in an excerpt
    comes after that. LiteRT 2.x makes its kernels after every line that counts nodes, and an app
    that gave up says so at any time.
    """
    if case.is_compiled_model:
        return not gave_up_and_went_on(case.run)
    if placement is Placement.FULL:
        return case.run.first(Code.TOOL_VERDICT) is None
    return placement is Placement.BASELINE
