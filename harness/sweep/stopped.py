"""Why each cell has as many rounds as it has, and whether its sweep has come to its end."""

from __future__ import annotations

from collections.abc import Sequence

from harness.stats.stopping import achieved, enough
from harness.sweep import conditions
from harness.sweep.agenda import Agenda, course_of
from harness.sweep.cells import CellView, round_medians
from harness.sweep.documents import CellDoc
from harness.sweep.extra_documents import StoppedDoc, WhyStopped
from harness.sweep.extras import AFTERWARDS
from harness.sweep.folder import SweepFolder
from harness.sweep.record import RoundRecord
from harness.verdict.model import Status


def replayed(folder: SweepFolder, views: Sequence[CellView]) -> tuple[dict[str, Agenda], bool]:
    """Go through the journal as the workers did.

    Returns:
        The agenda of each device where its workers stopped, and whether no launch is left on any:
        none that was not begun, and none that a device was not fit for.
    """
    medians = {
        (one.record.cell, one.record.kind, one.record.index): one.median_us
        for view in views
        for one in view.rounds
    }

    def median_us(record: RoundRecord) -> float | None:
        return medians.get((record.cell, record.kind, record.index))

    agendas = {
        device: Agenda(
            course_of(folder.manifest, device),
            [one for one in folder.records if folder.device_of.get(one.cell) == device],
            median_us,
        )
        for device in folder.manifest.schedule
    }
    whole = [agenda.replay() for agenda in agendas.values()]
    unmade = (conditions.not_made(view.records) for view in views)
    return agendas, all(whole) and not any(unmade)


def with_stopped(cell: CellDoc, view: CellView, agenda: Agenda | None) -> CellDoc:
    """Say of a measured cell why it has no more rounds."""
    if cell.status is Status.SKIPPED or agenda is None:
        return cell
    rule = view.settings.stopping
    medians = round_medians(view.timed)
    reach = achieved(medians)
    stopped = StoppedDoc(
        why=_why(cell, view, agenda, medians),
        target=rule.target,
        achieved=round(reach, 6) if reach is not None else None,
        rounds_least=rule.least,
        rounds_most=rule.most,
    )
    return cell.model_copy(update={"stopped": stopped})


def _why(cell: CellDoc, view: CellView, agenda: Agenda, medians: Sequence[float]) -> WhyStopped:
    rule = view.settings.stopping
    if cell.status is Status.FAILED:
        return WhyStopped.FAILED
    if (stop := enough(medians, rule)) is not None:
        return WhyStopped(stop.value)
    if any(one.record.ends_cell for one in view.launches if one.record.kind not in AFTERWARDS):
        return WhyStopped.FAILED
    if agenda.is_cut(cell.id):
        return WhyStopped.TIME_BUDGET
    if not agenda.is_closed(cell.id):
        return WhyStopped.INTERRUPTED
    # Rounds without a median leave a cell short of a rule that has been followed to its end.
    return WhyStopped.ROUND_BUDGET if rule.target and medians else WhyStopped.FIXED
