import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.order import RoundTimes, rank_of
from harness.stats.recover import recover

SHORT = st.lists(st.integers(0, 2_000_000), min_size=1, max_size=7)


def said(values, *, percentiles=True):
    """A round of these invocations, in time, as the tool's line has it: six digits of the mean."""
    ordered = sorted(values)
    ranks = {f"p{p}": ordered[rank_of(p, len(ordered)) - 1] for p in (5, 50, 95)}
    return RoundTimes.from_printed(
        len(values),
        minimum=ordered[0],
        maximum=ordered[-1],
        **(ranks if percentiles else {}),
        ends=(values[0], values[-1]),
        average=float(f"{math.fsum(values) / len(values):.6g}"),
    )


@given(SHORT, st.booleans())
def test_nothing_is_ever_recovered_that_was_not_so(values, percentiles):
    one = said(values, percentiles=percentiles)
    truth = sorted(values)
    assert all(truth[rank - 1] == value for rank, value in one.known)
    assert one.exact == (len(one.known) == len(values))


@given(st.lists(st.integers(0, 2_000_000), min_size=1, max_size=3))
def test_up_to_three_invocations_are_all_known(values):
    assert said(values).exact


@given(st.lists(st.integers(0, 99_000), min_size=3, max_size=4))
def test_below_a_tenth_of_a_second_so_are_four_and_three_of_a_tool_without_percentiles(values):
    assert said(values).exact
    assert said(values[:3], percentiles=False).exact


def test_of_a_mean_that_was_rounded_nothing_is_made():
    assert not said([500_000, 500_003, 500_001, 500_009, 500_000][:4]).exact
    assert said([500_000, 500_000, 500_000, 500_009]).exact


def test_five_are_known_if_the_first_and_the_last_are_the_two_that_lack():
    assert said([20, 10, 30, 50, 40]).exact
    assert not said([10, 20, 30, 40, 50]).exact


def test_two_ends_inside_the_range_are_two_invocations_even_if_they_are_alike():
    assert said([20, 10, 50, 20], percentiles=False).known == ((1, 10), (2, 20), (3, 20), (4, 50))


@pytest.mark.parametrize("odd", [10.5, 2.0**24])
def test_what_is_not_surely_whole_is_left_alone(odd):
    known = {1: 1.0, 3: 30.0, 4: odd * 2}
    assert recover(4, known, (), 20.0) == known


def test_figures_that_contradict_each_other_add_nothing():
    known = {1: 10.0, 3: 30.0, 4: 50.0}
    assert recover(4, known, (99.0, 10.0)) == known
    assert recover(4, known, (), 90.0) == known


def test_a_count_that_no_tool_reached_ends_soon():
    one = RoundTimes.from_printed(10**15, minimum=1, maximum=2, ends=(1, 2), average=1.5)
    assert one.known == ((1, 1), (10**15, 2))


def test_many_invocations_with_a_rounded_mean_end_soon():
    known = {rank: 1.0 for rank in range(1, 200_000) if rank != 7}
    assert recover(199_999, known, (), 1e9) == known


def test_a_percentile_of_another_convention_does_not_move_the_largest():
    one = RoundTimes.from_printed(5, minimum=6200, maximum=13190, p50=9170, p95=12730)
    assert one.known[-1] == (5, 13190)
