"""From a sweep's record to results.json. Derived, and re-runnable from raw at any time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.files import write_json
from harness.sweep.cells import cell_document, judge_cell, view_cell
from harness.sweep.check_outputs import check_outputs
from harness.sweep.compare_cells import with_baselines, with_noise
from harness.sweep.controlled import read_controls
from harness.sweep.documents import ResultsDoc
from harness.sweep.doubt_cells import with_implausible, with_outliers
from harness.sweep.expected import with_expectation
from harness.sweep.folder import MANIFEST, RESULTS, SweepFolder, read_folder
from harness.sweep.gate import failures
from harness.sweep.stopped import replayed, with_stopped
from harness.sweep.suspect_cells import with_suspicion
from harness.verdict.model import RULES_VERSION


def build(folder: SweepFolder) -> ResultsDoc:
    """Judge every cell from its raw files; nothing of the record is changed."""
    views = [view_cell(folder, cell) for cell in folder.manifest.cells]
    judged = check_outputs([(view, judge_cell(view)) for view in views])
    cells = [
        cell_document(view, judgement).model_copy(update={"outputs": outputs})
        for view, judgement, outputs in judged
    ]
    cells = with_suspicion(views, with_implausible(cells, folder.models))
    cells = with_outliers(with_baselines(with_noise(cells, folder.devices)))
    cells = [with_expectation(cell, folder) for cell in cells]
    agendas, complete = replayed(folder, views)
    cells = [
        with_stopped(cell, view, agendas.get(cell.device.id))
        for cell, view in zip(cells, views, strict=True)
    ]
    ends = [one.started for one in folder.records]
    sweep = folder.manifest.sweep
    sweep = sweep.model_copy(
        update={
            "complete": complete,
            "finished": max(ends, default=None),
            "simulated": any(cell.device.simulated for cell in cells),
            "gate_failures": failures(cells, sweep.gates, sweep.skipped_devices),
        }
    )
    devices = [one.id for one in folder.manifest.devices]
    return ResultsDoc(
        rules_version=RULES_VERSION,
        sweep=sweep,
        cells=cells,
        controls=read_controls(folder.root, devices),
    )


def record_gates(root: Path, gates: Sequence[str]) -> None:
    """Make gates a sweep's own: of its manifest, this alone is ever written anew.

    Raises:
        UsageError: it is not the folder of a sweep.
    """
    manifest = read_folder(root).manifest
    sweep = manifest.sweep.model_copy(update={"gates": list(gates)})
    write_json(root / MANIFEST, manifest.model_copy(update={"sweep": sweep}).to_json())


def rebuild(root: Path) -> ResultsDoc:
    """Judge a folder anew and write its results.json.

    Raises:
        UsageError: it is not the folder of a sweep.
    """
    results = build(read_folder(root))
    write_json(root / RESULTS, results.to_json())
    return results
