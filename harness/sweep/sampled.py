"""From what a device sampled beside its rounds to the conditions of a cell, and to its energy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from harness.parse.telemetry import Known, Telemetry
from harness.stats.energy import BatteryRun, energy
from harness.sweep.condition_documents import (
    ConditionsDoc,
    EnergyDoc,
    EnergyValueDoc,
    RoundConditionsDoc,
    TemperatureDoc,
)
from harness.sweep.observe import Observation

_LEAST_FOR_MEMORY = 2
"""Samples: the first may have caught the wrapper that becomes the tool, on clocks at rest."""


def throttled(rounds: Sequence[Observation]) -> str | None:
    """Say in how many rounds a clock ceiling sank while the tool ran; None where in none."""
    fell = sum(bool(ceiling_fell(one.telemetry)) for one in rounds)
    return f"clock ceilings sank during {fell} of {len(rounds)} rounds" if fell else None


def conditions(rounds: Sequence[Observation], profile: Mapping[str, Any]) -> ConditionsDoc | None:
    """Return what was sampled in a cell's rounds; None where nothing was.

    Args:
        rounds: launches, in the order in which they ran.
        profile: the device's, for the clock of its hardware.
    """
    sampled = [one for one in rounds if one.telemetry.t_s]
    if not sampled:
        return None
    full = hardware_khz(profile)
    telling = [(one.record.index, one.telemetry) for one in sampled]
    return ConditionsDoc(
        **_facts([telemetry for _, telemetry in telling], full),
        rounds=[
            RoundConditionsDoc(round=index, **_facts([telemetry], full))
            for index, telemetry in telling
        ],
    )


def ceiling_fell(telemetry: Telemetry) -> tuple[str, ...]:
    """Return the policies whose ceiling sank below what it was when the launch began.

    A device may hold its clocks down at rest; it is the fall under load that is throttling.
    """
    fell = []
    for name, clock in telemetry.clocks.items():
        known = [khz for khz in clock.max_khz if khz is not None]
        if known and min(known) < known[0]:
            fell.append(name)
    return tuple(fell)


def hardware_khz(profile: Mapping[str, Any]) -> dict[str, int]:
    """Return the highest clock of each policy in kHz, where the device told it."""
    clusters = profile.get("clusters")
    found = {}
    for one in clusters if isinstance(clusters, list | tuple) else []:
        if isinstance(one, Mapping) and isinstance(one.get("max_khz"), int):
            found[str(one.get("name"))] = int(one["max_khz"])
    return found


def energy_document(launches: Sequence[Observation]) -> EnergyDoc | None:
    """Return what an inference took, or why that is not known; None where nothing was sampled.

    Args:
        launches: of any kind; those that were sampled and came to times count, with all that they
            did: the process's start and its warm-up too.
    """
    runs = [
        BatteryRun(
            plugged=_plugged(one),
            t_s=one.telemetry.t_s,
            battery=one.telemetry.battery,
            seconds=one.record.seconds,
            inferences=sum(
                stats.count or 0 for stats in (one.run.warmup, one.run.timed) if stats is not None
            ),
        )
        for one in launches
        if one.telemetry.t_s and one.timed
    ]
    if not runs:
        return None
    found = energy(runs)
    span = found.per_inference_mj
    return EnergyDoc(
        per_inference_mj=EnergyValueDoc(
            **{name: float(f"{getattr(span, name):.4g}") for name in ("value", "low", "high")}
        )
        if span is not None
        else None,
        reason=found.reason,
        discharging_s=found.discharging_s,
    )


def _plugged(one: Observation) -> bool | None:
    told = one.record.health.get("plugged")
    return told if isinstance(told, bool) else None


def _facts(series: Sequence[Telemetry], full: Mapping[str, int]) -> dict[str, Any]:
    policies = list(dict.fromkeys(name for one in series for name in one.clocks))
    ceilings = {
        name: _known(one.clocks[name].max_khz for one in series if name in one.clocks)
        for name in policies
    }
    clocks = {
        name: _known(one.clocks[name].cur_khz[1:] for one in series if name in one.clocks)
        for name in policies
    }
    fell = dict.fromkeys(name for one in series for name in ceiling_fell(one))
    peaks = [
        int(one.peak_kb[-1])
        for one in series
        if len(one.peak_kb) >= _LEAST_FOR_MEMORY and one.peak_kb[-1] is not None
    ]
    return {
        "samples": sum(len(one.t_s) for one in series),
        "temperature": _hottest(series),
        "battery": _temperature("battery", [one.battery.celsius for one in series]),
        "lowest_ceiling": {
            name: round(min(values) / full[name], 4)
            for name, values in ceilings.items()
            if values and full.get(name)
        },
        "mean_khz": {name: round(fmean(values)) for name, values in clocks.items() if values},
        "ceiling_fell": list(fell),
        "peak_memory_kb": max(peaks, default=None),
    }


def _hottest(series: Sequence[Telemetry]) -> TemperatureDoc | None:
    """Return the zone with the highest reading of all."""
    names = dict.fromkeys(name for one in series for name in one.zones)
    found = [_temperature(name, [one.zones.get(name, ()) for one in series]) for name in names]
    return max((one for one in found if one is not None), key=lambda one: one.max, default=None)


def _temperature(sensor: str, series: Iterable[Known]) -> TemperatureDoc | None:
    values = _known(series)
    if not values:
        return None
    return TemperatureDoc(sensor=sensor, start=values[0], end=values[-1], max=max(values))


def _known(series: Iterable[Known]) -> list[float]:
    return [value for one in series for value in one if value is not None]
