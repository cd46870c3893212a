"""May the numbers be used: rules over a cell's rounds, each with its reason and its limit.

Where the limits come from: docs/explanation/numbers.md. What to do next: harness.stats.advice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, stdev

from harness.stats.advice import next_step
from harness.stats.circumstances import Circumstances, ValidityNote, ValidityReason
from harness.stats.clocks import two_clocks
from harness.stats.interval import median_interval
from harness.stats.outlier import modified_z
from harness.stats.trend import trend
from harness.verdict.model import Validity

NOISY_SPREAD = 0.25
"""Range of round medians beyond which five rounds are noisy. Without control, processes differ by 5
to 20 % (IREE #6337 has a Pixel 4 with 20); past that, something else was running."""

NOISY_DEVIATION = NOISY_SPREAD / 2.326
"""The same as a deviation of logs: 2.326 is the mean range of five normal values (d2 of control
charts). A range grows with the number of rounds, and more rounds must not make a cell noisier."""

DRIFT = 0.15
"""A trend from the first round to the last beyond which interleaved rounds drift."""

DRIFT_ALONE = 0.05
"""Without others between its rounds nothing cancels; MLPerf Mobile has a figure reproduced within
5 %."""

TOO_SHORT_US = 20.0
"""The tool counts whole microseconds: below this, half a tick is more than 2.5 %."""

FEW = 6
"""At most one round in so many is set aside; of fewer rounds none is."""


@dataclass(frozen=True)
class ValidityVerdict:
    """Validity with the closed set of reasons behind it, and every note in the same order."""

    validity: Validity
    reasons: tuple[str, ...]
    notes: tuple[ValidityNote, ...] = ()


WITNESSED = (
    ValidityReason.THROTTLED,
    ValidityReason.NOT_COOLED,
    ValidityReason.BACKGROUND_LOAD,
    ValidityReason.AFFINITY,
    ValidityReason.SETTINGS_CHANGED,
)
"""What no figure shows: it has to be seen on the device."""


def judge_validity(medians_us: Sequence[float], around: Circumstances) -> ValidityVerdict:
    """Judge the rounds of one cell.

    Args:
        medians_us: the median of each round that gave one, in microseconds, in running order.
        around: how they were measured.
    """
    found = [*_noisy(medians_us), *_drifts(medians_us, around), *_clocks(medians_us)]
    found += [(one, around.seen[one], True) for one in WITNESSED if one in around.seen]
    found += [(one, around.beside[one], False) for one in WITNESSED if one in around.beside]
    centre = median(medians_us) if medians_us else 0.0
    if centre < TOO_SHORT_US:
        text = f"an invocation takes {centre:.3g} µs, and the tool counts whole microseconds"
        found.append((ValidityReason.TOO_SHORT, text, True))
    if len(medians_us) < around.rounds_planned:
        text = f"{len(medians_us)} of {around.rounds_planned} planned rounds gave a time"
        found.append((ValidityReason.FEWER_ROUNDS, text, False))
    notes = tuple(
        ValidityNote(reason, text, next_step(reason, len(medians_us), around), decides)
        for reason, text, decides in found
    )
    reasons = tuple(note.reason.value for note in notes if note.decides)
    if reasons:
        return ValidityVerdict(Validity.INVALID, reasons, notes)
    if len(medians_us) < around.rounds_planned:
        return ValidityVerdict(Validity.INCOMPLETE, (ValidityReason.FEWER_ROUNDS.value,), notes)
    return ValidityVerdict(Validity.VALID, (), notes)


_Found = tuple[ValidityReason, str, bool]


def _noisy(medians: Sequence[float]) -> list[_Found]:
    """Look for rounds that scatter, with rounds that stand apart told by themselves.

    A few of many are set aside: neither the median nor its interval minds them.
    """
    if len(medians) < 2 or min(medians) <= 0:  # noqa: PLR2004 (one round scatters not at all)
        return []
    apart = [n for n, score in enumerate(modified_z(medians)) if score is not None]
    apart = apart if len(apart) <= len(medians) // FEW else []
    rest = [value for n, value in enumerate(medians) if n not in apart]
    found: list[_Found] = []
    if stdev(map(math.log, rest)) > NOISY_DEVIATION:
        spread = (max(rest) - min(rest)) / median(rest)
        text = f"the medians of {len(rest)} rounds spread over {100 * spread:.0f} % of their median"
        found.append((ValidityReason.NOISY, text, True))
    if apart:
        centre = median(medians)
        each = ", ".join(f"number {n + 1} took {medians[n] / centre:.2f} times" for n in apart)
        text = f"of {len(medians)} rounds, {each} the usual"
        found.append((ValidityReason.OUTLIER_ROUND, text, False))
    return found


def _drifts(medians: Sequence[float], around: Circumstances) -> list[_Found]:
    found = trend(medians, around.moments)
    limit = DRIFT if around.interleaved else DRIFT_ALONE
    if found is None or not found.likely or abs(found.change) <= limit:
        return []
    way = "slower" if found.change > 0 else "faster"
    text = (
        f"rounds became {100 * abs(found.change):.0f} % {way} from the first to the last; "
        f"chance alone does that in {100 * found.chance:.1f} % of cases"
    )
    return [(ValidityReason.DRIFT, text, True)]


def _clocks(medians: Sequence[float]) -> list[_Found]:
    """Look for two states. They void a median whose interval cannot tell which of them it is of."""
    found = two_clocks(medians)
    interval = median_interval(medians)
    if found is None or interval is None:
        return []
    edge = sorted(medians)[found.fast]
    text = (
        f"rounds fall into two groups, {found.fast} fast and {found.slow} slow ones, "
        f"{100 * (found.ratio - 1):.0f} % apart"
    )
    return [(ValidityReason.BIMODAL, text, interval.low < edge <= interval.high)]
