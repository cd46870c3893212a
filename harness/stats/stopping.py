"""When a cell has enough rounds: its interval is narrow, or its budget of rounds is spent.

A rule that looks at the figures after each round stops sooner when they happen to agree. Two clocks
look like one for a while: of 5 rounds, half and half, 6 % are all of one clock, agree to a fraction
of a percent, and are wrong. So the interval is one that may be looked at after every round
(harness.stats.anytime), and none looks before its first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from harness.stats.anytime import FIRST_LOOK
from harness.stats.interval import median_interval


class Stop(StrEnum):
    """Why a cell got no further round. TIME_BUDGET is the caller's: no figure shows it."""

    PRECISE = "precise"
    ROUND_BUDGET = "round-budget"
    TIME_BUDGET = "time-budget"
    FIXED = "fixed"


@dataclass(frozen=True)
class Precision:
    """How exact a cell shall be: `target` is half the interval's width over its centre.

    Args:
        target: a share, such as 0.02; None for exactly `least` rounds.
        least: no stop for precision before this many rounds with a median; FIRST_LOOK (6) if
            that is more, since 5 that agree may all be of one of two clocks.
        most: the budget of rounds.
    """

    target: float | None
    least: int
    most: int


def enough(medians: Sequence[float], rule: Precision) -> Stop | None:
    """Say whether a cell may stop, from the medians of the rounds that gave one.

    It depends on nothing but its arguments, so a resumed sweep decides as the cut one would have;
    the order in which the rounds ran is that of `medians`. Ask it after every round. Rounds that
    yielded no time do not count here: a caller with a budget of launches counts those itself.

    Returns:
        FIXED without a target, else PRECISE or ROUND_BUDGET; None: one more round is worth its
        time.
    """
    if rule.target is None:
        return Stop.FIXED if len(medians) >= rule.least else None
    width = achieved(medians)
    if len(medians) >= max(rule.least, FIRST_LOOK) and width is not None and width <= rule.target:
        return Stop.PRECISE
    return Stop.ROUND_BUDGET if len(medians) >= rule.most else None


def achieved(medians: Sequence[float]) -> float | None:
    """Return the farther end's distance over the centre, of the interval that is shown of a cell.

    None where none is shown: below MIN_ROUNDS, or where the centre is no time.
    """
    interval = median_interval(medians)
    centre = median(medians) if medians else 0.0
    if interval is None or centre <= 0:
        return None
    return max(interval.high - centre, centre - interval.low) / centre
