"""Suspicion of cells that claim an accelerator, from the CPU variants beside them.

CPU paths are known by their flags, never by the names of variants. A cell whose placement is
`unknown` is tested like one that claims a part: that is when the question matters most.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.bench.command import OUTPUTS
from harness.bench.variant import Accelerator
from harness.sweep.cells import CellView
from harness.sweep.documents import (
    CellDoc,
    CorroboratorDoc,
    EvidenceDoc,
    FindingDoc,
    RatioDoc,
    SuspicionDoc,
)
from harness.sweep.doubt_cells import has_finding, p50_of, with_finding
from harness.sweep.journal import NAME as JOURNAL
from harness.sweep.observe import Observation
from harness.verdict.corroborate import (
    Busy,
    Corroborator,
    Kind,
    Launched,
    Says,
    busy_threads,
    by_counters,
    by_cpu_time,
    by_output,
    is_telling,
)
from harness.verdict.model import FindingKind, Placement, Status, Validity
from harness.verdict.suspicion import (
    Claim,
    Rival,
    Role,
    Suspicion,
    SuspicionVerdict,
    is_software,
    judge_suspicion,
)

_TESTED = (Placement.FULL, Placement.PARTIAL, Placement.UNKNOWN)
_FLOAT = frozenset({"float32", "float16", "dynamic"})
_REFERENCE = "nnapi-reference"
_NO = frozenset({"false", "0"})
_US = 1e-6


@dataclass(frozen=True)
class _Seen:
    """A cell with its launches."""

    view: CellView
    cell: CellDoc

    @property
    def flags(self) -> dict[str, str]:
        """The flags of its variant, without dashes."""
        return self.view.folder.variants[self.view.cell.variant].flags


def with_suspicion(views: Sequence[CellView], cells: Sequence[CellDoc]) -> list[CellDoc]:
    """Test every cell that claims an accelerator; add `suspect` to those that look like a CPU."""
    seen = [_Seen(view, cell) for view, cell in zip(views, cells, strict=True)]
    groups: dict[tuple[str, str], list[_Seen]] = defaultdict(list)
    for one in seen:
        if one.cell.status is Status.OK:
            groups[one.cell.device.id, one.cell.model.sha256].append(one)
    return [_judged(one, groups[one.cell.device.id, one.cell.model.sha256]) for one in seen]


def role_of(accelerator: Accelerator, flags: dict[str, str]) -> Role | None:
    """Return which CPU path a variant is, by its flags; None for an accelerator.

    XNNPACK runs on one thread unless told otherwise: tflite/delegates/xnnpack, num_threads.
    """
    if accelerator is Accelerator.NNAPI:
        named = flags.get("nnapi_accelerator_name") == _REFERENCE
        return Role.REFERENCE if named else None
    if not accelerator.is_cpu:
        return None
    if flags.get("use_xnnpack", "").lower() in _NO:
        return Role.PLAIN
    threads = flags.get("num_threads", "1")
    return Role.MANY_THREADS if threads.isdecimal() and int(threads) > 1 else Role.ONE_THREAD


def _judged(one: _Seen, group: Sequence[_Seen]) -> CellDoc:
    cell = one.cell
    if (
        cell.status is not Status.OK
        or cell.placement not in _TESTED
        or role_of(cell.variant.accelerator, one.flags) is not None
    ):
        return cell
    paths = [
        (other, role)
        for other in group
        if (role := role_of(other.cell.variant.accelerator, other.flags)) is not None
        and other.cell.placement is not Placement.NONE
        and (role is not Role.REFERENCE or cell.variant.accelerator is Accelerator.NNAPI)
    ]
    output, copied_from = _output(one, [other for other, _ in paths])
    facts = (output, _cpu_time(one, [other for other, _ in paths]), _counters(one))
    rivals = [rival for other, role in paths if (rival := _rival(other.cell, role)) is not None]
    suspicion = judge_suspicion(_claim(one), rivals, facts, copied_from=copied_from)
    cell = cell.model_copy(update={"suspicion": _document(suspicion)})
    if suspicion.verdict is not SuspicionVerdict.SUSPECT:
        return cell
    source = one.view.probe.record.files.get(OUTPUTS) if one.view.probe is not None else None
    return with_finding(cell, _finding(suspicion, source or JOURNAL))


def _claim(one: _Seen) -> Claim:
    cell = one.cell
    void = (FindingKind.WRONG_OUTPUT, FindingKind.IMPLAUSIBLE)
    return Claim(
        variant=cell.variant.name,
        p50_ms=p50_of(cell) or 0.0,
        medians_ms=tuple(cell.round_medians_ms),
        accelerator=cell.variant.accelerator,
        placement=cell.placement or Placement.UNKNOWN,
        kernels=cell.kernels,
        backend=cell.backend,
        validity=cell.validity,
        validity_reasons=tuple(cell.validity_reasons),
        void=next((f.kind.value.replace("_", " ") for f in cell.findings if f.kind in void), None),
    )


def _rival(cell: CellDoc, role: Role) -> Rival | None:
    p50 = p50_of(cell)
    usable = cell.validity in (Validity.VALID, Validity.INCOMPLETE)
    void = has_finding(cell, FindingKind.WRONG_OUTPUT, FindingKind.IMPLAUSIBLE)
    if p50 is None or p50 <= 0 or not usable or void:
        return None
    return Rival(cell.variant.name, p50, tuple(cell.round_medians_ms), role)


def _output(one: _Seen, paths: Sequence[_Seen]) -> tuple[Corroborator, tuple[str, ...]]:
    """Compare the probe's output with those of all CPU paths.

    Returns the fact, and the variants that it is a copy of where equality is conclusive: a whole
    model, or most of it, in floating point on a GPU.
    """
    own = one.view.probe.outputs if one.view.probe is not None else None
    others = {
        other.cell.variant.name: other.view.probe.outputs
        for other in paths
        if other.view.probe is not None and other.view.probe.outputs
    }
    twins = tuple(name for name, data in others.items() if data == own)
    model = one.view.folder.models[one.view.cell.model]
    fact = by_output(
        identical=bool(twins) if own and others else None,
        is_float=model.precision in _FLOAT,
        is_telling=own is not None and is_telling(own, [str(t["dtype"]) for t in model.outputs]),
        against=" and ".join(twins),
    )
    conclusive = (
        fact.says is Says.CPU
        and one.cell.variant.accelerator is Accelerator.GPU
        and _is_mostly_taken(one.cell)
        and _arithmetic_shows(one.flags, model.macs)
        # A software driver computes on the CPU by name: equal or not, nothing is hidden.
        and not is_software(one.cell.backend)
    )
    return fact, twins if conclusive else ()


def _is_mostly_taken(cell: CellDoc) -> bool:
    if cell.placement is Placement.FULL:
        return True
    taken, total = cell.nodes_on_accelerator, cell.nodes_total
    return cell.placement is Placement.PARTIAL and bool(taken and total and 2 * taken >= total)


def _arithmetic_shows(flags: dict[str, str], macs: int | None) -> bool:
    """Whether a GPU's sums would differ: long ones in any precision, all in half precision."""
    if flags.get("gpu_precision_loss_allowed", "").lower() in _NO:
        return macs is not None and macs > 0
    return macs != 0


def _cpu_time(one: _Seen, paths: Sequence[_Seen]) -> Corroborator:
    busiest = [busy for other in paths if (busy := _busy(other)) is not None]
    return by_cpu_time(
        _busy(one),
        max(busiest, key=lambda busy: busy.high, default=None),
        accelerator=one.cell.variant.accelerator,
        placement=one.cell.placement or Placement.UNKNOWN,
    )


def _counters(one: _Seen) -> Corroborator:
    timed = one.view.timed
    named = one.flags.get("nnapi_accelerator_name")
    listed = next((r.run.nnapi_devices for r in timed if r.run.nnapi_devices), None) or ()
    return by_counters(
        [_launched(round_) for round_ in timed],
        accelerator=one.cell.variant.accelerator,
        placement=one.cell.placement or Placement.UNKNOWN,
        drivers=[named] if named else [name for name in listed if name != _REFERENCE],
    )


def _busy(one: _Seen) -> Busy | None:
    probe = _launched(one.view.probe) if one.view.probe is not None else None
    return busy_threads([_launched(round_) for round_ in one.view.timed], probe)


def _launched(one: Observation) -> Launched:
    stats = one.stats
    count = one.times.count if one.times is not None else 0
    average = stats.avg if stats is not None else None
    init = one.run.init_us
    return Launched(
        seconds=one.record.seconds,
        init_s=None if init is None else init * _US,
        cpu_s=one.record.cpu_seconds,
        timed_s=count * average * _US if average is not None else 0.0,
        invocations=count,
        counters=one.record.counters,
    )


def _document(suspicion: Suspicion) -> SuspicionDoc:
    found = suspicion.contrast
    ratio = None
    if found is not None:
        ratio = RatioDoc(
            value=round(found.ratio, 4), ci_low=round(found.low, 4), ci_high=round(found.high, 4)
        )
    return SuspicionDoc(
        verdict=suspicion.verdict,
        reason=suspicion.reason,
        against=suspicion.against,
        ratio=ratio,
        corroborators=[
            CorroboratorDoc(kind=one.kind.value, says=one.says, text=one.text)
            for one in suspicion.corroborators
        ],
    )


def _finding(suspicion: Suspicion, outputs: str) -> FindingDoc:
    found = suspicion.contrast
    sources = {Kind.OUTPUTS: outputs}
    facts = [
        (one.kind.value, sources.get(one.kind, JOURNAL), one.text)
        for one in suspicion.corroborators
        if one.says is Says.CPU
    ]
    if found is not None:
        timing = (
            f"{found.ratio:.3f} times the time of {suspicion.against} "
            f"(90 % interval {found.low:.3f} to {found.high:.3f}, {found.pairs} pairs of rounds)"
        )
        facts.append(("timing", JOURNAL, timing))
    return FindingDoc(
        kind=FindingKind.SUSPECT,
        message=suspicion.reason,
        evidence=[
            EvidenceDoc(kind=kind, source=source, line=None, text=text, deciding=number == 0)
            for number, (kind, source, text) in enumerate(facts)
        ],
    )
