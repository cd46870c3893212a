"""results.json as it lies on disk, a contract: docs/reference/results-json.md.

It is derived from the record (harness.sweep.record). Pydantic checks it where it is read, since a
person may have left it in any state. Times are milliseconds unless a name says otherwise.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.bench.variant import Accelerator, Dialect
from harness.device.base import DeviceKind
from harness.device.controls import ControlState
from harness.device.cores import CoreClass
from harness.stats.claim import Claim
from harness.sweep.condition_documents import ConditionsDoc, EnergyDoc
from harness.sweep.document import Document
from harness.sweep.extra_documents import (
    CoresDoc,
    ExactDoc,
    InitDoc,
    PercentileDoc,
    StoppedDoc,
    SustainedDoc,
)
from harness.verdict.corroborate import Says
from harness.verdict.expectation import Outcome
from harness.verdict.model import (
    FindingKind,
    Headline,
    HowCounted,
    Placement,
    Status,
    TimeSource,
    Validity,
    WhyLeft,
)
from harness.verdict.outputs import OutputVerdict
from harness.verdict.suspicion import SuspicionVerdict


class LatencyDoc(Document):
    """Latencies of a cell in ms; init and first inference apart from the steady state."""

    p50: PercentileDoc | None = None
    p90: PercentileDoc | None = None
    p95: PercentileDoc | None = None
    avg: float | None = None
    min: float | None = None
    max: float | None = None
    std: float | None = None
    init: float | None = None
    first_inference: float | None = None


class DeviceDoc(Document):
    """The device of a cell."""

    id: str
    kind: DeviceKind
    model: str | None
    soc: str | None
    simulated: bool


class ModelDoc(Document):
    """The model of a cell."""

    name: str
    sha256: str
    precision: str | None
    signature: str | None


class VariantDoc(Document):
    """The variant of a cell; `flags` as sent, with dashes."""

    name: str
    accelerator: Accelerator
    flags: list[str]


class ToolDoc(Document):
    """The tool of a cell."""

    name: str
    sha256: str
    dialect: Dialect | None
    version: str | None


class EvidenceDoc(Document):
    """One fact: `source` is a file relative to the sweep folder."""

    kind: str
    source: str
    line: int | None
    text: str
    deciding: bool


class FindingDoc(Document):
    """Something wrong, in one sentence, with its evidence."""

    kind: FindingKind
    message: str
    evidence: list[EvidenceDoc] = []


class ValidityNoteDoc(Document):
    """What is to be said of a cell's numbers: `reason` as a code, what was seen, what to do next.

    `decides` tells whether the numbers may not be used for it.
    """

    reason: str
    message: str
    next_step: str
    decides: bool = True


class UnsupportedOpDoc(Document):
    """A kind of operation that stayed on the CPU: `count` nodes of `of`, the first by index."""

    op: str
    reason: str
    cause: WhyLeft = WhyLeft.UNKNOWN
    count: int | None = None
    of: int | None = None
    nodes: list[int] = []
    counted: HowCounted | None = None


class NoiseFloorDoc(Document):
    """How much a device differs from itself: 0.03 is 3 %, of `pairs` A/A comparisons.

    Each compared `rounds` rounds with as many. `variant_kind` is the accelerator that was at work,
    `model` the name of the model that was run, `cores` and `clocks` under what: see NoiseEntry.
    """

    relative: float
    pairs: int
    measured: str
    variant_kind: Accelerator
    model: str = ""
    rounds: int | None = None
    cores: CoreClass | None = None
    clocks: dict[str, ControlState] = {}


class SpeedupDoc(Document):
    """Baseline's p50 over this cell's p50, and what may be said of it."""

    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    claim: Claim = Claim.UNKNOWN


class RatioDoc(Document):
    """This cell's times over another's, with a 90 % interval."""

    value: float
    ci_low: float
    ci_high: float


class CorroboratorDoc(Document):
    """A fact beside the time, and whose work it says that a run was."""

    kind: str
    says: Says
    text: str


class SuspicionDoc(Document):
    """Whether a claimed accelerator is a CPU in disguise; `against` is a variant's name."""

    verdict: SuspicionVerdict
    reason: str
    against: str | None = None
    ratio: RatioDoc | None = None
    corroborators: list[CorroboratorDoc] = []


class ExpectationDoc(Document):
    """What devices.yaml expects of a cell, under which variant's name, and how the cell stands."""

    variant: str
    least: str
    outcome: Outcome


class TimeShareDoc(Document):
    """The part of an invocation's time that was spent on the requested accelerator, 0 to 1."""

    value: float
    source: TimeSource


class ToleranceDoc(Document):
    """The bounds under which outputs were compared; see harness/verdict/tolerance.py."""

    name: str
    same_max: float
    same_mean: float
    mean_error: float
    channel_error: float
    cosine: float
    one_value: float
    agreement: float
    single_error: float | None
    reason: str


class OutputsDoc(Document):
    """A cell's outputs against a right answer for the same inputs; numbers of the worst tensor.

    `reference` is a variant of the same device, or `host`. `identical`: bit for bit those of the
    reference or of a CPU variant of the device, named in `identical_to`. `is_float` tells whether
    every tensor is of a float type, `telling_values` how many of the reference's values half
    precision cannot hold: without any, equal bits say little. `tolerance` has the bounds that were
    applied, `files` the two raw files. Errors are shares of the reference's range.
    """

    verdict: OutputVerdict
    reference: str | None = None
    identical: bool | None = None
    identical_to: list[str] = []
    is_float: bool | None = None
    telling_values: int | None = None
    max_error: float | None = None
    mean_error: float | None = None
    cosine: float | None = None
    snr_db: float | None = None
    argmax_agreement: float | None = None
    nan: int | None = None
    inf: int | None = None
    tensor: str | None = None
    notes: list[str] = []
    tolerance: ToleranceDoc
    reason: str = ""
    files: list[str] = []


class CellDoc(Document):
    """One device x model x variant x tool, judged.

    `not_made` counts launches that the device was not fit for, by reason; `waited_s` is how long it
    was waited for before the cell's launches, null in documents of older versions.
    """

    id: str
    device: DeviceDoc
    model: ModelDoc
    variant: VariantDoc
    tool: ToolDoc | None
    status: Status
    reason: str | None
    placement: Placement | None
    findings: list[FindingDoc]
    verdict: Headline | None
    validity: Validity | None
    validity_reasons: list[str]
    nodes_on_accelerator: int | None
    nodes_total: int | None
    kernels: int | None
    backend: str | None
    latency_ms: LatencyDoc | None
    rounds: int
    samples: int
    baseline: str | None
    speedup_vs_cpu: SpeedupDoc | None
    unsupported_ops: list[UnsupportedOpDoc]
    causes: list[str] = []
    evidence: list[EvidenceDoc]
    commands: list[str]
    raw: list[str]
    round_medians_ms: list[float | None] = []
    outputs: OutputsDoc | None = None
    next_step: str | None = None
    suspicion: SuspicionDoc | None = None
    expectation: ExpectationDoc | None = None
    time_share: TimeShareDoc | None = None
    noise_floor: NoiseFloorDoc | None = None
    sustained: SustainedDoc | None = None
    init: InitDoc | None = None
    stopped: StoppedDoc | None = None
    validity_notes: list[ValidityNoteDoc] = []
    not_made: dict[str, int] = {}
    waited_s: float | None = None
    controls: dict[str, list[str]] = {}
    cores: CoresDoc | None = None
    exact: ExactDoc | None = None
    conditions: ConditionsDoc | None = None
    energy: EnergyDoc | None = None


class SkippedDeviceDoc(Document):
    """A device that was seen and not measured, with what to do about it."""

    id: str
    model: str | None
    state: str
    reason: str
    next_step: str


class ControlDoc(Document):
    """A setting of a device over the sweep: `outcome` is one of docs/reference/controls.md.

    `before` and `wanted` are by the name of the value; before is empty where it cannot be read.
    """

    name: str
    outcome: str
    before: dict[str, str] = {}
    wanted: dict[str, str] = {}
    message: str = ""


class DeviceControlsDoc(Document):
    """The settings of one device as they were last, and all that was told of them."""

    device: str
    controls: list[ControlDoc] = []
    notes: list[str] = []


class GateFailureDoc(Document):
    """A gate that failed: `gate` is its name, `cell` the cell it failed on (None: the sweep).

    `message` is the reason, with a line of the evidence in it; it does not name the cell.
    """

    gate: str
    cell: str | None
    message: str


class SweepDoc(Document):
    """The sweep as results.json and sweep.json name it.

    `lab` is `demo` when the virtual lab was started for the sweep, so that a resume starts it too.
    `rounds_planned` are those of a cell at the least, `rounds_most` at the most; `precision` and
    `budget_s` are the sweep's. None where there is none, and in older sweeps.
    """

    id: str
    started: str
    finished: str | None
    seed: int
    simulated: bool
    harness: str
    rounds_planned: int
    rounds_most: int | None = None
    precision: float | None = None
    budget_s: float | None = None
    complete: bool
    command: list[str]
    skipped_devices: list[SkippedDeviceDoc] = []
    gates: list[str] = []
    gate_failures: list[GateFailureDoc] = []
    lab: str | None = None


class ResultsDoc(Document):
    """results.json. `simulated` in sweep is true when any cell is."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    rules_version: str
    sweep: SweepDoc
    cells: list[CellDoc]
    controls: list[DeviceControlsDoc] = []
