"""Ways to put an interval around a cell's p50, and rules to stop, for many sweeps at once.

Each way maps the rounds so far, (sweeps, n), to the two ends, (sweeps,) each. They repeat what
`harness.stats` does for one sweep; tests/stats/test_coverage.py holds the two against each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.noise import BUDGET, Array
from harness.stats.anytime import FIRST_LOOK, depth
from harness.stats.interval import MIN_ROUNDS, student_t

Ends = tuple[Array, Array]
Method = Callable[[Array], Ends]

RESAMPLES = 200


def t_on_values(rounds: Array) -> Ends:
    """Student's t around the mean."""
    count = rounds.shape[1]
    reach = student_t(0.95, count - 1) * rounds.std(axis=1, ddof=1) / math.sqrt(count)
    centre = rounds.mean(axis=1)
    return centre - reach, centre + reach


def t_on_logs(rounds: Array) -> Ends:
    """Student's t around the mean of logs."""
    low, high = t_on_values(np.log(rounds))
    return np.exp(low), np.exp(high)


def bootstrap(rounds: Array) -> Ends:
    """Percentiles of the median of resampled rounds; all sweeps share the resamplings."""
    count = rounds.shape[1]
    chosen = np.random.default_rng(count).integers(0, count, (RESAMPLES, count))
    medians = np.median(rounds[:, chosen], axis=2)
    low, high = np.percentile(medians, (2.5, 97.5), axis=1)
    return low, high


def order_fixed(rounds: Array) -> Ends:
    """Two order statistics with 95 % if the number of rounds was fixed beforehand."""
    count = rounds.shape[1]
    reach, error = 0, 0.0
    while (error := error + 2 * math.comb(count, reach) / 2**count) <= 0.05:  # noqa: PLR2004
        reach += 1
    reach = max(reach, 1)
    ordered = np.sort(rounds, axis=1)
    return ordered[:, reach - 1], ordered[:, -reach]


def anytime(rounds: Array) -> Ends:
    """Return what is shown: harness.stats.interval.median_interval."""
    count = rounds.shape[1]
    ordered = np.sort(rounds, axis=1)
    low, high = ordered[:, depth(count) - 1], ordered[:, -depth(count)]
    if count < FIRST_LOOK:
        t_low, t_high = t_on_logs(rounds)
        low, high = np.minimum(low, t_low), np.maximum(high, t_high)
    return low, high


CHOSEN = "anytime"
METHODS: dict[str, Method] = {
    "t on values": t_on_values,
    "t on logs": t_on_logs,
    "bootstrap": bootstrap,
    "order, fixed n": order_fixed,
    CHOSEN: anytime,
}


@dataclass(frozen=True)
class Rule:
    """Stop when half the interval is within `target` of the centre, or at `most` rounds.

    With `seconds`, stop as well when that many times the usual round's duration is spent: a round
    of a fixed number of invocations lasts as long as they do, so slow sweeps get fewer rounds.
    """

    name: str
    least: int
    most: int
    target: float = 0.0
    seconds: float | None = None


RULES = (
    Rule("fixed 5", 5, 5),
    Rule("fixed 10", 10, 10),
    Rule("precise, 5 to 15", MIN_ROUNDS, 15, 0.02),
    Rule("precise, 6 to 15", FIRST_LOOK, 15, 0.02),
    Rule("precise, 6 to 20", FIRST_LOOK, BUDGET, 0.02),
    Rule("round budget 15", 15, 15),
    Rule("time budget", MIN_ROUNDS, BUDGET, seconds=10.5),
    Rule("precise or time", FIRST_LOOK, BUDGET, 0.02, seconds=10.5),
)
DEFAULT = "precise, 6 to 15"
"""That of harness.bench.settings.DEFAULT: 5 rounds at the least, and 6 before it looks."""

NOT_OFFERED = "precise, 5 to 15"
"""What harness.stats.stopping refuses, to show why."""


@dataclass(frozen=True)
class Stopped:
    """Of each sweep: how many rounds it made, and the interval it shows."""

    rounds: Array
    low: Array
    high: Array


def prefixes(medians: Array, method: Method) -> dict[int, Ends]:
    """Return the interval after each number of rounds at which one may be shown."""
    return {n: method(medians[:, :n]) for n in range(MIN_ROUNDS, medians.shape[1] + 1)}


def stop(medians: Array, ends: dict[int, Ends], rule: Rule) -> Stopped:
    """Apply a stopping rule to every sweep."""
    count = len(medians)
    rounds = np.full(count, rule.most)
    going = np.ones(count, dtype=bool)
    spent = np.cumsum(medians, axis=1) / np.median(medians)
    low, high = np.empty(count), np.empty(count)
    for n in range(rule.least, rule.most + 1):
        centre = np.median(medians[:, :n], axis=1)
        width = np.maximum(ends[n][1] - centre, centre - ends[n][0]) / centre
        ends_now = going & (width <= rule.target)
        if rule.seconds is not None and n < medians.shape[1]:
            ends_now |= going & (spent[:, n] > rule.seconds)
        if n == rule.most:
            ends_now = going.copy()
        rounds[ends_now] = n
        low[ends_now], high[ends_now] = ends[n][0][ends_now], ends[n][1][ends_now]
        going &= ~ends_now
    return Stopped(rounds, low, high)
