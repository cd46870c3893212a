"""What counts as a temperature, whoever reads it."""

import math

import pytest

from harness.parse.temperature import battery_celsius, plausible


@pytest.mark.parametrize("said", [0.0, -99.9, -274.0, -40.0, 150.0, 6553.5, math.nan, math.inf])
def test_what_absent_sensors_say_is_no_temperature(said):
    assert plausible(said) is None


def test_others_are_in_tenths_of_a_degree():
    assert [plausible(one) for one in (-12.34, 0.1, 36.65, 149.9)] == [-12.3, 0.1, 36.6, 149.9]


def test_a_stub_of_a_fuel_gauge_is_none_and_a_cold_battery_is_one():
    assert [battery_celsius(one) for one in (0, 26, 29)] == [None, None, None]
    assert [battery_celsius(one) for one in (-50, 30, 312)] == [-5.0, 3.0, 31.2]
