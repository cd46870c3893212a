"""Confidence intervals from rounds: the process start is the sampling unit.

What is shown of a cell is `median_interval`, which was chosen by its measured coverage under every
stopping rule: docs/reference/coverage.md, made by benchmarks/coverage.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from harness.stats.anytime import FIRST_LOOK, depth
from harness.stats.clocks import two_clocks

MIN_ROUNDS = 5
"""Below this many rounds no interval is shown: its coverage could not be promised."""


@dataclass(frozen=True)
class Interval:
    """A two-sided 95 % interval in the unit of its values."""

    low: float
    high: float


def student_t(confidence: float, freedom: int) -> float:
    """Return the two-sided quantile of Student's t.

    Cornish-Fisher expansion around the normal quantile (Abramowitz and Stegun, 26.7.5); within
    0.2 % of the tables from 4 degrees of freedom on.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    v = freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * v**4)
    )


def median_interval(values: Sequence[float]) -> Interval | None:
    """Return the interval of the median of round values; None below MIN_ROUNDS.

    It runs between two of the values and supposes nothing but that each round is as likely above
    the median as below, and it holds however the number of rounds came about. At 5 rounds their
    range has 93.75 %; it is joined with the t-interval on logs, for 96 % where there is one clock.

    Args:
        values: one figure a round, such as its median, in any one unit.
    """
    if len(values) < MIN_ROUNDS:
        return None
    ordered = sorted(values)
    reach = depth(len(ordered))
    low, high = ordered[reach - 1], ordered[-reach]
    if len(ordered) < FIRST_LOOK and low > 0:
        logs = mean_interval([math.log(value) for value in values])
        if logs is not None:
            low, high = min(low, math.exp(logs.low)), max(high, math.exp(logs.high))
    return Interval(low, high)


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Return the t-interval of the mean of round values; None below MIN_ROUNDS."""
    if len(values) < MIN_ROUNDS:
        return None
    reach = student_t(0.95, len(values) - 1) * stdev(values) / math.sqrt(len(values))
    centre = fmean(values)
    return Interval(centre - reach, centre + reach)


def ratio_interval(baseline: Sequence[float], candidate: Sequence[float]) -> Interval | None:
    """Return the interval of baseline / candidate from pairs of interleaved rounds.

    Pairs of one round stand next to each other in time, so that a drift of the phone cancels. It is
    Student's t on logs, the narrowest that holds for like kinds of noise; where a side has two
    clocks it speaks of a mean that is not the ratio of the p50s, and the median's is taken.
    """
    pairs = [(b, c) for b, c in zip(baseline, candidate, strict=False) if b > 0 and c > 0]
    ratios = [b / c for b, c in pairs]
    if any(two_clocks(side) for side in ([b for b, _ in pairs], [c for _, c in pairs])):
        return median_interval(ratios)
    logs = mean_interval([math.log(one) for one in ratios])
    return None if logs is None else Interval(math.exp(logs.low), math.exp(logs.high))
