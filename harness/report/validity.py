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
    """Return the notes for which numbers may not be used.

    Cells of a device that need the same next step are one line, with what was seen in the first.
    """
    found: dict[tuple[str, str, str], list[tuple[CellDoc, str]]] = {}
    for cell in cells:
        for one in cell.validity_notes:
            if one.decides:
                key = (cell.device.id, one.reason, one.next_step)
                found.setdefault(key, []).append((cell, one.message))
    return tuple(
        DoubtView(
            _label(reason),
            _where([cell for cell, _ in noted]),
            _seen([words.clean(message) for _, message in noted]),
            words.clean(step),
            noted[0][0].device.simulated,
        )
        for (_, reason, step), noted in found.items()
    )


def _where(cells: Sequence[CellDoc]) -> str:
    names = words.listed((words.label(cell.variant.name, 40) for cell in cells), 3)
    models = words.listed(map(model_label, cells), 3)
    return f"{names} on {words.label(device_name(cells[0]), 40)}, {models}"


def _seen(messages: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(messages))
    if len(distinct) == 1:
        return distinct[0]
    others = words.plural(len(messages) - 1, "more cell")
    return f"{distinct[0]}, and the like in {others}"


def _label(reason: str) -> str:
    known = words.VALIDITIES.get(reason)
    return known.label if known else words.label(reason.replace("_", " "), 28)
