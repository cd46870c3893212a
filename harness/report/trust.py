"""Can these numbers be trusted: per device, what its rounds and its sensors say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from harness.report import figures, words
from harness.report.conditions import WorkerTime, worker_time
from harness.report.findings import device_name
from harness.report.folder import SweepData
from harness.report.stopped import Tally, tally
from harness.sweep.documents import CellDoc, ControlDoc, DeviceControlsDoc, NoiseFloorDoc
from harness.sweep.record import RoundRecord
from harness.verdict.model import Status

SENSORS = {
    "battery_celsius": "temperature",
    "thermal_status": "thermal status",
    "battery_percent": "battery charge",
}
"""Readings of a round's health and what they are called when they could not be read."""


@dataclass(frozen=True)
class Heat:
    """A device's temperature over the sweep: (minutes since its start, degrees Celsius)."""

    points: tuple[tuple[float, float], ...]
    limited: bool

    @property
    def highest(self) -> float:
        """The highest reading."""
        return max(degrees for _, degrees in self.points)

    def line(self, width: float, height: float) -> str:
        """Return the points of a polyline in a box; the scale spans at least 10 degrees."""
        last = max(minute for minute, _ in self.points) or 1.0
        low = min(degrees for _, degrees in self.points)
        span = max(10.0, self.highest - low)
        return " ".join(
            f"{width * minute / last:.1f},{height - height * (degrees - low) / span:.1f}"
            for minute, degrees in self.points
        )


@dataclass(frozen=True)
class Trust:
    """One device: rounds and their spread, valid of measured, doubts, heat, the worker's time.

    `noise` are its noise floors by kind, as text; empty where none was measured. `settings` says
    which of its settings were held, `unheld` which could not be, and why.
    """

    device: str
    simulated: bool
    about: str
    rounds: Tally
    spread: str
    noise: tuple[str, ...]
    valid: int
    measured: int
    doubts: tuple[tuple[str, str], ...]
    heat: Heat | None
    unreadable: str
    worker: WorkerTime
    settings: str = ""
    unheld: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What few will ask of the device, line by line."""
        share = self.worker.share
        known = "" if share in ("unknown", "simulated") else f"tool at work {share} of it"
        time = ", ".join(filter(None, (known, self.worker.note)))
        rounds = str(self.rounds)
        said = (
            rounds and f"{rounds}.",
            self.settings,
            *self.unheld,
            self.unreadable,
            f"Time of timed rounds: {time}." if time else "",
        )
        return tuple(filter(None, (self.about, *said)))


def reading(health: Mapping[str, Any], key: str) -> float | None:
    """Return one reading of a round's health; None when it is missing or no number."""
    value = health.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def minutes_between(start: str, moment: str) -> float | None:
    """Return the minutes from one ISO time to another; None when either cannot be read."""
    try:
        return (datetime.fromisoformat(moment) - datetime.fromisoformat(start)).total_seconds() / 60
    except (ValueError, TypeError):
        return None


def trust(data: SweepData) -> tuple[Trust, ...]:
    """Judge every device of the sweep."""
    found: dict[str, list[CellDoc]] = {}
    for cell in data.cells:
        found.setdefault(cell.device.id, []).append(cell)
    return tuple(_trust(cells, data) for cells in found.values())


def _trust(cells: Sequence[CellDoc], data: SweepData) -> Trust:
    measured = [cell for cell in cells if cell.status is Status.OK and cell.latency_ms]
    records = [record for cell in cells for record in data.rounds_of.get(cell.id, ())]
    doubts = [d for c in measured for d in words.reason_labels(c.validity, c.validity_reasons)]
    return Trust(
        device=words.label(device_name(cells[0]), 40),
        simulated=cells[0].device.simulated,
        about=_about(cells[0], data),
        rounds=tally(measured),
        spread=_spread(measured),
        noise=_noise(cells),
        valid=sum(figures.is_valid(cell) for cell in measured),
        measured=len(measured),
        doubts=tuple(dict.fromkeys(doubts)),
        heat=_heat(records, data.results.sweep.started),
        unreadable=_unreadable(records),
        settings=_settings(cells[0].device.id, data),
        unheld=_unheld(cells[0].device.id, data),
        worker=worker_time(records),
    )


def _controls(device: str, data: SweepData) -> DeviceControlsDoc:
    found = (one for one in data.results.controls if one.device == device)
    return next(found, DeviceControlsDoc(device=device))


def _settings(device: str, data: SweepData) -> str:
    """Say which settings of a device were as wanted."""
    parts = []
    for outcome, word in (("held", "held"), ("already", "so already")):
        names = [
            _name(one.name) for one in _controls(device, data).controls if one.outcome == outcome
        ]
        if names:
            parts.append(f"{words.listed(names, len(names))} {word}")
    return f"Settings: {'; '.join(parts)}." if parts else ""


def _unheld(device: str, data: SweepData) -> tuple[str, ...]:
    """Say what could not be held, those of one reason together, and what else was told."""
    known = _controls(device, data)
    groups: dict[tuple[str, str], list[str]] = {}
    for one in known.controls:
        if one.outcome not in ("held", "already"):
            groups.setdefault((one.outcome, one.message), []).append(one.name)
    said = [
        words.label(
            f"{words.listed(map(_name, names))} {outcome.replace('_', ' ')}: {message}", 400
        )
        for (outcome, message), names in groups.items()
    ]
    told = [note for note in known.notes if not any(_is_of(note, one) for one in known.controls)]
    return (*said, *(words.label(note, 400) for note in told))


def _is_of(note: str, control: ControlDoc) -> bool:
    """Whether a note says what the control's own line says already."""
    return bool(control.message) and control.message in note


def _name(control: str) -> str:
    return words.label(control.replace("_", " "), 40)


def _spread(cells: Sequence[CellDoc]) -> str:
    """Return the typical spread of round medians: (max - min) / median, the middle over cells."""
    spreads = []
    for cell in cells:
        values = [value for value in cell.round_medians_ms if value is not None]
        if len(values) > 1 and median(values) > 0:
            spreads.append((max(values) - min(values)) / median(values))
    return words.percent(median(spreads)) if spreads else "unknown"


def _noise(cells: Sequence[CellDoc]) -> tuple[str, ...]:
    """Name the floors that the device's cells were held against."""
    floors = {
        (one.variant_kind, one.cores, *sorted(one.clocks)): one
        for c in cells
        if (one := c.noise_floor) is not None
    }
    return tuple(_floor_words(one) for one in floors.values())


def _floor_words(floor: NoiseFloorDoc) -> str:
    on = f" on {floor.cores} cores" if floor.cores is not None else ""
    return f"{floor.variant_kind}{on} {words.percent(floor.relative)}"


def _heat(records: Sequence[RoundRecord], start: str) -> Heat | None:
    points = []
    for record in records:
        degrees = reading(record.health, "battery_celsius")
        minute = minutes_between(start, record.started)
        if degrees is not None and minute is not None:
            points.append((max(0.0, minute), degrees))
    limited = any((reading(r.health, "thermal_status") or 0) > 0 for r in records)
    return Heat(tuple(sorted(points)), limited) if points else None


def _unreadable(records: Sequence[RoundRecord]) -> str:
    if not records:
        return "no record of its rounds"
    gone = [
        name
        for key, name in SENSORS.items()
        if all(reading(record.health, key) is None for record in records)
    ]
    return f"{words.listed(gone)} could not be read" if gone else ""


def _about(cell: CellDoc, data: SweepData) -> str:
    profile = data.devices[cell.device.id].profile if cell.device.id in data.devices else {}
    parts = [words.label(cell.device.soc, 40) if cell.device.soc else ""]
    parts.append(words.label(str(profile["gpu"]), 40) if profile.get("gpu") else "")
    if profile.get("os_version"):
        system = "" if cell.device.kind == "local" else "Android "
        parts.append(system + words.label(str(profile["os_version"]), 24))
    return ", ".join(filter(None, parts))
