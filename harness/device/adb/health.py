"""How a phone is right now, from one round trip. What cannot be read is None."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from itertools import pairwise

from harness.device.adb.profile import number
from harness.device.base import Health

COMMANDS = {
    "boot": "cat /proc/sys/kernel/random/boot_id",
    "uptime": "cat /proc/uptime",
    "battery": "dumpsys battery",
    "thermal": "dumpsys thermalservice",
    "disk": "df -k /data/local/tmp",
    # The ceiling may be unreadable on the first policy alone: that is unknown, not capped.
    "ceilings": "for p in /sys/devices/system/cpu/cpufreq/policy*; do "
    'echo "${p##*/} $(cat $p/scaling_max_freq) $(cat $p/cpuinfo_max_freq)"; done',
}

_TEMPERATURE = re.compile(
    r"Temperature\{mValue=([^,]+), mType=(-?\d+), mName=([^,}]*), mStatus=-?\d+\}"
)
# android.hardware.thermal TemperatureType: BCL_VOLTAGE, BCL_CURRENT, BCL_PERCENTAGE.
_NOT_DEGREES = (6, 7, 8)
# Gauges without a sensor report 0, -99.9 or 6553.5; no phone works outside this range.
_COLDEST, _HOTTEST = -40.0, 150.0


def parse_battery(text: str) -> tuple[dict[str, str], bool]:
    """Return the values of the first battery section and whether its updates are stopped.

    Vendors append sections and logs that use the same words for older values, so only whole keys
    at two blanks of indentation count, the first of each, up to the next heading.
    """
    values: dict[str, str] = {}
    stopped = inside = False
    for line in text.replace("\r", "").splitlines():
        if line.startswith("Current Battery Service state"):
            inside = True
        elif inside and "UPDATES STOPPED" in line:
            stopped = True
        elif inside and line and not line.startswith(" "):
            break
        elif inside and (match := re.fullmatch(r"  ([A-Za-z][A-Za-z ]*): (.*)", line)):
            values.setdefault(match[1], match[2].strip())
    return values, stopped


def parse_temperatures(text: str) -> dict[str, float]:
    """Return °C by sensor name from the live section; cached values are stale by up to 20 °C."""
    found: dict[str, float] = {}
    live = False
    for line in text.replace("\r", "").splitlines():
        match = _TEMPERATURE.search(line)
        if match is None:
            live = "Current temperatures from HAL" in line
            continue
        try:
            value = float(match[1])
        except ValueError:
            continue
        # Older Samsung services count types from one and say so by their names.
        degrees = match[3].startswith("TYPE_") or int(match[2]) not in _NOT_DEGREES
        plausible = math.isfinite(value) and _COLDEST < value < _HOTTEST and value != 0.0
        if live and degrees and plausible and "BCL" not in match[3]:
            found[match[3]] = round(value, 1)
    return found


def parse_free_kb(text: str) -> int | None:
    """Return the free kB of `df -k`; long device names wrap onto a line of their own."""
    words = text.split("\n", 1)[1].split() if "\n" in text else []
    for before, word in pairwise(words):
        if word.endswith("%"):
            return number(before)
    return None


def parse_ceilings(text: str) -> dict[str, float]:
    """Return for each readable policy the share of the hardware's clock that its ceiling is at."""
    shares: dict[str, float] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, *clocks = line.split()
        values = [number(clock) for clock in clocks]
        if len(values) == 2 and values[0] is not None and values[1]:  # noqa: PLR2004
            shares[name] = values[0] / values[1]
    return shares


def parse_capped(text: str) -> tuple[str, ...] | None:
    """Return the policies whose ceiling lies below the hardware's; None if none was readable."""
    shares = parse_ceilings(text)
    return tuple(name for name, share in shares.items() if share < 1) if shares else None


def read_health(sections: Mapping[str, str]) -> Health:
    """Make a health record of the outputs of `COMMANDS`, as `sections.split` returns them."""
    battery, stopped = parse_battery(sections.get("battery", ""))
    thermal = sections.get("thermal", "")
    status = re.search(r"^Thermal Status: (\d+)\s*$", thermal, re.MULTILINE)
    uptime = re.match(r"(\d{1,12}(?:\.\d+)?)\s", sections.get("uptime", "") + " ")
    notes = []
    if stopped:
        notes.append("battery values are frozen (dumpsys battery was changed; reset it)")
    if re.search(r"^IsStatusOverride: true", thermal, re.MULTILINE):
        notes.append("the thermal status is overridden (cmd thermalservice reset)")
    if re.search(r"^HAL Ready: false", thermal, re.MULTILINE):
        notes.append("the thermal service has no sensors")
    return Health(
        battery_percent=_percent(battery),
        battery_celsius=_celsius(battery.get("temperature", "")),
        plugged=_plugged(battery),
        thermal_status=int(status[1]) if status is not None else None,
        free_kb=parse_free_kb(sections.get("disk", "")),
        uptime_s=float(uptime[1]) if uptime is not None else None,
        boot_id=sections.get("boot", "").strip() or None,
        notes=tuple(notes),
        temperatures=parse_temperatures(thermal),
        capped_policies=parse_capped(sections.get("ceilings", "")),
        ceiling_share=_lowest(parse_ceilings(sections.get("ceilings", ""))),
    )


def _lowest(shares: Mapping[str, float]) -> float | None:
    return round(min(shares.values()), 4) if shares else None


def _percent(battery: Mapping[str, str]) -> float | None:
    level = number(battery.get("level", ""))
    scale = number(battery.get("scale", "")) or 100
    if level is None or scale < 0 or not 0 <= level <= scale:
        return None
    return 100.0 * level / scale


def _celsius(tenths: str) -> float | None:
    """Read tenths of a degree; stub gauges write 0 or 26, which no charged battery has."""
    value = number(tenths)
    if value is None or not -400 < value < 1000 or 0 <= value < 30:  # noqa: PLR2004 (tenths of °C)
        return None
    return value / 10.0


def _plugged(battery: Mapping[str, str]) -> bool | None:
    powered = [value for key, value in battery.items() if key.endswith(" powered")]
    return "true" in powered if powered else None
