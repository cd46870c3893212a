"""How much a device differs from itself: what a comparison has to exceed before it means anything.

An A/A comparison measures one configuration twice, interleaved, and finds a difference all the
same. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

CONFIDENCE = 0.90
MIN_PAIRS = 3

Pair = tuple[Sequence[float], Sequence[float]]
"""Round medians of two series of one configuration, in any one unit."""


@dataclass(frozen=True)
class NoiseFloor:
    """`relative`: 0.03 is 3 %, the difference that A/A comparisons stay within."""

    relative: float
    pairs: int
    confidence: float


def noise_floor(pairs: Sequence[Pair]) -> NoiseFloor | None:
    """Bound the relative difference of A/A comparisons; None (unknown) below MIN_PAIRS.

    Args:
        pairs: each two series of round medians; one with an empty series, or with a time that is
            not above 0, does not count.
    """
    whole = [(a, b) for a, b in pairs if a and b and min(*a, *b) > 0]
    if len(whole) < MIN_PAIRS:
        return None
    logs = [abs(math.log(median(a) / median(b))) for a, b in whole]
    spread = math.sqrt(sum(one * one for one in logs) / len(logs))
    return NoiseFloor(math.expm1(max(*logs, 3.0 * spread)), len(logs), CONFIDENCE)


def cut(a: Sequence[float], b: Sequence[float], rounds: int) -> list[Pair]:
    """Cut two long interleaved series into pairs of `rounds` rounds each; the rest goes."""
    whole = min(len(a), len(b)) // rounds
    return [
        (a[n * rounds : (n + 1) * rounds], b[n * rounds : (n + 1) * rounds]) for n in range(whole)
    ]
