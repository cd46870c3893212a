"""The gatekeeper against a device that goes by a script; time is the device's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from harness.bench.command import LaunchKind
from harness.bench.policy import Policy
from harness.bench.preflight import NotMade, Rest
from harness.device.base import Health, PolicyClocks, Reading
from harness.sweep.gatekeeper import Gatekeeper

COOL = Health(battery_celsius=30.0, battery_percent=80.0, free_kb=4_000_000, thermal_status=0)


@dataclass
class Scripted:
    """A device whose health is a function of its uptime, which only its rests move."""

    state: Callable[[float], Health]
    uptime: float = 5000.0
    rests: list[float] = field(default_factory=list)
    thawed: list[Reading] = field(default_factory=list)
    watched: list[bool] = field(default_factory=list)

    def health(self, deadline, *, load=True) -> Health:
        self.watched.append(load)
        return replace(self.state(self.uptime - 5000.0), uptime_s=self.uptime)

    def rest(self, seconds, deadline) -> None:
        self.rests.append(seconds)
        self.uptime += seconds

    def thaw(self, readings, deadline) -> tuple[str, ...]:
        self.thawed += readings
        return tuple(f"reset {one}" for one in readings)


def keeper(device, policy=None, *, notes=None, stop_after=10**6) -> Gatekeeper:
    return Gatekeeper(
        device,
        policy or Policy(),
        Rest(),
        note=(notes if notes is not None else []).append,
        stopped=lambda: len(device.rests) >= stop_after,
    )


def cooling(per_s: float, start: float = 41.0):
    return lambda up: replace(COOL, battery_celsius=max(30.0, start - per_s * up))


def test_a_fit_device_is_let_pass_without_a_nap():
    device = Scripted(lambda _: COOL)
    found = keeper(device).admit(LaunchKind.ROUND)
    assert (found.refused, device.rests) == (None, [])
    assert found.facts["passed"] is True
    assert (found.facts["waited_s"], found.facts["obstacles"]) == (0.0, [])
    assert {"clocks", "idle", "memory"} <= set(found.facts["unknown"])


def test_a_hot_phone_is_waited_for_until_it_is_cool_and_the_first_look_is_kept():
    notes: list[str] = []
    device = Scripted(cooling(0.02))
    found = keeper(device, notes=notes).admit(LaunchKind.ROUND)
    assert found.refused is None
    assert found.health.battery_celsius <= 38.0
    assert 150 <= found.facts["waited_s"] <= 320  # rise over its own rest, too, from 38 down
    assert "temperature" in found.facts["waited_for"]
    assert found.facts["first"]["battery_celsius"] == 41.0
    assert notes[0] == "cooling: battery at 40.3 °C, wants 38.0 (0.6 of 10 min)"
    assert len(notes) < len(device.rests) / 3


def test_a_phone_that_never_cools_is_given_up_and_the_next_launches_are_not_waited_for_as_long():
    device = Scripted(cooling(0.0))
    guard = keeper(device)
    waits = [guard.admit(LaunchKind.ROUND) for _ in range(6)]
    assert {one.refused for one in waits} == {NotMade.NOT_COOLED}
    lengths = [one.facts["waited_s"] for one in waits]
    assert 240 <= lengths[0] <= 250
    assert lengths[1:] == sorted(lengths[1:], reverse=True)
    assert sum(lengths[1:]) < 180
    assert "given up after 4 min" in waits[0].message
    assert "given up after 6 min" in waits[-1].message  # the whole time, not that of the last wait
    assert waits[0].facts["ended"] == "stalled"


def test_one_that_cools_too_slowly_for_the_deadline_is_refused_by_it():
    device = Scripted(cooling(0.004))
    found = keeper(device).admit(LaunchKind.ROUND)
    assert (found.refused, found.facts["ended"]) == (NotMade.NOT_COOLED, "deadline")
    assert found.facts["waited_s"] == pytest.approx(600, abs=1)


def test_without_a_cooldown_heat_is_written_down_and_the_launch_made():
    device = Scripted(cooling(0.0))
    found = keeper(device, Policy(cooldown=0.0)).admit(LaunchKind.ROUND)
    assert (found.refused, device.rests) == (None, [])
    assert [one["gate"] for one in found.facts["obstacles"]] == ["temperature"]


def test_an_empty_battery_refuses_every_launch_and_heat_no_probe():
    hot = Scripted(cooling(0.0))
    assert keeper(hot).admit(LaunchKind.PROBE).refused is None
    empty = Scripted(lambda _: replace(COOL, battery_percent=10.0))
    for policy in (Policy(), Policy(cooldown=0.0)):
        assert keeper(empty, policy).admit(LaunchKind.PROBE).refused is NotMade.BATTERY_LOW
    assert empty.rests == []


def test_only_the_first_of_sustained_launches_waits_for_a_cool_device():
    device = Scripted(cooling(0.0))
    assert keeper(device).admit(LaunchKind.SUSTAINED, 2).refused is None
    assert device.rests == []
    assert keeper(device).admit(LaunchKind.SUSTAINED, 1).refused is NotMade.NOT_COOLED


def test_the_load_is_watched_only_where_it_is_asked_for():
    device = Scripted(lambda _: COOL)
    guard = keeper(device)
    for kind, index in [
        (LaunchKind.PROBE, 1),
        (LaunchKind.ROUND, 1),
        (LaunchKind.SUSTAINED, 1),
        (LaunchKind.SUSTAINED, 2),
    ]:
        guard.admit(kind, index)
    keeper(device, Policy(min_idle=None)).admit(LaunchKind.ROUND)
    assert device.watched == [False, True, True, False, False]


def test_load_is_waited_for_a_minute_and_then_only_written_down():
    device = Scripted(lambda _: replace(COOL, idle_share=0.5))
    found = keeper(device).admit(LaunchKind.ROUND)
    assert found.refused is None
    assert 60 <= found.facts["waited_s"] <= 70
    assert [one["gate"] for one in found.facts["obstacles"]] == ["idle"]


def test_a_ceiling_that_stays_down_on_a_cool_phone_stops_nothing():
    def state(up: float) -> Health:
        khz = 2_000_000 if up < 1 else 1_500_000
        return replace(COOL, clocks=(PolicyClocks("policy0", 1, khz, 2_000_000),))

    device = Scripted(state)
    guard = keeper(device)
    assert guard.admit(LaunchKind.ROUND).facts["waited_s"] == 0
    device.uptime += 10
    found = guard.admit(LaunchKind.ROUND)
    assert (found.refused, found.facts["ended"]) == (None, "stalled")
    assert [one["gate"] for one in found.facts["obstacles"]] == ["clocks"]


def test_frozen_readings_are_thawed_before_they_are_believed():
    frozen = replace(COOL, battery_celsius=45.0, frozen=(Reading.BATTERY,))
    device = Scripted(lambda _: COOL if device.thawed else frozen)
    found = keeper(device).admit(LaunchKind.ROUND)
    assert device.thawed == [Reading.BATTERY]
    assert (found.refused, found.facts["resets"]) == (None, ["reset battery"])


def test_readings_that_stay_frozen_are_unknown():
    stuck = replace(COOL, battery_celsius=45.0, frozen=(Reading.BATTERY,))
    found = keeper(Scripted(lambda _: stuck)).admit(LaunchKind.ROUND)
    assert found.refused is None
    assert {"temperature", "battery"} <= set(found.facts["unknown"])


def test_what_no_wait_would_change_is_the_reason_even_on_a_hot_phone():
    hot_and_full = replace(COOL, battery_celsius=45.0, free_kb=1024)
    device = Scripted(lambda _: hot_and_full)
    assert keeper(device).admit(LaunchKind.ROUND).refused is NotMade.STORAGE_FULL
    assert device.rests == []


def test_a_wait_for_load_is_not_counted_as_one_for_heat():
    device = Scripted(lambda up: replace(COOL, idle_share=0.5) if up < 200 else hot)
    hot = replace(COOL, battery_celsius=41.0)
    guard = keeper(device)
    assert guard.admit(LaunchKind.ROUND).refused is None
    device.uptime += 200
    assert "given up after 4 min" in guard.admit(LaunchKind.ROUND).message


def test_a_stop_ends_a_wait_after_the_nap_under_way():
    device = Scripted(cooling(0.0))
    assert keeper(device, stop_after=3).admit(LaunchKind.ROUND) is None
    assert len(device.rests) == 3


def test_the_least_pause_between_launches_is_kept_by_the_devices_clock():
    device = Scripted(lambda _: COOL)
    guard = keeper(device, Policy(min_gap=30.0))
    first = guard.admit(LaunchKind.ROUND)
    device.uptime += 12.0
    guard.launched(first.health, 10.0)
    assert guard.admit(LaunchKind.ROUND).facts["waited_s"] == pytest.approx(28.0, abs=0.1)
    assert device.rests == [pytest.approx(28.0)]


def test_a_phone_that_has_just_booted_is_given_the_rest_of_its_time():
    device = Scripted(lambda _: COOL, uptime=60.0)
    found = keeper(device).admit(LaunchKind.ROUND)
    assert found.refused is None
    assert 118 <= found.facts["waited_s"] <= 130


def test_a_long_gap_is_kept_in_naps_and_left_when_the_sweep_is_stopped():
    device = Scripted(lambda _: COOL)
    guard = keeper(device, Policy(min_gap=300.0))
    first = guard.admit(LaunchKind.ROUND)
    guard.launched(first.health, 0.0)
    assert guard.admit(LaunchKind.ROUND).refused is None
    assert (sum(device.rests), max(device.rests)) == (300.0, 30.0)
    device = Scripted(lambda _: COOL)
    guard = keeper(device, Policy(min_gap=300.0), stop_after=2)
    guard.launched(guard.admit(LaunchKind.ROUND).health, 0.0)
    assert guard.admit(LaunchKind.ROUND) is None
    assert sum(device.rests) == 60.0
