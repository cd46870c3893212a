"""How a cell was measured, as its records tell: for the rules of validity and their advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from harness.bench.command import LaunchKind
from harness.device.controls import ControlName, ControlOutcome
from harness.stats.circumstances import Circumstances, ValidityReason
from harness.stats.stopping import enough
from harness.sweep.conditions import conditions
from harness.sweep.controlled import changed
from harness.sweep.cores import misbound
from harness.sweep.folder import SweepFolder
from harness.sweep.record import ManifestCell, RoundRecord


def circumstances(
    folder: SweepFolder,
    cell: ManifestCell,
    rounds: Sequence[RoundRecord],
    medians: Sequence[float],
    planned: Sequence[RoundRecord],
) -> Circumstances:
    """Read the records of a cell's rounds that gave times, in running order, with their medians.

    `planned` has the rounds without a time too, those that the device was not fit for included.
    """
    rule = folder.settings_of(cell.device).stopping
    policy = folder.devices[cell.device].policy
    clocks, others = changed(rounds)
    return Circumstances(
        rounds_planned=rule.least,
        budget=None if rule.target is None else rule.most,
        stop=enough(medians, rule),
        interleaved=_interleaved(folder, cell),
        cooled=policy is not None and policy.cooldown > 0,
        pinned=bool(cell.cpus),
        fixed_performance=any(_holds_performance(one.controls) for one in rounds),
        moments=_moments(rounds),
        seen=conditions(folder, cell.device, planned) | misbound(cell, rounds) | _settings(clocks),
        beside=_settings(others),
    )


def _settings(text: str) -> dict[ValidityReason, str]:
    return {ValidityReason.SETTINGS_CHANGED: text} if text else {}


def _interleaved(folder: SweepFolder, cell: ManifestCell) -> bool:
    """Whether rounds of other cells of the device ran between the first and last of this one's."""
    devices = {one.id: one.device for one in folder.manifest.cells}
    order = [
        one.cell
        for one in folder.records
        if one.kind is LaunchKind.ROUND and devices.get(one.cell) == cell.device
    ]
    if cell.id not in order:
        return False
    first, last = order.index(cell.id), len(order) - 1 - order[::-1].index(cell.id)
    return any(name != cell.id for name in order[first:last])


def _holds_performance(controls: Mapping[str, str]) -> bool:
    outcome = controls.get(ControlName.FIXED_PERFORMANCE)
    return outcome in (ControlOutcome.HELD, ControlOutcome.ALREADY)


def _moments(rounds: Sequence[RoundRecord]) -> tuple[float, ...]:
    """Return when the rounds began, in minutes; empty where a record does not tell."""
    try:
        return tuple(datetime.fromisoformat(one.started).timestamp() / 60 for one in rounds)
    except ValueError:
        return ()
