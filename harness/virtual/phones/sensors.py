"""What the kernel of a virtual phone shows of heat and battery: thermal zones, the fuel gauge.

Which of it a shell may read differs by maker; the descriptions say so. Values move with the
simulation's heat and with the tool that is at work. Made up; of the right order only.
"""

from __future__ import annotations

from harness.virtual.filesystem import Filesystem
from harness.virtual.nodes import Content
from harness.virtual.phones.description import Sensor
from harness.virtual.phones.state import PhoneState

_THERMAL = "/sys/class/thermal"
_BATTERY = "/sys/class/power_supply/battery"
_DENIED = 0o000
_NOT_DEGREES = (6, 7, 8)
_ON_THE_CHIP = (0, 1, 9, 10, 13)  # CPU, GPU, NPU, TPU, SoC
_AT_WORK_C = 7.0
_STATUS = {
    "charging": "Charging",
    "discharging": "Discharging",
    "not_charging": "Not charging",
    "full": "Full",
}


def provide(filesystem: Filesystem, state: PhoneState) -> None:
    """Hang the zones and the battery into a phone's filesystem."""
    thermal, battery = state.phone.model.thermal, state.phone.model.battery
    if thermal is not None:
        mode = 0o444 if thermal.zones else _DENIED
        degrees = [sensor for sensor in thermal.sensors if sensor.type not in _NOT_DEGREES]
        for number, sensor in enumerate(degrees):
            folder = f"{_THERMAL}/thermal_zone{number}"
            filesystem.provide(f"{folder}/type", f"{sensor.name}\n", mode=mode)
            filesystem.provide(f"{folder}/temp", _temperature(state, sensor), mode=mode)
    for name, content in _battery(state).items():
        filesystem.provide(f"{_BATTERY}/{name}", content, mode=0o444 if battery.sysfs else _DENIED)


def _temperature(state: PhoneState, sensor: Sensor) -> Content:
    def read() -> str:
        celsius = sensor.rest + sensor.gain * state.felt
        if sensor.gain and sensor.type in _ON_THE_CHIP:
            celsius += _AT_WORK_C * state.load
        return f"{round(celsius * 1000)}\n"

    return read


def _battery(state: PhoneState) -> dict[str, Content]:
    facts = state.phone.model.battery
    return {
        "status": f"{_STATUS[state.simulation.charging]}\n",
        "temp": lambda: f"{round((facts.celsius + 8.0 * state.felt) * 10)}\n",
        "current_now": lambda: f"{state.gauge.current_ua(state)}\n",
        "charge_counter": lambda: f"{charge_uah(state)}\n",
        "voltage_now": f"{facts.millivolt * 1000}\n",
        "capacity": f"{level(state)}\n",
    }


def charge_uah(state: PhoneState) -> int:
    """Return what the gauge says is left, in its steps."""
    return state.gauge.charge_uah(state, level(state) * 45_000)


def level(state: PhoneState) -> int:
    """Return the charge in percent."""
    own = state.simulation.battery_level
    return state.phone.model.battery.level if own is None else own
