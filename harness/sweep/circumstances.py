"""How a cell was measured, as its records tell: for the rules of validity and their advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from harness.bench.command import LaunchKind
from harness.stats.circumstances import Circumstances, ValidityReason
from harness.stats.stopping import enough
from harness.sweep.folder import SweepFolder
from harness.sweep.record import ManifestCell, RoundRecord

THERMAL_MODERATE = 2
"""PowerManager.THERMAL_STATUS_MODERATE: from here on the platform itself speaks of throttling."""


def circumstances(
    folder: SweepFolder,
    cell: ManifestCell,
    rounds: Sequence[RoundRecord],
    medians: Sequence[float],
) -> Circumstances:
    """Read the records of a cell's rounds that gave times, in running order, with their medians."""
    rule = folder.settings_of(cell.device).stopping
    return Circumstances(
        rounds_planned=rule.least,
        budget=None if rule.target is None else rule.most,
        stop=enough(medians, rule),
        interleaved=_interleaved(folder, cell),
        cooled=any("cooldown" in one.spent_s for one in rounds),
        pinned=any("taskset" in one.command.split() for one in rounds),
        fixed_performance=any(_holds_performance(one.controls) for one in rounds),
        moments=_moments(rounds),
        seen=_seen(folder, cell, rounds),
    )


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
    return any("performance" in name and held == "held" for name, held in controls.items())


def _moments(rounds: Sequence[RoundRecord]) -> tuple[float, ...]:
    """Return when the rounds began, in minutes; empty where a record does not tell."""
    try:
        return tuple(datetime.fromisoformat(one.started).timestamp() / 60 for one in rounds)
    except ValueError:
        return ()


def _seen(
    folder: SweepFolder, cell: ManifestCell, rounds: Sequence[RoundRecord]
) -> dict[ValidityReason, str]:
    """Return what the device's own readings say against the rounds."""
    seen = {}
    if throttled := _throttled(rounds, folder.capped_at_rest(cell.device)):
        seen[ValidityReason.THROTTLED] = throttled
    return seen


def _throttled(rounds: Sequence[RoundRecord], rest: frozenset[str]) -> str | None:
    """Say how the phone spoke of heat, or held clocks lower than when the sweep began.

    Some phones hold clocks down at rest, and many report status 0 while they throttle: what counts
    is a ceiling that was not there at the device's first launch.
    """
    statuses = [
        status for one in rounds if isinstance(status := one.health.get("thermal_status"), int)
    ]
    if statuses and (max(statuses) >= THERMAL_MODERATE or max(statuses) > statuses[0]):
        return f"the device's thermal status was {max(statuses)} in a round"
    capped = [set(one.health.get("capped_policies") or ()) - rest for one in rounds]
    held = sum(map(bool, capped))
    return f"clock ceilings were held down in {held} of {len(rounds)} rounds" if held else None
