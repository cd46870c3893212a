"""Does a cell get slower, or faster, while it is measured: Theil-Sen slope, Mann-Kendall test.

Of all pairs of rounds, does the later one tend to be the slower (H. B. Mann, Econometrica 13, 1945;
M. G. Kendall, Rank Correlation Methods, 1948), and by how much a minute, as the median over pairs
(P. K. Sen, J. Am. Stat. Assoc. 63, 1968)? One wild round moves neither.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from statistics import NormalDist, median

MIN_ROUNDS = 5
"""Of 4 rounds that all rise, chance makes one in 12."""

MOST_P = 0.02
"""Five rounds that all rise have 1.7 %."""

_EXACT = 30
"""Up to so many rounds the distribution is counted; beyond, the normal one is as good."""


@dataclass(frozen=True)
class Trend:
    """`change`: from the first round to the last, as a share of the time at first; 0.05 is 5 %.

    `chance`: how often rounds without a trend show as strong a one, two-sided.
    """

    change: float
    chance: float

    @property
    def likely(self) -> bool:
        """Whether it is more than chance."""
        return self.chance <= MOST_P


def trend(values: Sequence[float], moments: Sequence[float] = ()) -> Trend | None:
    """Measure the trend of round medians; None below MIN_ROUNDS or for times that are none.

    Args:
        values: round medians in any one unit, in running order.
        moments: when each ran, in any one unit; without, rounds count as evenly spaced.
    """
    if len(values) < MIN_ROUNDS or min(values) <= 0:
        return None
    times = list(moments) if len(moments) == len(values) else [float(n) for n in range(len(values))]
    points = sorted(zip(times, map(math.log, values), strict=True))
    pairs = list(combinations(points, 2))
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs if b[0] > a[0]]
    if not slopes:
        return None
    rises = sum((b[1] > a[1]) - (b[1] < a[1]) for a, b in pairs if b[0] > a[0])
    change = math.expm1(median(slopes) * (points[-1][0] - points[0][0]))
    return Trend(change, _chance(abs(rises), len(points)))


def _chance(rises: int, count: int) -> float:
    """Return the two-sided probability of `rises` or more; ties make it too large, never small."""
    if rises == 0:
        return 1.0
    if count > _EXACT:
        deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
        return min(1.0, 2 * (1 - NormalDist().cdf((rises - 1) / deviation)))
    orders = _inversions(count)
    # `rises` is the pairs less twice the inversions.
    most = (count * (count - 1) // 2 - rises) // 2
    return min(1.0, 2 * sum(orders[: most + 1]) / math.factorial(count))


@lru_cache(maxsize=_EXACT)
def _inversions(count: int) -> tuple[int, ...]:
    """Return how many orders of `count` things have 0, 1, 2, ... inversions."""
    found = [1]
    for places in range(2, count + 1):
        wider = [0] * (len(found) + places - 1)
        for inversions, orders in enumerate(found):
            for more in range(places):
                wider[inversions + more] += orders
        found = wider
    return tuple(found)
