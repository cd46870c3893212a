"""How much a device differs from itself: what a comparison has to exceed before it means anything.

An A/A comparison measures one configuration twice, interleaved, and finds a difference all the
same. The floor is an upper bound of the difference that 95 % of such comparisons stay below; the
bound itself holds with 90 % confidence. It speaks of comparisons like the pairs it was made of:
series of as many rounds, of the same device and kind of variant; of two nights if each pair is.
With fewer than 45 pairs it supposes differences of a normal shape: two clocks need more of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, median

QUANTILE = 0.95
CONFIDENCE = 0.90
MIN_PAIRS = 3
"""Of two differences no bound can be told that would be of use."""

Pair = tuple[Sequence[float], Sequence[float]]
"""Round medians of two series of one configuration, in any one unit."""


@dataclass(frozen=True)
class NoiseFloor:
    """`relative`: 0.03 is 3 %. `confidence` that QUANTILE of A/A comparisons stay within it."""

    relative: float
    pairs: int
    confidence: float


def noise_floor(pairs: Sequence[Pair]) -> NoiseFloor | None:
    """Bound the relative difference of A/A comparisons; None (unknown) below MIN_PAIRS.

    Args:
        pairs: each two series of round medians; a pair with an empty series, or with a time that
            is not above 0, does not count.
    """
    whole = [(a, b) for a, b in pairs if a and b and min(*a, *b) > 0]
    if len(whole) < MIN_PAIRS:
        return None
    logs = sorted(abs(math.log(median(a) / median(b))) for a, b in whole)
    return NoiseFloor(math.expm1(_bound(logs)), len(logs), CONFIDENCE)


def cut(a: Sequence[float], b: Sequence[float], rounds: int) -> list[Pair]:
    """Cut two long interleaved series into pairs of `rounds` rounds each, as a sweep compares them.

    What is left over at the end goes.
    """
    whole = min(len(a), len(b)) // rounds
    return [
        (a[n * rounds : (n + 1) * rounds], b[n * rounds : (n + 1) * rounds]) for n in range(whole)
    ]


def _bound(logs: Sequence[float]) -> float:
    """Return the tolerance bound of ascending |log ratios| (Hahn and Meeker, 1991, ch. 4 and 5).

    From 45 on, the order statistic that exceeds QUANTILE whatever the distribution. With fewer
    there is none: z times the root mean square, widened by the chi-square quantile, as of normal
    differences about zero. Tails may be longer, so the largest that was seen is within it at least.
    """
    count = len(logs)
    if (rank := _free_rank(count)) is not None:
        return logs[rank - 1]
    square = sum(one * one for one in logs) / count
    normal = NormalDist()
    reach = normal.inv_cdf((1 + QUANTILE) / 2)
    return max(logs[-1], reach * math.sqrt(square * count / _chi_square(1 - CONFIDENCE, count)))


def _free_rank(count: int) -> int | None:
    """Return the least rank that exceeds QUANTILE with CONFIDENCE; None if even the last does not.

    The value of rank r exceeds it when fewer than r of the values lie below: binomial.
    """
    below = 0.0
    for rank in range(count + 1):
        if below >= CONFIDENCE:
            return rank
        # Logs: both powers and binomials leave the range of floats.
        ways = math.lgamma(count + 1) - math.lgamma(rank + 1) - math.lgamma(count - rank + 1)
        chance = rank * math.log(QUANTILE) + (count - rank) * math.log1p(-QUANTILE)
        below += math.exp(ways + chance)
    return None


def _chi_square(probability: float, freedom: int) -> float:
    """Return a quantile of chi-square (Wilson and Hilferty, 1931); 2 % low at 3 degrees."""
    spread = 2 / (9 * freedom)
    z = NormalDist().inv_cdf(probability)
    return freedom * (1 - spread + z * math.sqrt(spread)) ** 3
