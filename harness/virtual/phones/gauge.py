"""The fuel gauge of a virtual phone: the charge that went, as such a chip tells it. Made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.virtual.phones.state import PhoneState

_IDLE_MA, _WORK_MA = 190.0, 1100.0
_CHARGING_MA = 420.0
_REFRESH_S = 2.0  # gauges have a new current every 0.25 to 10 s
_STEP_UAH = 2000  # and count charge in steps of 0.05 to 1 % of the capacity
_WAVER = 0.04


@dataclass
class Gauge:
    """Books the charge as time passes; told by the state whenever the load changes."""

    used_uah: float = 0.0
    _booked_at: float | None = None

    def book(self, now: float, load: float) -> None:
        """Book the time since the last call at the load of now."""
        if self._booked_at is not None:
            hours = (now - self._booked_at) / 3600.0
            self.used_uah += (_IDLE_MA + _WORK_MA * load) * 1000.0 * hours
        self._booked_at = now

    def current_ua(self, state: PhoneState) -> int:
        """Return the current of the last refresh; what leaves the battery is negative."""
        drawn = _IDLE_MA + _WORK_MA * state.load
        turn = int(state.clock() / _REFRESH_S)
        # Wavers as a converter's last digits do; the same turn always reads alike.
        waver = 1.0 + _WAVER * ((turn * 2654435761 % 1000) / 500.0 - 1.0)
        if state.simulation.charging == "discharging":
            return -round(drawn * waver * 1000)
        return round((_CHARGING_MA - drawn / 10) * waver * 1000)

    def charge_uah(self, state: PhoneState, full_uah: int) -> int:
        """Return what is left of a charge, in steps. A phone on a cable loses none."""
        state.book()
        used = self.used_uah if state.simulation.charging == "discharging" else 0.0
        return int(full_uah - used) // _STEP_UAH * _STEP_UAH
