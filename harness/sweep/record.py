"""The record of a sweep as it lies on disk: its manifest, sweep.json, and its journal.

All else is derived from it. Pydantic checks it where it is read, since a person or a killed run may
have left it in any state.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from harness.bench.command import LaunchKind
from harness.bench.policy import Policy
from harness.bench.settings import RunSettings
from harness.bench.variant import Accelerator, Dialect
from harness.device.controls import ControlName
from harness.device.cores import CoreClass
from harness.model.outline import GraphOutline, ModelOutline
from harness.sweep.document import Document
from harness.sweep.documents import DeviceDoc, ModelDoc, NoiseFloorDoc, SweepDoc, ToolDoc
from harness.verdict.expectation import parse_expectation


def _readable(text: str) -> str:
    parse_expectation(text)
    return text


class ManifestDevice(DeviceDoc):
    """A device of the sweep: its profile as it was read, and run settings of its own if any.

    `noise` are its noise floors as they were known when the sweep was planned, one a kind. `policy`
    is what it must be like before a timed launch; null in sweeps of older versions. `controls` are
    the settings of the device that somebody asked to be held; None: the default.
    """

    profile: dict[str, Any]
    settings: RunSettings | None = None
    noise: list[NoiseFloorDoc] = []
    policy: Policy | None = None
    controls: tuple[ControlName, ...] | None = None


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
    cores: CoreClass | None = None


class ManifestTool(ToolDoc):
    """A tool of the sweep with the hash of each of its files."""

    abi: str | None
    files: dict[str, str]
    source: str


class ManifestCell(Document):
    """A planned cell; names point into the other lists (`model` and `tool` by sha256).

    `init_reason` says why it has no cold and warm launches although they were asked for. `cpus` are
    the device's CPUs that the variant's class of cores stands for; empty: not bound.
    """

    id: str
    device: str
    model: str
    variant: str
    tool: str | None
    skip_reason: str | None = None
    next_step: str | None = None
    auto_baseline: bool = False
    init_reason: str | None = None
    cpus: list[int] = []


class ManifestStep(Document):
    """One launch of the schedule of a device."""

    cell: str
    kind: LaunchKind
    index: int


class Manifest(Document):
    """sweep.json: everything that was decided before the first launch.

    `schedule` has the rounds that are made in any case; more may follow from what they measured.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    sweep: SweepDoc
    settings: RunSettings
    devices: list[ManifestDevice]
    models: list[ManifestModel]
    variants: list[ManifestVariant]
    tools: list[ManifestTool]
    cells: list[ManifestCell]
    schedule: dict[str, list[ManifestStep]]

    def settings_of(self, device: str) -> RunSettings:
        """Return the run settings of a device: its own, or the sweep's."""
        own = next((one.settings for one in self.devices if one.id == device), None)
        return own or self.settings


class RoundRecord(Document):
    """One line of the journal: a launch and what came home. A fact, never a judgement.

    `output` and the values of `files` are paths relative to the sweep folder. `failure` is one of
    the harness's own reasons (device-lost, device-rebooted, limit, ...), not the tool's. `final` is
    false for an attempt after which the same launch is tried again. `cpu_seconds` is the tool's
    user and system time, `counters` the growth of the device's own counters; unreadable is null or
    absent. `health` is the device before the launch, `preflight` what was waited for and what was
    still amiss, `controls` which settings of the device were held and which could not be.
    A launch whose preflight did not pass was not made, and `failure` says why. `cpus_allowed` is
    where the device let the tool run, as the kernel writes it. `spent_s` is where the worker's
    seconds went: `preflight`, `cooldown`, `staging`, `tool`, `collect`; `worker_s` is all of them,
    from the end of the launch before, which a time budget counts. `cache` has the files of a cold
    or warm launch's compiled cache before and after it, and whether the device forgot before a cold
    one which files it had read.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    cell: str
    kind: LaunchKind
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
    cpus_allowed: str | None = None
    preflight: dict[str, Any] = {}
    controls: dict[str, str] = {}
    spent_s: dict[str, float] = {}
    cache: dict[str, Any] = {}
    worker_s: float | None = None

    @property
    def not_made(self) -> bool:
        """Whether the device was not fit for the launch: a resume makes it after all."""
        return self.preflight.get("passed") is False

    @property
    def ends_cell(self) -> bool:
        """Whether launching the cell again would teach nothing: it failed for good.

        A timed round that exits with an error is one bad round; a probe that does is the cell. What
        comes of a traced launch says nothing of untraced ones.
        """
        if self.not_made or self.kind is LaunchKind.TRACED:
            return False
        failed = self.failure is not None or self.exit_status != 0
        return self.final and failed and (self.kind is LaunchKind.PROBE or self.failure is not None)
