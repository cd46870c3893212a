"""Order statistics: what a round is known to have measured, and percentiles pooled over rounds.

The tool prints a few order statistics of n invocations, none of them a 90th percentile. By its own
convention (`tsl::Stat`, xla/tsl/util/stats_calculator.h) percentile p is the value of rank
floor(n * p / 100) + 1, without interpolation; the same convention is used here for everything.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.stats.recover import recover


class Method(StrEnum):
    """How a percentile is known, from the best to the least."""

    EXACT = "exact"
    TOOL = "tool"
    INTERPOLATED = "interpolated"
    BOUNDED = "bounded"


def rank_of(percent: float, count: int) -> int:
    """Return the 1-based rank of a percentile among `count` values."""
    return min(count, math.floor(count * percent / 100) + 1)


@dataclass(frozen=True)
class RoundTimes:
    """One round's latencies: known order statistics as (rank, value) pairs, ranks from 1 to count.

    With `samples` every rank is known. Values are in any one unit, the same for all rounds.
    """

    count: int
    known: tuple[tuple[int, float], ...]
    exact: bool = False

    @classmethod
    def from_samples(cls, samples: Sequence[float]) -> RoundTimes:
        """Every invocation is known."""
        ordered = sorted(samples)
        return cls(len(ordered), tuple(enumerate(ordered, start=1)), exact=True)

    @classmethod
    def from_printed(
        cls,
        count: int,
        *,
        minimum: float,
        maximum: float,
        p5: float | None = None,
        p50: float | None = None,
        p95: float | None = None,
        ends: Sequence[float | None] = (),
        average: float | None = None,
    ) -> RoundTimes:
        """Take what the tool printed; percentiles are absent up to TensorFlow 2.18.

        `ends` are the first and last invocation in time. With up to three invocations all are
        known, with four or five if the ends or the average leave no choice (harness.stats.recover).
        """
        known: dict[int, float] = {}
        for percent, value in ((5, p5), (50, p50), (95, p95)):
            if value is not None:
                known[rank_of(percent, count)] = value
        # The ends of the range come last: they are true whatever a percentile's convention.
        known |= {1: minimum, count: maximum}
        known = recover(count, known, ends, average)
        return cls(count, tuple(sorted(known.items())), exact=len(known) == count)

    def value_at(self, percent: float) -> float | None:
        """Return the percentile if its rank is one of the known ones."""
        rank = rank_of(percent, self.count)
        index = bisect.bisect_left(self.known, (rank, -math.inf))
        if index < len(self.known) and self.known[index][0] == rank:
            return self.known[index][1]
        return None

    def fewest_up_to(self, value: float) -> int:
        """Return how many invocations took at most `value`, at the least."""
        after = self._after(value)
        return self.known[after - 1][0] if after else 0

    def most_up_to(self, value: float) -> int:
        """Return how many invocations took at most `value`, at the most."""
        after = self._after(value)
        return self.known[after][0] - 1 if after < len(self.known) else self.count

    def _after(self, value: float) -> int:
        return bisect.bisect_right(self.known, value, key=lambda pair: pair[1])

    def likely_up_to(self, value: float) -> float:
        """Return the count up to `value`, linear between the known order statistics."""
        below = [pair for pair in self.known if pair[1] <= value]
        above = [pair for pair in self.known if pair[1] > value]
        if not below:
            return 0.0
        if not above:
            return float(self.count)
        (low_rank, low), (high_rank, high) = below[-1], above[0]
        return low_rank + (high_rank - low_rank) * (value - low) / (high - low)


@dataclass(frozen=True)
class Pooled:
    """A percentile over all invocations of several rounds; the bounds are certain."""

    value: float | None
    method: Method
    low: float
    high: float


def pooled_percentile(rounds: Sequence[RoundTimes], percent: float) -> Pooled | None:
    """Return a percentile of all rounds' invocations together; None without any invocation."""
    rounds = [one for one in rounds if one.count > 0 and one.known]
    if not rounds:
        return None
    rank = rank_of(percent, sum(one.count for one in rounds))
    marks = sorted({value for one in rounds for _, value in one.known})
    # Both counts grow with the mark, and a fast model has a hundred thousand of them.
    low = marks[bisect.bisect_left(marks, rank, key=lambda m: sum(r.most_up_to(m) for r in rounds))]
    high = marks[
        bisect.bisect_left(marks, rank, key=lambda m: sum(r.fewest_up_to(m) for r in rounds))
    ]
    if all(one.exact for one in rounds):
        return Pooled(high, Method.EXACT, low, high)
    if len(rounds) == 1 and (printed := rounds[0].value_at(percent)) is not None:
        return Pooled(printed, Method.TOOL, printed, printed)
    if any(len(one.known) <= 2 and not one.exact for one in rounds):  # noqa: PLR2004 (min, max)
        return Pooled(None, Method.BOUNDED, low, high)
    return Pooled(_interpolate(rounds, rank, low, high), Method.INTERPOLATED, low, high)


def _interpolate(rounds: Sequence[RoundTimes], rank: int, low: float, high: float) -> float:
    """Solve for the value up to which `rank` invocations are likely, by bisection."""
    for _ in range(60):
        middle = (low + high) / 2
        if sum(one.likely_up_to(middle) for one in rounds) < rank:
            low = middle
        else:
            high = middle
    return high
