"""The documents of a sweep folder as they lie on disk: sweep.json, rounds.jsonl, results.json.

`results.json` is a contract (docs/reference/results-json.md); the other two are the record that it
is derived from. Pydantic checks them where they are read, since a person or a killed run may have
left them in any state. Times are milliseconds unless a name says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from harness.bench.settings import RunSettings
from harness.bench.variant import Accelerator, Dialect
from harness.device.base import DeviceKind
from harness.model.outline import GraphOutline, ModelOutline
from harness.verdict.corroborate import Says
from harness.verdict.expectation import Outcome, parse_expectation
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


class Document(BaseModel):
    """Base of all documents: unknown keys of newer versions are kept, not refused."""

    model_config = ConfigDict(
        extra="allow", frozen=True, validate_by_name=True, validate_by_alias=True
    )

    def to_json(self) -> dict[str, Any]:
        """Return the document as plain JSON data."""
        return self.model_dump(mode="json", by_alias=True)


# --- results.json ---------------------------------------------------------------------------------


class PercentileDoc(Document):
    """A percentile in ms. Bounds speak of the timed invocations, ci of the next process."""

    value: float | None
    method: Literal["exact", "tool", "interpolated", "bounded"]
    bound_low: float | None = None
    bound_high: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None


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


class UnsupportedOpDoc(Document):
    """A kind of operation that stayed on the CPU: `count` nodes of `of`, the first by index."""

    op: str
    reason: str
    cause: WhyLeft = WhyLeft.UNKNOWN
    count: int | None = None
    of: int | None = None
    nodes: list[int] = []
    counted: HowCounted | None = None


class SpeedupDoc(Document):
    """Baseline's p50 over this cell's p50."""

    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None


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
    """One device x model x variant x tool, judged."""

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


class SkippedDeviceDoc(Document):
    """A device that was seen and not measured, with what to do about it."""

    id: str
    model: str | None
    state: str
    reason: str
    next_step: str


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
    """

    id: str
    started: str
    finished: str | None
    seed: int
    simulated: bool
    harness: str
    rounds_planned: int
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


# --- sweep.json -----------------------------------------------------------------------------------


def _readable(text: str) -> str:
    parse_expectation(text)
    return text


class ManifestDevice(DeviceDoc):
    """A device of the sweep: its profile as it was read, and run settings of its own if any."""

    profile: dict[str, Any]
    settings: RunSettings | None = None


class ManifestGraph(Document):
    """One graph of a model: its nodes, and the graphs that control flow runs, by its node."""

    nodes: int
    bodies: dict[int, list[int]] = {}


class OperatorsDoc(Document):
    """A model's primary graph: `nodes` are (index into `ops`, inputs, outputs).

    Tensors are by index; inputs that are constants or left out do not stand here.
    """

    ops: list[str]
    nodes: list[tuple[int, list[int], list[int]]]


class ManifestModel(ModelDoc):
    """A model of the sweep: where it lay, its size in bytes, what its flatbuffer says.

    `graphs` are all of them and `signatures` name theirs; elder sweeps have neither.
    `input_files` are the inputs that were sent, by name, with paths relative to the sweep folder.
    `macs` and `weight_bytes` are what one run computes and reads at the least; None in old sweeps.
    `expect` is what devices.yaml expects of it, by variant. `operators` are those of its primary
    graph, null in sweeps of older versions and for models of very many nodes.
    `keeps_state`: an invocation leaves something behind that the next one reads; `drawing_ops` are
    the operators that draw random numbers.
    """

    path: str
    size: int
    nodes: int | None
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    has_control_flow: bool = False
    expect: dict[str, Annotated[str, AfterValidator(_readable)]] = {}
    graphs: list[ManifestGraph] = []
    signatures: dict[str, int] = {}
    operators: OperatorsDoc | None = None
    keeps_state: bool = False
    drawing_ops: list[str] = []
    input_flags: dict[str, str] = {}
    input_files: dict[str, str] = {}
    macs: int | None = None
    weight_bytes: int | None = None

    @property
    def outline(self) -> ModelOutline | None:
        """What counts of nodes are held against; None in a record that does not have it."""
        if not self.graphs:
            return None
        graphs = (
            GraphOutline(one.nodes, {node: tuple(to) for node, to in one.bodies.items()})
            for one in self.graphs
        )
        return ModelOutline(tuple(graphs), self.signatures)


class ManifestVariant(Document):
    """A variant of the sweep, resolved."""

    name: str
    accelerator: Accelerator
    flags: dict[str, str]
    environment: dict[str, str] = {}
    push: list[str] = []
    dialect: Dialect
    description: str = ""
    expanded_from: str | None = None


class ManifestTool(ToolDoc):
    """A tool of the sweep with the hash of each of its files."""

    abi: str | None
    files: dict[str, str]
    source: str


class ManifestCell(Document):
    """A planned cell; names point into the other lists (`model` and `tool` by sha256)."""

    id: str
    device: str
    model: str
    variant: str
    tool: str | None
    skip_reason: str | None = None
    next_step: str | None = None
    auto_baseline: bool = False


class ManifestStep(Document):
    """One launch of the schedule of a device."""

    cell: str
    kind: Literal["probe", "round"]
    index: int


class Manifest(Document):
    """sweep.json: everything that was decided before the first launch."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    sweep: SweepDoc
    settings: RunSettings
    devices: list[ManifestDevice]
    models: list[ManifestModel]
    variants: list[ManifestVariant]
    tools: list[ManifestTool]
    cells: list[ManifestCell]
    schedule: dict[str, list[ManifestStep]]


# --- rounds.jsonl ---------------------------------------------------------------------------------


class RoundRecord(Document):
    """One line of the journal: a launch and what came home. A fact, never a judgement.

    `output` and the values of `files` are paths relative to the sweep folder. `failure` is one of
    the harness's own reasons (device-lost, device-rebooted, limit, ...), not the tool's. `final` is
    false for an attempt after which the same launch is tried again. `cpu_seconds` is the tool's
    user and system time, `counters` the growth of the device's own counters; unreadable is null or
    absent.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    cell: str
    kind: Literal["probe", "round"]
    index: int
    attempt: int
    final: bool = True
    started: str
    seconds: float
    exit_status: int | None
    failure: str | None = None
    failure_message: str | None = None
    output: str | None = None
    files: dict[str, str] = {}
    truncated: bool = False
    limited: bool = False
    simulated: bool = False
    command: str = ""
    cpu_seconds: float | None = None
    counters: dict[str, int] = {}
    health: dict[str, Any] = {}

    @property
    def ends_cell(self) -> bool:
        """Whether launching the cell again would teach nothing: it failed for good.

        A timed round that exits with an error is one bad round; a probe that does is the cell.
        """
        failed = self.failure is not None or self.exit_status != 0
        return self.final and failed and (self.kind == "probe" or self.failure is not None)
