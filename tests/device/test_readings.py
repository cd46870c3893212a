"""Single readings of a phone: what makers write, and what is no reading at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.device import readings
from harness.device.base import Charging, PolicyClocks, Screen

WORDS = st.text(st.sampled_from("cpu policy0|=:mWakefulness()Awake 0123456789-\n\rTemperature{,}"))
HOSTILE = st.one_of(st.text(), WORDS)


@pytest.mark.parametrize(
    ("text", "screen"),
    [
        ("  mWakefulness=Awake\n  mWakefulnessChanging=false\n", Screen.AWAKE),
        ("  mWakefulnessChanging=false\n  mWakefulness=Dozing\n", Screen.DOZING),
        ("getWakefulnessLocked()=Asleep\n", Screen.ASLEEP),
        ("  getGlobalWakefulnessLocked()=Dreaming\r\n", Screen.DREAMING),
        ("mWakefulness=1\n", Screen.AWAKE),
        ("mWakefulness=0\n", Screen.ASLEEP),
        ("mWakefulness=9\n", None),
        ("  mWakefulness=Unknown\n  getWakefulnessLocked()=Asleep\n", Screen.ASLEEP),
        ("mWakefulnessChanging=1\n", None),
        ("Can't find service: power\n", None),
        ("", None),
    ],
)
def test_every_spelling_of_the_screens_state_is_read(text, screen):
    assert readings.parse_screen(text) is screen


@pytest.mark.parametrize(
    ("status", "charging"),
    [("2", Charging.CHARGING), ("3", Charging.DISCHARGING), ("1", None), ("7", None), ("", None)],
)
def test_a_battery_that_calls_its_own_state_unknown_is_unknown(status, charging):
    assert readings.parse_charging(status) is charging


@pytest.mark.parametrize(("text", "value"), [("2532000", 2532000), ("0", None), ("-1", None)])
def test_a_gauge_that_counts_nothing_has_no_charge(text, value):
    assert readings.parse_charge(text) == value


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("light ACTIVE\ndeep ACTIVE\n", {"light": "ACTIVE", "deep": "ACTIVE"}),
        ("light QUICK_DOZE_DELAY\ndeep \n", {"light": "QUICK_DOZE_DELAY"}),
        ("light Device idle controller (deviceidle) commands:\ndeep Unknown command\n", {}),
    ],
)
def test_only_a_state_is_a_state_of_the_idle_controller(text, states):
    assert readings.parse_doze(text) == states


@pytest.mark.parametrize(
    ("text", "value"), [("0\n", False), ("1\n", True), ("null\n", False), ("", None), ("2", None)]
)
def test_a_setting_that_was_never_set_is_off_and_none_is_unknown(text, value):
    assert readings.parse_switch(text) is value


def test_an_idle_share_needs_two_looks_that_are_apart():
    first = "cpu  100 0 100 800 50 0 0 0 0 0\n"
    assert readings.parse_idle_share(first) is None
    assert readings.parse_idle_share(first + first) is None
    assert readings.parse_idle_share(first + "cpu  104 0 100 802 53 0 0 0 0 0\n") is None  # 9 ticks
    assert readings.parse_idle_share(first + "cpu  110 0 100 860 80 0 0 0 0 0\n") == 0.9


def test_time_that_the_kernel_took_back_makes_the_share_unknown():
    text = "cpu  100 0 100 800 50 0 0 0 0 0\ncpu  190 0 100 800 20 0 0 0 0 0\n"
    assert readings.parse_idle_share(text) is None


def test_a_clock_that_cannot_be_read_is_unknown_and_not_capped():
    found = readings.parse_clocks("policy0|||1704000|sched_pixel\npolicy4|5|2000000|2367000|x\n")
    assert found[0] == PolicyClocks("policy0", None, None, 1704000, "sched_pixel")
    assert readings.capped(found) == ("policy4",)
    assert readings.capped(readings.parse_clocks("policy0|1|1704000|1704000|\n")) == ()
    assert readings.capped(readings.parse_clocks("policy*||||\npolicy4||||\n")) is None


def test_only_live_cooling_devices_count_and_of_one_name_the_highest():
    text = (
        "Cached cooling devices:\n\tCoolingDevice{mValue=9, mType=2, mName=cpu}\n"
        "Current cooling devices from HAL:\n\tCoolingDevice{mValue=1, mType=2, mName=cpu}\n"
        "\tCoolingDevice{mValue=0, mType=2, mName=cpu}\nTemperature static thresholds from HAL:\n"
        "\tCoolingDevice{mValue=8, mType=2, mName=cpu}\n"
    )
    assert readings.parse_cooling(text) == {"cpu": 1}


def test_a_skin_goes_by_its_type_or_where_types_are_shifted_by_its_name():
    head = "Current temperatures from HAL:\n"
    shifted = "\tTemperature{mValue=44.0, mType=3, mName=TYPE_BATTERY, mStatus=0}\n"
    named = "\tTemperature{mValue=31.5, mType=4, mName=TYPE_SKIN, mStatus=0}\n"
    typed = "\tTemperature{mValue=36.25, mType=3, mName=mb-therm-monitor, mStatus=0}\n"
    assert readings.parse_skin(head + shifted) is None
    assert readings.parse_skin(head + shifted + named) == 31.5
    assert readings.parse_skin(head + typed) == 36.2


@given(HOSTILE)
def test_hostile_text_makes_a_reading_or_none(text):
    readings.parse_screen(text)
    readings.parse_doze(text)
    readings.parse_cooling(text)
    readings.parse_temperatures(text)
    readings.parse_skin(text)
    readings.parse_memory(text, "MemAvailable")
    readings.capped(readings.parse_clocks(text))
    share = readings.parse_idle_share(text)
    assert share is None or 0 <= share <= 1


@given(st.lists(st.integers(0, 10**9), min_size=16, max_size=16))
def test_a_share_of_two_lines_lies_between_nothing_and_all(fields):
    first = "cpu  " + " ".join(map(str, fields[:8]))
    after = "cpu  " + " ".join(str(a + b) for a, b in zip(fields[:8], fields[8:], strict=True))
    share = readings.parse_idle_share(f"{first}\n{after}\n")
    grown = sum(fields[8:])
    assert share is None if grown < 10 else share == (fields[11] + fields[12]) / grown
