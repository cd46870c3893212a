"""Which of several like things is unlike the others: the modified z-score.

B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers (ASQC, 1993): 0.6745 times the
distance to the median, over the median absolute deviation; beyond 3.5 is an outlier.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

MIN_PEERS = 3
"""Of two that differ, neither is the odd one."""

LIMIT = 3.5
FLOOR = math.log(1.10)
"""Peers may agree so well that any difference is many deviations; less than 10 % is none."""

_CONSISTENCY = 0.6745


def modified_z(values: Sequence[float]) -> list[float | None]:
    """Return each positive value's modified z-score, on logs; None for what is no outlier at all.

    A score is given only to values that are outliers: more than LIMIT deviations and more than
    10 % away from the median of at least MIN_PEERS values. It is infinite where the others agree
    to the last digit.
    """
    if len(values) < MIN_PEERS:
        return [None] * len(values)
    logs = [math.log(value) for value in values]
    centre = median(logs)
    deviation = median(abs(value - centre) for value in logs)
    return [_score(value - centre, deviation) for value in logs]


def _score(distance: float, deviation: float) -> float | None:
    if abs(distance) <= FLOOR:
        return None
    score = (
        _CONSISTENCY * distance / deviation if deviation > 0 else math.copysign(math.inf, distance)
    )
    return score if abs(score) > LIMIT else None
