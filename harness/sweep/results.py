"""From a sweep's record to results.json. Derived, and re-runnable from raw at any time."""

from __future__ import annotations

from pathlib import Path

from harness.files import write_json
from harness.sweep.cells import cell_document, judge_cell, view_cell
from harness.sweep.check_outputs import check_outputs
from harness.sweep.compare_cells import with_baselines
from harness.sweep.documents import ResultsDoc
from harness.sweep.folder import RESULTS, SweepFolder, read_folder
from harness.sweep.gate import failures
from harness.sweep.journal import done_steps
from harness.verdict.model import RULES_VERSION


def build(folder: SweepFolder) -> ResultsDoc:
    """Judge every cell from its raw files; nothing of the record is changed."""
    views = [view_cell(folder, cell) for cell in folder.manifest.cells]
    judged = check_outputs([(view, judge_cell(view)) for view in views])
    cells = with_baselines(
        [
            cell_document(view, judgement).model_copy(update={"outputs": outputs})
            for view, judgement, outputs in judged
        ]
    )
    ends = [one.started for one in folder.records]
    sweep = folder.manifest.sweep.model_copy(
        update={
            "complete": not remaining(folder),
            "finished": max(ends, default=None),
            "simulated": any(cell.device.simulated for cell in cells),
            "gate_failures": failures(cells, folder.manifest.sweep.gates),
        }
    )
    return ResultsDoc(rules_version=RULES_VERSION, sweep=sweep, cells=cells)


def remaining(folder: SweepFolder) -> int:
    """Return how many planned launches are neither made nor made needless by a failed cell."""
    done = done_steps(folder.records)
    ended = {one.cell for one in folder.records if one.ends_cell}
    return sum(
        (step.cell, step.kind, step.index) not in done and step.cell not in ended
        for steps in folder.manifest.schedule.values()
        for step in steps
    )


def rebuild(root: Path) -> ResultsDoc:
    """Judge a folder anew and write its results.json.

    Raises:
        UsageError: it is not the folder of a sweep.
    """
    results = build(read_folder(root))
    write_json(root / RESULTS, results.to_json())
    return results
