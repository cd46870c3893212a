"""The grid: a table per model, a row per device, a column per variant, outcomes in short."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.report import figures, words
from harness.report.figures import Figure
from harness.report.findings import device_name
from harness.report.folder import SweepData
from harness.sweep.documents import CellDoc
from harness.verdict.model import Status


@dataclass(frozen=True)
class Coverage:
    """Share of the nodes that were handed over; `style` is solid, claim or unknown."""

    share: float
    text: str
    style: str


@dataclass(frozen=True)
class GridCell:
    """One cell of the grid. `kind` is its headline or `skipped`; `tone` is plain, grey or void."""

    anchor: str
    kind: str
    badge: str
    meaning: str
    doubts: tuple[tuple[str, str], ...]
    simulated: bool
    variant: str
    validity: str
    p50: Figure | None
    p90: Figure | None
    tone: str
    ratio: str
    against: str
    slower: bool
    coverage: Coverage | None
    backend: str
    why: str


@dataclass(frozen=True)
class Row:
    """A device's cells, in the order of the columns; empty where nothing was planned."""

    device: str
    device_id: str
    soc: str
    simulated: bool
    cells: tuple[tuple[GridCell, ...], ...]


@dataclass(frozen=True)
class Table:
    """One model: its name, a line about it, the columns and the rows."""

    key: str
    name: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def anchor(cell_id: str) -> str:
    """Return a short name for a cell that is the same each time the report is rendered."""
    return f"c-{hashlib.sha256(cell_id.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"


def kind_of(cell: CellDoc) -> str:
    """Return the headline's word, or `skipped`."""
    return str(cell.verdict) if cell.verdict is not None else words.SKIPPED


def model_key(cell: CellDoc) -> str:
    """Identify a model: its content and the signature it was run with."""
    return f"{cell.model.sha256}/{cell.model.signature or ''}"


def model_label(cell: CellDoc) -> str:
    """Name a model; a signature that is not the usual one belongs to the name."""
    signature = cell.model.signature
    suffix = (
        f" · {words.label(signature, 24)}" if signature and signature != "serving_default" else ""
    )
    return words.label(cell.model.name) + suffix


def coverage(cell: CellDoc) -> Coverage | None:
    """Return how many nodes were handed over; None for cells that did not run and for the CPU."""
    if cell.status is not Status.OK or kind_of(cell) == "baseline":
        return None
    taken, total = cell.nodes_on_accelerator, cell.nodes_total
    if taken is None or not total:
        return Coverage(0.0, f"?/{total or '?'}", "unknown")
    style = "claim" if kind_of(cell) == "suspect" else "solid"
    prefix = "claims " if style == "claim" else ""
    return Coverage(min(1.0, taken / total), f"{prefix}{taken}/{total}", style)


def why(cell: CellDoc) -> str:
    """Say in short why a cell has no time."""
    if cell.status is Status.OK:
        return ""
    return words.label((cell.reason or "no reason given").replace("_", " "), 80)


def grid_cell(cell: CellDoc) -> GridCell:
    """Show one cell."""
    latency = cell.latency_ms if cell.status is Status.OK else None
    kind = kind_of(cell)
    ratio = cell.speedup_vs_cpu.value if cell.speedup_vs_cpu else None
    return GridCell(
        anchor=anchor(cell.id),
        kind=kind,
        badge=words.verdict_label(kind, str(cell.variant.accelerator)),
        meaning=words.VERDICTS[kind].meaning,
        doubts=words.reason_labels(cell.validity, cell.validity_reasons),
        simulated=cell.device.simulated,
        variant=words.label(cell.variant.name, 40),
        validity=str(cell.validity or ""),
        p50=figures.figure(latency.p50) if latency else None,
        p90=figures.figure(latency.p90) if latency else None,
        tone="void" if figures.is_void(cell) else "grey" if figures.is_grey(cell) else "plain",
        ratio="baseline" if figures.is_baseline(cell) and latency else figures.speedup(cell),
        against=figures.against(cell),
        slower=ratio is not None and ratio < 1 and figures.is_claimed(cell),
        coverage=coverage(cell),
        backend=words.label(cell.backend, 28) if cell.backend else "",
        why=why(cell),
    )


def build_tables(data: SweepData) -> tuple[Table, ...]:
    """Lay out every cell: models, devices and variants in the order the sweep names them."""
    by_model: dict[str, list[CellDoc]] = {}
    for cell in data.cells:
        by_model.setdefault(model_key(cell), []).append(cell)
    return tuple(_table(number, cells, data) for number, cells in enumerate(by_model.values(), 1))


def _table(number: int, cells: Sequence[CellDoc], data: SweepData) -> Table:
    columns = _columns(cells)
    rows: dict[str, list[CellDoc]] = {}
    for cell in cells:
        rows.setdefault(cell.device.id, []).append(cell)
    return Table(
        key=f"m{number}",
        name=model_label(cells[0]),
        about=_about(cells[0], data),
        columns=tuple(columns.values()),
        rows=tuple(_row(mine, columns) for mine in rows.values()),
    )


def _column_key(cell: CellDoc) -> tuple[str, str]:
    return cell.variant.name, cell.tool.sha256 if cell.tool else ""


def _columns(cells: Sequence[CellDoc]) -> Mapping[tuple[str, str], str]:
    """Name the columns: the variant, and the tool too where a device runs it with several."""
    seen: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for cell in cells:
        seen.setdefault((cell.device.id, cell.variant.name), set()).add(_column_key(cell))
    doubled = {variant for (_, variant), keys in seen.items() if len(keys) > 1}
    found: dict[tuple[str, str], str] = {}
    for cell in cells:
        name = words.label(cell.variant.name, 40)
        if cell.variant.name not in doubled:
            found.setdefault((cell.variant.name, ""), name)
        else:
            tool = f"{cell.tool.name} {cell.tool.version or ''}" if cell.tool else "no tool"
            found.setdefault(_column_key(cell), f"{name} · {words.label(tool, 32)}")
    return found


def _row(cells: Sequence[CellDoc], columns: Mapping[tuple[str, str], str]) -> Row:
    placed: dict[tuple[str, str], list[GridCell]] = {key: [] for key in columns}
    for cell in cells:
        key = _column_key(cell)
        placed[key if key in placed else (cell.variant.name, "")].append(grid_cell(cell))
    device = cells[0].device
    return Row(
        device=words.label(device_name(cells[0]), 48),
        device_id=words.label(device.id, 48),
        soc=words.label(device.soc, 48) if device.soc else "",
        simulated=device.simulated,
        cells=tuple(tuple(found) for found in placed.values()),
    )


def _about(cell: CellDoc, data: SweepData) -> str:
    models = data.manifest.models if data.manifest else []
    listed = next((m for m in models if m.sha256 == cell.model.sha256), None)
    parts = [words.label(cell.model.precision, 16) if cell.model.precision else ""]
    if listed is not None and listed.nodes:
        parts.append(words.plural(listed.nodes, "node"))
    if listed is not None:
        parts.append(f"{listed.size / 1e6:,.1f} MB")
    parts.append(f"sha256 {words.label(cell.model.sha256[:10])}")
    return ", ".join(filter(None, parts))
