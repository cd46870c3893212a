import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.stopping import Precision, Stop, achieved, enough

RULE = Precision(target=0.02, least=5, most=15)
NEVER = Precision(target=0.0, least=5, most=15)
TIMES = st.lists(st.floats(1.0, 1e6), min_size=0, max_size=30)


def test_rounds_that_agree_stop_at_six_and_not_at_five():
    assert enough([1000.0] * 5, RULE) is None
    assert enough([1000.0] * 6, RULE) is Stop.PRECISE


def test_a_higher_minimum_is_kept():
    careful = Precision(target=0.02, least=8, most=15)
    assert enough([1000.0] * 7, careful) is None
    assert enough([1000.0] * 8, careful) is Stop.PRECISE


def test_rounds_that_scatter_go_on_until_the_budget_is_spent():
    wide = [1000.0, 1100.0] * 8
    assert enough(wide[:14], RULE) is None
    assert enough(wide[:15], RULE) is Stop.ROUND_BUDGET


def test_two_clocks_do_not_stop_while_one_round_in_six_is_of_the_other():
    assert enough([1000.0] * 5 + [1200.0], RULE) is None
    assert enough([1000.0] * 9 + [1200.0], RULE) is Stop.PRECISE


def test_the_target_is_met_by_the_farther_end():
    assert achieved([990.0, 1000, 1000, 1000, 1000, 1030]) == pytest.approx(0.03)


def test_without_an_interval_nothing_is_achieved():
    assert achieved([]) is None
    assert achieved([1000.0] * 4) is None
    assert achieved([0.0] * 8) is None
    assert enough([0.0] * 8, RULE) is None


@given(TIMES)
def test_a_target_of_zero_stops_for_the_budget_or_for_rounds_that_are_all_alike(times):
    stop = enough(times, NEVER)
    assert (stop is Stop.ROUND_BUDGET) or len(times) < 15 or achieved(times) == 0


@given(TIMES, st.floats(0.001, 1000))
def test_the_unit_does_not_matter(times, unit):
    one, other = achieved(times), achieved([unit * time for time in times])
    assert (one is None) == (other is None)
    if one is not None:
        assert other == pytest.approx(one, rel=1e-6, abs=1e-9)
