"""Gates: conditions a person or a pipeline asked for. They test fields, never the headline."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import UsageError
from harness.sweep.documents import CellDoc, GateFailureDoc
from harness.verdict.model import FindingKind, Placement, Status

_PLACEMENTS = (Placement.NONE, Placement.PARTIAL, Placement.UNKNOWN)
_STATUSES = (Status.FAILED, Status.SKIPPED)

NAMES = tuple(one.value for one in (*_PLACEMENTS, *_STATUSES, *FindingKind))
"""What `--fail-on` takes."""


def parse_gates(text: str | None) -> tuple[str, ...]:
    """Split a `--fail-on` list.

    Raises:
        UsageError: it has an unknown name.
    """
    names = tuple(part.strip() for part in (text or "").split(",") if part.strip())
    for name in names:
        if name not in NAMES:
            raise UsageError(
                f"--fail-on does not know '{name}'", next_step=f"use any of {', '.join(NAMES)}"
            )
    return names


def failures(cells: Sequence[CellDoc], gates: Sequence[str]) -> list[GateFailureDoc]:
    """Return each gate that a cell fails, in the order of the cells."""
    return [
        GateFailureDoc(
            gate=gate,
            cell=cell.id,
            message=f"{cell.variant.name} on {cell.device.id}, {cell.model.name}: {gate}",
        )
        for cell in cells
        for gate in gates
        if _fails(cell, gate)
    ]


def _fails(cell: CellDoc, gate: str) -> bool:
    if gate in (cell.status.value, *(finding.kind.value for finding in cell.findings)):
        return True
    return cell.status is Status.OK and cell.placement is not None and cell.placement.value == gate
