"""Heat and clock ceilings of a sustained series: sampled beside the tool, else from before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.bench.health_facts import read_facts
from harness.parse.telemetry import Known, Telemetry
from harness.sweep.observe import Observation

_SKIN, _BATTERY = "skin", "battery"

_Track = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Source:
    """One kind of reading over a series.

    `tracks` has for each launch its readings with their seconds from the launch's start. `sampled`:
    they were made while the tool ran; else there is one, from before the launch.
    """

    name: str
    sampled: bool
    tracks: tuple[_Track, ...]

    def at(self, launch: int, t_s: float) -> float | None:
        """Return a launch's reading that is nearest to a time in it; None where it has none."""
        nearest = min(self.tracks[launch], key=lambda one: abs(one[0] - t_s), default=None)
        return None if nearest is None else nearest[1]


def temperature(launches: Sequence[Observation]) -> Source | None:
    """Return a temperature that every launch has: the skin, else the battery.

    The skin is what a phone's limits go by. It is one sensor from the first launch to the last, and
    a sampled one goes before one that was read between launches.
    """
    sampled = [_sampled_heat(one.telemetry) for one in launches]
    told = [_told_heat(one.record.health) for one in launches]
    for wanted in (_is_skin, _is_battery):
        for heat, beside in ((sampled, True), (told, False)):
            common = sorted(set(heat[0]).intersection(*heat)) if heat else []
            name = next(filter(wanted, common), None)
            if name is not None:
                return Source(name, beside, tuple(one[name] for one in heat))
    return None


def ceilings(launches: Sequence[Observation], full_khz: Mapping[str, int]) -> Source | None:
    """Return the lowest share of its clock that any CPU was allowed, if every launch tells it.

    Args:
        launches: those of the series.
        full_khz: the highest clock of each policy's hardware.
    """
    series = [one.telemetry for one in launches]
    policies = set(full_khz).intersection(*map(_with_ceilings, series))
    sampled = [_lowest(one, policies, full_khz) for one in series]
    told = [_once(_number(one.record.health.get("ceiling_share"))) for one in launches]
    for tracks, beside in ((sampled, True), (told, False)):
        if all(tracks):
            return Source("ceiling", beside, tuple(tracks))
    return None


def _sampled_heat(telemetry: Telemetry) -> dict[str, _Track]:
    columns = {**telemetry.zones}
    if any(value is not None for value in telemetry.battery.celsius):
        columns[_BATTERY] = telemetry.battery.celsius
    tracks = {name: _track(telemetry, values) for name, values in columns.items()}
    return {name: track for name, track in tracks.items() if track}


def _told_heat(health: Mapping[str, object]) -> dict[str, _Track]:
    named = health.get("temperatures")
    told = {str(k): _number(v) for k, v in named.items()} if isinstance(named, Mapping) else {}
    told[_BATTERY] = read_facts(health).battery_celsius
    return {name: _once(value) for name, value in told.items() if value is not None}


def _with_ceilings(telemetry: Telemetry) -> set[str]:
    return {name for name, one in telemetry.clocks.items() if any(one.max_khz)}


def _lowest(telemetry: Telemetry, policies: set[str], full_khz: Mapping[str, int]) -> _Track:
    shares = [
        [None if khz is None else khz / full_khz[name] for khz in telemetry.clocks[name].max_khz]
        for name in sorted(policies)
    ]
    lowest = [
        min((one for one in sample if one is not None), default=None)
        for sample in zip(*shares, strict=True)
    ]
    return _track(telemetry, lowest)


def _track(telemetry: Telemetry, values: Known | list[float | None]) -> _Track:
    """Place samples: the first is made as the launch begins."""
    placed = zip(telemetry.t_s, values, strict=False)
    return tuple((t_s, round(value, 4)) for t_s, value in placed if value is not None)


def _once(value: float | None) -> _Track:
    return () if value is None else ((0.0, value),)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _is_skin(name: str) -> bool:
    return _SKIN in name.lower()


def _is_battery(name: str) -> bool:
    return name == _BATTERY
