import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.contrast import MARGIN, contrast, robust_deviation
from harness.stats.interval import student_t

TIMES = st.floats(0.01, 1e6)
SERIES = st.lists(TIMES, min_size=5, max_size=12)


def rounds(chance, centre, noise, count):
    return [centre * math.exp(chance.gauss(0, noise)) for _ in range(count)]


@pytest.mark.parametrize(("freedom", "table"), [(4, 2.132), (7, 1.895), (19, 1.729)])
def test_the_one_sided_quantile_agrees_with_the_tables(freedom, table):
    assert student_t(0.90, freedom) == pytest.approx(table, rel=3e-3)


def test_four_pairs_are_no_test_and_a_missing_round_takes_its_partner_away():
    assert contrast([1.0] * 4, [1.0] * 4) is None
    assert contrast([1.0, None, 1.0, 1.0, 1.0], [1.0] * 5) is None
    assert contrast([1.0] * 6, [1.0, 1.0, None, 1.0, 1.0, 1.0]).pairs == 5


def test_times_of_zero_are_no_times():
    assert contrast([0.0] * 5, [1.0] * 5) is None


@given(SERIES)
def test_a_series_is_like_itself_unless_it_is_too_restless(times):
    found = contrast(times, times)
    assert found.ratio == pytest.approx(1.0)
    assert found.equivalent is not found.too_restless
    assert not found.slower
    assert not found.distinct


@given(SERIES, SERIES)
def test_turning_the_ratio_around_turns_the_interval_around(a, b):
    there, back = contrast(a, b), contrast(b, a)
    if there is not None:
        assert there.low == pytest.approx(1 / back.high)
        assert there.low <= there.ratio * (1 + 1e-9)
        assert there.ratio <= there.high * (1 + 1e-9)
        assert not (there.slower and back.slower)
        assert not (there.equivalent and there.distinct)


@given(SERIES, SERIES, st.floats(0.001, 1000))
def test_the_unit_does_not_matter(a, b, unit):
    one, other = contrast(a, b), contrast([x * unit for x in a], [x * unit for x in b])
    if one is not None:
        assert other.ratio == pytest.approx(one.ratio)
        assert other.margin == pytest.approx(one.margin)


def test_a_restless_reference_widens_the_margin_and_then_ends_the_test():
    calm, some, wild = ([1, 1, 1, 1, 1], [1, 1.04, 0.97, 1.05, 0.96], [1, 1.3, 0.8, 1.2, 0.7])
    assert contrast(calm, calm).margin == pytest.approx(1.10)
    assert 1.10 < contrast(some, some).margin < 1.25
    assert contrast(wild, wild).too_restless
    assert not contrast(wild, wild).equivalent


def test_a_common_drift_of_the_phone_is_no_difference():
    drift = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]
    found = contrast([2 * d for d in drift], drift)
    assert (found.low, found.high) == pytest.approx((2.0, 2.0))


def test_the_robust_deviation_of_a_normal_sample_is_its_deviation():
    chance = random.Random(1)
    assert robust_deviation([chance.gauss(0, 2) for _ in range(20000)]) == pytest.approx(
        2, rel=0.03
    )


# The error rates of the tests, by simulation: 4000 sweeps of 8 rounds of 3 % noise, fixed seed.
TRIALS, ROUNDS, NOISE = 4000, 8, 0.03


def shares(ratio, noise=NOISE):
    chance = random.Random(11)
    found = [
        contrast(rounds(chance, ratio, noise, ROUNDS), rounds(chance, 1.0, noise, ROUNDS))
        for _ in range(TRIALS)
    ]
    fixed = [f for f in found if f.margin == pytest.approx(math.exp(MARGIN))]
    return found, fixed


def share(hits):
    hits = list(hits)
    return sum(hits) / len(hits)


def test_at_the_edge_of_the_margin_one_in_twenty_is_called_alike():
    _, fixed = shares(1.10)
    assert len(fixed) > TRIALS / 3
    assert 0.035 <= share(f.equivalent for f in fixed) <= 0.065


def test_of_equal_times_one_in_twenty_is_called_slower_and_nearly_all_alike():
    found, fixed = shares(1.0)
    assert 0.04 <= share(f.slower for f in found) <= 0.06
    assert share(f.equivalent for f in fixed) > 0.99
    assert share(f.distinct for f in found) < 0.002


def test_twice_as_fast_is_never_called_alike():
    found, _ = shares(0.5)
    assert share(f.equivalent for f in found) == 0
    assert share(f.distinct for f in found) == 1
