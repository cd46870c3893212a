"""Held settings on a real adbd with real mksh and toybox, whoever dies in between.

Android's services are stand-ins (stand_ins.py); undo log, guard, restore, signals, link are real.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import dying_run
import pytest
import stand_ins
from reaching import connect, open_adb_device

from harness.deadline import Deadline
from harness.device.adb import device as adb_device
from harness.device.adb.controls import phone as on_phone
from harness.device.adb.controls.phone import UNDO, PhoneLog
from harness.device.adb.controls.undolog import HostLog
from harness.device.adb.device import AdbDevice
from harness.device.adb.link import come_back
from harness.device.adb.shell import quoted
from harness.device.base import DeviceKind, Job
from harness.device.controls import ControlName, ControlOutcome, ControlWish
from harness.errors import DeviceContext, DeviceUnavailableError, LeaseHeldError

EVERYTHING = ControlWish(tuple(ControlName), asked=True, owner="test")
POINTS = int(os.environ.get("HARNESS_CONTROL_KILLS", "20"))


def soon(seconds: float = 30) -> Deadline:
    return Deadline.after(seconds)


@pytest.fixture
def served(shell):
    stand_ins.install(shell)
    return shell


@pytest.fixture
def device(served, adb, phone, tmp_path):
    opened = open_adb_device(adb.server, phone.addresses[0])
    device = AdbDevice(
        opened.shell,
        device_id="CHROOT0001",
        kind=DeviceKind.ADB,
        facts=opened.profile,
        undo=tmp_path / "undo",
    )
    yield device
    device.close()


@pytest.fixture
def impatient(monkeypatch):
    """Let the phone wait for its host for two seconds only."""
    monkeypatch.setattr(on_phone, "IDLE_S", 2)
    monkeypatch.setattr(adb_device, "IDLE_S", 2)


def wait_for(what, seconds: float = 20) -> None:
    deadline = Deadline.after(seconds)
    while not what():
        assert not deadline.passed
        time.sleep(0.2)


def nothing_is_left(shell) -> bool:
    return shell.run(f"ls {UNDO}", soon()).stdout == b"" and not guards(shell)


def guards(shell) -> list[str]:
    """Command lines of guards; by /proc, since `ps` would show this question too."""
    text = shell.run(
        "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline | grep -E '^sh [^ ]*guard.sh'; done",
        soon(),
    ).text
    return text.split("\n")[:-1]


def test_settings_are_held_and_put_back(device, served, tmp_path):
    before = stand_ins.services_now(served)
    with device.controlled(EVERYTHING, soon()) as held:
        outcomes = {one.name: (one.outcome, one.message) for one in held.controls}
        assert {name: outcome for name, (outcome, _) in outcomes.items()} == {
            **dict.fromkeys(ControlName, ControlOutcome.HELD),
            ControlName.FIXED_PERFORMANCE: ControlOutcome.NOT_VERIFIED,
            ControlName.GPU_CLOCK: ControlOutcome.UNSUPPORTED,
        }, outcomes
        now = stand_ins.services_now(served)
        assert "global.window_animation_scale=0\n" in now
        assert now.endswith("performance\nperformance\n")
        assert "dexopt-started" not in now
        assert len(guards(served)) == 1
        assert (tmp_path / "undo" / "CHROOT0001.json").is_file()
    assert held.notes == []
    assert stand_ins.services_now(served) == before
    assert nothing_is_left(served)
    assert list((tmp_path / "undo").iterdir()) == []


def start_dying(adb, phone, tmp_path, number: int, mode: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, dying_run.__file__, adb.server.host, str(adb.server.port)),
            *(phone.addresses[0], str(tmp_path / "undo"), str(number), mode),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_at_any_command_nothing_stays_changed(device, adb, phone, served, tmp_path):
    """Half of the times the phone's own deadline comes first, half of them the next start."""
    before = stand_ins.services_now(served)
    whole = start_dying(adb, phone, tmp_path, 0, "before")
    out, err = whole.communicate(timeout=60)
    assert whole.returncode == 0, err
    commands = int(out.split()[-1])
    assert commands > 25, out
    changed = 0
    for turn in range(POINTS):
        number = 1 + turn * commands // POINTS
        mode = ("before", "amid")[turn // 2 % 2]
        killed = start_dying(adb, phone, tmp_path, number, mode)
        killed.communicate(timeout=60)
        # The last command may be over before its few milliseconds are.
        assert killed.returncode in (-signal.SIGKILL, 0), (number, mode)
        changed += stand_ins.services_now(served) != before
        if turn % 2:
            device.recover(soon())
        else:
            wait_for(lambda: stand_ins.services_now(served) == before, 15)
            wait_for(lambda: not guards(served), 10)
            device.recover(soon())
        assert stand_ins.services_now(served) == before, (number, mode)
        assert nothing_is_left(served), (number, mode)
        assert list((tmp_path / "undo").glob("*")) == [], (number, mode)
    # The test would show nothing if the kills never met a changed phone.
    assert changed >= POINTS // 3


class _Recorder:
    """Keeps what would be run on a phone."""

    text = ""

    def check(self, command, _deadline):
        self.text = command


def test_a_link_that_goes_amid_writing_the_log_leaves_a_guard(device, served, tmp_path):
    """As adbd does it: SIGHUP to the shell, here at every few milliseconds of the writing."""
    with device.controlled(EVERYTHING, soon()):
        log, _ = HostLog(tmp_path / "undo", "CHROOT0001").read()
        recorder = _Recorder()
        PhoneLog(recorder).write(log, soon())
        for n in range(15):
            hung_up = f"p=$!; sleep {0.006 * n:.3f}; kill -HUP $p; wait $p"
            served.run(f"sh -c {quoted(recorder.text)} & {hung_up}", soon())
            wait_for(lambda: len(guards(served)) == 1, 5)
    assert nothing_is_left(served)


def test_the_guard_outlives_the_adb_server_and_a_dropped_link(
    device, adb, phone, served, impatient
):
    before = stand_ins.services_now(served)
    hold = device.controlled(EVERYTHING, soon())
    hold.__enter__()
    os.kill(adb.pid, signal.SIGKILL)
    time.sleep(0.5)
    adb.start(soon())
    connect(adb, phone.addresses[0])
    adb.server.ask(f"host:disconnect:{phone.addresses[0]}", soon())
    time.sleep(5)  # nobody is there at the phone's deadline
    connect(adb, phone.addresses[0])
    assert stand_ins.services_now(served) == before
    hold.__exit__(None, None, None)
    assert stand_ins.services_now(served) == before
    assert nothing_is_left(served)


def test_a_link_that_drops_under_a_job_keeps_the_settings(device, adb, phone, served, tmp_path):
    before = stand_ins.services_now(served)
    with device.controlled(EVERYTHING, soon()) as held:
        drop = threading.Timer(
            1, adb.server.ask, (f"host-serial:{phone.addresses[0]}:reconnect", soon())
        )
        drop.start()
        result = device.run(Job("nap", ("sleep", "3")), tmp_path, soon(60))
        drop.join()
        assert result.exit_status == 0
        device.health(soon())
        assert held.notes == []
        assert "global.low_power=0" in stand_ins.services_now(served)
    assert stand_ins.services_now(served) == before


def test_leaving_waits_for_a_phone_that_has_just_been_lost(device, phone, served):
    before = stand_ins.services_now(served)
    with device.controlled(EVERYTHING, soon()) as held:
        phone.link(up=False)
        phone.forget_connections()
        back = threading.Timer(3, lambda: phone.link(up=True))
        back.start()
    back.join()
    assert held.notes == []
    assert stand_ins.services_now(served) == before


def test_a_job_moves_the_deadline_beyond_its_own_limit(device, served, tmp_path, impatient):
    with device.controlled(EVERYTHING, soon()):
        script = f"read now rest </proc/uptime; echo $(($(cat {UNDO}/until)-${{now%.*}}))"
        result = device.run(Job("left", ("sh", "-c", script), limit_s=50), tmp_path, soon())
        assert 50 <= int(result.output.read_text()) <= 53
        done = device.run(Job("long", ("sleep", "5"), limit_s=50), tmp_path, soon())
        assert done.exit_status == 0
        assert "global.low_power=0" in stand_ins.services_now(served)


def test_after_the_phones_own_restore_the_next_launch_sets_again(
    device, served, tmp_path, impatient
):
    before = stand_ins.services_now(served)
    with device.controlled(EVERYTHING, soon()) as held:
        wait_for(lambda: stand_ins.services_now(served) == before)
        wait_for(lambda: not guards(served))
        device.health(soon())
        assert "set again" in held.notes[0]
        assert "global.low_power=0" in stand_ins.services_now(served)
        assert len(guards(served)) == 1
    assert stand_ins.services_now(served) == before
    assert nothing_is_left(served)


def test_a_link_lost_at_the_log_sets_nothing_until_the_log_is_there(device, served, monkeypatch):
    before = stand_ins.services_now(served)
    real, calls = on_phone.PhoneLog.write, []

    def write(self, log, deadline):
        calls.append(log)
        if len(calls) == 1:
            raise DeviceUnavailableError("lost", context=DeviceContext("chroot"))
        real(self, log, deadline)

    monkeypatch.setattr(on_phone.PhoneLog, "write", write)
    with device.controlled(EVERYTHING, soon()) as held:
        assert set(held.outcomes.values()) == {"not_verified"}
        assert stand_ins.services_now(served) == before
        device.health(soon())
        assert held.outcomes["power_saver"] == "held"
        assert len(guards(served)) == 1
    assert stand_ins.services_now(served) == before
    assert nothing_is_left(served)


def test_after_a_reboot_the_next_start_restores(device, adb, phone, served):
    """Settings outlive a reboot, the guard does not."""
    before = stand_ins.services_now(served)
    hold = device.controlled(EVERYTHING, soon())
    hold.__enter__()
    phone.shut_down()
    phone.boot()
    come_back(served, soon())
    assert stand_ins.services_now(served) != before
    assert guards(served) == []
    served.check(f"rm -f {stand_ins.STORE}/fixed", soon())  # as a reboot does
    again = open_adb_device(adb.server, phone.addresses[0])
    again.recover(soon())
    assert "low_power put back to 1" in again.recovered[0]
    assert stand_ins.services_now(served) == before
    hold.__exit__(None, None, None)
    assert nothing_is_left(served)


def test_what_a_person_changed_meanwhile_is_left_alone_and_told(device, served):
    with device.controlled(EVERYTHING, soon()) as held:
        served.check("settings put global window_animation_scale 0.5", soon())
    assert any("window_animation_scale is 0.5 now" in note for note in held.notes)
    assert "window_animation_scale=0.5" in stand_ins.services_now(served)
    assert "low_power=1" in stand_ins.services_now(served)
    assert nothing_is_left(served)


def test_a_setting_that_cannot_be_put_back_keeps_the_log(device, served, tmp_path):
    broken = "mv /system/bin/settings /system/bin/settings.gone"
    with device.controlled(EVERYTHING, soon()) as held:
        served.check(broken, soon())
    assert any("the undo log is kept" in note for note in held.notes)
    assert (tmp_path / "undo" / "CHROOT0001.json").is_file()
    served.check("mv /system/bin/settings.gone /system/bin/settings", soon())
    device.recover(soon())
    assert "low_power=1" in stand_ins.services_now(served)
    assert nothing_is_left(served)


def test_a_wiped_folder_is_made_up_for_by_the_hosts_log(device, served):
    before = stand_ins.services_now(served)
    hold = device.controlled(EVERYTHING, soon())
    hold.__enter__()
    served.check("rm -rf /data/local/tmp/harness", soon())
    device.recover(soon())
    assert stand_ins.services_now(served) == before
    # The first guard sleeps on, for a minute at most; without its folder it can do nothing.
    assert served.run(f"ls {UNDO}", soon()).stdout == b""


def test_a_living_run_of_another_host_is_not_undone(device, served, monkeypatch):
    with device.controlled(EVERYTHING, soon()):
        monkeypatch.setattr("harness.device.adb.controls.recover.this_machine", lambda: "other")
        with pytest.raises(LeaseHeldError, match="held by test"):
            device.recover(soon())
        assert "global.low_power=0" in stand_ins.services_now(served)


def test_restore_by_hand_twice_is_harmless(device, served):
    before = stand_ins.services_now(served)
    with device.controlled(EVERYTHING, soon()):
        for _ in range(2):
            served.check(f"sh {UNDO}/restore.sh", soon())
            assert stand_ins.services_now(served) == before
    assert stand_ins.services_now(served) == before
    assert nothing_is_left(served)


def test_the_guard_sleeps(device, served):
    """Less than one hundredth of a second of CPU time in five: what the kernel booked for it."""
    with device.controlled(EVERYTHING, soon()):
        ticks = f"cut -d ' ' -f 14-17 </proc/$(cat {UNDO}/guard)/stat"
        begun = served.check(ticks, soon()).split()
        time.sleep(5)
        assert served.check(ticks, soon()).split() == begun
