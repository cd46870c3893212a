"""The words of judgement: status, placement, findings, validity, and the evidence under them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.parse.patterns import Code

RULES_VERSION = "3"
"""Changes whenever the same evidence may be judged differently."""


class Status(StrEnum):
    """Did rounds yield timings."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


class Placement(StrEnum):
    """How many of the model's nodes were handed to the requested accelerator."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"
    UNKNOWN = "unknown"
    BASELINE = "baseline"


class Headline(StrEnum):
    """The one word over a cell; derived from the four fields, never stored as truth."""

    FAILED = "failed"
    WRONG = "wrong"
    SUSPECT = "suspect"
    NONE = "none"
    DOWNGRADED = "downgraded"
    FULL = "full"
    PARTIAL = "partial"
    UNKNOWN = "unknown"
    BASELINE = "baseline"


class FindingKind(StrEnum):
    """What else is wrong with a run."""

    DOWNGRADED = "downgraded"
    SOFTWARE_DEVICE = "software_device"
    SUSPECT = "suspect"
    WRONG_OUTPUT = "wrong_output"
    IMPLAUSIBLE = "implausible"
    OUTLIER = "outlier"
    TOOL_VERDICT_CONTRADICTED = "tool_verdict_contradicted"
    FLAG_IGNORED = "flag_ignored"


class Validity(StrEnum):
    """May the numbers be used."""

    VALID = "valid"
    INVALID = "invalid"
    INCOMPLETE = "incomplete"


class EvidenceKind(StrEnum):
    """Kinds of evidence that are not one line of the output; a line's kind is its `Code`."""

    EXIT_STATUS = "exit-status"
    NO_TIMINGS = "no-timings"
    NEVER_CREATED = "never-created"
    RUNTIME_INFO = "runtime-info"
    STATE_DUMP = "state-dump"
    OUTPUTS = "outputs"
    RESULT_FILE = "result-file"
    TIME_SHARE = "time-share"
    DEVICE_IDLE = "device-idle"
    CPU_TIME = "cpu-time"
    GPU_COUNTER = "gpu-counter"
    NPU_COUNTER = "npu-counter"
    CRASH = "crash"
    PRECISION = "precision"


class TimeSource(StrEnum):
    """How a share of time is known."""

    PROFILE = "profile"
    REMAINDER = "unprofiled-remainder"
    PLACEMENT = "placement"


@dataclass(frozen=True)
class TimeShare:
    """The part of an invocation's time, 0 to 1, that was spent on the requested accelerator."""

    value: float
    source: TimeSource


@dataclass(frozen=True)
class Evidence:
    """One fact about a run and where it stands: `source` is a file, `line` counts from 1."""

    kind: Code | EvidenceKind
    text: str
    source: str = ""
    line: int | None = None
    deciding: bool = False


@dataclass(frozen=True)
class Finding:
    """Something wrong. `message` is one sentence of ours with slots, never free text of a log."""

    kind: FindingKind
    message: str
    evidence: tuple[Evidence, ...] = ()


class WhyLeft(StrEnum):
    """Why nodes of one kind stayed on the CPU."""

    REFUSED = "refused"
    """The delegate names the kind in its list of refused operations."""
    DROPPED = "dropped"
    """Its list does not name the kind: supported, but outside of the pieces that were taken."""
    UNKNOWN = "unknown"


class HowCounted(StrEnum):
    """How nodes left on the CPU were counted."""

    RUNTIME_INFO = "runtime-info"
    COMPUTED = "computed"
    """The model's graph was partitioned anew; the delegate's own count agrees with the result."""


@dataclass(frozen=True)
class UnsupportedOp:
    """A kind of operation left on the CPU, with the delegate's reason (may be empty).

    `count` nodes of the kind stayed there, out of `of` in the model; `nodes` are the first of them,
    as indices in the primary graph. All are about the kind, also where it has several reasons.
    """

    op: str
    reason: str
    cause: WhyLeft = WhyLeft.UNKNOWN
    count: int | None = None
    of: int | None = None
    nodes: tuple[int, ...] = ()
    counted: HowCounted | None = None


@dataclass(frozen=True)
class Judgement:
    """What one run of the tool shows about where the model ran."""

    status: Status
    placement: Placement | None
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    nodes_on_accelerator: int | None = None
    nodes_total: int | None = None
    kernels: int | None = None
    backend: str | None = None
    unsupported_ops: tuple[UnsupportedOp, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    time_share: TimeShare | None = None

    @property
    def headline(self) -> Headline | None:
        """The headline of these four fields."""
        return headline(self.status, self.placement, self.findings)


def headline(
    status: Status, placement: Placement | None, findings: tuple[Finding, ...]
) -> Headline | None:
    """Derive the headline; None for a skipped cell."""
    kinds = {finding.kind for finding in findings}
    if status is Status.SKIPPED:
        return None
    if status is Status.FAILED:
        return Headline.FAILED
    if FindingKind.WRONG_OUTPUT in kinds:
        return Headline.WRONG
    if FindingKind.SUSPECT in kinds:
        return Headline.SUSPECT
    if placement is Placement.NONE:
        return Headline.NONE
    if FindingKind.DOWNGRADED in kinds:
        return Headline.DOWNGRADED
    return Headline(placement.value) if placement is not None else Headline.UNKNOWN
