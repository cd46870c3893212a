"""Is one configuration as fast as another: a test on pairs of round medians.

"No difference was found" is not "they are alike": likeness has a test of its own, two one-sided
tests against a margin (TOST; Schuirmann 1987, doi:10.1007/BF01068419). Each pair is two processes
that stood next to each other in time; invocations inside one process are no samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from harness.stats.interval import MIN_ROUNDS, student_t

MARGIN = math.log(1.10)
"""How far two times may be apart, as a log ratio, and still count as the same."""

WIDENING = 3.0
"""The margin grows to this many robust deviations of the reference's own processes."""

WIDEST_MARGIN = math.log(1.25)
"""A reference that needs more than this is too restless to be like anything."""

CONFIDENCE = 0.90
"""Two-sided; its ends are the two one-sided tests at 5 %."""

MAD_TO_SIGMA = 1.4826
"""Of a normal distribution: the standard deviation over the median absolute deviation."""


@dataclass(frozen=True)
class Contrast:
    """Candidate over reference, from `pairs` rounds. `low` and `high`: a 90 % t-interval.

    Ratios are of times: above 1 the candidate is slower. `margin` is a ratio above 1.
    """

    pairs: int
    ratio: float
    low: float
    high: float
    margin: float

    @property
    def too_restless(self) -> bool:
        """Whether the reference scatters so much that likeness to it would say nothing."""
        return self.margin > math.exp(WIDEST_MARGIN) * (1 + 1e-12)

    @property
    def equivalent(self) -> bool:
        """Whether the times are the same, within the margin."""
        return not self.too_restless and 1 / self.margin < self.low and self.high < self.margin

    @property
    def slower(self) -> bool:
        """Whether the candidate is slower, by however little."""
        return self.low > 1

    @property
    def distinct(self) -> bool:
        """Whether the times differ by more than the margin, to one side or the other."""
        return self.low > self.margin or self.high < 1 / self.margin


def contrast(
    candidate: Sequence[float | None], reference: Sequence[float | None]
) -> Contrast | None:
    """Compare round medians, paired by round; None below MIN_ROUNDS whole pairs.

    Args:
        candidate: the median of each round in any unit, None for a round without one.
        reference: the same of the configuration that is compared with, in the same unit.
    """
    pairs = [
        (a, b)
        for a, b in zip(candidate, reference, strict=False)
        if a is not None and b is not None and a > 0 and b > 0
    ]
    if len(pairs) < MIN_ROUNDS:
        return None
    logs = [math.log(a / b) for a, b in pairs]
    centre = fmean(logs)
    reach = student_t(CONFIDENCE, len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    margin = max(MARGIN, WIDENING * robust_deviation([math.log(b) for _, b in pairs]))
    return Contrast(
        len(pairs),
        math.exp(centre),
        math.exp(centre - reach),
        math.exp(centre + reach),
        math.exp(margin),
    )


def robust_deviation(values: Sequence[float]) -> float:
    """Return 1.4826 times the median absolute deviation; of logs, it is a relative deviation."""
    centre = median(values)
    return MAD_TO_SIGMA * median(abs(value - centre) for value in values)
