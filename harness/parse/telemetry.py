"""What a device wrote down of itself beside a launch: clocks, heat, battery, the tool's memory.

The file is text: a line with the names of the columns, then a line a sample, a word for each. It
comes from `sampler.sh` on a phone and from `harness.device.sampling` on this machine. `-`, and
whatever is no number where one belongs, is unknown.

Units follow the kernel: clocks kHz (cpufreq), battery µA, µAh, µV and tenths of a degree
(power_supply), memory kB (/proc/PID/status). A thermal zone's scale is its driver's choice: 1000,
10 or 1 to the degree, which no temperature of a working device leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from types import MappingProxyType

from harness.parse.temperature import battery_celsius, plausible

SAMPLE_LIMIT = 20_000
COLUMN_LIMIT = 64
LINE_LIMIT = 4096

Known = tuple[float | None, ...]
"""One value a sample; None where the device told none."""

_NAME = re.compile(r"[A-Za-z0-9_.:+-]{1,64}")
_NUMBER = re.compile(r"-?\d{1,18}")
_TIME = re.compile(r"\d{1,12}(?:\.\d{1,9})?")
_STATUS = re.compile(r"[A-Za-z]{1,20}")

_MOST_PLAIN, _MOST_TENTHS = 150.0, 2000.0


@dataclass(frozen=True)
class ClockSeries:
    """One cpufreq policy over the samples, in kHz: where it was, and the ceiling it had."""

    cur_khz: Known = ()
    max_khz: Known = ()


@dataclass(frozen=True)
class Battery:
    """The fuel gauge over the samples.

    `current` has the gauge's own unit, µA by the kernel's rules and mA on some phones, and the
    gauge's own sign; who uses it decides. `celsius` is °C, `charge_uah` µAh, `voltage_uv` µV.
    `status` is the first word of the kernel's: Charging, Discharging, Not, Full, Unknown.
    """

    status: tuple[str | None, ...] = ()
    celsius: Known = ()
    current: Known = ()
    charge_uah: Known = ()
    voltage_uv: Known = ()


@dataclass(frozen=True)
class Telemetry:
    """Samples of one launch, in their order; `t_s` are seconds since the first.

    `zones` are °C by the zone's type; one that never told a plausible temperature is absent.
    Memory is that of the launch's first process in kB; before a wrapper has become the tool it is
    the wrapper's.
    """

    t_s: tuple[float, ...] = ()
    clocks: Mapping[str, ClockSeries] = field(default_factory=lambda: MappingProxyType({}))
    zones: Mapping[str, Known] = field(default_factory=lambda: MappingProxyType({}))
    battery: Battery = field(default_factory=Battery)
    peak_kb: Known = ()
    rss_kb: Known = ()
    swap_kb: Known = ()


def read_telemetry(data: bytes) -> Telemetry:
    """Read a file of samples. Lines that are none are left out; so is a last one without its end.

    Time is linear in the size; any bytes are read without an error.
    """
    lines = data.split(b"\n")[:-1][: SAMPLE_LIMIT + 1]
    names = _names(lines[0]) if lines else []
    if not names or names[0] != "uptime":
        return Telemetry()
    times: list[float] = []
    rows: list[list[str]] = []
    for line in lines[1:]:
        words = line[:LINE_LIMIT].decode("ascii", "replace").split()
        if len(words) != len(names) or not _TIME.fullmatch(words[0]):
            continue
        now = float(words[0])
        if times and now < times[-1]:
            continue
        times.append(now)
        rows.append(words)
    columns: dict[str, list[str]] = {}
    for at, name in enumerate(names):
        columns.setdefault(name, [row[at] for row in rows])
    return _series(times, columns)


def _names(line: bytes) -> list[str]:
    words = line[:LINE_LIMIT].decode("ascii", "replace").split()
    plain = all(_NAME.fullmatch(word) for word in words)
    return words if plain and len(words) <= COLUMN_LIMIT else []


def _series(times: Sequence[float], columns: Mapping[str, Sequence[str]]) -> Telemetry:
    def numbers(name: str) -> Known:
        return tuple(map(_number, columns.get(name, ())))

    policies = {
        name.removesuffix(end): None
        for name in columns
        for end in (".cur", ".max")
        if name.startswith("policy") and name.endswith(end)
    }
    heat = {
        name.removeprefix("zone:"): degrees(numbers(name))
        for name in columns
        if name.startswith("zone:")
    }
    battery = Battery(
        status=tuple(
            word if _STATUS.fullmatch(word) else None for word in columns.get("battery.status", ())
        ),
        celsius=tuple(
            None if tenths is None else battery_celsius(tenths)
            for tenths in numbers("battery.temp")
        ),
        current=numbers("battery.current_now"),
        charge_uah=tuple(_positive(value) for value in numbers("battery.charge_counter")),
        voltage_uv=tuple(_positive(value) for value in numbers("battery.voltage_now")),
    )
    return Telemetry(
        t_s=tuple(round(now - times[0], 3) for now in times),
        clocks=MappingProxyType(
            {
                name: ClockSeries(
                    tuple(map(_positive, numbers(f"{name}.cur"))),
                    tuple(map(_positive, numbers(f"{name}.max"))),
                )
                for name in policies
            }
        ),
        zones=MappingProxyType(
            {name: zone for name, zone in heat.items() if any(v is not None for v in zone)}
        ),
        battery=battery,
        peak_kb=numbers("VmHWM"),
        rss_kb=numbers("VmRSS"),
        swap_kb=numbers("VmSwap"),
    )


def degrees(values: Known) -> Known:
    """Return a zone's values in °C; what no sensor of a working device says is unknown.

    The scale is that of all the column's values: below 150 they are degrees, below 2000 tenths,
    above that thousandths.
    """
    told = [abs(value) for value in values if value]
    if not told:
        return (None,) * len(values)
    middle = median(told)
    scale = 1.0 if middle < _MOST_PLAIN else 10.0 if middle < _MOST_TENTHS else 1000.0
    return tuple(plausible(value / scale) if value is not None else None for value in values)


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


def _number(word: str) -> float | None:
    return float(word) if _NUMBER.fullmatch(word) else None
