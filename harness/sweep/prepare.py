"""Before a sweep: open and lease the devices, resolve tools, look at models, write the manifest."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

from harness import __version__
from harness.bench.command import missing_flags
from harness.bench.policy import Policy, default_policy
from harness.bench.settings import RunSettings
from harness.bench.tool import Tool
from harness.bench.variant import Dialect, Variant
from harness.deadline import Deadline
from harness.device.base import Device, DeviceKind
from harness.device.controls import ControlWish
from harness.errors import HarnessError, NothingToMeasureError
from harness.lab.inventory import ListedDevice, open_device
from harness.lab.lease import lease
from harness.lab.noise import current_floors, read_noise
from harness.sweep.documents import NoiseFloorDoc, SkippedDeviceDoc, SweepDoc
from harness.sweep.models import PreparedModel
from harness.sweep.plan import Plan, PlannedDevice, plan_sweep, tool_for
from harness.sweep.record import (
    Manifest,
    ManifestCell,
    ManifestDevice,
    ManifestStep,
    ManifestTool,
    ManifestVariant,
)

OPEN_S = 60.0
LEARN_S = 120.0

ToolSource = Callable[[ListedDevice, Dialect], Tool]
"""Finds the tool of a dialect for a device, or raises ToolError with the next step."""


@dataclass(frozen=True)
class Request:
    """What was asked for, resolved to objects; nothing has been touched yet."""

    devices: Sequence[ListedDevice]
    models: Sequence[PreparedModel]
    variants: Mapping[DeviceKind | None, Sequence[Variant]]
    settings: RunSettings
    tools: ToolSource
    seed: int = 0
    skipped: Sequence[SkippedDeviceDoc] = ()
    command: Sequence[str] = ()
    lab: str | None = None
    device_settings: Mapping[str, RunSettings] = field(default_factory=dict)
    excluded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    gates: Sequence[str] = ()
    policies: Mapping[str, Policy] = field(default_factory=dict)
    cooldown: float | None = None
    controls: Mapping[str, ControlWish] = field(default_factory=dict)

    def wish_for(self, device: str, sweep_id: str) -> ControlWish:
        """Return which settings of a device are to be held for a sweep."""
        return replace(self.controls.get(device, ControlWish()), owner=sweep_id)

    def settings_for(self, device: str) -> RunSettings:
        """Return the run settings of a device."""
        return self.device_settings.get(device, self.settings)

    def variants_for(self, kind: DeviceKind) -> Sequence[Variant]:
        """Return the variants for a kind of device; None holds those of any other kind."""
        return self.variants.get(kind, self.variants.get(None, ()))


@dataclass(frozen=True)
class Bench:
    """An open, leased device with the tools that it can run."""

    device: Device
    tools: Mapping[Dialect, Tool] = field(default_factory=dict)
    missing: Mapping[Dialect, str] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    wish: ControlWish = field(default_factory=ControlWish)

    @property
    def planned(self) -> PlannedDevice:
        """What planning sees of it."""
        device = self.device
        return PlannedDevice(
            device.id, device.kind, device.profile, self.tools, self.missing, self.excluded
        )


@contextmanager
def open_benches(
    request: Request, sweep_id: str
) -> Iterator[tuple[list[Bench], list[SkippedDeviceDoc]]]:
    """Open all devices side by side and keep them leased until the end of the `with`.

    A device that cannot be opened is left out and reported; it holds up nobody.
    """
    with ExitStack() as stack:

        def one(listed: ListedDevice) -> Bench | SkippedDeviceDoc:
            try:
                return _bench(request, listed, sweep_id, stack)
            except HarnessError as error:
                return skipped(listed, error.message, error.next_step)

        with ThreadPoolExecutor(max_workers=max(1, len(request.devices))) as pool:
            outcomes = list(pool.map(one, request.devices))
        yield (
            [outcome for outcome in outcomes if isinstance(outcome, Bench)],
            [outcome for outcome in outcomes if isinstance(outcome, SkippedDeviceDoc)],
        )


def skipped(listed: ListedDevice, reason: str, next_step: str) -> SkippedDeviceDoc:
    """Write down a device that was seen and not measured."""
    return SkippedDeviceDoc(
        id=listed.id,
        model=listed.profile.model if listed.profile is not None else None,
        state=listed.state.value,
        reason=reason,
        next_step=next_step,
    )


def write_plan(
    request: Request, benches: Sequence[Bench], left_out: Sequence[SkippedDeviceDoc], sweep_id: str
) -> Manifest:
    """Plan the sweep over open devices and return its manifest.

    Raises:
        NothingToMeasureError: no device could be opened.
    """
    if not benches:
        reasons = "; ".join(f"{one.id}: {one.reason}" for one in left_out)
        steps = next((one.next_step for one in left_out if one.next_step), "see `harness devices`")
        raise NothingToMeasureError(
            f"no usable device{': ' + reasons if reasons else ''}", next_step=steps
        )
    plans = [
        plan_sweep(
            [bench.planned],
            [model.planned for model in request.models],
            request.variants_for(bench.device.kind),
            request.settings_for(bench.device.id),
            request.seed,
        )
        for bench in benches
    ]
    plan = _joined(plans)
    tools = {tool.sha256: tool for bench in benches for tool in bench.tools.values()}
    return Manifest(
        sweep=SweepDoc(
            id=sweep_id,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            finished=None,
            seed=request.seed,
            simulated=any(bench.device.kind is DeviceKind.VIRTUAL for bench in benches),
            harness=__version__,
            rounds_planned=request.settings.rounds,
            rounds_most=request.settings.stopping.most,
            precision=request.settings.stopping.target,
            budget_s=request.settings.budget_s or None,
            complete=False,
            command=list(request.command),
            skipped_devices=[*request.skipped, *left_out],
            gates=list(request.gates),
            lab=request.lab,
        ),
        settings=request.settings,
        devices=[_manifest_device(request, bench.device) for bench in benches],
        models=[model.manifest for model in request.models],
        variants=[_manifest_variant(one) for one in plan.variants],
        tools=[_manifest_tool(tool) for tool in tools.values()],
        cells=list(plan.cells),
        schedule={device: list(steps) for device, steps in plan.schedule.items()},
    )


def new_sweep_id() -> str:
    """Return an id that sorts by time: date, time (UTC) and four random digits."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _bench(request: Request, listed: ListedDevice, sweep_id: str, stack: ExitStack) -> Bench:
    stack.enter_context(lease(listed.lease_name, purpose=f"sweep {sweep_id}"))
    device = open_device(listed, Deadline.after(OPEN_S))
    stack.callback(device.close)
    tools: dict[Dialect, Tool] = {}
    missing: dict[Dialect, str] = {}
    # The interpreter first: until it has been asked for its help, a tool may pass for either.
    wanted = {one.dialect for one in request.variants_for(device.kind)}
    for dialect in sorted(wanted, key=lambda one: one is not Dialect.INTERPRETER):
        try:
            tool = request.tools(listed, dialect)
            tools[dialect] = _learned(tool, device)
        except HarnessError as error:
            missing[dialect] = f"{error.message}; {error.next_step}"
    if device.kind is DeviceKind.LOCAL:
        _add_what_is_lacking(request, listed, tools)
    if not tools and missing:
        raise NothingToMeasureError(f"{device.id}: no tool", next_step="; ".join(missing.values()))
    return Bench(
        device,
        tools,
        missing,
        request.excluded.get(listed.id, frozenset()),
        request.wish_for(listed.id, sweep_id),
    )


def _add_what_is_lacking(
    request: Request, listed: ListedDevice, tools: dict[Dialect, Tool]
) -> None:
    """Bring the tool of the other dialect where a variant needs it: here both are built in."""
    for variant in request.variants_for(listed.kind):
        own = tool_for(variant, tools)
        if own is None or not missing_flags(variant, own):
            continue
        for dialect in frozenset(Dialect).difference(tools):
            other = request.tools(listed, dialect)
            if not missing_flags(variant, other):
                tools[dialect] = other


def _learned(tool: Tool, device: Device) -> Tool:
    from harness.bench.toolbox import learn  # noqa: PLC0415 (the toolbox pulls in its store)

    return tool if tool.flags is not None else learn(tool, device, Deadline.after(LEARN_S))


def _joined(plans: Sequence[Plan]) -> Plan:
    """Number the cells of all devices in one row."""
    cells: list[ManifestCell] = []
    schedule: dict[str, tuple[ManifestStep, ...]] = {}
    for plan in plans:
        new = {cell.id: f"c{len(cells) + n:04d}" for n, cell in enumerate(plan.cells, start=1)}
        cells += [cell.model_copy(update={"id": new[cell.id]}) for cell in plan.cells]
        for device, steps in plan.schedule.items():
            schedule[device] = tuple(
                step.model_copy(update={"cell": new[step.cell]}) for step in steps
            )
    variants = {variant.name: variant for plan in plans for variant in plan.variants}
    return Plan(tuple(cells), tuple(variants.values()), schedule)


def _manifest_device(request: Request, device: Device) -> ManifestDevice:
    profile = device.profile
    return ManifestDevice(
        id=device.id,
        kind=device.kind,
        model=profile.model,
        soc=profile.soc or profile.platform,
        simulated=device.kind is DeviceKind.VIRTUAL,
        profile=asdict(profile),
        settings=request.device_settings.get(device.id),
        noise=_noise(device),
        policy=request.policies.get(device.id, default_policy(device.kind)),
        controls=request.controls[device.id].names if device.id in request.controls else None,
    )


def _noise(device: Device) -> list[NoiseFloorDoc]:
    """Copy what is known of a device's noise: the folder is judged without this host's files."""
    entries = read_noise(device.id, simulated=device.kind is DeviceKind.VIRTUAL)
    return [
        NoiseFloorDoc(
            relative=one.relative,
            pairs=one.pairs,
            measured=one.measured,
            variant_kind=one.variant_kind,
            model=one.model_name,
            rounds=one.rounds,
            cores=one.cores,
            clocks=one.clocks or {},
        )
        for one in current_floors(entries, device.profile.fingerprint)
    ]


def _manifest_variant(variant: Variant) -> ManifestVariant:
    return ManifestVariant(
        name=variant.name,
        accelerator=variant.accelerator,
        flags=dict(variant.flags),
        environment=dict(variant.environment),
        push=list(variant.push),
        dialect=variant.dialect,
        description=variant.description,
        expanded_from=variant.expanded_from,
        cores=variant.cores,
    )


def _manifest_tool(tool: Tool) -> ManifestTool:
    return ManifestTool(
        name=tool.name,
        sha256=tool.sha256,
        dialect=tool.dialect,
        version=tool.version,
        abi=tool.abi,
        files={name: file.sha256 for name, file in tool.files.items()},
        source=tool.source,
    )
