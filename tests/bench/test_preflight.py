"""What stands against a launch, and what is merely unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.policy import Policy, default_policy
from harness.bench.preflight import Gate, NotMade, Obstacle, Rest, judge, unknown
from harness.device.base import Charging, DeviceKind, Health, PolicyClocks, Reading, Screen

FIT = Health(
    battery_percent=80.0,
    battery_celsius=31.0,
    skin_celsius=30.0,
    thermal_status=0,
    free_kb=4_000_000,
    uptime_s=9000.0,
    available_kb=2_000_000,
    idle_share=0.97,
    charging=Charging.FULL,
    screen=Screen.AWAKE,
    clocks=(PolicyClocks("policy0", 1, 2_000_000, 2_000_000), PolicyClocks("policy4", 1, None, 9)),
)
REST = Rest().seen(FIT)


def gates(health: Health, policy: Policy | None = None, rest: Rest = REST) -> list[Gate]:
    return [one.gate for one in judge(health, policy or Policy(), rest)]


def clocked(khz: int) -> Health:
    return replace(FIT, clocks=(PolicyClocks("policy0", 1, khz, 2_000_000),))


def test_a_phone_at_rest_starts_at_once():
    assert judge(FIT, Policy(), REST) == ()
    assert unknown(FIT, Policy()) == ()


def test_a_phone_that_says_nothing_is_unknown_at_every_gate_and_held_back_by_none():
    assert judge(Health(), Policy(screen=Screen.AWAKE), REST) == ()
    assert set(unknown(Health(), Policy(screen=Screen.AWAKE))) == set(Gate)


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"skin_celsius": 38.1}, Gate.TEMPERATURE),
        ({"battery_celsius": 38.1}, Gate.TEMPERATURE),
        ({"thermal_status": 1}, Gate.THERMAL_STATUS),
        ({"battery_percent": 29.0}, Gate.BATTERY),
        ({"free_kb": 15 * 1024}, Gate.STORAGE),
        ({"available_kb": 255 * 1024}, Gate.MEMORY),
        ({"idle_share": 0.89}, Gate.IDLE),
        ({"uptime_s": 179.0}, Gate.BOOT),
    ],
)
def test_each_reading_beyond_its_limit_is_one_obstacle(change, gate):
    assert gates(replace(FIT, **change)) == [gate]
    assert gates(replace(FIT, **change), policy=Policy(cooldown=0)) == gates(replace(FIT, **change))


def test_a_rise_counts_only_on_a_phone_that_is_warm():
    assert gates(replace(FIT, battery_celsius=35.0)) == []
    assert gates(replace(FIT, battery_celsius=35.1)) == [Gate.RISE]
    warm_room = Rest().seen(replace(FIT, battery_celsius=34.5))
    assert gates(replace(FIT, battery_celsius=37.5), rest=warm_room) == []


def test_a_ceiling_that_was_down_at_rest_is_none_and_one_that_fell_is():
    held = Rest().seen(clocked(1_500_000))
    assert gates(clocked(1_500_000), rest=held) == []
    [fell] = judge(clocked(1_400_000), Policy(), held)
    assert (fell.gate, fell.value, fell.limit) == (Gate.CLOCKS, 100.0, 0.0)
    assert "policy0 by 100 MHz" in fell.message


def test_rest_is_the_coolest_and_the_fastest_that_was_seen_in_any_order():
    hot = replace(clocked(1_000_000), battery_celsius=41.0, cooling={"cpu": 3})
    cool = replace(FIT, cooling={"cpu": 1})
    first, second = Rest().seen(hot).seen(cool), Rest().seen(cool).seen(hot)
    assert first == second
    assert first.lost_khz(hot) == {"policy0": 1_000_000}
    assert first.limiting(hot) == ("cpu",)
    assert first.limiting(cool) == ()


def test_frozen_readings_are_unknown_and_stop_nothing():
    frozen = replace(FIT, battery_celsius=45.0, battery_percent=5.0, thermal_status=4)
    frozen = replace(frozen, skin_celsius=None, frozen=(Reading.BATTERY, Reading.THERMAL))
    assert judge(frozen, Policy(), REST) == ()
    assert {Gate.TEMPERATURE, Gate.BATTERY, Gate.THERMAL_STATUS} <= set(unknown(frozen, Policy()))


def test_an_empty_battery_passes_by_waiting_only_while_it_charges():
    low = replace(FIT, battery_percent=20.0, charging=Charging.DISCHARGING)
    assert not judge(low, Policy(), REST)[0].passes_by_waiting
    assert judge(replace(low, charging=Charging.CHARGING), Policy(), REST)[0].passes_by_waiting


def test_a_screen_is_asked_for_only_by_name():
    assert gates(replace(FIT, screen=Screen.ASLEEP)) == []
    asleep = judge(replace(FIT, screen=Screen.ASLEEP), Policy(screen=Screen.AWAKE), REST)
    assert [(one.gate, one.reason) for one in asleep] == [(Gate.SCREEN, NotMade.WRONG_SCREEN)]


def test_a_gate_that_is_off_lets_everything_pass():
    off = Policy(
        max_temperature=None,
        max_rise=None,
        max_thermal_status=None,
        clocks_at_rest=False,
        min_battery=None,
        min_free_mb=None,
        min_memory_mb=None,
        min_idle=None,
        settle_after_boot=0.0,
    )
    worst = Health(
        battery_percent=0.0,
        battery_celsius=60.0,
        skin_celsius=59.0,
        thermal_status=6,
        free_kb=0,
        available_kb=0,
        idle_share=0.0,
        uptime_s=0.0,
        clocks=(PolicyClocks("policy0", 1, 1, 2_000_000),),
    )
    assert judge(worst, off, REST) == ()
    assert unknown(Health(), off) == ()
    assert set(gates(worst)) == set(Gate) - {Gate.SCREEN}


def test_neither_the_load_nor_the_age_of_this_machine_holds_a_launch_back():
    busy = replace(FIT, idle_share=0.0, uptime_s=5.0)
    assert gates(busy, default_policy(DeviceKind.LOCAL)) == []
    assert gates(busy, default_policy(DeviceKind.ADB)) == [Gate.IDLE, Gate.BOOT]


@given(
    st.builds(
        Health,
        battery_celsius=st.none() | st.floats(-40, 100),
        skin_celsius=st.none() | st.floats(-40, 100),
        thermal_status=st.none() | st.integers(0, 6),
        battery_percent=st.none() | st.floats(0, 100),
        idle_share=st.none() | st.floats(0, 1),
        free_kb=st.none() | st.integers(0, 10**9),
    )
)
def test_what_stands_against_a_launch_was_read_and_is_never_unknown_too(health):
    found = judge(health, Policy(), REST)
    assert not {one.gate for one in found} & set(unknown(health, Policy()))
    assert all(isinstance(one, Obstacle) and one.distance > 0 for one in found)
