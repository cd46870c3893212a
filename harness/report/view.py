"""The whole report as one value: everything that a renderer needs, nothing that it must decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from harness.report import choice, figures, headline, stopped, words
from harness.report.details import relative_link
from harness.report.extras import summary_lines
from harness.report.findings import Group, device_name, group_findings
from harness.report.folder import SweepData
from harness.report.gates import GateView, gate_views, news
from harness.report.grid import Table, anchor, build_tables, kind_of, model_label
from harness.report.headline import Marks, Phrase
from harness.report.preflight import unfit_lines
from harness.report.trust import Trust, trust
from harness.report.validity import DoubtView, doubts
from harness.sweep.documents import CellDoc
from harness.verdict.model import Status


@dataclass(frozen=True)
class DecidingLine:
    """The line of a log that decided, and where it stands."""

    text: str
    where: str
    link: str | None


@dataclass(frozen=True)
class FindingView:
    """One finding as it is shown."""

    number: int
    icon: str
    badge: str
    title: str
    where: str
    why: str
    message: str
    advice: str
    also: str
    page: str
    operations: str
    deciding: DecidingLine | None
    anchors: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True)
class NotMeasured:
    """Devices or cells that were left out for one reason, and what to do about it."""

    what: str
    count: str
    state: str
    reason: str
    next_step: str
    simulated: bool = False


@dataclass(frozen=True)
class Filter:
    """A chip or an option of the filters: its key, its word and how many cells it has."""

    key: str
    label: str
    count: int


@dataclass(frozen=True)
class ReportView:
    """The report."""

    sweep_id: str
    crumbs: tuple[str, ...]
    sentence: tuple[Phrase, ...]
    marks: tuple[Marks, ...]
    lines: tuple[tuple[str, str], ...]
    simulated_note: str
    all_simulated: bool
    notes: tuple[str, ...]
    gates: tuple[GateView, ...]
    findings: tuple[FindingView, ...]
    doubts: tuple[DoubtView, ...]
    choices: tuple[choice.DeviceChoices, ...]
    model_names: tuple[str, ...]
    trust: tuple[Trust, ...]
    not_measured: tuple[NotMeasured, ...]
    tables: tuple[Table, ...]
    verdict_filters: tuple[Filter, ...]
    socs: tuple[str, ...]
    variants: tuple[str, ...]
    cells: int
    provenance: tuple[tuple[str, str], ...]

    @property
    def outcome(self) -> str:
        """The sentence as plain text."""
        return headline.plain(self.sentence)


def build_view(data: SweepData) -> ReportView:
    """Decide everything that the report says."""
    sweep, cells = data.results.sweep, data.cells
    counted = headline.counted(cells)
    rehearsal = bool(counted) and counted[0].device.simulated
    groups = group_findings(cells, simulated_last=not rehearsal)
    return ReportView(
        sweep_id=words.label(sweep.id, 80),
        crumbs=_crumbs(data),
        sentence=headline.sentence(cells),
        marks=headline.marks(cells),
        lines=_lines(counted, data),
        simulated_note=_simulated_note(cells, rehearsal=rehearsal),
        all_simulated=bool(cells) and all(cell.device.simulated for cell in cells),
        notes=_notes(data),
        gates=gate_views(data.results),
        findings=tuple(_finding(n, g) for n, g in enumerate(groups, 1)),
        doubts=doubts(cells),
        choices=choice.choices(cells),
        model_names=tuple(dict.fromkeys(model_label(cell) for cell in cells)),
        trust=trust(data),
        not_measured=(*_skipped_devices(data), *_skipped_cells(cells)),
        tables=build_tables(data),
        verdict_filters=_verdict_filters(cells),
        socs=tuple(sorted({words.label(c.device.soc, 48) for c in cells if c.device.soc})),
        variants=tuple(dict.fromkeys(words.label(cell.variant.name, 40) for cell in cells)),
        cells=len(cells),
        provenance=_provenance(data),
    )


def _crumbs(data: SweepData) -> tuple[str, ...]:
    sweep, cells = data.results.sweep, data.cells
    devices = len({cell.device.id for cell in cells})
    models = len({cell.model.sha256 for cell in cells})
    variants = len({cell.variant.name for cell in cells})
    took = _seconds(sweep.started, sweep.finished)
    rounds = words.plural(sum(cell.rounds for cell in cells), "round")
    kinds = ((devices, "device"), (models, "model"), (variants, "variant"))
    return (
        words.label(sweep.id, 80),
        words.label(sweep.started.replace("T", " "), 40),
        ", ".join(words.plural(number, name) for number, name in kinds),
        f"{words.plural(len(cells), 'cell')}, {rounds}"
        + (f" in {words.duration(took)}" if took is not None else ""),
    )


def _seconds(started: str, finished: str | None) -> float | None:
    try:
        end = datetime.fromisoformat(finished or "")
        return max(0.0, (end - datetime.fromisoformat(started)).total_seconds())
    except (ValueError, TypeError):
        return None


def _lines(cells: Sequence[CellDoc], data: SweepData) -> tuple[tuple[str, str], ...]:
    timed = [cell for cell in cells if cell.status is Status.OK and cell.latency_ms]
    lines: list[tuple[str, str]] = []
    wins = choice.tally(cells)
    if wins:
        lines.append(("Fastest, honestly", f"{words.listed(wins, 5)}. Ties count for each."))
    if timed:
        lines.append(("Trust", _trust_line(timed)))
    lines += summary_lines(timed)
    lines += unfit_lines(cells, data)
    left_out = [cell for cell in cells if cell.status is Status.SKIPPED]
    devices = data.results.sweep.skipped_devices
    if left_out or devices:
        lines.append(("Not measured", _left_out_line(left_out, len(devices))))
    return tuple(lines)


def _trust_line(timed: Sequence[CellDoc]) -> str:
    valid = sum(map(figures.is_valid, timed))
    void = sum(map(figures.is_void, timed))
    doubts = Counter(
        text
        for cell in timed
        for _, text in dict.fromkeys(words.reason_labels(cell.validity, cell.validity_reasons))
    )
    methods = Counter(c.latency_ms.p90.method for c in timed if c.latency_ms and c.latency_ms.p90)
    parts = [f"{valid:,} of {words.plural(len(timed), 'time')} are valid"]
    if void:
        parts.append(f"{void:,} void, of wrong answers")
    if doubts:
        parts.append(words.listed(f"{count} {text}" for text, count in doubts.most_common()))
    marked = (
        (methods["interpolated"], f"interpolated in {{}} (marked {figures.ABOUT})"),
        (methods["bounded"], "only bounded in {}"),
        (methods["exact"], "exact in {}"),
    )
    said = [form.format(count) for count, form in marked if count]
    known = f"p90 is {', '.join(said)}" if said else ""
    return ". ".join(filter(None, ["; ".join(parts), str(stopped.tally(timed)), known])) + "."


def _left_out_line(cells: Sequence[CellDoc], devices: int) -> str:
    reasons = Counter(words.code(cell.reason) for cell in cells)
    parts = []
    if cells:
        named = words.listed(f"{count} {reason}" for reason, count in reasons.most_common())
        parts.append(f"{words.plural(len(cells), 'cell')} skipped ({named})")
    if devices:
        parts.append(f"{words.plural(devices, 'device')} not ready")
    return f"{words.listed(parts)}; what to do stands below."


def _simulated_note(cells: Sequence[CellDoc], *, rehearsal: bool) -> str:
    simulated = [cell for cell in cells if cell.device.simulated]
    if not simulated:
        return ""
    names = words.listed(words.label(device_name(cell), 40) for cell in simulated)
    if len(simulated) == len(cells):
        return (
            f"Every cell is simulated ({names}). "
            "No number on this page says anything about real hardware."
        )
    count = f"{words.plural(len(simulated), 'cell')} of {len(cells):,} simulated ({names})"
    if rehearsal:
        return (
            f"{count}. No real cell ran on an accelerator, so this summary speaks of the simulated "
            "ones, which say nothing about real hardware; the real cells are below."
        )
    return f"{count}: shown and labelled below, counted in no figure of this summary."


def _notes(data: SweepData) -> tuple[str, ...]:
    sweep = data.results.sweep
    notes = [words.clean(note) for note in data.missing]
    if not sweep.complete:
        notes.insert(0, "The sweep did not run to its end; cells without all rounds say so.")
    return (*notes, *news(data))


def _finding(number: int, group: Group) -> FindingView:
    cause = group.cause
    word = words.VERDICTS.get(group.icon) or words.VALIDITIES[group.icon]
    also = words.listed((one.title for one in group.also), 3)
    found = group.deciding
    return FindingView(
        number=number,
        icon=group.icon,
        badge=word.label,
        title=group.title,
        where=words.listed(dict.fromkeys(model_label(cell) for cell in group.cells), 3),
        why=cause.why,
        message=words.clean(group.message),
        advice=cause.advice,
        also=f"Besides: {also}." if also else "",
        page=cause.anchor,
        operations=words.listed(group.operations, 6),
        deciding=DecidingLine(
            words.clean(found.text),
            words.clean(f"{found.source}:{found.line}" if found.line else found.source),
            relative_link(found.source),
        )
        if found
        else None,
        anchors=tuple(anchor(cell.id) for cell in group.cells),
        simulated=group.simulated,
    )


def _skipped_devices(data: SweepData) -> tuple[NotMeasured, ...]:
    return tuple(
        NotMeasured(
            what=f"{words.label(device.model or device.id)} ({words.label(device.id, 40)})",
            count="device",
            state=words.label(device.state, 24),
            reason=words.label(device.reason, 200),
            next_step=words.label(device.next_step, 300),
        )
        for device in data.results.sweep.skipped_devices
    )


def _skipped_cells(cells: Sequence[CellDoc]) -> tuple[NotMeasured, ...]:
    """Group skipped cells that share a variant, a reason and a next step."""
    found: dict[tuple[str, str, str, bool], list[CellDoc]] = {}
    for cell in cells:
        if cell.status is Status.SKIPPED:
            key = (cell.variant.name, cell.reason or "", cell.next_step or "")
            found.setdefault((*key, cell.device.simulated), []).append(cell)
    return tuple(
        NotMeasured(
            what=f"{words.label(name, 40)} on "
            + words.listed(words.label(device_name(cell)) for cell in group),
            count=words.plural(len(group), "cell"),
            state=words.SKIPPED,
            reason=words.label(reason.replace("_", " ") or "no reason given", 120),
            next_step=words.label(step, 300) if step else "no next step was recorded",
            simulated=simulated,
        )
        for (name, reason, step, simulated), group in found.items()
    )


def _verdict_filters(cells: Sequence[CellDoc]) -> tuple[Filter, ...]:
    tally = Counter(kind_of(cell) for cell in cells)
    verdicts = [Filter(k, w.label, tally[k]) for k, w in words.VERDICTS.items() if tally[k]]
    validity = Counter(str(cell.validity) for cell in cells if cell.validity)
    doubtful = [
        Filter(key, words.VALIDITIES[key].label, validity[key])
        for key in ("invalid", "incomplete")
        if validity[key]
    ]
    return (*verdicts, *doubtful)


def _provenance(data: SweepData) -> tuple[tuple[str, str], ...]:
    sweep = data.results.sweep
    lines = [
        (
            "harness",
            f"{words.label(sweep.harness)}, rules {words.label(data.results.rules_version)}",
        ),
        ("command", words.label(" ".join(sweep.command), 400)),
        ("order", f"{stopped.rule(sweep)}, seed {sweep.seed}"),
        ("time", f"{words.label(sweep.started)} to {words.label(sweep.finished)}"),
    ]
    tools = {cell.tool.sha256: cell.tool for cell in data.cells if cell.tool}
    lines += [
        (
            "tool",
            words.label(
                f"{tool.name} {tool.version or '(version unknown)'}, "
                f"{tool.dialect or 'dialect unknown'}, sha256 {tool.sha256[:16]}",
                160,
            ),
        )
        for tool in tools.values()
    ]
    for device in {cell.device.id: cell.device for cell in data.cells}.values():
        profile = data.devices[device.id].profile if device.id in data.devices else {}
        parts = [words.label(device.id, 60), str(device.kind)]
        parts += ["simulated"] if device.simulated else []
        parts.append(words.label(str(profile.get("fingerprint") or "fingerprint unknown"), 160))
        lines.append((words.label(device.model or device.id), ", ".join(parts)))
    return tuple(lines)
