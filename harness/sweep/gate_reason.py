"""Why a gate failed on a cell, in one sentence that carries the evidence."""

from __future__ import annotations

from collections.abc import Sequence

from harness.printable import printable
from harness.sweep.documents import CellDoc, EvidenceDoc, SkippedDeviceDoc
from harness.verdict.gate import EXPECTATION, PLACEMENTS, VALIDITIES
from harness.verdict.model import Placement, Status

_MOST_OPS = 4
_LONGEST = 200  # characters of a foreign text; the whole stands in results.json


def reason(cell: CellDoc, gate: str) -> str:
    """Return why a cell fails a gate: what was found, and the line that decided."""
    if gate == EXPECTATION:
        return _expectation(cell)
    if gate in PLACEMENTS:
        return _placement(cell)
    if gate in (Status.FAILED, Status.SKIPPED):
        return _ending(cell)
    if gate in VALIDITIES:
        return _shown(", ".join(cell.validity_reasons) or "no reason was recorded")
    return "; and ".join(
        _joined(finding.message.rstrip("."), _decided(finding.evidence or cell.evidence))
        for finding in cell.findings
        if finding.kind == gate
    )


def device_reason(device: SkippedDeviceDoc) -> str:
    """Return why a device was not measured."""
    name = f"{device.model} ({device.id})" if device.model else device.id
    return _shown(f"{name} was not measured: {device.state}, {device.reason}")


def _placement(cell: CellDoc) -> str:
    on, total = cell.nodes_on_accelerator, cell.nodes_total
    counts = f"{'?' if on is None else on} of {'?' if total is None else total} nodes"
    undecided = "the evidence does not decide" if cell.placement is Placement.UNKNOWN else ""
    return _joined(
        undecided,
        f"{counts} on {cell.variant.accelerator}",
        _left_behind(cell),
        _decided(cell.evidence),
    )


def _expectation(cell: CellDoc) -> str:
    expected = cell.expectation
    if expected is None:
        return ""
    ran = cell.status is Status.OK
    word, why = (cell.placement, _placement(cell)) if ran else (cell.status, _ending(cell))
    return f"expected {_shown(expected.least)} of {_shown(expected.variant)}, got {word}: {why}"


def _ending(cell: CellDoc) -> str:
    return _joined(
        _shown(cell.reason or "no reason was recorded"),
        _decided(cell.evidence) if cell.status is Status.FAILED else "",
        _shown(cell.next_step or ""),
    )


def _left_behind(cell: CellDoc) -> str:
    """Name the operations that stayed on the CPU, each once, with the delegate's reason."""
    told = dict.fromkeys(
        f"{_shown(op.op)} ({_shown(op.reason)})" if op.reason else _shown(op.op)
        for op in cell.unsupported_ops
    )
    if not told:
        return ""
    more = f" and {len(told) - _MOST_OPS} more" if len(told) > _MOST_OPS else ""
    return f"left to the CPU: {', '.join(list(told)[:_MOST_OPS])}{more}"


def _decided(evidence: Sequence[EvidenceDoc]) -> str:
    """Quote the deciding line with its place, or the first one where none is marked."""
    found = next((one for one in evidence if one.deciding), next(iter(evidence), None))
    if found is None:
        return ""
    place = f"{found.source}:{found.line}" if found.line is not None else found.source
    return f"{_shown(place)}: {_shown(found.text)}" if place else _shown(found.text)


def _joined(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _shown(text: str) -> str:
    """Make foreign text one visible line of bounded length."""
    line = " ".join(printable(text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
