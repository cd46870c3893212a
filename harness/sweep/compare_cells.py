"""The baseline of cells beside each other, and their speed-ups against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from harness.bench.variant import Accelerator
from harness.device.cores import CoreClass
from harness.stats.claim import claim
from harness.stats.interval import ratio_interval
from harness.sweep.controlled import clocks_of
from harness.sweep.documents import CellDoc, NoiseFloorDoc, SpeedupDoc
from harness.sweep.record import ManifestDevice
from harness.verdict.model import FindingKind, Placement, Validity

VOID = frozenset({FindingKind.WRONG_OUTPUT, FindingKind.IMPLAUSIBLE})
"""Findings under which a time means nothing, and so no speed-up is shown."""


def with_noise(cells: Sequence[CellDoc], devices: Mapping[str, ManifestDevice]) -> list[CellDoc]:
    """Give each cell the noise floor of what did its work, where the sweep's record has one."""
    return [
        cell.model_copy(update={"noise_floor": _floor_of(cell, devices[cell.device.id].noise)})
        for cell in cells
    ]


def _floor_of(cell: CellDoc, floors: Sequence[NoiseFloorDoc]) -> NoiseFloorDoc | None:
    """Return the floor that was measured as the cell was; of fewer rounds than its own it may be.

    More rounds differ less, so such a floor is too large and claims too little.
    """
    kind, cores, clocks = worker_of(cell), class_of(cell), clocks_of(cell.controls)
    alike = (
        one
        for one in floors
        if (one.variant_kind, one.cores, one.clocks) == (kind, cores, clocks)
        and one.rounds is not None
        and one.rounds <= cell.rounds
    )
    return next(alike, None)


def class_of(cell: CellDoc) -> CoreClass | None:
    """Return the class of cores that a cell was bound to; None where it was to none."""
    asked = cell.cores.asked if cell.cores is not None else None
    return None if asked is CoreClass.ALL else asked


def worker_of(cell: CellDoc) -> Accelerator:
    """Return the kind whose noise a cell's times have: what fell back whole is the CPU's."""
    asked = cell.variant.accelerator
    return Accelerator.CPU if asked.is_cpu or cell.placement is Placement.NONE else asked


def with_baselines(cells: Sequence[CellDoc]) -> list[CellDoc]:
    """Name each cell's baseline, the fastest valid CPU variant beside it, and its speed-up."""
    groups: dict[tuple[str, str], list[CellDoc]] = defaultdict(list)
    for cell in cells:
        groups[cell.device.id, cell.model.sha256].append(cell)
    baselines = {key: _fastest_cpu(group) for key, group in groups.items()}
    return [_with_baseline(cell, baselines[cell.device.id, cell.model.sha256]) for cell in cells]


def _fastest_cpu(group: Sequence[CellDoc]) -> CellDoc | None:
    usable = [
        (p50, cell)
        for cell in group
        if cell.variant.accelerator is Accelerator.CPU
        and cell.validity is Validity.VALID
        and not _void(cell)
        and (p50 := _p50(cell)) is not None
    ]
    return min(usable, key=lambda pair: pair[0])[1] if usable else None


def _with_baseline(cell: CellDoc, baseline: CellDoc | None) -> CellDoc:
    if baseline is None:
        return cell
    named = cell.model_copy(update={"baseline": baseline.variant.name})
    own, reference = _p50(cell), _p50(baseline)
    if own is None or reference is None or own <= 0 or _void(cell):
        return named
    pairs = [
        (b, c)
        for b, c in zip(baseline.round_medians_ms, cell.round_medians_ms, strict=False)
        if b is not None and c is not None
    ]
    interval = ratio_interval([b for b, _ in pairs], [c for _, c in pairs])
    if cell.id == baseline.id:
        interval = None
    low, high = (interval.low, interval.high) if interval else (None, None)
    speedup = SpeedupDoc(
        value=round(reference / own, 4),
        ci_low=round(low, 4) if low is not None else None,
        ci_high=round(high, 4) if high is not None else None,
        claim=claim(low, high, _larger_floor(cell, baseline)),
    )
    return named.model_copy(update={"speedup_vs_cpu": speedup})


def _larger_floor(cell: CellDoc, baseline: CellDoc) -> float | None:
    """Return the noise of a comparison, that of its noisier side; None unless both are known."""
    own, other = cell.noise_floor, baseline.noise_floor
    return max(own.relative, other.relative) if own is not None and other is not None else None


def _p50(cell: CellDoc) -> float | None:
    latency = cell.latency_ms
    return latency.p50.value if latency is not None and latency.p50 is not None else None


def _void(cell: CellDoc) -> bool:
    return any(finding.kind in VOID for finding in cell.findings)
