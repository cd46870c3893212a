"""The table of controls: what each does, how it is asked for, what it needs, where that is known.

docs/reference/controls.md is made from it (docs/generate_controls.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.device.adb.controls.knob import Knob, KnobKind
from harness.device.adb.controls.plan import (
    Answers,
    Plan,
    fixed_values,
    more_bits,
    plan_background,
    plan_fixed_performance,
    plan_governor,
    plan_gpu_clock,
)
from harness.device.base import Profile
from harness.device.controls import ControlName

SHELL, ROOT = "the shell of adb", "root (`adb root`)"


@dataclass(frozen=True, eq=False)
class Control:
    """One control.

    Args:
        name: by which it is asked for.
        does: one sentence for people.
        plan: from the answers to `asks` to values.
        asks: commands by name; each knob of `knobs` is asked under its own name beside them.
        knobs: the values that it may change, where they are the same on every phone.
        changes: the same in words, where they are not.
        since: the first Android that has it.
        right: whose rights it takes.
        source: where that is known from.
        first: a command that is run each time it is set, and changes nothing that stays.
        doubt: from the answers to `looks`, before and after, why it is not verified; else empty.
        looks: commands for `doubt`.
        cannot_tell: what even a verified one does not say.
    """

    name: ControlName
    does: str
    plan: Callable[[Answers, Profile], Plan]
    since: str
    right: str
    source: str
    asks: Mapping[str, str] = field(default_factory=dict)
    knobs: tuple[Knob, ...] = ()
    changes: str = ""
    first: str = ""
    doubt: Callable[[Answers, Answers], str] = lambda _before, _after: ""
    looks: Mapping[str, str] = field(default_factory=dict)
    cannot_tell: str = ""

    @property
    def questions(self) -> dict[str, str]:
        """Everything the phone is asked before anything is changed."""
        known = {knob.name: knob.read_command() for knob in self.knobs if knob.read_command()}
        return {**known, **self.asks}


def _setting(name: str) -> Knob:
    return Knob(KnobKind.SETTING, name)


def _settings(
    name: ControlName,
    wanted: Mapping[str, str | Callable[[str], str]],
    *,
    does: str,
    source: str,
    since: str = "7",
    first: str = "",
    doubt: Callable[[Answers, Answers], str] = lambda _before, _after: "",
    looks: Mapping[str, str] | None = None,
    cannot_tell: str = "",
) -> Control:
    knobs = {_setting(one): value for one, value in wanted.items()}
    return Control(
        name=name,
        does=does,
        plan=fixed_values(knobs),
        since=since,
        right=SHELL,
        source=source,
        knobs=tuple(knobs),
        first=first,
        doubt=doubt,
        looks=looks or {},
        cannot_tell=cannot_tell,
    )


def _sleeps(_before: Answers, after: Answers) -> str:
    """Say why the phone may sleep all the same, from lines of `dumpsys power`."""
    text = after.get("power", "")
    awake = re.search(r"wakefulness[^=\n]*=\s*(\w+)", text, re.IGNORECASE)
    if awake is None:
        return "the phone does not tell whether it is awake"
    # Some makers print the number of android.os.PowerManagerInternal: 1 is awake.
    if awake[1].lower() not in ("awake", "1"):
        return f"the phone was told to wake and is {awake[1][:20]}"
    if re.search(r"mStayOn=false", text):
        return "set, but it does not apply: the phone is not charging, or its owner forbids it"
    return ""


def _no_clock_moved(before: Answers, after: Answers) -> str:
    found = after.get("clocks", "")
    if not found.strip():
        return "accepted; no clock limit can be read that could show it"
    if found.split() == before.get("clocks", "").split():
        return (
            "accepted, but no clock limit that the shell can read has moved: the maker may do "
            "nothing, or hold the clocks where they cannot be seen"
        )
    return ""


_ROWS = (
    'for f in {paths}; do [ -f "$f" ] || continue; w=-; [ -w "$f" ] && w=w; '
    'read v <"$f" && echo "$f $v $w"; done'
)
_CPUFREQ = "/sys/devices/system/cpu/cpufreq/policy*"
_KGSL, _MALI = "/sys/class/kgsl/kgsl-3d0", "/sys/class/misc/mali0/device/devfreq/*"
_ADRENO = " ".join(
    f"{_KGSL}/{name}"
    for name in ("force_clk_on", "force_bus_on", "force_rail_on", "min_pwrlevel", "max_pwrlevel")
)

TABLE: tuple[Control, ...] = (
    _settings(
        ControlName.STAY_AWAKE,
        {"global/stay_on_while_plugged_in": more_bits(7)},
        does="wakes the screen and keeps it on while there is power (1 charger, 2 USB, 4 wireless)",
        first="input keyevent KEYCODE_WAKEUP",
        doubt=_sleeps,
        looks={"power": "dumpsys power | grep -iE -m4 'wakefulness[a-z()]*=|mStayOn='"},
        source="frameworks/base: PowerManagerService, `svc power stayon`; the key never toggles",
        cannot_tell="after the end the screen goes off by the phone's own timeout",
    ),
    _settings(
        ControlName.ANIMATIONS,
        {
            "global/window_animation_scale": "0",
            "global/transition_animation_scale": "0",
            "global/animator_duration_scale": "0",
        },
        does="lets windows change without drawing on the way, so that the GPU is not used by them",
        source="frameworks/base: Settings.Global, WindowManagerService",
    ),
    _settings(
        ControlName.POWER_SAVER,
        {"global/low_power": "0"},
        does="ends the battery saver, which caps clocks",
        source="frameworks/base: BatterySaverStateMachine watches the setting",
        cannot_tell="savers of the maker's own have other settings",
    ),
    _settings(
        ControlName.SCREEN,
        {
            "system/screen_off_timeout": "1800000",
            "system/screen_brightness_mode": "0",
            "system/screen_brightness": "5",
        },
        does="keeps the screen dark and on for half an hour without power: less heat, less wear",
        source="frameworks/base: Settings.System",
    ),
    Control(
        name=ControlName.DOZE,
        does="keeps a phone without power from dozing; one that charges does not doze anyway",
        plan=fixed_values({Knob(KnobKind.DOZE, "deep"): "0", Knob(KnobKind.DOZE, "light"): "0"}),
        knobs=(Knob(KnobKind.DOZE, "deep"), Knob(KnobKind.DOZE, "light")),
        since="7",
        right=SHELL,
        source="frameworks/base: DeviceIdleController; lost at a reboot",
        cannot_tell="a phone that does not doze does its background work meanwhile",
    ),
    Control(
        name=ControlName.FIXED_PERFORMANCE,
        does="asks for clocks that the maker holds to be sustainable: below the peak, by design",
        plan=plan_fixed_performance,
        knobs=(Knob(KnobKind.FIXED, "mode"),),
        looks={
            "clocks": f"for p in {_CPUFREQ}; do "
            "echo $(cat $p/scaling_min_freq $p/scaling_max_freq $p/scaling_governor); done"
        },
        doubt=_no_clock_moved,
        since="11 (API 30)",
        right=SHELL,
        source="frameworks/base: PowerManagerShellCommand; lost at a reboot",
        cannot_tell="Android has no question for it: verified is only that a clock limit moved. "
        "It is put back to off, which is what a phone boots with",
    ),
    Control(
        name=ControlName.BACKGROUND,
        does="keeps the system from compiling apps in the background, as it does at night",
        plan=plan_background,
        asks={"help": "pm help | grep -A40 'bg-dexopt-job' | grep -m1 -- '--disable'"},
        knobs=(Knob(KnobKind.DEXOPT, "job"),),
        since="14 (API 34)",
        right=SHELL,
        source="art: ArtShellCommand, BackgroundDexoptJob; lost when Android's server restarts",
        cannot_tell="other background work goes on",
    ),
    Control(
        name=ControlName.GOVERNOR,
        does="sets the governor `performance` on every CPU: without cooling it throttles sooner",
        plan=plan_governor,
        asks={"files": _ROWS.format(paths=f"{_CPUFREQ}/scaling_governor")},
        changes="scaling_governor of every policy",
        since="any",
        right=ROOT,
        source="Linux: Documentation/admin-guide/pm/cpufreq.rst; lost at a reboot",
        cannot_tell="heat limits hold all the same",
    ),
    Control(
        name=ControlName.GPU_CLOCK,
        does="keeps an Adreno or Mali GPU at its highest allowed clock, and an Adreno powered",
        plan=plan_gpu_clock,
        asks={"files": _ROWS.format(paths=f"{_ADRENO} {_MALI}/min_freq {_MALI}/max_freq")},
        changes="Adreno: force_clk_on, force_bus_on, force_rail_on, min_pwrlevel; Mali: min_freq",
        since="any",
        right=ROOT,
        source="msm kernels: drivers/gpu/msm/kgsl_pwrctrl.c; Linux: devfreq; lost at a reboot",
        cannot_tell="heat limits hold all the same; makers may keep the files elsewhere",
    ),
)

CONTROLS: Mapping[ControlName, Control] = {one.name: one for one in TABLE}
