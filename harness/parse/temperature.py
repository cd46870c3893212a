"""What a thermometer of a working device may say; anything else is an absent sensor."""

from __future__ import annotations

_COLDEST, _HOTTEST = -40.0, 150.0
"""Absent sensors say 0, -99.9, -274 or 6553.5."""

_STUB_C = 3.0
"""Fuel gauges without a sensor write 0 or 2.6, which no battery at work has."""


def plausible(celsius: float) -> float | None:
    """Return a temperature in tenths of °C; None where no working device is so warm or cold."""
    return round(celsius, 1) if _COLDEST < celsius < _HOTTEST and celsius != 0 else None


def battery_celsius(tenths: float) -> float | None:
    """Return what a fuel gauge says in tenths of a degree, in °C."""
    celsius = tenths / 10.0
    return None if 0 <= celsius < _STUB_C else plausible(celsius)
