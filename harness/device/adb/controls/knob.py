"""One value of a phone that can be read, set and put back: how, and which values it may have.

A value that was read from a phone is untrusted. It is written back only if it is one that its kind
of value can have, letter by letter; so no text of a phone ever becomes part of a command.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from harness.device.adb.shell import quoted

ABSENT = "null"
"""What `settings get` prints for a setting that is not there; put back by deleting it."""


class KnobKind(StrEnum):
    """The ways in which a phone keeps a value."""

    SETTING = "setting"
    DOZE = "doze"
    FIXED = "fixed_performance"
    DEXOPT = "dexopt"
    FILE = "file"


_SCALE = r"\d{1,2}(?:\.\d{1,6})?"
_CPUFREQ = r"/sys/devices/system/cpu/cpufreq/policy\d{1,3}"
_KGSL = "/sys/class/kgsl/kgsl-3d0"
_DEVFREQ = r"/sys/class/misc/mali0/device/devfreq/[A-Za-z0-9_][A-Za-z0-9._-]{0,60}"

_RULES = {
    (KnobKind.SETTING, r"global/stay_on_while_plugged_in"): r"\d{1,2}",
    (KnobKind.SETTING, r"global/low_power"): r"[01]",
    (KnobKind.SETTING, r"global/(?:window|transition)_animation_scale"): _SCALE,
    (KnobKind.SETTING, r"global/animator_duration_scale"): _SCALE,
    (KnobKind.SETTING, r"system/screen_off_timeout"): r"\d{1,10}",
    (KnobKind.SETTING, r"system/screen_brightness_mode"): r"[01]",
    (KnobKind.SETTING, r"system/screen_brightness"): r"\d{1,5}",
    (KnobKind.DOZE, r"deep|light"): r"[01]",
    (KnobKind.FIXED, r"mode"): r"true|false",
    (KnobKind.DEXOPT, r"job"): r"enabled|disabled",
    (KnobKind.FILE, rf"{_CPUFREQ}/scaling_governor"): r"[a-z][a-z0-9_]{0,31}",
    (KnobKind.FILE, rf"{_KGSL}/force_(?:clk|bus|rail)_on"): r"[01]",
    (KnobKind.FILE, rf"{_KGSL}/(?:min|max)_pwrlevel"): r"\d{1,2}",
    (KnobKind.FILE, rf"{_DEVFREQ}/(?:min|max)_freq"): r"\d{1,12}",
}

_DEXOPT_READ = (
    "case $(dumpsys jobscheduler | grep -E '^ *JOB ') in "
    "*BackgroundDex?ptJobService*) echo enabled;; ?*) echo disabled;; esac"
)


@dataclass(frozen=True)
class Knob:
    """One value, by kind and name: a setting's `space/key`, a file's path.

    Raises:
        ValueError: the harness has no such value.
    """

    kind: KnobKind
    name: str

    def __post_init__(self) -> None:
        if self._values is None:
            raise ValueError(f"no value of a phone that may be changed: {self.kind} {self.name!r}")

    @property
    def _values(self) -> str | None:
        for (kind, names), values in _RULES.items():
            if kind is self.kind and re.fullmatch(names, self.name, re.ASCII):
                return values
        return None

    @property
    def short(self) -> str:
        """Its name for people, without the folder; files of several policies keep theirs."""
        last = self.name.split("/")
        if self.kind in (KnobKind.SETTING, KnobKind.FILE):
            return "/".join(last[-2:]) if self.kind is KnobKind.FILE else last[-1]
        return f"{self.kind} {self.name}"

    def can_be(self, value: str) -> bool:
        """Whether it can have this value, and may so be set to it."""
        if value == ABSENT:
            return self.kind is KnobKind.SETTING
        return re.fullmatch(self._values or "(?!)", value, re.ASCII) is not None

    def read_command(self) -> str:
        """Return the shell text that prints its value; empty where a phone does not tell it."""
        match self.kind:
            case KnobKind.SETTING:
                return f"settings get {quoted(*self.name.split('/'))}"
            case KnobKind.DOZE:
                return f"dumpsys deviceidle enabled {self.name}"
            case KnobKind.FILE:
                return f"cat {quoted(self.name)}"
            case KnobKind.DEXOPT:
                return _DEXOPT_READ
            case KnobKind.FIXED:
                return ""

    def put_command(self, value: str) -> str:
        """Return the shell text that gives it a value.

        Raises:
            ValueError: it cannot have this value.
        """
        if not self.can_be(value):
            raise ValueError(f"{self.name} cannot be {value!r}")
        match self.kind:
            case KnobKind.SETTING if value == ABSENT:
                return f"settings delete {quoted(*self.name.split('/'))}"
            case KnobKind.SETTING:
                return f"settings put {quoted(*self.name.split('/'), value)}"
            case KnobKind.DOZE:
                return f"dumpsys deviceidle {'enable' if value == '1' else 'disable'} {self.name}"
            case KnobKind.FILE:
                return f"echo {value} >{quoted(self.name)}"
            case KnobKind.DEXOPT:
                # Never without its flag: that would start the job.
                return f"pm bg-dexopt-job --{value.removesuffix('d')}"
            case KnobKind.FIXED:
                return f"cmd power set-fixed-performance-mode-enabled {value}"


def same(one: str, other: str) -> bool:
    """Whether two values are one; Android may write a whole scale with its `.0` or without."""
    return one.removesuffix(".0") == other.removesuffix(".0")
