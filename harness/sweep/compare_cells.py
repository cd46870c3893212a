"""The baseline of cells beside each other, and their speed-ups against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from harness.bench.variant import Accelerator
from harness.stats.interval import ratio_interval
from harness.sweep.documents import CellDoc, SpeedupDoc
from harness.verdict.model import FindingKind, Validity

VOID = frozenset({FindingKind.WRONG_OUTPUT, FindingKind.IMPLAUSIBLE})
"""Findings under which a time means nothing, and so no speed-up is shown."""


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
    speedup = SpeedupDoc(
        value=round(reference / own, 4),
        ci_low=round(interval.low, 4) if interval else None,
        ci_high=round(interval.high, 4) if interval else None,
    )
    return named.model_copy(update={"speedup_vs_cpu": speedup})


def _p50(cell: CellDoc) -> float | None:
    latency = cell.latency_ms
    return latency.p50.value if latency is not None and latency.p50 is not None else None


def _void(cell: CellDoc) -> bool:
    return any(finding.kind in VOID for finding in cell.findings)
