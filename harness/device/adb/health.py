"""How a phone is right now, from one round trip. What cannot be read is None."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from harness.device import readings
from harness.device.adb.profile import number
from harness.device.base import Health, Reading
from harness.parse.temperature import battery_celsius

COMMANDS = {
    "boot": "cat /proc/sys/kernel/random/boot_id",
    "uptime": "cat /proc/uptime",
    "battery": "dumpsys battery",
    "current": "cat /sys/class/power_supply/battery/current_now",
    "thermal": "dumpsys thermalservice",
    "screen": "dumpsys power | grep -iE 'wakefulness.*=' | head -n 4",
    "doze": 'for kind in light deep; do echo "$kind $(dumpsys deviceidle get $kind)"; done',
    "saver": "settings get global low_power",
    "memory": "grep -E 'MemAvailable|SwapFree' /proc/meminfo",
    "disk": "df -k /data/local/tmp",
    "clocks": "for p in /sys/devices/system/cpu/cpufreq/policy*; do "
    'echo "${p##*/}|$(cat $p/scaling_cur_freq)|$(cat $p/scaling_max_freq)'
    '|$(cat $p/cpuinfo_max_freq)|$(cat $p/scaling_governor)"; done',
}

LOAD_WINDOW_S = 0.5
"""How long a look at the load lasts. Half a second of eight CPUs is 400 ticks: a share to 0.3 %."""

LOAD = {
    "load": f"grep '^cpu ' /proc/stat; sleep {LOAD_WINDOW_S}; grep '^cpu ' /proc/stat",
}
"""Asked first and apart: the services that answer the rest are at work themselves."""

THAW = {
    Reading.BATTERY: "dumpsys battery reset",
    Reading.THERMAL: "cmd thermalservice reset",
}
"""What undoes `dumpsys battery set` and `cmd thermalservice override-status`, both for tests."""


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


def parse_free_kb(text: str) -> int | None:
    """Return the free kB of `df -k`; long device names wrap onto a line of their own."""
    words = text.split("\n", 1)[1].split() if "\n" in text else []
    for before, word in pairwise(words):
        if word.endswith("%"):
            return number(before)
    return None


def read_health(sections: Mapping[str, str]) -> Health:
    """Make a record of the outputs of `COMMANDS` and `LOAD`, as `sections.split` returns them."""
    battery, stopped = parse_battery(sections.get("battery", ""))
    thermal = sections.get("thermal", "")
    status = re.search(r"^Thermal Status: (\d{1,3})\s*$", thermal, re.MULTILINE)
    uptime = re.match(r"(\d{1,12}(?:\.\d+)?)\s", sections.get("uptime", "") + " ")
    frozen, notes = [], []
    if stopped:
        frozen.append(Reading.BATTERY)
        notes.append("battery values are frozen (dumpsys battery was changed; reset it)")
    if re.search(r"^IsStatusOverride: true", thermal, re.MULTILINE):
        frozen.append(Reading.THERMAL)
        notes.append("the thermal status is overridden (cmd thermalservice reset)")
    if re.search(r"^HAL Ready: false", thermal, re.MULTILINE):
        notes.append("the thermal service has no sensors")
    memory = sections.get("memory", "")
    clocks = readings.parse_clocks(sections.get("clocks", ""))
    return Health(
        battery_percent=_percent(battery),
        battery_celsius=_celsius(battery.get("temperature", "")),
        plugged=_plugged(battery),
        thermal_status=int(status[1]) if status is not None else None,
        free_kb=parse_free_kb(sections.get("disk", "")),
        uptime_s=float(uptime[1]) if uptime is not None else None,
        boot_id=sections.get("boot", "").strip() or None,
        notes=tuple(notes),
        temperatures=readings.parse_temperatures(thermal),
        capped_policies=readings.capped(clocks),
        ceiling_share=readings.lowest_ceiling(clocks),
        skin_celsius=readings.parse_skin(thermal),
        charging=readings.parse_charging(battery.get("status", "")),
        charge_uah=readings.parse_charge(battery.get("Charge counter", "")),
        current=_current(sections.get("current", ""), battery),
        screen=readings.parse_screen(sections.get("screen", "")),
        doze=readings.parse_doze(sections.get("doze", "")),
        power_saver=readings.parse_switch(sections.get("saver", "")),
        available_kb=readings.parse_memory(memory, "MemAvailable"),
        swap_free_kb=readings.parse_memory(memory, "SwapFree"),
        idle_share=readings.parse_idle_share(sections.get("load", "")),
        clocks=clocks,
        cooling=readings.parse_cooling(thermal),
        frozen=tuple(frozen),
    )


def thaw_script(frozen: Sequence[Reading]) -> str:
    """Return the commands that let readings be the phone's own again, one a line."""
    return "\n".join(THAW[one] for one in dict.fromkeys(frozen))


def _percent(battery: Mapping[str, str]) -> float | None:
    level = number(battery.get("level", ""))
    scale = number(battery.get("scale", "")) or 100
    if level is None or scale < 0 or not 0 <= level <= scale:
        return None
    return 100.0 * level / scale


def _celsius(tenths: str) -> float | None:
    value = number(tenths)
    return None if value is None else battery_celsius(value)


def _plugged(battery: Mapping[str, str]) -> bool | None:
    powered = [value for key, value in battery.items() if key.endswith(" powered")]
    return "true" in powered if powered else None


def _current(sysfs: str, battery: Mapping[str, str]) -> int | None:
    """Read the battery's current as the kernel or the maker's service gives it, unit unknown."""
    read = number(sysfs)
    return read if read is not None else number(battery.get("current now", ""))
