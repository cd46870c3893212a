"""Do the rounds fall into two groups, such as those of a fast and a slow clock?

A process may land on another core class, find another clock held, or get a kernel compiled anew.
Then a median is that of whichever state has more rounds, and says nothing about a typical one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

MIN_ROUNDS = 6
MIN_GROUP = 2
"""One round apart from the others is an outlier, not a state."""

LEAST_GAP = math.log(1.05)
"""Groups nearer than that are no matter: MLPerf Mobile lets pass 5 %."""

SEPARATION = 4.0
"""The gap between the groups, over the deviation within them. What one clock shows by chance:
docs/explanation/numbers.md."""


@dataclass(frozen=True)
class Clocks:
    """Two groups of rounds: how many are `fast` and `slow`, and how far apart (1.2 is 20 %)."""

    fast: int
    slow: int
    ratio: float


def two_clocks(values: Sequence[float]) -> Clocks | None:
    """Return the two groups of round medians; None where they are one, or below MIN_ROUNDS.

    Args:
        values: times above 0 in any one unit, in any order.
    """
    if len(values) < MIN_ROUNDS or min(values) <= 0:
        return None
    logs = sorted(map(math.log, values))
    cuts = range(MIN_GROUP, len(logs) - MIN_GROUP + 1)
    cut = max(cuts, key=lambda n: logs[n] - logs[n - 1])
    gap = logs[cut] - logs[cut - 1]
    fast, slow = logs[:cut], logs[cut:]
    within = math.sqrt((_square(fast) + _square(slow)) / (len(logs) - 2))
    if gap < LEAST_GAP or gap < SEPARATION * within:
        return None
    return Clocks(len(fast), len(slow), math.exp(fmean(slow) - fmean(fast)))


def _square(logs: Sequence[float]) -> float:
    centre = fmean(logs)
    return sum((one - centre) ** 2 for one in logs)
