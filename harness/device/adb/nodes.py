"""Which files of a phone its sampler reads: asked once a phone, in one round trip.

Thermal zones are denied to the shell on some phones and number a hundred on others; what each read
costs is the phone's secret. So only what answered is read again, and of zones only a few.
"""

from __future__ import annotations

import re

from harness.device.adb.profile import number

CPUFREQ = "/sys/devices/system/cpu/cpufreq"
THERMAL = "/sys/class/thermal"
BATTERY = "/sys/class/power_supply/battery"
BATTERY_FILES = ("status", "temp", "current_now", "charge_counter", "voltage_now")

MOST_ZONES = 8
_MOST_POLICIES = 8
_SHORTEST_S = 0.1

COMMAND = (
    f"for p in {CPUFREQ}/policy*; do for f in scaling_cur_freq scaling_max_freq; do "
    "v=; read v r <$p/$f; echo $p/$f ${v:--}; done; done; "
    f"for z in {THERMAL}/thermal_zone*; do v= k=; read v r <$z/temp; read k r <$z/type; "
    "echo $z/temp ${v:--} ${k:--}; done; "
    f"for f in {' '.join(BATTERY_FILES)}; do v=; read v r <{BATTERY}/$f; "
    f"echo {BATTERY}/$f ${{v:--}}; done; true"
)
"""Says of each node its path, its first word now (`-`: none), and of a zone its type."""

_POLICY = re.compile(rf"{CPUFREQ}/(policy\d{{1,3}})/scaling_(cur|max)_freq")
_ZONE = re.compile(rf"{THERMAL}/thermal_zone\d{{1,4}}/temp")
_BATTERY = re.compile(rf"{BATTERY}/({'|'.join(BATTERY_FILES)})")
_TYPE = re.compile(r"[A-Za-z0-9_.+-]{1,40}")
# What is worth its read, the best first: the skin decides when a phone slows down, and the chip's
# own sensors show who works. Of each sort two are enough.
_WORTH = tuple(
    re.compile(words, re.IGNORECASE)
    for words in (
        "skin|quiet|shell|board",
        "^big|cpu.?1|cpuss|apcpu|mtktscpu|^ap$",
        "gpu|g3d",
        "tpu|npu|nsp|apu",
        "soc|^mid|^little|cpu",
        "xo|batt",
    )
)
_OF_EACH_SORT = 2


def read_nodes(text: str) -> tuple[tuple[str, str], ...]:
    """Choose from what `COMMAND` wrote: (name of the column, path) of each node to sample.

    The text is the phone's: a path that is none of those asked for, or a zone whose type is no
    plain word, is left out. Names are `policy0.cur`, `policy0.max`, `zone:<type>` and
    `battery.<file>`.
    """
    found: dict[str, str] = {}
    zones: dict[str, str] = {}
    for line in text.splitlines():
        path, _, rest = line.partition(" ")
        value, _, kind = rest.strip().partition(" ")
        if value in ("", "-"):
            continue
        if policy := _POLICY.fullmatch(path):
            found.setdefault(f"{policy[1]}.{policy[2]}", path)
        elif battery := _BATTERY.fullmatch(path):
            found.setdefault(f"battery.{battery[1]}", path)
        elif _ZONE.fullmatch(path) and _TYPE.fullmatch(kind) and number(value):
            zones.setdefault(kind, path)
    policies = sorted({name.partition(".")[0] for name in found if name.startswith("policy")})
    for name in policies[_MOST_POLICIES:]:
        found.pop(f"{name}.cur", None)
        found.pop(f"{name}.max", None)
    chosen = {f"zone:{kind}": zones[kind] for kind in _worthy(tuple(zones))}
    return tuple((found | chosen).items())


def _worthy(kinds: tuple[str, ...]) -> list[str]:
    chosen: list[str] = []
    for words in _WORTH:
        sort = [kind for kind in kinds if words.search(kind) and kind not in chosen]
        chosen += sort[:_OF_EACH_SORT]
    chosen += [kind for kind in kinds if kind not in chosen] if not chosen else []
    return chosen[:MOST_ZONES]


def sampler_words(period_s: float, nodes: tuple[tuple[str, str], ...]) -> str:
    """Return what sampler.sh is told, words apart by blanks: none of them needs quotes."""
    return " ".join(
        [f"{max(_SHORTEST_S, period_s):g}", *(f"{name}={path}" for name, path in nodes)]
    )
