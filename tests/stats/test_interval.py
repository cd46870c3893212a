import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.interval import mean_interval, median_interval, ratio_interval, student_t

ROUNDS = st.lists(st.floats(1.0, 1e6), min_size=5, max_size=40)


@pytest.mark.parametrize(
    ("freedom", "table"), [(4, 2.776), (5, 2.571), (7, 2.365), (10, 2.228), (30, 2.042)]
)
def test_students_t_agrees_with_the_tables(freedom, table):
    assert student_t(0.95, freedom) == pytest.approx(table, rel=2e-3)


def test_fewer_than_five_rounds_give_no_interval():
    assert mean_interval([1.0, 1.1, 0.9, 1.0]) is None
    assert median_interval([1.0, 1.1, 0.9, 1.0]) is None
    assert ratio_interval([1.0] * 4, [1.0] * 4) is None


def test_the_interval_covers_the_mean_about_as_often_as_it_says():
    chance = random.Random(7)
    hits = 0
    for _ in range(2000):
        interval = mean_interval([chance.gauss(10, 1) for _ in range(5)])
        assert interval is not None
        hits += interval.low <= 10 <= interval.high
    assert 0.935 <= hits / 2000 <= 0.965


def test_a_common_drift_cancels_in_the_ratio_of_pairs():
    drift = [1.0, 1.2, 1.4, 1.6, 1.8]
    interval = ratio_interval([10 * d for d in drift], [5 * d for d in drift])
    assert interval is not None
    assert interval.low == pytest.approx(2.0)
    assert interval.high == pytest.approx(2.0)


def test_from_six_rounds_on_the_interval_of_the_median_ends_at_rounds():
    six = [5.0, 3.0, 4.0, 6.0, 8.0, 7.0]
    assert (median_interval(six).low, median_interval(six).high) == (3.0, 8.0)
    ten = [float(n) for n in range(1, 11)]
    assert (median_interval(ten).low, median_interval(ten).high) == (2.0, 9.0)


def test_of_five_rounds_it_holds_their_range_and_the_t_interval_on_logs():
    interval = median_interval([100.0, 100.0, 100.0, 100.0, 130.0])
    assert interval.low < 96
    assert interval.high == 130.0
    assert median_interval([0.0, 1.0, 1.0, 1.0, 2.0]).low == 0.0


@given(ROUNDS, st.randoms())
def test_the_interval_of_the_median_holds_it_whatever_the_order(rounds, chance):
    interval = median_interval(rounds)
    mixed = list(rounds)
    chance.shuffle(mixed)
    shuffled = median_interval(mixed)
    assert (shuffled.low, shuffled.high) == pytest.approx((interval.low, interval.high))
    assert interval.low <= statistics.median(rounds) <= interval.high
