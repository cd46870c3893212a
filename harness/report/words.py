"""The report's words and number formats: one table per closed set, and how a figure is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.printable import printable

SKIPPED = "skipped"
TIMES = "\N{MULTIPLICATION SIGN}"
DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class Word:
    """A state as the report shows it: `label` in a badge, `meaning` in the legend."""

    label: str
    meaning: str


VERDICTS: dict[str, Word] = {
    "wrong": Word(
        "wrong output", "Its output is not the right one for its input: its time means nothing."
    ),
    "none": Word(
        "none: ran on CPU",
        "The run finished and nothing ran on the requested accelerator: the silent fallback.",
    ),
    "suspect": Word("suspect", "The accelerator is claimed; time, output or counters disagree."),
    "failed": Word("failed", "No usable time: a crash, an error, a timeout or a refusal."),
    "downgraded": Word("downgraded", "An accelerator, by a lesser path than the one asked for."),
    "unknown": Word("unknown", "The evidence does not decide. Never to be read as good."),
    "partial": Word("partial", "Some nodes ran on the accelerator, the rest on the CPU."),
    "full": Word("full", "Every node was handed to the requested accelerator."),
    "baseline": Word("CPU baseline", "The CPU was what was asked for."),
    SKIPPED: Word("skipped", "Not run; the reason and the next step stand beside it."),
}
"""Headlines, worst first; the order of every list in the report."""

VALIDITIES: dict[str, Word] = {
    "throttled": Word("throttled", "The device limited its clocks: the time is an upper bound."),
    "not_cooled": Word("not cooled", "The device was too warm to begin rounds, and did not cool."),
    "noisy": Word("noisy", "The rounds differ by more than this device's noise."),
    "bimodal": Word("two clocks", "Rounds are either fast or slow; the median may be of either."),
    "drift": Word("drift", "The rounds became slower, or faster, one after the other."),
    "affinity": Word("wrong cores", "Rounds ran on other cores than asked for, or may have."),
    "too_short": Word("too short", "An invocation is only a few ticks of the tool's clock."),
    "background_load": Word("background load", "Something else kept the device busy."),
    "settings_changed": Word("settings changed", "The rounds were not made under one setting."),
    "incomplete": Word("incomplete", "Not every planned round ended."),
    "invalid": Word("invalid", "The numbers must not be used; the reason stands beside them."),
}

DRIVER_ACCELERATORS = frozenset({"nnapi", "external", "npu", "coreml"})
"""Where `full` means handed to a driver; what the driver did with it is out of sight."""

ICONS = frozenset(VERDICTS) | frozenset(VALIDITIES)

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LIMIT = 60
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,40}")


def clean(text: str) -> str:
    """Make control characters and direction overrides of foreign text visible."""
    return printable(text)


def label(text: str | None, limit: int = _LIMIT) -> str:
    """Make foreign text fit for a heading: one visible line of at most `limit` characters."""
    if not text:
        return "unknown"
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def code(text: str | None) -> str:
    """Return a reason code as it stands, or `other` when it is none of the harness's making."""
    return text if text and _CODE.fullmatch(text) else "other"


def word_for(number: int) -> str:
    """Write a small number as a word."""
    return _SMALL[number] if 0 <= number < len(_SMALL) else f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """Write `3 cells`, `1 cell`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(items: Iterable[str], limit: int = 4) -> str:
    """Write `a, b and c`; past `limit` items, `a, b, c and 7 more`."""
    every = list(dict.fromkeys(items))
    if len(every) > limit:
        every = [*every[: limit - 1], f"{len(every) - limit + 1} more"]
    if len(every) < 2:  # noqa: PLR2004 (a list of one has no `and`)
        return "".join(every)
    return f"{', '.join(every[:-1])} and {every[-1]}"


def ms(value: float | None) -> str:
    """Write milliseconds with three significant digits."""
    if value is None:
        return "unknown"
    for floor, digits in ((100, 0), (10, 1), (1, 2), (0.1, 3)):
        if value >= floor:
            return f"{value:,.{digits}f}"
    return f"{value:.3g}"


def times(value: float | None) -> str:
    """Write a ratio as 2.4 with the multiplication sign."""
    if value is None:
        return "unknown"
    digits = 0 if value >= 10 else 1 if value >= 0.95 else 2  # noqa: PLR2004 (two digits shown)
    return f"{value:.{digits}f}{TIMES}"


def percent(share: float) -> str:
    """Write a share of one as `1.6 %`."""
    return f"{100 * share:.1f} %"


def duration(seconds: float) -> str:
    """Write seconds as `2 h 44 min`, `3 min 5 s` or `12 s`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def verdict_label(kind: str, accelerator: str = "") -> str:
    """Return the word of a badge; `full` says where its evidence ends."""
    if kind == "full" and accelerator in DRIVER_ACCELERATORS:
        return "full (to driver)"
    return VERDICTS[kind].label


def reason_labels(validity: str | None, reasons: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return (icon, words) for each reason why numbers may not be used."""
    if validity in (None, "valid"):
        return ()
    fallback = validity if validity in VALIDITIES else "invalid"
    named = tuple(
        (reason, VALIDITIES[reason].label)
        if reason in VALIDITIES
        else (fallback, label(reason.replace("_", " "), 28))
        for reason in reasons
    )
    return named or ((fallback, VALIDITIES[fallback].label),)
