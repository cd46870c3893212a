"""How much a device differs from itself: A/A sweeps, in which every variant stands twice.

Nothing else is new in such a sweep: the twins are interleaved, probed, judged and reported as any
two variants are. What their difference is, is noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.bench.samples import SampleSource
from harness.bench.settings import RunSettings
from harness.bench.variant import Variant
from harness.device.base import DeviceKind
from harness.lab.noise import NoiseEntry, append_noise
from harness.stats.noise_floor import MIN_PAIRS, cut, noise_floor
from harness.sweep.compare_cells import VOID, class_of, worker_of
from harness.sweep.controlled import clocks_of
from harness.sweep.documents import CellDoc
from harness.sweep.folder import SweepFolder
from harness.sweep.prepare import Request
from harness.verdict.model import Placement, Status, Validity

AGAIN = "again-"
"""Before the name of a twin; what NNAPI becomes on a phone keeps it in front."""

ROUNDS_PER_PAIR = 5
"""As many as an ordinary sweep makes of a cell at the least: the floor of longer series is lower,
and would claim differences of cells that stopped at these."""

ROUNDS = 3 * ROUNDS_PER_PAIR
LEAST_ROUNDS = MIN_PAIRS * ROUNDS_PER_PAIR

NAMES = ("cpu-4t", "gpu", "nnapi")
"""One variant of each kind, where none are named."""

LOCAL_NAMES = ("cpu-4t",)

_AT_WORK = (Placement.BASELINE, Placement.FULL, Placement.PARTIAL)


@dataclass(frozen=True)
class Measured:
    """What came of one variant on one device: an entry, or the reason why there is none."""

    device: str
    model: str
    variant: str
    simulated: bool
    entry: NoiseEntry | None = None
    reason: str = ""


def doubled(request: Request) -> Request:
    """Return the request with a twin beside every variant, and with rounds alone.

    What devices.yaml wants beside or after them tells nothing of noise, and a time budget would
    leave too few of them. Its limits, controls and classes of cores are those of every sweep.
    """
    return replace(
        request,
        settings=_rounds_alone(request.settings),
        device_settings={
            device: _rounds_alone(own) for device, own in request.device_settings.items()
        },
        variants={
            kind: [one for variant in variants for one in (variant, twin_of(variant))]
            for kind, variants in request.variants.items()
        },
        excluded={
            device: names | {AGAIN + name for name in names}
            for device, names in request.excluded.items()
        },
    )


def _rounds_alone(settings: RunSettings) -> RunSettings:
    plain = {"samples": (SampleSource.TOOL,), "sustain_s": None, "init_pairs": 0, "budget_s": 0.0}
    return settings.model_copy(update={**plain, "precision": 0.0})


def twin_of(variant: Variant) -> Variant:
    """Return the same variant under another name."""
    return replace(variant, name=AGAIN + variant.name, description=f"{variant.name} once more")


def measured(folder: SweepFolder, cells: Sequence[CellDoc], when: str) -> tuple[Measured, ...]:
    """Return the noise floor of each pair of twins, or why it has none. Pure.

    Args:
        folder: the record of the sweep.
        cells: its judged cells.
        when: UTC, ISO 8601; written into every entry.
    """
    by_name: Mapping[tuple[str, str, str], CellDoc] = {
        (cell.device.id, cell.model.sha256, cell.variant.name): cell for cell in cells
    }
    found = []
    for (device, model, name), cell in by_name.items():
        twin = by_name.get((device, model, AGAIN + name))
        if twin is not None:
            found.append(_measured(folder, cell, twin, when))
    return tuple(found)


def keep(found: Sequence[Measured]) -> tuple[Path, ...]:
    """Add the entries to what is known of their devices and return the files.

    Raises:
        UsageError: a file is there and cannot be read.
    """
    devices: dict[tuple[str, bool], list[NoiseEntry]] = {}
    for one in found:
        if one.entry is not None:
            devices.setdefault((one.device, one.simulated), []).append(one.entry)
    return tuple(
        append_noise(device, entries, simulated=simulated)
        for (device, simulated), entries in devices.items()
    )


def _measured(folder: SweepFolder, cell: CellDoc, twin: CellDoc, when: str) -> Measured:
    device = folder.devices[cell.device.id]
    simulated = device.kind is DeviceKind.VIRTUAL
    blank = Measured(device.id, cell.model.name, cell.variant.name, simulated)
    reason = next(filter(None, (_unfit(one) for one in (cell, twin))), "")
    if reason:
        return replace(blank, reason=reason)
    kind = worker_of(cell)
    if worker_of(twin) is not kind:
        return replace(blank, reason="the twins were not run by the same part of the device")
    clocks = clocks_of(cell.controls)
    if clocks is None or clocks_of(twin.controls) != clocks:
        return replace(blank, reason="the twins were not measured under the same settings")
    whole = [
        (a, b)
        for a, b in zip(cell.round_medians_ms, twin.round_medians_ms, strict=False)
        if a is not None and b is not None
    ]
    pairs = cut([a for a, _ in whole], [b for _, b in whole], ROUNDS_PER_PAIR)
    floor = noise_floor(pairs)
    if floor is None:
        return replace(blank, reason=f"only {len(whole)} rounds of both, {LEAST_ROUNDS} are needed")
    return replace(
        blank,
        entry=NoiseEntry(
            measured=when,
            fingerprint=device.profile.get("fingerprint"),
            simulated=simulated,
            variant_kind=kind,
            variant=cell.variant.name,
            tool=cell.tool.sha256 if cell.tool is not None else "",
            model=cell.model.sha256,
            model_name=cell.model.name,
            rounds=ROUNDS_PER_PAIR,
            pairs=floor.pairs,
            relative=floor.relative,
            confidence=floor.confidence,
            sweep=folder.manifest.sweep.id,
            cores=class_of(cell),
            clocks=clocks,
        ),
    )


def _unfit(cell: CellDoc) -> str:
    """Say why a cell's times tell no noise; empty when they do."""
    name = cell.variant.name
    if cell.status is not Status.OK:
        return f"{name} {cell.status}: {cell.reason or 'no reason given'}"
    if any(finding.kind in VOID for finding in cell.findings):
        return f"the times of {name} are void"
    if cell.placement not in _AT_WORK:
        asked = cell.variant.accelerator
        return f"{name} did not run on what was asked for ({asked}): placement {cell.placement}"
    if cell.validity is Validity.INVALID:
        return f"{name} is invalid: {', '.join(cell.validity_reasons)}"
    return ""
