"""Parsers of single readings of a phone's health: text in, a value or None out, nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.device.adb.profile import number
from harness.device.base import Charging, PolicyClocks, Screen
from harness.parse.temperature import plausible

# android.os.BatteryManager BATTERY_STATUS_*; 1 is the phone's own word for unknown.
_CHARGING = {
    2: Charging.CHARGING,
    3: Charging.DISCHARGING,
    4: Charging.NOT_CHARGING,
    5: Charging.FULL,
}
# PowerManagerInternal WAKEFULNESS_*: some makers print the number.
_SCREENS = {
    "0": Screen.ASLEEP,
    "1": Screen.AWAKE,
    "2": Screen.DREAMING,
    "3": Screen.DOZING,
    **{one.value: one for one in Screen},
}
# `mWakefulness=Awake`, `mGlobalWakefulness=…`, and Samsung's `getWakefulnessLocked()=Awake`.
_WAKEFULNESS = re.compile(
    r"\s*\w{0,40}wakefulness(?:locked)?(?:\(\))?\s*=\s*(\w{1,10})", re.IGNORECASE
)

_TEMPERATURE = re.compile(
    r"Temperature\{mValue=([^,]{1,40}), mType=(-?\d{1,9}), mName=([^,}]{0,80}), mStatus=-?\d{1,9}\}"
)
_COOLING = re.compile(r"CoolingDevice\{mValue=(-?\d{1,9}), mType=-?\d{1,9}, mName=([^,}]{0,80})\}")
# android.hardware.thermal TemperatureType: BCL_VOLTAGE, BCL_CURRENT, BCL_PERCENTAGE, and SKIN.
_NOT_DEGREES = (6, 7, 8)
_SKIN = 3

_LEAST_TICKS = 10
"""Ticks of /proc/stat (a hundredth of a second for each CPU) below which a share says nothing."""
_IDLE, _IOWAIT, _STEAL = 3, 4, 7  # fields of /proc/stat, proc(5)


def parse_charging(status: str) -> Charging | None:
    """Read the `status` of `dumpsys battery`."""
    value = number(status)
    return _CHARGING.get(value) if value is not None else None


def parse_charge(counter: str) -> int | None:
    """Read a charge counter in uAh; gauges that count nothing write 0 or less."""
    value = number(counter)
    return value if value is not None and value > 0 else None


def parse_screen(text: str) -> Screen | None:
    """Read the wakefulness line of `dumpsys power` in any maker's spelling."""
    for line in text.splitlines():
        match = _WAKEFULNESS.fullmatch(line.rstrip())
        if match is not None and match[1].lower() in _SCREENS:
            return _SCREENS[match[1].lower()]
    return None


def parse_doze(text: str) -> dict[str, str]:
    """Read lines `light STATE` and `deep STATE`; a help text or a complaint is no state."""
    found = {}
    for line in text.splitlines():
        match = re.fullmatch(r"(light|deep) ([A-Z][A-Z_]{2,30})", line.strip())
        if match is not None:
            found[match[1]] = match[2]
    return found


def parse_switch(text: str) -> bool | None:
    """Read a setting that is 0 or 1; one that was never set reads `null` and is off."""
    return {"0": False, "1": True, "null": False}.get(text.strip())


def parse_memory(text: str, key: str) -> int | None:
    """Return the kB of a line of /proc/meminfo."""
    match = re.search(rf"^{key}:\s{{0,20}}(\d{{1,15}}) kB\s*$", text, re.MULTILINE)
    return int(match[1]) if match is not None else None


def parse_idle_share(text: str) -> float | None:
    """Return which part of all CPUs' time was idle between two `cpu` lines of /proc/stat."""
    lines = [line.split()[1:] for line in text.splitlines() if line.startswith("cpu ")]
    if len(lines) < 2:  # noqa: PLR2004 (before and after)
        return None
    before, after = _ticks(lines[0]), _ticks(lines[-1])
    if before is None or after is None:
        return None
    idle, whole = after[0] - before[0], after[1] - before[1]
    # Waiting for input and output may be taken back by the kernel (proc(5)): then nothing is known.
    return idle / whole if whole >= _LEAST_TICKS and 0 <= idle <= whole else None


def parse_clocks(text: str) -> tuple[PolicyClocks, ...]:
    """Read lines `policy0|cur|ceiling|hardware|governor`; a field that is no number is unknown."""
    found = []
    for line in text.splitlines():
        name, *fields = line.split("|")
        if len(fields) != 4 or re.fullmatch(r"policy\d{1,4}", name) is None:  # noqa: PLR2004
            continue
        cur, ceiling, hardware = map(number, fields[:3])
        governor = fields[3].strip()
        known = governor if re.fullmatch(r"[\w.-]{1,40}", governor) else None
        if cur is not None or ceiling is not None or hardware is not None or known:
            found.append(PolicyClocks(name, cur, ceiling, hardware, known))
    return tuple(found)


def lowest_ceiling(clocks: tuple[PolicyClocks, ...]) -> float | None:
    """Return the lowest share of its hardware's clock that a ceiling is at; None if unreadable."""
    shares = [
        one.max_khz / one.hardware_khz
        for one in clocks
        if one.max_khz is not None and one.hardware_khz
    ]
    return round(min(shares), 4) if shares else None


def capped(clocks: tuple[PolicyClocks, ...]) -> tuple[str, ...] | None:
    """Return the policies whose ceiling lies below the hardware's; None if none was readable.

    The ceiling may be unreadable on one policy alone: that is unknown, not capped.
    """
    ceilings = [
        (one.name, one.max_khz, one.hardware_khz)
        for one in clocks
        if one.max_khz is not None and one.hardware_khz is not None
    ]
    return tuple(name for name, now, best in ceilings if now < best) if ceilings else None


def parse_temperatures(text: str) -> dict[str, float]:
    """Return °C by sensor name from the live section; cached values are stale by up to 20 °C."""
    return {name: value for name, _, value in _live(text)}


def parse_skin(text: str) -> float | None:
    """Return the warmest live sensor of the skin in °C.

    Elder Samsung services count types from one and spell them out, so there the name decides.
    """
    skins = [
        value
        for name, kind, value in _live(text)
        if ("SKIN" in name if name.startswith("TYPE_") else kind == _SKIN)
    ]
    return max(skins, default=None)


def parse_cooling(text: str) -> dict[str, int]:
    """Return the live values of cooling devices by name; of devices of one name the highest."""
    found: dict[str, int] = {}
    live = False
    for line in text.replace("\r", "").splitlines():
        match = _COOLING.search(line)
        if match is None:
            live = "Current cooling devices from HAL" in line
        elif live:
            found[match[2]] = max(int(match[1]), found.get(match[2], 0))
    return found


def _live(text: str) -> Iterator[tuple[str, int, float]]:
    live = False
    for line in text.replace("\r", "").splitlines():
        match = _TEMPERATURE.search(line)
        if match is None:
            live = "Current temperatures from HAL" in line
            continue
        try:
            value = plausible(float(match[1]))
        except ValueError:
            continue
        kind = int(match[2])
        # Older Samsung services count types from one and say so by their names.
        degrees = match[3].startswith("TYPE_") or kind not in _NOT_DEGREES
        if live and degrees and value is not None and "BCL" not in match[3]:
            yield match[3], kind, value


def _ticks(fields: list[str]) -> tuple[int, int] | None:
    """Return idle and all ticks; guest time is in user time already."""
    values = [number(one) for one in fields[: _STEAL + 1]]
    known = [one for one in values if one is not None]
    if len(known) < len(values) or len(known) <= _IOWAIT:
        return None
    return known[_IDLE] + known[_IOWAIT], sum(known)
