"""Invocations of short rounds that the tool did not print, where what it did leaves no choice.

Of very few invocations the least, the most, the median, the first and the last are nearly all.
Whatever is not certain is left unknown. Sums of squares are not used: the tool cuts its variance to
whole numbers. Nor are sums used to narrow the bounds of p90 of long rounds: that would be certain
too, and takes 3 % off them (50 invocations of benchmarks/noise.py), which is not worth its words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

_SIX_DIGITS = 5
_WHOLE = 2.0**24
"""Beyond, the floats of a result file hold no whole number for sure."""

_MOST_MISSING = 2
"""There are two ends."""

_MOST_SUMS = 1000
"""More sums than that are never a single one."""


def recover(
    count: int,
    known: dict[int, float],
    ends: Sequence[float | None] = (),
    average: float | None = None,
) -> dict[int, float]:
    """Return the known order statistics with those that follow from them.

    Args:
        count: how many invocations there were.
        known: values by rank, from 1; those of ranks 1 and `count` are among them.
        ends: the first and the last invocation in time, if they were printed: two, if not one.
        average: their mean as printed, with six significant digits.
    """
    if count - len(known) > _MOST_MISSING:
        return known  # a count is foreign text and may be any number
    missing = [rank for rank in range(1, count + 1) if rank not in known]
    everything = (*known.values(), *(end for end in ends if end is not None))
    if not missing or any(not v.is_integer() or v >= _WHOLE for v in map(float, everything)):
        return known
    outside = sorted(end for end in ends if end is not None and end not in known.values())
    if len(outside) == len(missing) and count > 1:
        filled = known | dict(zip(missing, outside, strict=True))
        return filled if _ascends(filled) else known
    if len(missing) == 1 and average is not None and 0 <= average < _WHOLE:
        return _from_sum(count, known, missing[0], average)
    return known


def _from_sum(count: int, known: dict[int, float], rank: int, average: float) -> dict[int, float]:
    """Fill one rank from the sum, if only one whole value fits both the mean and its neighbours."""
    digits = math.floor(math.log10(average)) - _SIX_DIGITS if average else 0
    half = 0.5 * 10.0**digits * (1 + 1e-9) if average else 0.0
    least, most = math.ceil((average - half) * count), math.floor((average + half) * count)
    if most - least > _MOST_SUMS:
        return known
    rest = sum(known.values())
    fitting = [
        filled
        for total in range(least, most + 1)
        if _ascends(filled := known | {rank: total - rest})
    ]
    return fitting[0] if len(fitting) == 1 else known


def _ascends(values: dict[int, float]) -> bool:
    ordered = [value for _, value in sorted(values.items())]
    return all(a <= b for a, b in pairwise(ordered))
