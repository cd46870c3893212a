"""The look before a launch on a real adbd with real mksh and toybox.

Of Android's services the chroot has stand-ins for two; the others are absent, as on phones that
lack them, and what they would say must come back as unknown.
"""

from __future__ import annotations

import time

from harness.bench.policy import Policy
from harness.bench.preflight import Gate, Rest, judge, unknown
from harness.deadline import Deadline
from harness.device.adb import health, sections
from harness.device.base import Charging, Reading


def soon(seconds: float = 30) -> Deadline:
    return Deadline.after(seconds)


def test_what_the_kernel_tells_is_read_and_what_services_would_tell_is_unknown(device, phone):
    found = device.health(soon())
    assert found.boot_id == phone.boot_id
    assert found.uptime_s > 0
    assert found.available_kb > 1000
    assert found.free_kb > 1000
    assert 0 <= found.idle_share <= 1
    assert (found.battery_percent, found.charging) == (87.0, Charging.CHARGING)
    assert (found.skin_celsius, found.thermal_status) == (31.5, 0)
    assert (found.screen, found.power_saver, found.doze) == (None, None, {})
    assert (found.charge_uah, found.cooling, found.frozen) == (None, {}, ())
    assert not judge(found, Policy(min_idle=None, settle_after_boot=0), Rest().seen(found))
    assert Gate.SCREEN in unknown(found, Policy(screen="awake"))


def test_every_command_of_the_look_is_one_that_the_shell_can_read(shell):
    """A command that mksh or toybox refuses would look like a reading that is not there."""
    for name, command in {**health.LOAD, **health.COMMANDS}.items():
        done = shell.run(command, soon())
        complaint = done.stderr.decode()
        for word in ("syntax", "Unknown option", "unexpected", "usage", "Usage", "bad "):
            assert word not in complaint, (name, complaint)


def test_clocks_are_read_where_there_are_some_and_a_missing_field_stays_one(shell):
    made = (
        "mkdir -p /data/local/tmp/f/policy0 /data/local/tmp/f/policy4; cd /data/local/tmp/f; "
        "echo 1700000 >policy0/cpuinfo_max_freq; echo walt >policy0/scaling_governor; "
        "for f in scaling_cur_freq scaling_max_freq cpuinfo_max_freq; do echo 9 >policy4/$f; done"
    )
    shell.check(made, soon())
    place = "/sys/devices/system/cpu/cpufreq"
    command = health.COMMANDS["clocks"].replace(place, "/data/local/tmp/f")
    text = shell.run(sections.script({"clocks": command}), soon()).text
    found = health.read_health(sections.split(text)).clocks
    assert [
        (one.name, one.cur_khz, one.max_khz, one.hardware_khz, one.governor) for one in found
    ] == [("policy0", None, None, 1700000, "walt"), ("policy4", 9, 9, 9, None)]


def test_a_thermal_service_that_cannot_be_thawed_costs_nothing(device):
    sent = device.thaw([Reading.BATTERY, Reading.THERMAL], soon())
    assert sent == ("dumpsys battery reset", "cmd thermalservice reset")


def test_a_rest_is_as_long_as_it_was_asked_to_be(device):
    began = time.monotonic()
    device.rest(1.25, soon())
    assert time.monotonic() - began >= 1.25
