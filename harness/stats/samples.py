"""Samples beside the rounds: all three times of a short launch, and what tracing costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from harness.stats.interval import MIN_ROUNDS, student_t

_TRIPLE = 3
_SUM_IS_SURE_BELOW_US = 1e5
"""A mean is printed with six significant digits: below this, three times it is sure to the µs."""

WORTH_TELLING = 1.05
"""A traced launch that took this much longer is said to be slowed down, whatever the rounds say."""


def all_of_few(
    count: int,
    *,
    first: float | None,
    last: float | None,
    minimum: float | None,
    maximum: float | None,
    middle: float | None = None,
    mean: float | None = None,
) -> tuple[float, ...] | None:
    """Return every time of a series of up to three, sorted; None where they cannot all be known.

    `middle` is the tool's median, which tools up to TensorFlow 2.18 do not print: then the first
    and the last time may be the missing one, or the mean tells it. Times are whole µs.
    """
    if count == 1:
        return (first,) if first is not None else None
    if minimum is None or maximum is None:
        return None
    if count == 2:  # noqa: PLR2004 (the least and the most are both)
        return (minimum, maximum)
    if count != _TRIPLE:
        return None
    if middle is None:
        middle = _middle(first, last, minimum, maximum, mean)
    return None if middle is None else (minimum, middle, maximum)


def _middle(
    first: float | None,
    last: float | None,
    minimum: float,
    maximum: float,
    mean: float | None,
) -> float | None:
    if minimum == maximum:
        return minimum
    for one in (first, last):
        if one is not None and minimum < one < maximum:
            return one
    if first is not None and first == last:
        return first  # both stand for one of the ends, and so do two of the three
    if mean is None or mean >= _SUM_IS_SURE_BELOW_US:
        return None
    rest = float(round(_TRIPLE * mean - minimum - maximum))
    return rest if minimum <= rest <= maximum else None


@dataclass(frozen=True)
class Overhead:
    """A median over that of the rounds, and the range of it that chance alone explains (95 %)."""

    ratio: float
    low: float | None = None
    high: float | None = None

    @property
    def told(self) -> bool | None:
        """Whether it took time; None where too few rounds say how far chance goes."""
        if self.ratio > WORTH_TELLING:
            return True
        return None if self.high is None else self.ratio > self.high


def overhead_of(traced_median: float, round_medians: Sequence[float]) -> Overhead | None:
    """Compare one traced launch to the rounds of the same cell; None without rounds.

    One launch is one draw of processes, each with its own layout and clock: it is held against the
    range of one more round, a prediction interval of the logarithms, not against that of the mean.
    """
    usable = [one for one in round_medians if one > 0]
    if not usable or traced_median <= 0:
        return None
    ratio = traced_median / median(usable)
    if len(usable) < MIN_ROUNDS:
        return Overhead(ratio)
    logs = [math.log(one) for one in usable]
    reach = student_t(0.95, len(usable) - 1) * stdev(logs) * math.sqrt(1 + 1 / len(usable))
    centre = fmean(logs) - math.log(median(usable))
    return Overhead(ratio, math.exp(centre - reach), math.exp(centre + reach))
