"""What is to be said of a cell's numbers, and what to do next, for its drawer and the summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report import words
from harness.report.findings import device_name
from harness.report.grid import model_label
from harness.sweep.documents import CellDoc


@dataclass(frozen=True)
class DoubtView:
    """Why the numbers of one cell may not be used: `label`, where, what was seen, what to do."""

    label: str
    where: str
    message: str
    next_step: str
    simulated: bool


def drawer_notes(cell: CellDoc) -> list[tuple[str, str, str]]:
    """Return (label, what was seen, what to do) of every note, deciding or not."""
    return [
        (_label(one.reason), words.clean(one.message), words.clean(one.next_step))
        for one in cell.validity_notes
    ]


def doubts(cells: Sequence[CellDoc]) -> tuple[DoubtView, ...]:
    """Return the notes for which the numbers of a cell may not be used, cell by cell."""
    return tuple(
        DoubtView(
            _label(one.reason),
            f"{words.label(cell.variant.name, 40)} on {words.label(device_name(cell), 40)}, "
            f"{model_label(cell)}",
            words.clean(one.message),
            words.clean(one.next_step),
            cell.device.simulated,
        )
        for cell in cells
        for one in cell.validity_notes
        if one.decides
    )


def _label(reason: str) -> str:
    known = words.VALIDITIES.get(reason)
    return known.label if known else words.label(reason.replace("_", " "), 28)
