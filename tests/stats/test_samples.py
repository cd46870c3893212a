from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.samples import SHORT_LAUNCHES, SHORT_RUNS
from harness.stats.order import RoundTimes, rank_of
from harness.stats.samples import all_of_few, overhead_of

TIMES = st.lists(st.integers(1, 10_000_000), min_size=1, max_size=3)


def printed(times, *, percentiles):
    """Return the statistics that the tool prints of `times`: the mean to six digits."""
    ordered = sorted(times)
    return {
        "count": len(times),
        "first": times[0],
        "last": times[-1],
        "minimum": ordered[0],
        "maximum": ordered[-1],
        "middle": ordered[rank_of(50, len(times)) - 1] if percentiles else None,
        "mean": float(f"{sum(times) / len(times):.6g}"),
    }


@given(TIMES)
def test_all_of_three_are_known_where_the_tool_prints_percentiles(times):
    assert all_of_few(**printed(times, percentiles=True)) == tuple(sorted(times))


@given(TIMES)
def test_without_percentiles_they_are_known_or_not_claimed(times):
    found = all_of_few(**printed(times, percentiles=False))
    assert found in (tuple(sorted(times)), None)
    if max(times) < 1e5:
        assert found is not None


def test_a_mean_of_too_few_digits_tells_nothing():
    assert all_of_few(**printed([1_000_001, 5_000_003, 9_000_007], percentiles=False)) is None
    assert all_of_few(**printed([5_000_003, 1_000_001, 9_000_007], percentiles=False)) is not None


@pytest.mark.parametrize("count", [0, 4, 50])
def test_more_than_three_are_not_all_known(count):
    assert all_of_few(count, first=1, last=1, minimum=1, maximum=2, middle=1) is None


def test_enough_short_launches_are_made_for_a_90th_percentile():
    assert 1 - 0.9**SHORT_LAUNCHES > 0.95
    pooled = RoundTimes.from_samples(list(range(SHORT_LAUNCHES * SHORT_RUNS)))
    assert pooled.count - rank_of(90, pooled.count) == 8


def test_a_launch_like_the_others_has_no_overhead():
    found = overhead_of(101.0, [100, 101, 99, 102, 100])
    assert found.told is False
    assert found.low < 1 < found.high


def test_a_slower_launch_than_chance_allows_has():
    assert overhead_of(104.0, [100, 100.1, 99.9, 100, 100.05]).told is True


def test_past_five_percent_it_is_told_whatever_the_rounds_say():
    assert overhead_of(106.0, [80, 100, 120, 90, 110]).told is True


def test_too_few_rounds_leave_it_open():
    found = overhead_of(102.0, [100, 101, 99])
    assert (found.low, found.high, found.told) == (None, None, None)
    assert overhead_of(110.0, [100, 101, 99]).told is True


def test_without_rounds_there_is_nothing_to_compare():
    assert overhead_of(100.0, []) is None


def test_the_range_of_one_more_round_holds_it_nineteen_times_in_twenty():
    chance = random.Random(4)
    draw = lambda: math.exp(chance.gauss(0, 0.03))  # noqa: E731
    held = 0
    for _ in range(3000):
        found = overhead_of(draw(), [draw() for _ in range(5)])
        held += found.low <= found.ratio <= found.high
    assert 0.93 < held / 3000 < 0.97
