"""Doubts about a cell's times that its neighbours raise: too fast to be true, unlike its peers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from harness.bench.variant import Accelerator
from harness.device.base import DeviceKind
from harness.stats.outlier import modified_z
from harness.sweep.documents import CellDoc, EvidenceDoc, FindingDoc
from harness.sweep.folder import MANIFEST
from harness.sweep.journal import NAME as JOURNAL
from harness.sweep.record import ManifestModel
from harness.verdict.implausible import TIMES_FASTER, Work, least_time
from harness.verdict.model import Finding, FindingKind, Placement, Validity, headline

_CLAIMED = (Placement.FULL, Placement.PARTIAL)
_SHOWN_PEERS = 8


def with_finding(cell: CellDoc, finding: FindingDoc) -> CellDoc:
    """Add a finding and derive the headline anew."""
    findings = [*cell.findings, finding]
    kinds = tuple(Finding(one.kind, one.message) for one in findings)
    verdict = headline(cell.status, cell.placement, kinds)
    return cell.model_copy(update={"findings": findings, "verdict": verdict})


def p50_of(cell: CellDoc) -> float | None:
    """Return a cell's p50 in ms, if it has one."""
    latency = cell.latency_ms
    return latency.p50.value if latency is not None and latency.p50 is not None else None


def has_finding(cell: CellDoc, *kinds: FindingKind) -> bool:
    """Whether a cell has a finding of one of these kinds."""
    return any(one.kind in kinds for one in cell.findings)


def with_implausible(
    cells: Sequence[CellDoc], models: Mapping[str, ManifestModel]
) -> list[CellDoc]:
    """Add `implausible` to times below a phone's bounds, or far below every other path's.

    No bound is known for the machines that `local` may be.
    """
    groups: dict[tuple[str, str], list[CellDoc]] = defaultdict(list)
    for cell in cells:
        groups[cell.device.id, cell.model.sha256].append(cell)
    return [
        _doubted(cell, models.get(cell.model.sha256), groups[cell.device.id, cell.model.sha256])
        for cell in cells
    ]


def _doubted(cell: CellDoc, model: ManifestModel | None, beside: Sequence[CellDoc]) -> CellDoc:
    own = p50_of(cell)
    if own is None or has_finding(cell, FindingKind.IMPLAUSIBLE):
        return cell
    if model is not None and model.macs is not None and model.weight_bytes is not None:
        work = Work(model.macs, model.weight_bytes, is_float32=model.precision == "float32")
        bound = least_time(work, cell.variant.accelerator)
        if own < bound.ms and cell.device.kind is not DeviceKind.LOCAL:
            message = f"{own:.3g} ms is less than any phone can take"
            return with_finding(cell, _implausible(message, MANIFEST, bound.text))
    return _too_far_ahead(cell, own, beside)


def _too_far_ahead(cell: CellDoc, own: float, beside: Sequence[CellDoc]) -> CellDoc:
    """Doubt a GPU path far ahead of another GPU path and of the CPU: it may not wait for the end.

    An NPU may well be that far ahead of both; a GPU is not of itself.
    """
    if cell.variant.accelerator is not Accelerator.GPU or cell.placement is Placement.NONE:
        return cell
    others = [
        (p50, one)
        for one in beside
        if one.id != cell.id
        and one.validity is Validity.VALID
        and (p50 := p50_of(one)) is not None
        and not has_finding(one, FindingKind.IMPLAUSIBLE, FindingKind.WRONG_OUTPUT)
    ]
    gpu = [p50 for p50, one in others if _is_whole_gpu(one)]
    cpu = [p50 for p50, one in others if one.variant.accelerator is Accelerator.CPU]
    if not gpu or not cpu or own * TIMES_FASTER >= min(*gpu, *cpu):
        return cell
    fastest, name = min((p50, one.variant.name) for p50, one in others)
    message = (
        f"more than {TIMES_FASTER:.0f} times faster than every other path, GPU and CPU: "
        "the run may have been left before its end"
    )
    text = f"{own:.3g} ms, and {fastest:.3g} ms by {name}, the fastest of the others"
    return with_finding(cell, _implausible(message, JOURNAL, text))


def _is_whole_gpu(cell: CellDoc) -> bool:
    return cell.variant.accelerator is Accelerator.GPU and cell.placement is Placement.FULL


def _implausible(message: str, source: str, text: str) -> FindingDoc:
    evidence = EvidenceDoc(kind="bound", source=source, line=None, text=text, deciding=True)
    return FindingDoc(kind=FindingKind.IMPLAUSIBLE, message=message, evidence=[evidence])


def with_outliers(cells: Sequence[CellDoc]) -> list[CellDoc]:
    """Add `outlier` where a phone's speed-up is far from those of its peers.

    Peers have one SoC and ran one model by one variant against one baseline; the simulated have
    simulated peers only.
    """
    groups: dict[tuple[object, ...], list[CellDoc]] = defaultdict(list)
    for cell in cells:
        key = _peers_key(cell)
        if key is not None:
            groups[key].append(cell)
    found: dict[str, FindingDoc] = {}
    for group in groups.values():
        scores = modified_z([_speedup(cell) for cell in group])
        for cell, score in zip(group, scores, strict=True):
            if score is not None:
                found[cell.id] = _outlier(cell, [one for one in group if one is not cell], score)
    return [with_finding(cell, found[cell.id]) if cell.id in found else cell for cell in cells]


def _peers_key(cell: CellDoc) -> tuple[object, ...] | None:
    ratio = cell.speedup_vs_cpu
    comparable = (
        not cell.variant.accelerator.is_cpu
        and cell.placement in _CLAIMED
        and cell.validity is Validity.VALID
        and cell.device.soc is not None
        and ratio is not None
        and ratio.value is not None
        and ratio.value > 0
    )
    if not comparable:
        return None
    dialect = cell.tool.dialect if cell.tool is not None else None
    return (
        cell.device.simulated,
        cell.device.soc,
        cell.model.sha256,
        cell.variant.name,
        tuple(cell.variant.flags),
        cell.baseline,
        dialect,
    )


def _speedup(cell: CellDoc) -> float:
    ratio = cell.speedup_vs_cpu
    if ratio is None or ratio.value is None:
        raise ValueError(cell.id)
    return ratio.value


def _outlier(cell: CellDoc, peers: Sequence[CellDoc], score: float) -> FindingDoc:
    own = _speedup(cell)
    ratios = [_speedup(one) for one in peers]
    message = (
        f"its speed-up of {own:.2f} is unlike the {min(ratios):.2f} to {max(ratios):.2f} of "
        f"{len(peers)} devices with the same chip"
    )
    shown = [f"{one.device.id} {_speedup(one):.2f}" for one in peers[:_SHOWN_PEERS]]
    if len(peers) > _SHOWN_PEERS:
        shown.append(f"and {len(peers) - _SHOWN_PEERS} more")
    text = f"modified z-score {score:.1f}; peers: {', '.join(shown)}"
    evidence = EvidenceDoc(kind="peers", source=JOURNAL, line=None, text=text, deciding=True)
    return FindingDoc(kind=FindingKind.OUTLIER, message=message, evidence=[evidence])
