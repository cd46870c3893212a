"""What the device itself saw of a run: its counters, its CPU, its log of a crash.

The tool says what it was told; these say what happened below it. They may take away from a
placement, and never add to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from harness.bench.variant import Accelerator
from harness.parse.crash import Crash, Frame
from harness.parse.model import Stats, ToolRun
from harness.verdict.model import (
    Evidence,
    EvidenceKind,
    Finding,
    FindingKind,
    Judgement,
    Placement,
    Status,
)

JOURNAL = "rounds.jsonl"
"""Where CPU time and counters stand: the source of their evidence."""

_NS_PER_S, _US_PER_S = 1e9, 1e6
_MAX_NAME = 120
_REFERENCE = "nnapi-reference"
# The TPU is all that `inference_count` counts, and this is its NNAPI driver's name.
_TPU_DRIVER = "edgetpu"
_DRIVER_FOLDERS = ("/vendor/", "/odm/", "/system/vendor/")


@dataclass(frozen=True)
class Witness:
    """The facts of one launch; None is unreadable. Seconds are of the device's clock.

    The counters are growth: nanoseconds of GPU work for the tool's user, inferences that the driver
    of a neural accelerator counted.
    """

    seconds: float | None = None
    cpu_seconds: float | None = None
    gpu_active_ns: int | None = None
    npu_inferences: int | None = None
    crash: Crash | None = None
    crash_source: str = ""


def witnessed(
    judgement: Judgement, run: ToolRun, requested: Accelerator, witness: Witness
) -> Judgement:
    """Return a launch's judgement with what the device saw: a crash's place, work that was not."""
    if judgement.status is Status.FAILED:
        if witness.crash is None:
            return judgement
        crash = _crash_evidence(witness.crash, witness.crash_source)
        return replace(judgement, evidence=(*judgement.evidence, crash))
    if not run.finished or judgement.placement in (None, Placement.NONE, Placement.BASELINE):
        return judgement
    idle = _idle(run, requested, witness)
    if idle is None:
        return judgement
    known = any(finding.kind is idle.kind for finding in judgement.findings)
    findings = judgement.findings if known else (*judgement.findings, idle)
    return replace(judgement, findings=findings, evidence=(*judgement.evidence, *idle.evidence))


def tell_rounds(
    requested: Accelerator, rounds: Sequence[tuple[ToolRun, Witness]]
) -> tuple[Evidence, ...]:
    """Return evidence that speaks of all timed rounds of a cell: medians, each with its number.

    Nothing is decided by it: counters may lag, and the CPU time is the whole process's. A counter
    is told of where the request could have moved it.
    """
    told = [_cpu_evidence(rounds)]
    if not requested.is_cpu:
        told.append(_gpu_evidence(rounds))
    if requested in (Accelerator.NNAPI, Accelerator.NPU):
        told.append(_npu_evidence(rounds))
    return tuple(one for one in told if one is not None)


def _idle(run: ToolRun, requested: Accelerator, witness: Witness) -> Finding | None:
    if requested is Accelerator.GPU and witness.gpu_active_ns == 0:
        message, counter = "the device's GPU counter saw no work of this run", "gpu_active_ns"
    elif _is_the_tpus(run, requested) and witness.npu_inferences == 0:
        message = "the neural accelerator's driver counted no inference of this run"
        counter = "npu_inferences"
    else:
        return None
    text = f"{counter} grew by 0 over {_invocations(run)} invocations"
    return Finding(
        FindingKind.DOWNGRADED, message, (Evidence(EvidenceKind.DEVICE_IDLE, text, JOURNAL),)
    )


def _is_the_tpus(run: ToolRun, requested: Accelerator) -> bool:
    """Whether the work was the TPU's: under NNAPI another driver may have been the right one."""
    if requested is Accelerator.NPU:
        return True
    if requested is not Accelerator.NNAPI:
        return False
    named = run.parameters.get("nnapi accelerator name", "")
    devices = (named,) if named else tuple(d for d in run.nnapi_devices or () if d != _REFERENCE)
    return bool(devices) and all(_TPU_DRIVER in device for device in devices)


def _invocations(run: ToolRun) -> int:
    return sum(stats.count or 0 for stats in _series(run))


def _inference_seconds(run: ToolRun) -> float | None:
    """Return the time of all invocations, warm-up included; None where a mean is missing."""
    total = 0.0
    for stats in _series(run):
        mean = stats.avg if stats.avg is not None else stats.curr
        if mean is None:
            return None
        total += (stats.count or 0) * mean / _US_PER_S
    return total or None


def _series(run: ToolRun) -> tuple[Stats, ...]:
    return tuple(stats for stats in (run.warmup, run.timed) if stats is not None)


def _cpu_evidence(rounds: Sequence[tuple[ToolRun, Witness]]) -> Evidence | None:
    pairs = [
        (one.cpu_seconds, one.seconds)
        for _, one in rounds
        if one.cpu_seconds is not None and one.seconds
    ]
    if not pairs:
        return None
    busy = median(cpu / wall for cpu, wall in pairs)
    text = (
        f"{busy:.2f} CPUs busy on average ({_median(cpu for cpu, _ in pairs)} s of CPU time in "
        f"{_median(wall for _, wall in pairs)} s, start and loading included; {_of(len(pairs))})"
    )
    return Evidence(EvidenceKind.CPU_TIME, text, JOURNAL)


def _gpu_evidence(rounds: Sequence[tuple[ToolRun, Witness]]) -> Evidence | None:
    pairs = [
        (one.gpu_active_ns / _NS_PER_S, seconds)
        for run, one in rounds
        if one.gpu_active_ns is not None and (seconds := _inference_seconds(run)) is not None
    ]
    if not pairs:
        return None
    text = (
        f"the GPU worked {_median(gpu for gpu, _ in pairs)} s for this user, and the invocations "
        f"took {_median(seconds for _, seconds in pairs)} s ({_of(len(pairs))})"
    )
    return Evidence(EvidenceKind.GPU_COUNTER, text, JOURNAL)


def _npu_evidence(rounds: Sequence[tuple[ToolRun, Witness]]) -> Evidence | None:
    pairs = [
        (one.npu_inferences, _invocations(run))
        for run, one in rounds
        if one.npu_inferences is not None
    ]
    if not pairs:
        return None
    text = (
        f"the neural accelerator's driver counted {median(n for n, _ in pairs):g} inferences, and "
        f"the tool made {median(n for _, n in pairs):g} invocations ({_of(len(pairs))})"
    )
    return Evidence(EvidenceKind.NPU_COUNTER, text, JOURNAL)


def _median(values: Iterable[float]) -> str:
    return f"{median(values):.2f}"


def _of(count: int) -> str:
    return "one round" if count == 1 else f"medians of {count} rounds"


def _crash_evidence(crash: Crash, source: str) -> Evidence:
    signal = f"{crash.signal_name or 'a signal'} ({crash.signal_code or 'no code'})"
    frame = crash.culprit
    if frame is None:
        return Evidence(EvidenceKind.CRASH, f"{signal}, without a backtrace", source, crash.line)
    text = f"{signal} in {_name(frame)}, {_whose(frame, crash)} (frame #{frame.number:02d})"
    return Evidence(EvidenceKind.CRASH, text, source, frame.line)


def _name(frame: Frame) -> str:
    name = frame.file
    return name if len(name) <= _MAX_NAME else name[:_MAX_NAME] + "…"


def _whose(frame: Frame, crash: Crash) -> str:
    if frame.path == crash.process:
        return "the tool's own program"
    if frame.path.startswith(_DRIVER_FOLDERS):
        return "a library of the phone's maker"
    if frame.path.startswith("/data/"):
        return "a library that came with the tool"
    if "neuralnetworks" in frame.path:
        return "NNAPI's runtime"
    if frame.path.startswith(("/system/", "/apex/", "/system_ext/", "/product/")):
        return "a library of Android"
    return "of unknown origin"
