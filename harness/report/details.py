"""What stands behind a cell: everything its drawer shows, as plain data with finished texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from harness.report import conditions, figures, sampling, words
from harness.report.doubts import suspicion_facts
from harness.report.extras import init_lines, sustained_details
from harness.report.findings import Match, device_name, matches
from harness.report.folder import SweepData
from harness.report.grid import anchor, coverage, kind_of, model_label
from harness.report.preflight import round_states
from harness.report.stopped import ended
from harness.report.trust import minutes_between, reading
from harness.report.validity import drawer_notes
from harness.sweep.documents import CellDoc, EvidenceDoc, ExpectationDoc, UnsupportedOpDoc
from harness.sweep.extra_documents import CacheLineDoc, PercentileDoc
from harness.sweep.sampled import hardware_khz
from harness.verdict.model import HowCounted, Status, WhyLeft
from harness.verdict.outputs import OutputVerdict

Line = tuple[str, str, str]
"""A line of a table: name, value, note."""


def relative_link(path: str) -> str | None:
    """Return a raw file's path as a link; None for what is no file or would lead elsewhere."""
    parts = path.split("/")
    if parts[0] not in ("raw", "inputs", "reference") or "\\" in path or ".." in parts:
        return None
    return quote(path.encode("utf-8", "surrogatepass"), safe="/")


def cell_details(cell: CellDoc, data: SweepData) -> dict[str, Any]:
    """Return the drawer of a cell. Every text is made visible; none of it is HTML."""
    kind = kind_of(cell)
    first = next(iter(matches(cell)), None)
    return {
        "id": words.clean(cell.id),
        "device": words.label(device_name(cell), 80),
        "model": model_label(cell),
        "variant": words.label(sampling.bound_name(cell), 80),
        "simulated": cell.device.simulated,
        "kind": kind,
        "badge": words.verdict_label(kind, str(cell.variant.accelerator)),
        "doubts": words.reason_labels(cell.validity, cell.validity_reasons),
        "notes": drawer_notes(cell),
        "say": say(cell),
        "why": first.cause.why if first else "",
        "advice": words.clean(cell.next_step or _advice(cell, first)),
        "findings": [(words.label(str(f.kind)), words.clean(f.message)) for f in cell.findings],
        "times": _times(cell),
        "tone": "void" if figures.is_void(cell) else "grey" if figures.is_grey(cell) else "plain",
        "outputs": _outputs(cell),
        "placement": _placement(cell),
        "ops": [(words.clean(op.op), op_note(op)) for op in cell.unsupported_ops],
        "evidence": [_evidence(e) for e in in_file_order(cell)],
        "rounds": _rounds(cell, data),
        "sustained": sustained_details(cell),
        "cache": [_cache_fact(e) for e in cell.init.evidence] if cell.init else [],
        "states": round_states(data.rounds_of.get(cell.id, ())),
        "commands": [words.clean(command) for command in cell.commands],
        "raw": _links(cell.raw),
        "facts": _facts(cell, data),
    }


def _advice(cell: CellDoc, first: Match | None) -> str:
    """Return the foremost cause's advice, unless a note of the cell's own knows better."""
    if first is None or any(one.reason == first.cause.key for one in cell.validity_notes):
        return ""
    return first.cause.advice


def all_details(data: SweepData) -> dict[str, dict[str, Any]]:
    """Return the details of every cell by its anchor."""
    return {anchor(cell.id): cell_details(cell, data) for cell in data.cells}


def say(cell: CellDoc) -> str:
    """Say a cell's outcome in one sentence."""
    if cell.status is not Status.OK:
        reason = words.label((cell.reason or "no reason given").replace("_", " "), 120)
        return f"{'Skipped' if cell.status is Status.SKIPPED else 'Failed'}: {reason}."
    kind = kind_of(cell)
    meaning = words.VERDICTS[kind].meaning
    if kind == "full" and words.verdict_label(kind, str(cell.variant.accelerator)) != "full":
        meaning = "Every node was handed to the driver; what the driver did is out of sight."
    return meaning


def op_note(op: UnsupportedOpDoc) -> str:
    """Say how many nodes of a kind stayed on the CPU, which ones, and why."""
    share = ""
    if op.count is not None and op.of:
        share = f"all {op.of}" if op.count == op.of else f"{op.count} of {op.of}"
        if op.nodes:
            more = ", …" if op.count > len(op.nodes) else ""
            share += f" (node {', '.join(map(str, op.nodes))}{more})"
        share += ", computed" if op.counted is HowCounted.COMPUTED else ""
    beyond = "supported, left beyond a refused one" if op.cause is WhyLeft.DROPPED else ""
    return "; ".join(filter(None, [share, beyond, words.clean(op.reason)]))


def in_file_order(cell: CellDoc) -> Sequence[EvidenceDoc]:
    """Return all evidence of a cell and its findings, file by file, in the order of the lines."""
    every = [*cell.evidence, *(e for finding in cell.findings for e in finding.evidence)]
    distinct: dict[tuple[str, int | None, str], EvidenceDoc] = {}
    for found in every:
        key = (found.source, found.line, found.text)
        if key not in distinct or found.deciding:
            distinct[key] = found
    files = {source: number for number, source in enumerate(dict.fromkeys(e.source for e in every))}
    return sorted(distinct.values(), key=lambda e: (files[e.source], e.line or 0))


def _evidence(evidence: EvidenceDoc) -> dict[str, Any]:
    return {
        "kind": words.label(evidence.kind),
        "source": words.clean(evidence.source),
        "link": relative_link(evidence.source),
        "line": evidence.line,
        "text": words.clean(evidence.text),
        "deciding": evidence.deciding,
    }


def _cache_fact(fact: CacheLineDoc) -> dict[str, Any]:
    return {
        "source": words.clean(fact.source),
        "link": relative_link(fact.source),
        "line": fact.line,
        "text": words.clean(fact.text),
    }


def _times(cell: CellDoc) -> list[Line]:
    latency = cell.latency_ms
    if latency is None or cell.status is not Status.OK:
        return []
    lines = [
        *_percentile("p50", latency.p50, "median of the rounds' medians"),
        *_percentile("p90", latency.p90, "pooled over all rounds"),
        *_percentile("p95", latency.p95, "pooled over all rounds"),
    ]
    if cell.baseline and not figures.is_baseline(cell):
        ratio = figures.speedup(cell) or "none"
        said = (figures.speedup_interval(cell), figures.claim_note(cell))
        note = "; ".join(filter(None, said)) or (
            "" if figures.speedup(cell) else "a time that may not be used has no speed-up"
        )
        lines.append((f"against {words.label(cell.baseline, 40)}", ratio, note))
    invocations = words.plural(cell.samples, "timed invocation")
    note = "; ".join(filter(None, [ended(cell.stopped), invocations]))
    lines.append(("measured in", words.plural(cell.rounds, "round"), note))
    plain = {
        "average": latency.avg,
        "least, most": None,
        "deviation": latency.std,
        "initialisation": latency.init,
        "first inference": latency.first_inference,
    }
    for name, value in plain.items():
        if name == "least, most" and latency.min is not None and latency.max is not None:
            lines.append((name, f"{words.ms(latency.min)}, {words.ms(latency.max)} ms", ""))
        elif value is not None:
            lines.append((name, f"{words.ms(value)} ms", ""))
    if cell.noise_floor is not None:
        floor = cell.noise_floor
        source = f"{words.plural(floor.pairs, 'A/A comparison')} on {floor.measured[:10]}"
        lines.append(("noise floor", words.percent(floor.relative), words.clean(source)))
    lines += init_lines(cell)
    if cell.time_share is not None:
        part = f"{cell.time_share.value * 100:.1f} %"
        lines.append(("on the accelerator", part, f"of an invocation; {cell.time_share.source}"))
    lines += sampling.exact_lines(cell)
    return lines


def _percentile(name: str, percentile: PercentileDoc | None, how: str) -> list[Line]:
    shown = figures.figure(percentile)
    if percentile is None or shown is None:
        return [(name, "unknown", "")]
    note = "; ".join([how, shown.note, figures.interval(percentile)])
    return [(name, f"{shown.mark}{shown.text} ms", note)]


def _outputs(cell: CellDoc) -> dict[str, Any] | None:
    """Say in one sentence whether the answer is right, with the numbers and both files below."""
    found = cell.outputs
    if found is None:
        return None
    if found.verdict is OutputVerdict.UNKNOWN:
        why = words.label(found.reason or "nothing says why", 300)
        return {"text": f"Not known to be right: {why}.", "note": "", "files": _links(found.files)}
    against = "LiteRT on the host" if found.reference == "host" else words.label(found.reference)
    equal = ", bit for bit" if found.identical and not found.max_error else ""
    verb = {
        OutputVerdict.SAME: f"The same as {against}{equal}.",
        OutputVerdict.CLOSE: f"Close to {against}: rounding explains the difference.",
        OutputVerdict.WRONG: f"Not the answer of {against}.",
    }[found.verdict]
    numbers = (
        ("largest error", found.max_error, ""),
        ("mean error", found.mean_error, " of the range"),
        ("cosine", found.cosine, ""),
        ("SNR", found.snr_db, " dB"),
        ("argmax agreement", found.argmax_agreement, ""),
    )
    said = [f"{name} {value:.3g}{unit}" for name, value, unit in numbers if value is not None]
    note = ", ".join([*said, *map(words.clean, found.notes)])
    return {"text": verb, "note": note, "files": _links(found.files)}


def _links(paths: Sequence[str]) -> list[tuple[str, str | None]]:
    return [(words.clean(path), relative_link(path)) for path in paths]


def _placement(cell: CellDoc) -> dict[str, Any] | None:
    shown = coverage(cell)
    if shown is None:
        return None
    kernels = words.plural(cell.kernels, "kernel") if cell.kernels else ""
    backend = words.label(cell.backend, 60) if cell.backend else "back end unknown"
    return {
        "share": shown.share,
        "style": shown.style,
        "text": f"{shown.text} nodes",
        "note": ", ".join(filter(None, [kernels, backend])),
    }


def _rounds(cell: CellDoc, data: SweepData) -> list[dict[str, Any]]:
    """Give each round its median and, from its record, when it ran and how warm the device was."""
    records = {record.index: record for record in data.rounds_of.get(cell.id, ())}
    known = data.devices.get(cell.device.id)
    full_khz = hardware_khz(known.profile) if known is not None else {}
    points = []
    for index, median in enumerate(cell.round_medians_ms, 1):
        record = records.get(index)
        started = minutes_between(data.results.sweep.started, record.started) if record else None
        points.append(
            {
                "round": index,
                "minute": round(started, 2) if started is not None else None,
                "ms": median,
                "celsius": reading(record.health, "battery_celsius") if record else None,
                **conditions.points(cell, index, full_khz),
            }
        )
    return points


def _facts(cell: CellDoc, data: SweepData) -> list[tuple[str, str]]:
    tool = cell.tool
    facts = [
        ("device", f"{words.label(cell.device.id, 80)} ({cell.device.kind})"),
        ("chip", words.label(cell.device.soc, 80)),
        ("model", f"sha256 {words.label(cell.model.sha256, 80)}"),
        ("flags", words.clean(" ".join(cell.variant.flags)) or "none"),
        ("tool", _tool_line(cell) if tool else "none"),
    ]
    facts += sampling.core_facts(cell)
    if cell.expectation is not None:
        facts.append(("expected", _expected_line(cell.expectation)))
    if cell.id in data.auto_baselines:
        facts.append(("baseline", "added by the harness (auto), so that there is one"))
    return [*facts, *conditions.facts(cell), *suspicion_facts(cell)]


def _expected_line(expected: ExpectationDoc) -> str:
    name, least = words.label(expected.variant, 60), words.label(expected.least, 20)
    return f"{least} of {name}, by devices.yaml: {expected.outcome}"


def _tool_line(cell: CellDoc) -> str:
    tool = cell.tool
    if tool is None:
        return "none"
    parts = [tool.name, tool.version or "version unknown", str(tool.dialect or "dialect unknown")]
    return words.label(f"{' · '.join(parts)} · sha256 {tool.sha256[:12]}", 160)
