import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.noise import BASE_US, KINDS, invocations
from harness.stats.order import Method, RoundTimes, pooled_percentile, rank_of

samples = st.lists(st.integers(1, 10_000), min_size=1, max_size=60)


def printed(values: list[int]) -> RoundTimes:
    """Say of these invocations only what the tool prints."""
    ordered = sorted(values)
    n = len(ordered)
    return RoundTimes.from_printed(
        n,
        minimum=ordered[0],
        maximum=ordered[-1],
        p5=ordered[n * 5 // 100],
        p50=ordered[n * 50 // 100],
        p95=ordered[n * 95 // 100],
    )


def truth(rounds: list[list[int]], percent: int) -> int:
    ordered = sorted(value for one in rounds for value in one)
    return ordered[rank_of(percent, len(ordered)) - 1]


@given(st.lists(samples, min_size=1, max_size=8), st.sampled_from([50, 90, 95, 99]))
def test_bounds_always_contain_the_pooled_percentile(rounds, percent):
    pooled = pooled_percentile([printed(one) for one in rounds], percent)
    assert pooled is not None
    assert pooled.low <= truth(rounds, percent) <= pooled.high


@given(st.lists(samples, min_size=1, max_size=8))
def test_samples_give_the_exact_percentile(rounds):
    pooled = pooled_percentile([RoundTimes.from_samples(one) for one in rounds], 90)
    assert pooled is not None
    assert pooled.method is Method.EXACT
    assert pooled.value == truth(rounds, 90) == pooled.low == pooled.high


@given(st.lists(samples, min_size=1, max_size=8))
def test_the_interpolated_value_lies_within_its_bounds(rounds):
    pooled = pooled_percentile([printed(one) for one in rounds], 90)
    assert pooled is not None
    if pooled.value is not None:
        assert pooled.low <= pooled.value <= pooled.high or math.isclose(pooled.value, pooled.high)


def test_one_round_gives_the_tools_own_p95_and_an_interpolated_p90():
    one = printed(list(range(1, 101)))
    p95 = pooled_percentile([one], 95)
    p90 = pooled_percentile([one], 90)
    assert p95 is not None
    assert p90 is not None
    assert (p95.value, p95.method) == (96, Method.TOOL)
    assert p90.method is Method.INTERPOLATED
    assert p90.value == pytest.approx(91, abs=0.5)


def test_a_tool_without_percentiles_gives_bounds_only():
    old = RoundTimes.from_printed(50, minimum=10, maximum=30)
    pooled = pooled_percentile([old], 90)
    assert pooled is not None
    assert (pooled.value, pooled.method) == (None, Method.BOUNDED)
    assert (pooled.low, pooled.high) == (10, 30)


def test_up_to_three_invocations_are_known_one_by_one():
    pooled = pooled_percentile([printed([5, 9, 7])], 90)
    assert pooled is not None
    assert (pooled.value, pooled.method) == (9, Method.EXACT)


def test_no_invocation_gives_no_percentile():
    assert pooled_percentile([], 90) is None


def test_the_bounds_of_p90_hold_the_invocations_own_in_every_simulated_sweep():
    """1,000 sweeps of 5 rounds of 50 invocations; a third by tools that print no percentiles."""
    chance = np.random.default_rng(9)
    for number, kind in enumerate([KINDS[1], KINDS[5], KINDS[9], KINDS[11]]):
        times = np.rint(BASE_US * invocations(kind, 5 * 250, chance)).astype(int)
        for sweep in range(250):
            rounds = times[5 * sweep : 5 * sweep + 5].tolist()
            told = [printed(one) for one in rounds]
            if (sweep + number) % 3 == 0:
                told = [old_tool(one) for one in rounds]
            pooled = pooled_percentile(told, 90)
            assert pooled.low <= truth(rounds, 90) <= pooled.high


def old_tool(values: list[int]) -> RoundTimes:
    return RoundTimes.from_printed(len(values), minimum=min(values), maximum=max(values))


@given(st.lists(st.tuples(samples, st.booleans()), min_size=1, max_size=8))
def test_bounds_hold_where_some_rounds_are_of_a_tool_without_percentiles(rounds):
    told = [old_tool(one) if old else printed(one) for one, old in rounds]
    pooled = pooled_percentile(told, 90)
    assert pooled.low <= truth([one for one, _ in rounds], 90) <= pooled.high
