"""What devices.yaml expected of a sweep's cells, and how they stand to it."""

from __future__ import annotations

from harness.sweep.documents import CellDoc, ExpectationDoc
from harness.sweep.folder import SweepFolder
from harness.sweep.gate import chosen
from harness.verdict.expectation import Outcome, parse_expectation
from harness.verdict.model import Status


def with_expectation(cell: CellDoc, folder: SweepFolder) -> CellDoc:
    """Write into a judged cell what is expected of it; the variant's own name comes first."""
    expect = folder.models[cell.model.sha256].expect
    names = (cell.variant.name, folder.variants[cell.variant.name].expanded_from)
    name = next((one for one in names if one is not None and one in expect), None)
    if name is None:
        return cell
    found = ExpectationDoc(variant=name, least=expect[name], outcome=_outcome(cell, expect[name]))
    return cell.model_copy(update={"expectation": found})


def _outcome(cell: CellDoc, text: str) -> Outcome:
    """Compare; a cell that did not run, and that nobody left out, does not meet what is asked."""
    expected = parse_expectation(text)
    if cell.status is Status.OK:
        return expected.outcome(cell.placement, cell.nodes_on_accelerator, cell.nodes_total)
    asks_nothing = expected.asks_nothing or (cell.status is Status.SKIPPED and chosen(cell))
    return Outcome.UNTESTED if asks_nothing else Outcome.UNMET
