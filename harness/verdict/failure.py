"""Whether a run failed, and which line says so: the evidence that outranks every other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.parse.model import Event, ToolRun
from harness.parse.patterns import Code
from harness.verdict.model import Evidence, EvidenceKind


class FailureReason(StrEnum):
    """Why a run of the tool yielded no timings that may be used."""

    LINK_ERROR = "link-error"
    NOT_RUNNABLE = "not-runnable"
    CRASHED = "crashed"
    BAD_FLAG = "bad-flag"
    MODEL_NOT_LOADED = "model-not-loaded"
    INVOKE_FAILED = "invoke-failed"
    NO_GPU = "no-gpu"
    FULL_DELEGATION_REFUSED = "full-delegation-refused"
    DELEGATE_FAILED = "delegate-failed"
    ALLOCATION_FAILED = "allocation-failed"
    BENCHMARK_FAILED = "benchmark-failed"
    EXIT_STATUS = "exit-status"
    NO_TIMINGS = "no-timings"


@dataclass(frozen=True)
class Failure:
    """A failed run: the reason, and the line that shows it (None if only its absence does)."""

    reason: FailureReason
    event: Event | None
    evidence: Evidence


_ALWAYS: tuple[tuple[Code, FailureReason], ...] = (
    (Code.LINK_FAILED, FailureReason.LINK_ERROR),
    (Code.NOT_RUNNABLE, FailureReason.NOT_RUNNABLE),
    (Code.CRASHED, FailureReason.CRASHED),
    (Code.FLAG_FAILED, FailureReason.BAD_FLAG),
    (Code.MODEL_FAILED, FailureReason.MODEL_NOT_LOADED),
    # The tool goes on timing invocations that fail, prints their figures and fails at the end;
    # the APK does not even say that (tflite/tools/benchmark/benchmark_model.cc).
    (Code.INVOKE_FAILED, FailureReason.INVOKE_FAILED),
    (Code.FULL_REFUSED, FailureReason.FULL_DELEGATION_REFUSED),
    (Code.APPLY_FAILED, FailureReason.DELEGATE_FAILED),
    (Code.ALLOCATE_FAILED, FailureReason.ALLOCATION_FAILED),
    (Code.RUN_FAILED, FailureReason.DELEGATE_FAILED),
    (Code.BENCHMARK_FAILED, FailureReason.BENCHMARK_FAILED),
)
# What a line before it says better than the one that ended the run.
_SPECIFIC = ((Code.GPU_ADAPTER_MISSING, FailureReason.NO_GPU),)
_WITHOUT_TIMINGS: tuple[tuple[Code, FailureReason], ...] = (
    (Code.NN_NO_DEVICE, FailureReason.DELEGATE_FAILED),
    (Code.NN_ERROR, FailureReason.DELEGATE_FAILED),
    (Code.GPU_ERROR, FailureReason.DELEGATE_FAILED),
    (Code.PREPARE_FAILED, FailureReason.DELEGATE_FAILED),
    (Code.PLAN_RESTORED, FailureReason.DELEGATE_FAILED),
)


_BY_SIGNAL = 128
# Linux, asm-generic/signal.h. KILL counts among them: where our own limit did not send it, a phone
# that ran out of memory did.
_CRASH_SIGNALS = {
    4: "SIGILL",
    5: "SIGTRAP",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    9: "SIGKILL",
    11: "SIGSEGV",
    31: "SIGSYS",
}
_OTHER_SIGNALS = {1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 13: "SIGPIPE", 15: "SIGTERM"}


def find_failure(run: ToolRun, exit_status: int | None) -> Failure | None:
    """Return why the run failed, or None.

    A piece of a log that shows neither the start nor the figures of a run is not called failed
    for want of figures. `exit_status` is None when unknown.
    """
    if gave_up_and_went_on(run):
        return None
    rows = _ALWAYS if run.finished else (*_SPECIFIC, *_ALWAYS, *_WITHOUT_TIMINGS)
    for code, reason in rows:
        event = run.first(code)
        if event is not None:
            return Failure(reason, event, as_evidence(event, deciding=True))
    if exit_status:
        return _by_status(exit_status)
    if not run.finished and (run.started or exit_status is not None):
        text = "the output ends without figures of timed runs"
        evidence = Evidence(EvidenceKind.NO_TIMINGS, text, deciding=True)
        return Failure(FailureReason.NO_TIMINGS, None, evidence)
    return None


def _by_status(status: int) -> Failure:
    """Judge a status other than 0; 128 + n is how a shell tells of signal n."""
    number = status - _BY_SIGNAL
    name = _CRASH_SIGNALS.get(number) or _OTHER_SIGNALS.get(number)
    by = f": {name} ended it" if name else ""
    text = f"the tool's exit status is {status}{by}"
    crashed = number in _CRASH_SIGNALS
    reason = FailureReason.CRASHED if crashed else FailureReason.EXIT_STATUS
    return Failure(reason, None, Evidence(EvidenceKind.EXIT_STATUS, text, deciding=True))


def gave_up_and_went_on(run: ToolRun) -> bool:
    """Whether an app says that it lost its accelerator and runs on the CPU; the tool never does."""
    return not run.started and run.first(Code.APP_FELL_BACK) is not None


_MAX_TEXT = 400


def as_evidence(event: Event, *, deciding: bool = False) -> Evidence:
    """Make evidence of a line; what is too long to read is cut."""
    text = event.text if len(event.text) <= _MAX_TEXT else event.text[:_MAX_TEXT] + "…"
    return Evidence(event.code, text, event.source, event.line, deciding)
