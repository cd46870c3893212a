import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.outlier import modified_z

RATIOS = st.lists(st.floats(0.01, 1000), min_size=3, max_size=12)


def test_the_odd_one_of_four_is_found_and_scored():
    scores = modified_z([2.4, 2.5, 2.45, 1.2])
    assert scores[:3] == [None] * 3
    assert scores[3] < -3.5


def test_two_that_differ_have_no_odd_one():
    assert modified_z([1.0, 9.0]) == [None, None]


def test_ten_percent_is_no_outlier_however_well_the_others_agree():
    assert modified_z([2.0, 2.0, 2.0, 2.19]) == [None] * 4
    assert modified_z([2.0, 2.0, 2.0, 2.21])[3] == math.inf


def test_values_that_scatter_widely_have_no_outlier():
    assert modified_z([1.0, 1.5, 2.2, 3.3, 5.0]) == [None] * 5


@given(RATIOS, st.floats(0.01, 100))
def test_a_common_factor_changes_nothing(ratios, factor):
    first, second = modified_z(ratios), modified_z([factor * one for one in ratios])
    for a, b in zip(first, second, strict=True):
        if a is not None and b is not None and math.isfinite(a):
            assert a == pytest.approx(b, rel=1e-3)


@given(RATIOS)
def test_never_more_than_half_are_outliers(ratios):
    assert sum(score is not None for score in modified_z(ratios)) <= len(ratios) / 2
