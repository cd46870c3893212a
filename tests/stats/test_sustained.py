"""Minute 1 against the last, and from when on a series is slower."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.sustained import Moment, binned, endurance


def series(*latencies: float, every: float = 15.0) -> list[Moment]:
    return [Moment((n + 0.5) * every, us) for n, us in enumerate(latencies)]


def seen(*latencies: float, every: float = 15.0):
    made = series(*latencies, every=every)
    return endurance(made, made, len(latencies) * every)


def test_minute_one_is_held_against_the_last():
    found = seen(*[100] * 4, *[500] * 8, *[138] * 4)
    assert (found.window_s, found.first_us, found.last_us) == (60, 100, 138)
    assert found.change == pytest.approx(0.38)


def test_a_series_below_two_minutes_compares_its_thirds():
    found = seen(100, 100, 130, 150, 160, 160)
    assert (found.window_s, found.first_us, found.last_us) == (30, 100, 160)


def test_two_slower_pieces_in_a_row_that_stay_tell_when_it_throttles():
    assert seen(*[100] * 8, *[130] * 8).slower_after_s == 8.5 * 15
    assert seen(*[100] * 8, 130, *[100] * 7).slower_after_s is None
    assert seen(*[100] * 8, 130, 100, *[130] * 6).slower_after_s == 10.5 * 15
    # Slower for half a minute and well again: that was no heat.
    assert seen(*[100] * 6, 130, 130, *[100] * 8).slower_after_s is None


def test_a_device_that_gets_faster_has_a_change_below_zero():
    found = seen(*[100] * 4, *[80] * 8)
    assert found.change == pytest.approx(-0.2)
    assert found.slower_after_s is None


def test_without_a_launch_in_the_last_window_nothing_is_compared():
    found = endurance(series(100, 100), series(100, 100), 600)
    assert (found.first_us, found.last_us, found.change) == (100, None, None)
    assert endurance([], [], 0).change is None


def test_pieces_hold_the_median_and_the_count_of_their_seconds():
    moments = [Moment(0.1, 10), Moment(0.4, 30), Moment(0.9, 20), Moment(3.2, 7)]
    assert binned(moments, 1.0) == [(0.5, 20, 3), (3.5, 7, 1)]


@given(
    st.lists(st.floats(1, 1e6), min_size=3, max_size=60),
    st.floats(0.5, 60),
    st.floats(0.01, 100),
)
def test_a_change_does_not_depend_on_the_unit_and_stays_within_the_latencies(values, every, times):
    found = seen(*values, every=every)
    other = seen(*(value * times for value in values), every=every)
    assert found.change == pytest.approx(other.change, abs=1e-6, rel=1e-6)
    assert min(values) <= found.last_us <= max(values)
