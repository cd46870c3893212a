"""Gates as the report shows them: which were asked for, which failed, on which cells and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.bench.variant import Accelerator
from harness.report import words
from harness.report.findings import device_name
from harness.report.folder import SweepData
from harness.report.grid import anchor, model_label
from harness.sweep.documents import CellDoc, GateFailureDoc, ResultsDoc
from harness.verdict.expectation import Outcome
from harness.verdict.gate import EXPECTATION

REASON_LIMIT = 500
"""Characters of a reason; results.json and the cell have the whole evidence."""

MOST_LINES = 20
"""Failures that a terminal shows; the files have them all."""


@dataclass(frozen=True)
class FailureView:
    """One failure: the cell it is about, in words and as an anchor (None: a device), and why."""

    where: str
    why: str
    anchor: str | None
    simulated: bool


@dataclass(frozen=True)
class GateView:
    """One gate that was asked for. Without failures it held; `about` says on how much."""

    name: str
    label: str
    about: str
    failures: tuple[FailureView, ...]


def gate_views(results: ResultsDoc) -> tuple[GateView, ...]:
    """Return every gate that was asked for, failed ones first, in the order of the call."""
    sweep, cells = results.sweep, results.cells
    by_id = {cell.id: cell for cell in cells}
    by_gate: dict[str, list[GateFailureDoc]] = {name: [] for name in sweep.gates}
    if any(cell.expectation for cell in cells):
        by_gate.setdefault(EXPECTATION, [])
    for failure in sweep.gate_failures:
        by_gate.setdefault(failure.gate, []).append(failure)
    views = [
        GateView(
            name=name,
            label=words.label(name.replace("_", " "), 40),
            about=_about(name, cells),
            failures=tuple(_failure(one, by_id.get(one.cell or "")) for one in failed),
        )
        for name, failed in by_gate.items()
    ]
    return tuple(sorted(views, key=lambda view: not view.failures))


def cell_name(cell: CellDoc) -> str:
    """Name a cell as people do: its variant, its device and its model."""
    variant = words.label(cell.variant.name, 40)
    return f"{variant} on {words.label(device_name(cell), 40)}, {model_label(cell)}"


def failure_lines(results: ResultsDoc) -> list[str]:
    """Return lines for a terminal: how often each gate failed, then each cell and why; bounded."""
    views = [view for view in gate_views(results) if view.failures]
    if not views:
        return []
    found = [f"  {view.label}: {line(one)}" for view in views for one in view.failures]
    more = [f"  and {len(found) - MOST_LINES} more"] if len(found) > MOST_LINES else []
    counts = ", ".join(f"{view.label} {len(view.failures)}" for view in views)
    return [f"gates failed: {counts}", *found[:MOST_LINES], *more]


def line(failure: FailureView) -> str:
    """Write a failure as one line of plain text."""
    simulated = " (simulated)" if failure.simulated else ""
    return f"{failure.where}{simulated}: {failure.why}" if failure.where else failure.why


def news(data: SweepData) -> tuple[str, ...]:
    """Say which expectations are outdated, and which ones no cell was held to."""
    better: dict[tuple[str, str], list[CellDoc]] = {}
    for cell in data.cells:
        if cell.expectation is not None and cell.expectation.outcome is Outcome.BETTER:
            better.setdefault((cell.expectation.variant, model_label(cell)), []).append(cell)
    outdated = [
        f"devices.yaml expects none of {words.label(variant, 40)} with {model}, and it is "
        + words.listed(f"{cell.placement} on {_device(cell)}" for cell in some)
        + ": raise what is expected"
        for (variant, model), some in better.items()
    ]
    return (*outdated, *_unused(data))


def _unused(data: SweepData) -> Iterator[str]:
    """Name expectations of an NNAPI device that no phone of the sweep has, although it was asked.

    What stands under a variant that was not run at all is nothing to speak of.
    """
    if data.manifest is None:
        return
    planned = {variant.name for variant in data.manifest.variants}
    bases = {
        variant.expanded_from or variant.name
        for variant in data.manifest.variants
        if variant.accelerator is Accelerator.NNAPI
    }
    for model in data.manifest.models:
        for name in model.expect:
            if name not in planned and any(name.startswith(f"{base}-") for base in bases):
                yield (
                    f"devices.yaml expects something of {words.label(name, 40)} with "
                    f"{words.label(model.name)}, and no phone here has that"
                )


def _device(cell: CellDoc) -> str:
    simulated = " (simulated)" if cell.device.simulated else ""
    return words.label(device_name(cell), 40) + simulated


def _about(name: str, cells: Sequence[CellDoc]) -> str:
    if name != EXPECTATION:
        return ""
    outcomes = [cell.expectation.outcome for cell in cells if cell.expectation is not None]
    tested = [one for one in outcomes if one is not Outcome.UNTESTED]
    met = sum(one is not Outcome.UNMET for one in tested)
    return f"{met} of {words.plural(len(tested), 'expectation')} met"


def _failure(failure: GateFailureDoc, cell: CellDoc | None) -> FailureView:
    return FailureView(
        where=cell_name(cell) if cell is not None else "",
        why=words.label(failure.message, REASON_LIMIT),
        anchor=anchor(cell.id) if cell is not None else None,
        simulated=cell is not None and cell.device.simulated,
    )
