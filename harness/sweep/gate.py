"""Gates: conditions a person or a pipeline asked for. They test fields, never the headline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.device.base import DeviceState
from harness.errors import UsageError
from harness.sweep.documents import CellDoc, GateFailureDoc, SkippedDeviceDoc
from harness.sweep.gate_reason import device_reason, reason
from harness.sweep.plan import EXCLUDED
from harness.verdict.expectation import Outcome
from harness.verdict.gate import EXPECTATION, NAMES, PLACEMENTS, gate_name
from harness.verdict.model import Placement, Status

_EXCUSED = (Placement.NONE, Placement.PARTIAL)
"""Placements that do not fail their gate where devices.yaml expects no more."""


def parse_gates(text: str | None) -> tuple[str, ...]:
    """Split a `--fail-on` list; `wrong-output` is `wrong_output`.

    Raises:
        UsageError: it has an unknown name.
    """
    found = []
    for word in filter(None, map(str.strip, (text or "").split(","))):
        if gate_name(word) not in NAMES:
            raise UsageError(
                f"--fail-on does not know '{word}'", next_step=f"use any of {', '.join(NAMES)}"
            )
        found.append(gate_name(word))
    return tuple(dict.fromkeys(found))


def failures(
    cells: Sequence[CellDoc], gates: Sequence[str], left_out: Sequence[SkippedDeviceDoc] = ()
) -> list[GateFailureDoc]:
    """Return each gate that fails: cell by cell, then those of devices that were not measured.

    Expectations are tested whether or not they are named: the file asked for them.
    """
    asked = tuple(dict.fromkeys((EXPECTATION, *gates)))
    found = [
        GateFailureDoc(gate=gate, cell=cell.id, message=reason(cell, gate))
        for cell in cells
        for gate in asked
        if fails(cell, gate)
    ]
    return [*found, *(_devices(left_out) if Status.SKIPPED in gates else ())]


def fails(cell: CellDoc, gate: str) -> bool:
    """Whether a cell fails a gate.

    The CPU fails no gate of placement: there is nothing to fall back from. A cell that a person
    left out does not fail `skipped`. A placement that devices.yaml expects is no news.
    """
    if gate == EXPECTATION:
        return cell.expectation is not None and cell.expectation.outcome is Outcome.UNMET
    if gate == Status.SKIPPED:
        return cell.status is Status.SKIPPED and not chosen(cell)
    if gate in PLACEMENTS:
        asked = cell.status is Status.OK and not cell.variant.accelerator.is_cpu
        return asked and cell.placement == gate and not _expected(cell)
    return gate in (cell.status, cell.validity, *(finding.kind for finding in cell.findings))


def chosen(cell: CellDoc) -> bool:
    """Whether a skipped cell was left out by a person."""
    return (cell.reason or "").partition(":")[0] == EXCLUDED


def _expected(cell: CellDoc) -> bool:
    met = cell.expectation is not None and cell.expectation.outcome is not Outcome.UNMET
    return met and cell.placement in _EXCUSED


def _devices(left_out: Sequence[SkippedDeviceDoc]) -> Iterator[GateFailureDoc]:
    for device in left_out:
        if device.state != DeviceState.QUARANTINED:
            gate = str(Status.SKIPPED)
            yield GateFailureDoc(gate=gate, cell=None, message=device_reason(device))
