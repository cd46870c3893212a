"""Heat, clocks, memory and drain of a cell in words and as points; where the workers' time went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.report import words
from harness.stats.energy import WhyNoEnergy
from harness.sweep.condition_documents import EnergyDoc, SamplesDoc, TemperatureDoc
from harness.sweep.documents import CellDoc
from harness.sweep.record import RoundRecord

_WHY_NOT = {
    WhyNoEnergy.ON_USB_POWER: "unknown: on a cable, the battery says nothing of what is drawn",
    WhyNoEnergy.CHARGING: "unknown: the battery was charging",
    WhyNoEnergy.TOO_SHORT: "unknown: too short on the battery, ten minutes are needed",
    WhyNoEnergy.UNREADABLE: "unknown: the device does not let its battery be read",
    WhyNoEnergy.UNIT_UNKNOWN: "unknown: the unit of the battery's readings is in doubt",
}
_TOOL, _REST = "tool", ("staging", "collect")


def points(cell: CellDoc, index: int, full_khz: Mapping[str, int]) -> dict[str, float | None]:
    """Return what was sampled in one round, for the chart: °C, and GHz of the fastest policy.

    `ceiling` is the lowest clock that this policy was allowed.
    """
    told: dict[str, float | None] = {"hottest": None, "ghz": None, "ceiling": None}
    rounds = cell.conditions.rounds if cell.conditions is not None else []
    one = next((found for found in rounds if found.round == index), None)
    if one is None:
        return told
    told["hottest"] = one.temperature.max if one.temperature is not None else None
    name = max(full_khz, key=lambda policy: full_khz[policy], default="")
    if name in one.mean_khz:
        told["ghz"] = round(one.mean_khz[name] / 1e6, 3)
    if name in one.lowest_ceiling:
        told["ceiling"] = round(one.lowest_ceiling[name] * full_khz[name] / 1e6, 3)
    return told


def facts(cell: CellDoc) -> list[tuple[str, str]]:
    """Say under which conditions a cell was measured, line by line."""
    found = cell.conditions
    if found is None:
        return []
    lines = [
        ("heat", words.listed(filter(None, map(_heat, (found.temperature, found.battery))), 3)),
        ("clocks", _clocks(found)),
        ("memory", f"{found.peak_memory_kb / 1024:.1f} MB at most" if found.peak_memory_kb else ""),
        ("energy", _energy(cell.energy, cell) if cell.energy is not None else ""),
    ]
    return [(name, text or "unknown: the device does not let it be read") for name, text in lines]


def _heat(sensor: TemperatureDoc | None) -> str:
    if sensor is None:
        return ""
    name = words.label(sensor.sensor, 40)
    return f"{name} {sensor.start:g} to {sensor.end:g} °C (at most {sensor.max:g})"


def _clocks(found: SamplesDoc) -> str:
    parts = []
    for name, share in found.lowest_ceiling.items():
        mean = found.mean_khz.get(name)
        sank = " and sank during a round" if name in found.ceiling_fell else ""
        seen = f", seen at {mean / 1e6:.2f} GHz on average" if mean else ""
        parts.append(
            f"{words.label(name, 16)} allowed {share:.0%} of its clock at the lowest{sank}{seen}"
        )
    return "; ".join(parts)


def _energy(found: EnergyDoc, cell: CellDoc) -> str:
    each = found.per_inference_mj
    if each is None:
        return _WHY_NOT.get(found.reason, "unknown") if found.reason else "unknown"
    return (
        f"{each.value:.3g} mJ an inference ({each.low:.3g} to {each.high:.3g}), the whole device's "
        f"share, seen over {words.duration(found.discharging_s)} on the battery"
        f"{', simulated' if cell.device.simulated else ''}"
    )


@dataclass(frozen=True)
class WorkerTime:
    """Which part of a worker's time the tool was alive, and what was waited for beside."""

    share: str
    note: str


def worker_time(records: Sequence[RoundRecord]) -> WorkerTime:
    """Say where the time of a device's worker went; cool-down and preflight stand apart.

    A simulated phone's seconds are no seconds of the worker: there is no share of them.
    """
    spent = [one.spent_s for one in records if _TOOL in one.spent_s]
    apart = [
        f"{name} {words.duration(seconds)}"
        for name, key in (("cool-down", "cooldown"), ("preflight", "preflight"))
        if (seconds := sum(one.get(key, 0.0) for one in spent)) > 0
    ]
    note = ", ".join(apart)
    if any(one.simulated for one in records):
        return WorkerTime("simulated", note)
    tool = sum(one[_TOOL] for one in spent)
    whole = tool + sum(one.get(name, 0.0) for one in spent for name in _REST)
    return WorkerTime(f"{tool / whole:.1%}" if whole > 0 else "unknown", note)
