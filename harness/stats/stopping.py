"""When a cell has rounds enough: a target for its interval, a budget of rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.stats.interval import mean_interval


class Stop(StrEnum):
    """Why no more rounds were made."""

    PRECISE = "precise"
    ROUND_BUDGET = "round-budget"
    TIME_BUDGET = "time-budget"
    FIXED = "fixed"


@dataclass(frozen=True)
class Precision:
    """`target`: half the interval's width over its centre; None for exactly `least` rounds."""

    target: float | None
    least: int
    most: int


def achieved(medians: Sequence[float]) -> float | None:
    """Return half the width of the interval of p50 over its centre; None without an interval."""
    interval = mean_interval(medians)
    if interval is None or interval.low + interval.high <= 0:
        return None
    return (interval.high - interval.low) / (interval.high + interval.low)


def enough(medians: Sequence[float], rule: Precision) -> Stop | None:
    """Return why a cell with these round medians needs no more rounds; None while it does."""
    if len(medians) < rule.least:
        return None
    if rule.target is None:
        return Stop.FIXED
    reach = achieved(medians)
    if reach is not None and reach <= rule.target:
        return Stop.PRECISE
    return Stop.ROUND_BUDGET if len(medians) >= rule.most else None
