"""Planning a sweep: which cells there are, which are skipped and why, and in what order they run.

Pure: the same inputs and seed give the same plan, byte for byte.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.bench.caches import caching
from harness.bench.command import LaunchKind, missing_flags
from harness.bench.samples import no_trace_because
from harness.bench.settings import RunSettings
from harness.bench.tool import Tool
from harness.bench.variant import BUILT_IN, Dialect, Variant
from harness.device.base import DeviceKind, Profile
from harness.device.cores import CoreClass, NoClassError, cores_of
from harness.sweep.design import turn
from harness.sweep.record import ManifestCell, ManifestStep
from harness.sweep.sampling import with_samples

AUTO_BASELINE = "cpu-4t"
NNAPI_LISTS_DEVICES_FROM_API = 29
"""NNAPI 1.2 brought device enumeration (nnapi_delegate_kernel.h)."""

NNAPI_CPU = "nnapi-reference"

EXCLUDED = "excluded"
"""Reason of a cell that a person left out: devices.yaml keeps the variant off the device."""


@dataclass(frozen=True)
class PlannedDevice:
    """What planning needs to know of a device; `tools` holds what was resolved for it.

    `missing_tools` says for each dialect without a tool what to do about it; `excluded` names
    variants that devices.yaml keeps off this device.
    """

    id: str
    kind: DeviceKind
    profile: Profile
    tools: Mapping[Dialect, Tool]
    missing_tools: Mapping[Dialect, str]
    excluded: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PlannedModel:
    """A model as planning sees it; `needs_input` is set where nobody may guess an input."""

    sha256: str
    name: str
    needs_input: str | None = None
    next_step: str | None = None


@dataclass(frozen=True)
class Plan:
    """Cells in report order and the launches of each device in running order."""

    cells: tuple[ManifestCell, ...]
    variants: tuple[Variant, ...]
    schedule: Mapping[str, tuple[ManifestStep, ...]]


def plan_sweep(
    devices: Sequence[PlannedDevice],
    models: Sequence[PlannedModel],
    variants: Sequence[Variant],
    settings: RunSettings,
    seed: int,
) -> Plan:
    """Lay out all cells and interleave their rounds."""
    cells: list[ManifestCell] = []
    used: dict[str, Variant] = {}
    schedule: dict[str, tuple[ManifestStep, ...]] = {}
    for device in devices:
        steps: list[ManifestStep] = []
        resolved = [one for variant in variants for one in expand(variant, device)]
        resolved, auto = _with_baseline(resolved)
        resolved = [one for variant in resolved for one in bound(variant, settings.cores)]
        used |= {variant.name: variant for variant in resolved}
        for model in models:
            here = [
                _cell(
                    f"c{len(cells) + n:04d}",
                    device,
                    model,
                    variant,
                    auto=auto,
                    with_init=bool(settings.init_pairs),
                )
                for n, variant in enumerate(resolved, start=1)
            ]
            cells += here
            chance = random.Random(f"{seed}/{device.id}/{model.sha256}")
            runnable = [cell.id for cell in here if cell.skip_reason is None]
            laid = list(interleave(runnable, settings.rounds, chance))
            steps += with_samples(laid, _traceable(device, here, resolved), settings)
        schedule[device.id] = tuple(steps)
    return Plan(tuple(cells), tuple(used.values()), schedule)


def expand(variant: Variant, device: PlannedDevice) -> Iterator[Variant]:
    """Resolve a variant for one device: plain NNAPI becomes one cell per listed accelerator.

    Below API 29 the device cannot be named, and NNAPI chooses for itself.
    """
    listed = [one for one in device.profile.nnapi_devices or () if one != NNAPI_CPU]
    api = device.profile.api_level or 0
    if not variant.expands or not listed or api < NNAPI_LISTS_DEVICES_FROM_API:
        yield variant
        return
    for accelerator in listed:
        flags = {**variant.flags, "nnapi_accelerator_name": accelerator}
        name = f"{variant.name}-{accelerator}"
        base = variant.expanded_from or variant.name
        yield replace(variant, name=name, flags=flags, expanded_from=base)


def bound(variant: Variant, classes: Sequence[CoreClass]) -> Iterator[Variant]:
    """Bind a variant to each class of cores, unless it names its own."""
    if variant.cores is not None or not classes:
        yield variant
        return
    for cores in dict.fromkeys(classes):
        yield variant.on_cores(cores)


def interleave(cells: Sequence[str], rounds: int, chance: random.Random) -> Iterator[ManifestStep]:
    """Yield a probe per cell, then rounds in the rows of a design over one shuffled order."""
    for cell in cells:
        yield ManifestStep(cell=cell, kind=LaunchKind.PROBE, index=1)
    order = list(cells)
    chance.shuffle(order)
    for row in range(rounds):
        for cell in turn(order, row):
            yield ManifestStep(cell=cell, kind=LaunchKind.ROUND, index=row + 1)


def tool_for(variant: Variant, tools: Mapping[Dialect, Tool]) -> Tool | None:
    """Return the tool of the variant's dialect, or the other one where only that can run it.

    A tool that lacks the variant's flags gives way to one that has them all. Without a tool of its
    own dialect, an interpreter variant takes the only one there is.
    """
    own = tools.get(variant.dialect)
    if own is None and variant.dialect is not Dialect.INTERPRETER:
        return None
    if own is not None and not missing_flags(variant, own):
        return own
    able = (one for one in tools.values() if one.flags and not missing_flags(variant, one))
    return next(able, own or next(iter(tools.values()), None))


def _with_baseline(variants: list[Variant]) -> tuple[list[Variant], bool]:
    if any(variant.is_baseline_candidate for variant in variants):
        return variants, False
    return [BUILT_IN[AUTO_BASELINE], *variants], True


def _cell(
    cell_id: str,
    device: PlannedDevice,
    model: PlannedModel,
    variant: Variant,
    *,
    auto: bool,
    with_init: bool,
) -> ManifestCell:
    tool = tool_for(variant, device.tools)
    reason, next_step = _skip(device, model, variant, tool)
    cpus: tuple[int, ...] = ()
    if variant.cores is not None:
        try:
            cpus = cores_of(device.profile.clusters, variant.cores).cpus
        except NoClassError as error:
            reason = reason or f"no-core-class: {device.id} has no {variant.cores} cores: {error}"
            next_step = next_step or "leave it out with exclude_variants, or run it on all cores"
    without_init = caching(variant, tool).reason if with_init and tool and not reason else None
    return ManifestCell(
        id=cell_id,
        device=device.id,
        model=model.sha256,
        variant=variant.name,
        tool=tool.sha256 if tool is not None else None,
        skip_reason=reason,
        next_step=next_step,
        auto_baseline=auto and AUTO_BASELINE in (variant.name, variant.expanded_from),
        init_reason=without_init,
        cpus=list(cpus),
    )


def _traceable(
    device: PlannedDevice, cells: Sequence[ManifestCell], variants: Sequence[Variant]
) -> frozenset[str]:
    """Return the cells of which a traced launch may tell something."""
    asked = {one.name: one for one in variants}
    dialects = {tool.sha256: tool.dialect for tool in device.tools.values()}
    return frozenset(
        cell.id
        for cell in cells
        if no_trace_because(
            device.kind, asked[cell.variant].accelerator, dialects.get(cell.tool or "")
        )
        is None
    )


def _skip(
    device: PlannedDevice, model: PlannedModel, variant: Variant, tool: Tool | None
) -> tuple[str | None, str | None]:
    if not device.excluded.isdisjoint((variant.name, variant.expanded_from)):
        return f"{EXCLUDED}: devices.yaml keeps it off this device", "see exclude_variants there"
    if model.needs_input is not None:
        return f"needs-input: {model.needs_input}", model.next_step
    if tool is None:
        what = f"no {variant.dialect.value} tool for {device.id}"
        return f"no-tool: {what}", device.missing_tools.get(variant.dialect)
    if missing := missing_flags(variant, tool):
        flags = ", ".join(f"--{name}" for name in missing)
        step = f"{tool.name} has no {flags} by its own help; use a build that has, or leave it out"
        return f"tool-lacks-flag: {flags}", step
    return None, None
