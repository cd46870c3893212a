"""One cell judged: placement and findings from its launches, latencies pooled, validity."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from harness.bench.command import LaunchKind
from harness.bench.samples import SampleSource
from harness.bench.settings import RunSettings
from harness.device.base import DeviceKind
from harness.device.cores import mask_of
from harness.stats.circumstances import ValidityReason
from harness.stats.interval import Interval, median_interval
from harness.stats.order import Method, Pooled, RoundTimes, pooled_percentile
from harness.stats.validity import ValidityVerdict, judge_validity
from harness.sweep import conditions, sampled
from harness.sweep.cell_evidence import with_launches
from harness.sweep.circumstances import circumstances
from harness.sweep.controlled import outcomes_of
from harness.sweep.cores import cores_document
from harness.sweep.documents import (
    CellDoc,
    DeviceDoc,
    EvidenceDoc,
    FindingDoc,
    LatencyDoc,
    ModelDoc,
    TimeShareDoc,
    ToolDoc,
    ValidityNoteDoc,
    VariantDoc,
)
from harness.sweep.exact import exact_document
from harness.sweep.extra_documents import CoresDoc, PercentileDoc
from harness.sweep.folder import SweepFolder
from harness.sweep.init_cells import init_document
from harness.sweep.observe import Observation, observe
from harness.sweep.reasons import cause_keys, op_documents
from harness.sweep.record import ManifestCell, RoundRecord
from harness.sweep.sustained_cells import sustained_document
from harness.sweep.units import in_ms
from harness.verdict.model import Evidence, Finding, Judgement, Placement, Status, headline
from harness.verdict.witness import tell_rounds

NOT_RUN = "not-run"
"""The reason of a cell that a sweep was ended before."""

_LOWER = (Placement.NONE, Placement.PARTIAL, Placement.FULL)


@dataclass(frozen=True)
class CellView:
    """A planned cell with everything that was seen of it; `launches` are all, in order."""

    folder: SweepFolder
    cell: ManifestCell
    probe: Observation | None
    rounds: tuple[Observation, ...]
    launches: tuple[Observation, ...] = ()

    @property
    def settings(self) -> RunSettings:
        """The run settings of its rounds."""
        return self.folder.settings_of(self.cell.device)

    @property
    def records(self) -> list[RoundRecord]:
        """Its final launches of every kind, in the order in which they ran."""
        return self.folder.records_of.get(self.cell.id, [])

    @property
    def others(self) -> tuple[Observation, ...]:
        """The launches that are neither probe nor round."""
        headline = (LaunchKind.PROBE, LaunchKind.ROUND)
        return tuple(one for one in self.launches if one.record.kind not in headline)

    @property
    def timed(self) -> tuple[Observation, ...]:
        """The rounds that yielded timings."""
        return tuple(one for one in self.rounds if one.timed)


def view_cell(folder: SweepFolder, cell: ManifestCell) -> CellView:
    """Read and parse all launches of a cell."""
    model = folder.models[cell.model]
    requested = folder.variants[cell.variant].accelerator
    seen = [
        observe(folder.root, record, model, requested)
        for record in folder.records_of.get(cell.id, [])
    ]
    probes = [one for one in seen if one.record.kind is LaunchKind.PROBE]
    rounds = tuple(one for one in seen if one.record.kind is LaunchKind.ROUND)
    return CellView(folder, cell, probes[-1] if probes else None, rounds, tuple(seen))


def judge_cell(view: CellView) -> Judgement:
    """Merge what the launches show: the probe has the evidence, a round may only lower it."""
    if view.cell.skip_reason is not None:
        return Judgement(Status.SKIPPED, None, reason=view.cell.skip_reason)
    launches = [one for one in (view.probe, *view.rounds) if one is not None]
    if not launches:
        return Judgement(Status.SKIPPED, None, reason=NOT_RUN)
    if not view.timed:
        unfit = conditions.skip_reason(view.records)
        if unfit is not None:
            return Judgement(Status.SKIPPED, None, reason=unfit)
        launches = [one for one in launches if not one.record.not_made] or launches
        if launches == [view.probe] and _speaks(launches[0]):  # cut short before its first round
            return Judgement(Status.SKIPPED, None, reason=NOT_RUN)
        return _failed(launches[-1])
    base = (
        view.probe if view.probe is not None and _speaks(view.probe) else view.timed[0]
    ).judgement
    for one in view.timed:
        base = _lowered(base, one.judgement)
    model, variant = view.folder.models[view.cell.model], view.folder.variants[view.cell.variant]
    seen = tell_rounds(variant.accelerator, [(one.run, one.witness) for one in view.timed])
    judged = replace(base, status=Status.OK, reason=None, evidence=(*base.evidence, *seen))
    return with_launches(judged, view.probe, view.timed, model, variant.accelerator)


def cell_document(view: CellView, judgement: Judgement) -> CellDoc:
    """Write down a judged cell; speed-up and baseline come later, they need the other cells."""
    folder, cell = view.folder, view.cell
    tool = folder.tools.get(cell.tool) if cell.tool is not None else None
    variant = folder.variants[cell.variant]
    validity = _validity(view) if judgement.status is Status.OK else None
    return CellDoc(
        id=cell.id,
        device=DeviceDoc(
            **folder.devices[cell.device].model_dump(include=set(DeviceDoc.model_fields))
        ),
        model=ModelDoc(**folder.models[cell.model].model_dump(include=set(ModelDoc.model_fields))),
        variant=VariantDoc(
            name=variant.name,
            accelerator=variant.accelerator,
            flags=[f"--{name}={value}" for name, value in variant.flags.items()],
        ),
        tool=ToolDoc(**tool.model_dump(include=set(ToolDoc.model_fields))) if tool else None,
        status=judgement.status,
        reason=judgement.reason,
        placement=judgement.placement,
        findings=[finding_document(one) for one in judgement.findings],
        verdict=headline(judgement.status, judgement.placement, judgement.findings),
        validity=validity.validity if validity else None,
        validity_reasons=list(validity.reasons) if validity else [],
        nodes_on_accelerator=judgement.nodes_on_accelerator,
        nodes_total=judgement.nodes_total,
        kernels=judgement.kernels,
        backend=judgement.backend,
        latency_ms=latency_document(view.timed) if judgement.status is Status.OK else None,
        rounds=len(view.timed),
        samples=sum(one.times.count for one in view.timed if one.times is not None),
        baseline=None,
        speedup_vs_cpu=None,
        unsupported_ops=op_documents(judgement),
        causes=cause_keys(folder, cell, judgement),
        evidence=[evidence_document(one) for one in judgement.evidence],
        commands=_commands(view),
        raw=_raw(view),
        round_medians_ms=_medians_by_round(view),
        next_step=cell.next_step or conditions.next_step(view.records) or _unless_run(judgement),
        not_made=conditions.not_made(view.records),
        waited_s=conditions.waited_s(view.records),
        cores=_cores(view),
        exact=exact_document(folder, cell, view.others, round_medians(view.timed)),
        conditions=sampled.conditions(view.timed, folder.devices[cell.device].profile),
        energy=sampled.energy_document(view.launches),
        time_share=TimeShareDoc(value=share.value, source=share.source)
        if (share := judgement.time_share)
        else None,
        sustained=sustained_document(
            view.launches,
            view.settings.sustain_s,
            sampled.hardware_khz(folder.devices[cell.device].profile),
            conditions.capped_at_rest(folder, cell.device),
        ),
        init=init_document(
            view.launches,
            asked=bool(view.settings.init_pairs) and judgement.status is not Status.SKIPPED,
            reason=cell.init_reason,
        ),
        validity_notes=[ValidityNoteDoc(**vars(one)) for one in validity.notes] if validity else [],
        controls=outcomes_of([one.record for one in view.timed]),
    )


def _cores(view: CellView) -> CoresDoc | None:
    folder, cell = view.folder, view.cell
    records = [one.record for one in view.rounds]
    variant, device = folder.variants[cell.variant], folder.devices[cell.device]
    return cores_document(cell, variant, device, records)


def latency_document(rounds: Sequence[Observation]) -> LatencyDoc:
    """Pool the rounds' latencies; microseconds in, milliseconds out."""
    times = [one.times for one in rounds if one.times is not None]
    stats = [one.stats for one in rounds if one.stats is not None]
    averages = [(s.count or 0, s.avg, s.std or 0.0) for s in stats if s.avg is not None]
    avg, std = _pooled_moments(averages)
    inits = [us for one in rounds if (us := one.run.init_us) is not None]
    firsts = [us for one in rounds if (us := one.run.first_inference_us) is not None]
    medians = round_medians(rounds)
    return LatencyDoc(
        p50=_p50(times, medians),
        p90=_percentile(times, 90),
        p95=_percentile(times, 95),
        avg=in_ms(avg),
        min=in_ms(min((one.known[0][1] for one in times), default=None)),
        max=in_ms(max((one.known[-1][1] for one in times), default=None)),
        std=in_ms(std),
        init=in_ms(median(inits)) if inits else None,
        first_inference=in_ms(median(firsts)) if firsts else None,
    )


def round_medians(rounds: Sequence[Observation]) -> list[float]:
    """Return the median of each round in microseconds, where it is known."""
    return [value for one in rounds if (value := one.median_us) is not None]


def _medians_by_round(view: CellView) -> list[float | None]:
    """Return the rounds' medians in ms, row by row of the device's order; None where there is none.

    A cell that was precise enough takes no part in later rows, but a baseline may again.
    """
    found = {one.record.index: one.median_us for one in view.timed}
    last = max(view.settings.rounds, *found, 0)
    return [in_ms(found.get(n)) for n in range(1, last + 1)]


def _unless_run(judgement: Judgement) -> str | None:
    return "resume the sweep" if judgement.reason == NOT_RUN else None


def evidence_document(one: Evidence) -> EvidenceDoc:
    """Write down one fact."""
    return EvidenceDoc(
        kind=one.kind, source=one.source, line=one.line, text=one.text, deciding=one.deciding
    )


def finding_document(one: Finding) -> FindingDoc:
    """Write down one finding."""
    return FindingDoc(
        kind=one.kind, message=one.message, evidence=[evidence_document(e) for e in one.evidence]
    )


def _speaks(probe: Observation) -> bool:
    return probe.judgement.status is Status.OK and probe.judgement.placement is not None


def _failed(last: Observation) -> Judgement:
    reason = last.record.failure or last.judgement.reason
    if reason is None:
        reason = "no-timings" if last.record.exit_status == 0 else f"exit-{last.record.exit_status}"
    return replace(last.judgement, status=Status.FAILED, placement=Placement.UNKNOWN, reason=reason)


def _lowered(base: Judgement, other: Judgement) -> Judgement:
    """Let a timed round lower the placement and add findings; it never raises anything."""
    kinds = {finding.kind for finding in base.findings}
    findings = base.findings + tuple(f for f in other.findings if f.kind not in kinds)
    lower = (
        base.placement in _LOWER
        and other.placement in _LOWER
        and _LOWER.index(other.placement) < _LOWER.index(base.placement)
    )
    return replace(other if lower else base, findings=findings)


def _validity(view: CellView) -> ValidityVerdict:
    medians = round_medians(view.timed)
    averages = [one.stats.avg for one in view.timed if one.stats and one.stats.avg is not None]
    records = [one.record for one in view.timed]
    rounds = [one for one in view.records if one.kind is LaunchKind.ROUND]
    around = circumstances(view.folder, view.cell, records, medians, rounds)
    if fell := sampled.throttled(view.timed):
        around = replace(around, seen={ValidityReason.THROTTLED: fell, **around.seen})
    return judge_validity(medians or averages or [0.0], around)


def _percentile(times: Sequence[RoundTimes], percent: float) -> PercentileDoc | None:
    pooled = pooled_percentile(times, percent)
    if pooled is None:
        return None
    own = [one.value for t in times if (one := pooled_percentile([t], percent)) is not None]
    known = [value for value in own if value is not None]
    return _document(pooled, median_interval(known) if len(known) == len(times) else None)


def _p50(times: Sequence[RoundTimes], medians: Sequence[float]) -> PercentileDoc | None:
    """Return the median of the rounds' medians; certain where each round's median is."""
    pooled = pooled_percentile(times, 50)
    if pooled is None or len(medians) < len(times):
        return _document(pooled, None) if pooled is not None else None
    value = median(medians)
    method = Method.EXACT if all(one.exact for one in times) else Method.TOOL
    return _document(Pooled(value, method, value, value), median_interval(medians))


def _document(pooled: Pooled, interval: Interval | None) -> PercentileDoc:
    return PercentileDoc(
        value=in_ms(pooled.value),
        method=pooled.method.value,
        bound_low=in_ms(pooled.low),
        bound_high=in_ms(pooled.high),
        ci_low=in_ms(interval.low) if interval else None,
        ci_high=in_ms(interval.high) if interval else None,
    )


def _pooled_moments(
    rounds: Sequence[tuple[int, float, float]],
) -> tuple[float | None, float | None]:
    """Return mean and deviation over all invocations from each round's count, mean, deviation."""
    total = sum(count for count, _, _ in rounds)
    if not total:
        return None, None
    mean = sum(count * avg for count, avg, _ in rounds) / total
    square = sum(count * (std**2 + (avg - mean) ** 2) for count, avg, std in rounds) / total
    return mean, math.sqrt(square)


def _commands(view: CellView) -> list[str]:
    folder, cell = view.folder, view.cell
    model = folder.models[cell.model]
    sweep = folder.manifest.sweep
    variant = folder.variants[cell.variant]
    # Bound by --cores, it is asked for by its own name; by devices.yaml, by the name it has there.
    bound = variant.cores is not None and variant.name.endswith(f"-{variant.cores}")
    name = variant.expanded_from if bound and variant.expanded_from else cell.variant
    again = ["harness", "run", model.path, "--device", cell.device, "--variant", name]
    again += ["--cores", str(variant.cores)] if name != cell.variant else []
    again += ["--quick"] if "--quick" in sweep.command else []
    again += [*_setting_options(view.settings), "--seed", str(sweep.seed)]
    if sweep.command[1:2] == ["calibrate"]:  # its twins are no variants that can be named
        again = sweep.command
    made = [one for one in view.rounds if not one.record.not_made]
    last = made[-1] if made else view.probe
    commands = [shlex.join(again)]
    if last is not None and last.record.command:
        command = last.record.command
        if cell.cpus:
            command = f"taskset {mask_of(cell.cpus)} {command}"
        if folder.devices[cell.device].kind is not DeviceKind.LOCAL:
            command = shlex.join(["adb", "-s", cell.device, "shell", command])
        commands.append(command)
    return commands


def _setting_options(settings: RunSettings) -> list[str]:
    """Return the options under which a call makes rounds by the same rule, and what follows."""
    rule = settings.stopping
    options = ["--rounds", str(rule.least)]
    if rule.target is not None:
        options += ["--max-rounds", str(rule.most), "--precision", f"{rule.target * 100:g}%"]
    options += ["--budget", f"{settings.budget_s:g}s"] if settings.budget_s else []
    options += ["--sustain", f"{settings.sustain_s:g}s"] if settings.sustain_s else []
    further = [one for one in settings.samples if one is not SampleSource.TOOL]
    options += ["--samples", ",".join(further)] if further else []
    return options + (["--init", "cold,warm"] if settings.init_pairs else [])


def _raw(view: CellView) -> list[str]:
    found: list[str] = []
    others = [one for one in view.others if one.record.kind is not LaunchKind.SUSTAINED]
    for one in (view.probe, *view.rounds, *others):
        if one is not None:
            found += [one.record.output] if one.record.output else []
            found += sorted(one.record.files.values())
    return found
