"""What follows a cell's rounds: pairs of a cold and a warm launch, and a sustained series.

How many launches a series has is not known before: it goes on until the device's own clock says
that its time is over. A pair or a series that was cut is begun anew on resume, since a cache that
is gone makes no launch warm, and a device that rested goes on with another series; so is what the
device was not fit for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.bench.command import LaunchKind
from harness.bench.settings import RunSettings
from harness.sweep.record import ManifestCell, ManifestStep, RoundRecord

_PAIR = (LaunchKind.COLD, LaunchKind.WARM)

AFTERWARDS = (*_PAIR, LaunchKind.SUSTAINED)
"""The kinds of launch that follow all rounds of a device."""


@dataclass(frozen=True)
class Extras:
    """What one cell is planned to have beyond its rounds."""

    init_pairs: int = 0
    sustain_s: float = 0.0


def extras_of(cell: ManifestCell, settings: RunSettings) -> Extras:
    """Return what a planned cell has beyond its rounds."""
    if cell.skip_reason is not None:
        return Extras()
    pairs = 0 if cell.init_reason is not None else settings.init_pairs
    return Extras(pairs, settings.sustain_s or 0.0)


class Afterwards:
    """The launches after all rounds of a device, cell by cell; told of each that is made.

    First all pairs, then the series, one cell after the other: heat is what a series is for.
    `records` is what the journal held before.
    """

    def __init__(self, extras: Mapping[str, Extras], records: Iterable[RoundRecord]) -> None:
        self._extras = extras
        self._made: dict[str, list[RoundRecord]] = {cell: [] for cell in extras}
        for record in records:
            self.made(record)
        self._forget_what_was_cut()

    def next(self, ended: frozenset[str] = frozenset()) -> ManifestStep | None:
        """Return the launch to make now; None when all is done. Cells of `ended` have no more."""
        going = [
            cell for cell in self._extras if cell not in ended and not self._failed_for_good(cell)
        ]
        pairs = (self._next_of_pairs(cell) for cell in going)
        series = (self._next_of_series(cell) for cell in going)
        return next((step for steps in (pairs, series) for step in steps if step), None)

    def pairs_ahead(self, ended: frozenset[str] = frozenset()) -> int:
        """Return how many cold and warm launches are still to come, at the most."""
        return sum(
            2 * extras.init_pairs - sum(one.kind in _PAIR for one in self._made[cell])
            for cell, extras in self._extras.items()
            if cell not in ended
            and not self._failed_for_good(cell)
            and self._next_of_pairs(cell) is not None
        )

    def made(self, record: RoundRecord) -> None:
        """Take note of a launch that will not be tried again."""
        if record.final and record.cell in self._made:
            self._made[record.cell].append(record)

    def _forget_what_was_cut(self) -> None:
        for cell, extras in self._extras.items():
            series = series_of(self._made[cell])
            whole = is_over(series, extras.sustain_s) and not series[-1].not_made
            forgotten = () if whole else {id(one) for one in series}
            made = [one for one in self._made[cell] if not (one.not_made or id(one) in forgotten)]
            cut = {id(one) for one in _cut_pairs(made)}
            self._made[cell] = [one for one in made if id(one) not in cut]

    def _failed_for_good(self, cell: str) -> bool:
        return any(one.ends_cell for one in self._made[cell] if one.kind in _PAIR)

    def _next_of_pairs(self, cell: str) -> ManifestStep | None:
        made = self._made[cell]
        if any(_failed(one) for one in made if one.kind in _PAIR):
            return None
        done = {(one.kind, one.index) for one in made}
        for index in range(1, self._extras[cell].init_pairs + 1):
            for kind in _PAIR:
                if (kind, index) not in done:
                    return ManifestStep(cell=cell, kind=kind, index=index)
        return None

    def _next_of_series(self, cell: str) -> ManifestStep | None:
        made, planned_s = series_of(self._made[cell]), self._extras[cell].sustain_s
        if not planned_s or is_over(made, planned_s):
            return None
        return ManifestStep(cell=cell, kind=LaunchKind.SUSTAINED, index=len(made) + 1)


def series_of(records: Sequence[RoundRecord]) -> list[RoundRecord]:
    """Return the launches of a cell's last series: those since it was last begun."""
    series: list[RoundRecord] = []
    for record in records:
        if record.kind is LaunchKind.SUSTAINED and record.final:
            series = [record] if record.index == 1 else [*series, record]
    return series


def is_over(series: Sequence[RoundRecord], planned_s: float) -> bool:
    """Whether a series has lasted long enough, or a launch of it failed: it ends there."""
    return bool(series) and (_failed(series[-1]) or ends_of(series)[-1] >= planned_s)


def ends_of(series: Sequence[RoundRecord]) -> list[float]:
    """Return when each launch of a series ended, in seconds of the device's clock from its start.

    Where the device tells no uptime, or was booted in between, the launches' own seconds are added
    up, without what lies between them.
    """
    starts = starts_of(series)
    return [start + one.seconds for start, one in zip(starts, series, strict=True)]


def starts_of(series: Sequence[RoundRecord]) -> list[float]:
    """Return when each launch of a series began; see `ends_of`."""
    starts: list[float] = []
    for number, one in enumerate(series):
        before = series[number - 1] if number else one
        gone = starts[-1] + before.seconds if number else 0.0
        now, then = _uptime(one), _uptime(before)
        same = one.health.get("boot_id") == before.health.get("boot_id")
        if number and same and now is not None and then is not None and now > then:
            gone = starts[-1] + (now - then)
        starts.append(gone)
    return starts


def _uptime(record: RoundRecord) -> float | None:
    value = record.health.get("uptime_s")
    return float(value) if isinstance(value, (int, float)) else None


def _failed(record: RoundRecord) -> bool:
    return record.failure is not None or record.exit_status != 0


def _cut_pairs(made: Sequence[RoundRecord]) -> list[RoundRecord]:
    """Return cold launches whose warm one was never made: its cache is gone."""
    warm = {one.index for one in made if one.kind is LaunchKind.WARM}
    cold = (one for one in made if one.kind is LaunchKind.COLD and not _failed(one))
    return [one for one in cold if one.index not in warm]
