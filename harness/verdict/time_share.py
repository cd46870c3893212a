"""The share of an invocation's time on the accelerator, where a profile may be believed.

A share of nodes is no share of time: one operator left on the CPU may cost nothing or more than all
the rest. A profiled GPU runs each of its kernels twice (tflite/delegates/gpu/cl/api.cc), OpenGL
reports none of them, and a full buffer drops events: in each of these cases the share is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.bench.variant import Accelerator
from harness.model.outline import ModelOutline
from harness.parse.model import ProfileRow, ToolRun
from harness.parse.patterns import Code
from harness.verdict.kernels import kernel_accelerator
from harness.verdict.model import (
    Evidence,
    EvidenceKind,
    FindingKind,
    Judgement,
    Placement,
    Status,
    TimeShare,
    TimeSource,
)
from harness.verdict.reading import Case
from harness.verdict.replay import read_partitions
from harness.verdict.rows import Owner, owner_of

MAX_GAP = 0.10
"""Of the unprofiled mean: what the rows may lack or have more before time is out of sight."""

_US_PER_MS = 1000.0
_DIGITS = 4


@dataclass(frozen=True)
class Profiled:
    """A profiled run and what it is held against.

    `rows` are a file's; without them the printed table's are taken. `unprofiled_us` is the mean of
    an invocation in runs of the same kind without the profiler; None where there is none.
    """

    run: ToolRun
    requested: Accelerator
    rows: tuple[ProfileRow, ...] = ()
    unprofiled_us: float | None = None
    outline: ModelOutline | None = None
    signature: str | None = None


def with_time_share(judgement: Judgement, profiled: Profiled | None) -> Judgement:
    """Add the share of time on the accelerator, or the reason why it is unknown, as evidence.

    A CPU run and a failed one have none. Where no node was handed over it is 0.
    """
    if judgement.status is not Status.OK or judgement.placement is Placement.BASELINE:
        return judgement
    if judgement.placement is Placement.NONE:
        return replace(judgement, time_share=TimeShare(0.0, TimeSource.PLACEMENT))
    share, evidence = _share(judgement, profiled)
    return replace(judgement, time_share=share, evidence=(*judgement.evidence, evidence))


def was_profiled(run: ToolRun) -> bool:
    """Whether the operators of a run were timed, so that its own times are no plain ones."""
    asked = run.parameters.get("enable op profiling", "") in ("1", "true")
    return asked or bool(run.profile)


def _share(judgement: Judgement, profiled: Profiled | None) -> tuple[TimeShare | None, Evidence]:
    if profiled is None:
        return None, _unknown("no operator was timed")
    case = Case(
        profiled.run,
        profiled.requested,
        (),
        outline=profiled.outline,
        signature=profiled.signature,
        profile=profiled.rows,
    )
    source = case.rows[0].source if case.rows else profiled.run.source
    dropped = profiled.run.first(Code.PROFILE_DROPPED)
    if dropped is not None:
        reason = "the profiler's buffer was full and events were dropped"
        return None, _unknown(reason, dropped.source, dropped.line)
    doubt = _doubt_of_run(judgement, case) or _doubt_of_rows(case) or _doubt_of_gpu(judgement, case)
    if doubt is not None:
        return None, _unknown(doubt, source)
    if not profiled.unprofiled_us:
        return None, _unknown("no run without the profiler was timed", source)
    return _weigh(case, profiled.unprofiled_us / _US_PER_MS, source)


def _weigh(case: Case, mean: float, source: str) -> tuple[TimeShare | None, Evidence]:
    """Hold the rows against the mean of an unprofiled invocation, in ms, and divide."""
    total = accelerator = cpu = 0.0
    for row in case.rows:
        requested = owner_of(case, row) is Owner.REQUESTED
        accelerator += row.total_ms if requested else 0.0
        # A row of control flow contains its bodies: rows of other graphs are parts of it.
        if row.graph == case.entry:
            total += row.total_ms
            cpu += 0.0 if requested else row.total_ms
    if abs(total - mean) > MAX_GAP * mean:
        text = f"the rows add up to {total:.6g} ms and an unprofiled invocation takes {mean:.6g} ms"
        return None, _unknown(text, source)
    if case.requested is Accelerator.GPU:
        # Times of a profiled GPU are not its times; those of the CPU beside it are.
        share = TimeShare(_part(mean - cpu, mean), TimeSource.REMAINDER)
        text = f"{cpu:.6g} ms on the CPU, of {mean:.6g} ms that an unprofiled invocation takes"
    else:
        share = TimeShare(_part(accelerator, total), TimeSource.PROFILE)
        text = f"{accelerator:.6g} of {total:.6g} ms in rows of the accelerator"
    return share, Evidence(EvidenceKind.TIME_SHARE, text, source)


def _doubt_of_run(judgement: Judgement, case: Case) -> str | None:
    if judgement.placement is Placement.UNKNOWN:
        return "it is unknown which nodes ran on the accelerator"
    if any(finding.kind is FindingKind.DOWNGRADED for finding in judgement.findings):
        return "the kernels ran by a lesser path"
    if case.entry is None:
        return "it is unknown which graph the signature runs"
    return None


def _doubt_of_rows(case: Case) -> str | None:
    if not case.rows:
        return "no operator was timed"
    if any(row.times_called == 0 and row.average_ms > 0 for row in case.rows):
        return "an operator ran in some of the invocations only"
    owners = {owner_of(case, row) for row in case.rows}
    if Owner.UNKNOWN in owners or _flex_ran(case.run):
        return "a row does not tell whose it is"
    if Owner.REQUESTED not in owners:
        return "no row is of the accelerator"
    return None


def _doubt_of_gpu(judgement: Judgement, case: Case) -> str | None:
    if case.requested is not Accelerator.GPU:
        return None
    if judgement.backend != "opencl":
        return f"{judgement.backend or 'the back end'} does not report the times of its kernels"
    if any(row.graph != case.entry for row in case.rows):
        return "control flow on the CPU contains times of a profiled GPU"
    return None


def _flex_ran(run: ToolRun) -> bool:
    """Whether TensorFlow's kernels ran behind a delegate: their rows bear no name of theirs."""
    return any(
        kernel_accelerator(partition.kernel) is Accelerator.CPU
        for partition in read_partitions(run.events)
    )


def _part(value: float, whole: float) -> float:
    return round(min(1.0, max(0.0, value / whole)), _DIGITS)


def _unknown(reason: str, source: str = "", line: int | None = None) -> Evidence:
    text = f"time share unknown because {reason}"
    return Evidence(EvidenceKind.TIME_SHARE, text, source, line)
