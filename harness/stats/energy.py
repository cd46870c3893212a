"""What an inference takes out of the battery, where a device was seen to live on it long enough.

A fuel gauge is no meter: its current is new every few seconds, its charge moves in steps, and on a
cable both speak of the charger. So a figure needs ten minutes on the battery and eight independent
readings, comes with an interval, and is that of the whole device, screen and idle CPUs included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import fmean, median, stdev

from harness.parse.telemetry import Battery
from harness.stats.interval import student_t

LEAST_S = 600.0
LEAST_READINGS = 8

_DISCHARGING = "Discharging"
# A device that computes draws between 50 mA and 10 A: read as the other unit, a current of either
# range would be one that no such device draws.
_UA_PER_UNIT = ((50_000.0, 10_000_000.0, 1.0), (50.0, 10_000.0, 1000.0))
# A battery has one or two cells of 2.5 to 4.6 V; the kernel's unit is µV, and some write mV.
_V_PER_UNIT = ((2_500_000.0, 13_000_000.0, 1e-6), (2_500.0, 13_000.0, 1e-3))
_NOMINAL_V, _EMPTY_V, _FULL_V = 3.85, 3.3, 4.45
_APART = 3.0  # charge and current further apart than that do not speak in the same units


class WhyNoEnergy(StrEnum):
    """Why there is no figure; the first that holds of these."""

    UNREADABLE = "unreadable"
    ON_USB_POWER = "on_usb_power"
    CHARGING = "charging"
    TOO_SHORT = "too_short"
    UNIT_UNKNOWN = "unit_unknown"


@dataclass(frozen=True)
class BatteryRun:
    """One launch as the battery saw it.

    `t_s` are the samples' seconds, `seconds` is the tool's whole lifetime, `inferences` all that it
    made, warm-up included. `plugged`: whether a cable was in when it began; None is unknown.
    """

    plugged: bool | None
    t_s: Sequence[float]
    battery: Battery
    seconds: float
    inferences: int

    @property
    def covered_s(self) -> float:
        """Seconds between the first sample and the last."""
        return self.t_s[-1] - self.t_s[0] if self.t_s else 0.0


@dataclass(frozen=True)
class Span:
    """A value with what it may as well be."""

    value: float
    low: float
    high: float

    def times(self, other: Span) -> Span:
        """Return the product; both are positive."""
        return Span(self.value * other.value, self.low * other.low, self.high * other.high)


@dataclass(frozen=True)
class Energy:
    """mJ an inference, or why not; and for how many seconds the battery was seen to drain."""

    per_inference_mj: Span | None
    reason: WhyNoEnergy | None
    discharging_s: float


def energy(runs: Sequence[BatteryRun]) -> Energy:
    """Return what an inference of these launches took out of the battery.

    Launches on the battery count, whatever the others did. Without any that does, the reason is
    that of the last launch.
    """
    seen = [run for run in runs if _why_not(run) is None]
    seconds = round(sum(run.covered_s for run in seen), 1)
    if not seen:
        reason = _why_not(runs[-1]) if runs else WhyNoEnergy.UNREADABLE
        return Energy(None, reason, 0.0)
    if seconds < LEAST_S:
        return Energy(None, WhyNoEnergy.TOO_SHORT, seconds)
    power = _power_mw(seen, seconds)
    inferences = sum(run.inferences for run in seen)
    if isinstance(power, WhyNoEnergy) or not inferences:
        reason = power if isinstance(power, WhyNoEnergy) else WhyNoEnergy.UNREADABLE
        return Energy(None, reason, seconds)
    each_s = sum(run.seconds for run in seen) / inferences
    return Energy(power.times(Span(each_s, each_s, each_s)), None, seconds)


def _why_not(run: BatteryRun) -> WhyNoEnergy | None:
    statuses = set(run.battery.status)
    if run.plugged:
        return WhyNoEnergy.ON_USB_POWER
    if statuses - {_DISCHARGING, None}:
        return WhyNoEnergy.CHARGING
    if run.plugged is None or statuses != {_DISCHARGING}:
        return WhyNoEnergy.UNREADABLE
    return None


def _power_mw(runs: Sequence[BatteryRun], seconds: float) -> Span | WhyNoEnergy:
    by_charge, by_current = _charge(runs), _current(runs)
    rate = by_charge.times(_constant(3600.0 / seconds)) if by_charge is not None else None
    if rate is not None and by_current is not None:
        if not 1 / _APART < rate.value / by_current.value < _APART:
            return WhyNoEnergy.UNIT_UNKNOWN
        if rate.high < by_current.low or by_current.high < rate.low:
            low, high = min(rate.low, by_current.low), max(rate.high, by_current.high)
            rate = Span(rate.value, low, high)
    drawn = rate or by_current
    if drawn is None:
        values = [value for run in runs for value in run.battery.current if value]
        if values and _unit(values) is None:
            return WhyNoEnergy.UNIT_UNKNOWN
        told = values or [v for run in runs for v in run.battery.charge_uah if v is not None]
        return WhyNoEnergy.TOO_SHORT if told else WhyNoEnergy.UNREADABLE
    if drawn.low <= 0:
        return WhyNoEnergy.TOO_SHORT
    return drawn.times(_voltage(runs)).times(_constant(1e-3))


def _charge(runs: Sequence[BatteryRun]) -> Span | None:
    """Return the µAh that went by the counter; None where it moved too seldom to say.

    Either end of a launch lies anywhere within a step of the counter. One launch may so be wrong by
    a step; of many, errors cancel in part (each has the variance of a triangle, a sixth of a step
    squared).
    """
    series = [[v for v in run.battery.charge_uah if v is not None] for run in runs]
    moves = [abs(b - a) for one in series for a, b in pairwise(one) if a != b]
    if len(moves) < LEAST_READINGS:
        return None
    gone = sum(one[0] - one[-1] for one in series if one)
    step, count = min(moves), len(series)
    reach = max(step, 1.96 * step * math.sqrt(count / 6))
    return Span(gone, gone - reach, gone + reach) if gone > 0 else None


def _current(runs: Sequence[BatteryRun]) -> Span | None:
    """Return the mean current in µA; None for too few readings or a unit that cannot be told.

    A gauge that says the same twice has most likely not looked again: only a new value is another
    reading. The first sample of a launch is of the time before it.
    """
    series = [run.battery.current[1:] for run in runs]
    values = [abs(v) for one in series for v in one if v]
    readings = [
        abs(value)
        for one in series
        for before, value in pairwise((None, *one))
        if value and value != before
    ]
    unit = _unit(values)
    if unit is None or len(readings) < LEAST_READINGS:
        return None
    mean = fmean(values) * unit
    reach = student_t(0.95, len(readings) - 1) * stdev(readings) * unit / math.sqrt(len(readings))
    return Span(mean, mean - reach, mean + reach)


def _unit(values: Sequence[float]) -> float | None:
    middle = median(map(abs, values)) if values else 0.0
    return next((unit for low, high, unit in _UA_PER_UNIT if low <= middle <= high), None)


def _voltage(runs: Sequence[BatteryRun]) -> Span:
    values = [v for run in runs for v in run.battery.voltage_uv if v is not None]
    middle = median(values) if values else 0.0
    unit = next((unit for low, high, unit in _V_PER_UNIT if low <= middle <= high), None)
    if unit is None:
        return Span(_NOMINAL_V, _EMPTY_V, _FULL_V)
    return Span(fmean(values) * unit, min(values) * unit, max(values) * unit)


def _constant(value: float) -> Span:
    return Span(value, value, value)
