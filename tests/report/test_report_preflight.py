"""The device's state before each round, as the drawer and the summary tell it."""

from __future__ import annotations

import io

from harness.report.preflight import round_states, state_line
from harness.report.terminal import LineProgress
from harness.sweep.record import RoundRecord

FIT = {
    "battery_celsius": 31.2,
    "skin_celsius": 30.0,
    "battery_percent": 82.0,
    "charging": "charging",
    "thermal_status": 0,
    "idle_share": 0.972,
    "screen": "awake",
    "clocks": [{"name": "policy4", "max_khz": 2_000_000, "hardware_khz": 2_000_000}],
}


def record(health, preflight=None, **more) -> RoundRecord:
    return RoundRecord(
        cell="c1", kind="round", index=1, attempt=1, started="", seconds=1.0, exit_status=0,
        health=health, preflight=preflight or {}, **more,
    )  # fmt: skip


def test_a_fit_device_is_one_short_line():
    assert state_line(record(FIT)) == (
        "battery 31.2 °C, skin 30.0 °C; status 0; clocks free; 82 % charging; 97 % idle; "
        "screen awake"
    )


def test_what_could_not_be_read_is_called_unknown():
    said = state_line(record({"boot_id": "x"}))
    for word in ("temperature unknown", "no status", "clocks unknown", "charge unknown"):
        assert word in said


def test_a_wait_and_a_clock_that_is_held_are_told():
    held = {**FIT, "clocks": [{"name": "policy4", "max_khz": 1_400_000, "hardware_khz": 2_367_000}]}
    said = state_line(record(held, {"passed": True, "waited_s": 80.4}))
    assert "policy4 held at 1.40 of 2.37 GHz" in said
    assert said.endswith("waited 1 min 20 s")


def test_a_cooling_device_is_named_when_it_is_above_its_own_rest():
    looks = [record({**FIT, "cooling": {"modem": 1, "cpufreq-0": value}}) for value in (0, 3)]
    first, second = (line for _, line in round_states(looks))
    assert "slowed" not in first
    assert "slowed by cpufreq-0;" in second


def test_a_launch_that_was_not_made_is_no_failure_in_the_log_of_a_sweep():
    stream = io.StringIO()
    refused = record(FIT, {"passed": False}, failure="not-cooled")
    LineProgress(stream).step_finished("S1", refused)
    assert stream.getvalue().endswith("round 1: not made: not-cooled\n")


def test_a_launch_that_was_not_made_says_why_and_one_made_in_spite_what_was_amiss():
    amiss = [{"gate": "idle", "message": "CPUs 50 % idle, wants 90 %"}]
    assert state_line(record(FIT, {"passed": True, "obstacles": amiss})).endswith(
        "all the same: CPUs 50 % idle, wants 90 %"
    )
    refused = record(
        FIT, {"passed": False}, failure="not-cooled", failure_message="too hot <b>\x1b[31m"
    )
    said = state_line(refused)
    assert "not made: too hot <b>" in said
    assert "\x1b" not in said
