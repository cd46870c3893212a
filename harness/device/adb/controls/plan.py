"""What a control would change on the phone at hand: from its answers to targets, or why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.device.adb.controls.knob import ABSENT, Knob, KnobKind, same
from harness.device.base import Profile
from harness.device.controls import ControlOutcome

Answers = Mapping[str, str]
"""What the phone said, by the name under which it was asked."""

_SHOWN = 80


@dataclass(frozen=True)
class Target:
    """A value as it is and as it is wanted; `before` is empty where the phone does not tell it."""

    knob: Knob
    before: str
    wanted: str

    @property
    def is_there(self) -> bool:
        """Whether nothing needs to be done."""
        return bool(self.before) and same(self.before, self.wanted)


@dataclass(frozen=True)
class Plan:
    """The values of one control on one phone, in the order of setting.

    `outcome` and `message` are there when it cannot be done; then there are no targets.
    """

    targets: tuple[Target, ...] = ()
    outcome: ControlOutcome | None = None
    message: str = ""


def unsupported(message: str) -> Plan:
    """Return the plan of a control that this phone does not have."""
    return Plan(outcome=ControlOutcome.UNSUPPORTED, message=message)


def brief(text: str) -> str:
    """Return what a phone's answer says, in one line, short enough for a report.

    A Java service prints a header, the exception and its trace: the exception counts.
    """
    lines = [line.strip() for line in text.replace("\r", "").splitlines() if line.strip()]
    thrown = [one for one in lines if "Exception:" in one]
    chosen = thrown[0] if thrown else "; ".join(lines)
    printable = "".join(c if c.isprintable() else "?" for c in chosen)
    return printable if len(printable) <= 2 * _SHOWN else f"{printable[: 2 * _SHOWN]}…"


def unlocking(words: str) -> str:
    """Return what a person can do about a refusal, where makers are known for it."""
    if "WRITE_SECURE_SETTINGS" in words or "INJECT_EVENTS" in words:
        return (
            "; in the developer options allow it: `USB debugging (Security settings)` (Xiaomi), "
            "`Disable permission monitoring` (OPPO, OnePlus, realme)"
        )
    return ""


Wanted = str | Callable[[str], str]
"""A value, or how it is made of the present one."""


def fixed_values(wanted: Mapping[Knob, Wanted]) -> Callable[[Answers, Profile], Plan]:
    """Return the planner of a control whose values are the same on every phone."""

    def plan(answers: Answers, _profile: Profile) -> Plan:
        targets = []
        for knob, value in wanted.items():
            found = answers.get(knob.name, "").strip()
            if not knob.can_be(found):
                return unsupported(_unreadable(knob, found))
            chosen = value(found) if callable(value) else value
            targets.append(Target(knob, found, chosen))
        return Plan(tuple(targets))

    return plan


def _unreadable(knob: Knob, found: str) -> str:
    if not found:
        return f"the phone does not tell {knob.short}"
    return f"{knob.short} is {brief(found)[:_SHOWN]!r}: no value that could be put back"


def more_bits(bits: int) -> Callable[[str], str]:
    """Return how a bit mask gets more bits; an absent one has none."""

    def combined(before: str) -> str:
        return str((0 if before == ABSENT else int(before)) | bits)

    return combined


def plan_fixed_performance(_answers: Answers, profile: Profile) -> Plan:
    """Plan the fixed-performance mode: since Android 11, and no phone tells whether it is on."""
    if profile.api_level is not None and profile.api_level < 30:  # noqa: PLR2004
        return unsupported("needs Android 11 (API 30)")
    return Plan((Target(Knob(KnobKind.FIXED, "mode"), "", "true"),))


def plan_background(answers: Answers, profile: Profile) -> Plan:
    """Plan a pause of the compiler's background job.

    Before Android 14 the same words mean "start it now" or name packages; so the API level and the
    phone's own help must both say that there is a flag.
    """
    if profile.api_level is None or profile.api_level < 34:  # noqa: PLR2004
        return unsupported("needs Android 14 (API 34): before, the command starts the job")
    if "--disable" not in answers.get("help", ""):
        return unsupported("the help of pm has no bg-dexopt-job --disable")
    return fixed_values({Knob(KnobKind.DEXOPT, "job"): "disabled"})(answers, profile)


def plan_governor(answers: Answers, _profile: Profile) -> Plan:
    """Plan the governor `performance` on every cpufreq policy; lines of `PATH VALUE WRITABLE`."""
    return _files(answers.get("files", ""), lambda _path, _values: "performance")


def plan_gpu_clock(answers: Answers, _profile: Profile) -> Plan:
    """Plan the highest clock of an Adreno or Mali GPU; lines of `PATH VALUE WRITABLE`."""

    def wanted(path: str, values: Mapping[str, str]) -> str | None:
        folder, _, name = path.rpartition("/")
        if name.startswith("force_"):
            return "1"
        # Power level 0 is the fastest: the slowest allowed one becomes the fastest allowed one.
        pair = {"min_pwrlevel": "max_pwrlevel", "min_freq": "max_freq"}.get(name)
        return values.get(f"{folder}/{pair}") if pair is not None else None

    return _files(answers.get("files", ""), wanted)


def _files(text: str, wanted: Callable[[str, Mapping[str, str]], str | None]) -> Plan:
    """Plan values of kernel files; only those that are known by name and form are touched."""
    rows = [line.split() for line in text.splitlines()]
    found = {row[0]: row[1] for row in rows if len(row) == 3}  # noqa: PLR2004
    writable = {row[0] for row in rows if row[2:] == ["w"]}
    targets = []
    for path, value in found.items():
        chosen = wanted(path, found)
        if chosen is None:
            continue
        try:
            knob = Knob(KnobKind.FILE, path)
        except ValueError:
            continue
        if not knob.can_be(value) or not knob.can_be(chosen):
            return unsupported(_unreadable(knob, value))
        targets.append(Target(knob, value, chosen))
    if not targets:
        return unsupported("the phone shows no such file of the kernel")
    if not all(one.is_there or one.knob.name in writable for one in targets):
        return Plan(
            outcome=ControlOutcome.NO_RIGHTS,
            message="the kernel's files can be written by root alone; try `adb root`",
        )
    return Plan(tuple(targets))
