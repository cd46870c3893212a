"""A cell's sustained series as results.json has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.bench.command import LaunchKind
from harness.stats.sustained import Moment, binned, endurance
from harness.sweep.extra_documents import SampledReading, SustainedDoc, SustainedPointDoc
from harness.sweep.extras import ends_of, series_of, starts_of
from harness.sweep.observe import Observation
from harness.sweep.sustained_readings import Source, ceilings, temperature
from harness.sweep.units import in_ms

BEGAN_THROTTLED = "began-throttled"
"""Reason of a series that was warm at its start: its first minute is none of a cool device."""

_MOST_POINTS = 120
_NARROWEST_S = 0.25


def sustained_document(
    launches: Sequence[Observation],
    planned_s: float | None,
    full_khz: Mapping[str, int],
    capped_at_rest: frozenset[str] = frozenset(),
) -> SustainedDoc | None:
    """Write down a cell's last series; None where none was asked for or begun.

    Args:
        launches: all launches of the cell, in order.
        planned_s: how long the series was to be.
        full_khz: the highest clock of each policy's hardware.
        capped_at_rest: policies whose clock is held down even on a cool device.
    """
    by_record = {id(one.record): one for one in launches}
    last = series_of([one.record for one in launches if one.record.kind is LaunchKind.SUSTAINED])
    if planned_s is None or all(one.not_made for one in last):
        return None
    series = _Series(tuple(by_record[id(record)] for record in last), full_khz)
    pieces = series.pieces
    found = endurance(series.moments, [Moment(t_s, us) for t_s, us, _ in pieces], series.duration_s)
    return SustainedDoc(
        planned_s=planned_s,
        duration_s=round(series.duration_s, 2),
        launches=len(series.timed),
        window_s=round(found.window_s, 2),
        points=[series.point(*piece) for piece in pieces],
        first_minute_ms=in_ms(found.first_us),
        last_minute_ms=in_ms(found.last_us),
        change=None if found.change is None else round(found.change, 4),
        throttled_after_s=None if found.slower_after_s is None else round(found.slower_after_s, 1),
        exact=series.exact,
        sensor=series.heat.name if series.heat is not None else None,
        sampled=series.sampled,
        longest_pause_s=series.longest_pause_s,
        reason=series.reason(planned_s, capped_at_rest),
    )


@dataclass(frozen=True)
class _Series:
    """Launches back to back, in seconds of the device's clock from the start of the first."""

    launches: tuple[Observation, ...]
    full_khz: Mapping[str, int]

    @cached_property
    def heat(self) -> Source | None:
        return temperature(self.launches)

    @cached_property
    def ceilings(self) -> Source | None:
        return ceilings(self.launches, self.full_khz)

    @property
    def sampled(self) -> list[SampledReading]:
        """Which readings of the points were made while the tool ran."""
        kinds = {SampledReading.CELSIUS: self.heat, SampledReading.CEILING_SHARE: self.ceilings}
        return [name for name, source in kinds.items() if source is not None and source.sampled]

    @cached_property
    def starts(self) -> list[float]:
        return starts_of([one.record for one in self.launches])

    @cached_property
    def ends(self) -> list[float]:
        return ends_of([one.record for one in self.launches])

    @cached_property
    def timed(self) -> list[int]:
        """Which launches yielded times."""
        return [number for number, one in enumerate(self.launches) if one.timed]

    @property
    def duration_s(self) -> float:
        return self.ends[self.timed[-1]] if self.timed else 0.0

    @property
    def exact(self) -> bool:
        """Whether every launch tells each of its invocations."""
        return bool(self.timed) and all(self.launches[n].samples_us for n in self.timed)

    @cached_property
    def moments(self) -> list[Moment]:
        place = self._invocations if self.exact else self._whole
        return [moment for number in self.timed for moment in place(number)]

    def _invocations(self, number: int) -> list[Moment]:
        """Place each timed invocation: they are the last that the process does."""
        samples = self.launches[number].samples_us
        left_us, found = sum(samples), []
        for us in samples:
            found.append(Moment(max(0.0, self.ends[number] - left_us / 1e6), us))
            left_us -= us
        return found

    def _whole(self, number: int) -> list[Moment]:
        """Place a launch by its middle: its median, or where the tool prints none, its average."""
        one = self.launches[number]
        us = one.times.value_at(50) if one.times is not None else None
        us = us or (one.stats.avg if one.stats is not None else None)
        return [] if us is None else [Moment((self.starts[number] + self.ends[number]) / 2, us)]

    @cached_property
    def pieces(self) -> list[tuple[float, float, int]]:
        """Middle, median (us) and count of each piece: of seconds, or of a launch."""
        if self.exact:
            return binned(self.moments, max(_NARROWEST_S, self.duration_s / _MOST_POINTS))
        return [(one.t_s, one.us, self._count_at(one.t_s)) for one in self.moments]

    def point(self, t_s: float, us: float, count: int) -> SustainedPointDoc:
        return SustainedPointDoc(
            t_s=round(t_s, 2),
            p50_ms=in_ms(us),
            count=count,
            celsius=self._read(self.heat, t_s),
            ceiling_share=self._read(self.ceilings, t_s),
        )

    def _at(self, t_s: float) -> int:
        """Return which launch a time lies in."""
        return max((n for n, start in enumerate(self.starts) if start <= t_s), default=0)

    def _read(self, source: Source | None, t_s: float) -> float | None:
        number = self._at(t_s)
        return None if source is None else source.at(number, t_s - self.starts[number])

    def _count_at(self, t_s: float) -> int:
        times = self.launches[self._at(t_s)].times
        return times.count if times is not None else 0

    @property
    def longest_pause_s(self) -> float | None:
        pauses = [start - end for start, end in zip(self.starts[1:], self.ends, strict=False)]
        return round(max(0.0, *pauses), 2) if pauses else None

    def reason(self, planned_s: float, capped_at_rest: frozenset[str]) -> str | None:
        first, last = self.launches[0], self.launches[-1]
        if last.record.failure is not None or not last.timed:
            why = last.record.failure or last.judgement.reason or "a launch without times"
            return f"ended by {why}"
        if self.ends[-1] < planned_s:
            return "cut-short"
        capped = set(first.record.health.get("capped_policies") or ()) - capped_at_rest
        return BEGAN_THROTTLED if capped else None
