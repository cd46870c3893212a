import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.trend import MOST_P, trend

TIMES = st.lists(st.floats(1.0, 1e6), min_size=5, max_size=20)


def rises(order):
    return sum((b > a) - (b < a) for a, b in itertools.combinations(order, 2))


@pytest.mark.parametrize("count", [5, 6, 7])
def test_the_probability_is_the_share_of_all_orders_with_as_strong_a_trend(count):
    orders = list(itertools.permutations(range(count)))
    for order in orders[:: len(orders) // 20]:
        values = [1000.0 + place for place in order]
        as_strong = sum(abs(rises(one)) >= abs(rises(order)) for one in orders)
        assert trend(values).chance == pytest.approx(as_strong / len(orders))


def test_counted_and_normal_distributions_meet():
    chance = random.Random(4)
    for _ in range(20):
        values = [1000 + 3 * n + chance.gauss(0, 60) for n in range(31)]
        assert trend(values).chance == pytest.approx(trend(values[:30]).chance, abs=0.15)


def test_five_rounds_that_all_rise_are_a_trend_and_four_none():
    found = trend([1000, 1010, 1020, 1030, 1040])
    assert found.likely
    assert found.change == pytest.approx(0.04, rel=0.03)
    assert trend([1000, 1010, 1020, 1030]) is None


def test_the_change_is_that_of_the_whole_time_whatever_the_gaps():
    moments = [0.0, 1.0, 2.0, 10.0, 11.0, 20.0]
    values = [1000 * math.exp(0.01 * moment) for moment in moments]
    assert trend(values, moments).change == pytest.approx(math.expm1(0.2))


def test_one_wild_round_makes_no_trend():
    assert trend([1000, 1001, 999, 1000, 1001, 3000]).change == pytest.approx(0, abs=0.01)


def test_rounds_of_one_moment_and_times_that_are_none_have_no_trend():
    assert trend([1000, 1010, 1020, 1030, 1040], [7.0] * 5) is None
    assert trend([0.0, 1, 2, 3, 4]) is None


def test_noise_alone_is_called_a_trend_as_seldom_as_it_says():
    chance = random.Random(1)
    called = [trend([chance.gauss(1000, 20) for _ in range(9)]).likely for _ in range(3000)]
    assert 0.5 * MOST_P < sum(called) / 3000 <= MOST_P + 0.005


@given(TIMES)
def test_running_backwards_turns_the_trend_around(times):
    there, back = trend(times), trend(times[::-1])
    assert there.chance == pytest.approx(back.chance)
    assert (1 + there.change) * (1 + back.change) == pytest.approx(1.0)
