"""Whoever dies, no phone keeps a setting that a sweep has changed.

Virtual phones behind a real adb server; what kills the sweep is real.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import sweep_that_dies

from harness.deadline import Deadline
from harness.device.adb.controls.phone import UNDO
from harness.device.adb.link import come_back
from harness.device.adb.shell import Shell
from harness.device.base import DeviceKind, DeviceState
from harness.lab.address import AdbServer
from harness.lab.config import LabConfig
from harness.lab.inventory import list_devices, open_device
from harness.lab.leftovers import clean_devices
from harness.sweep.folder import read_folder
from harness.virtual.lab import running_lab

POINTS = int(os.environ.get("HARNESS_CONTROL_KILLS", "4"))
PIXEL = "pixel-8"
STATE = (
    "settings list global; settings list system; dumpsys deviceidle enabled; "
    "dumpsys jobscheduler | grep -c Dexopt; cat /sys/devices/system/cpu/cpufreq/*/scaling_max_freq"
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")


def soon(seconds: float = 30) -> Deadline:
    return Deadline.after(seconds)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HARNESS_LEASES", str(tmp_path / "leases"))


@pytest.fixture
def lab():
    with running_lab([PIXEL]) as running:
        yield running


@pytest.fixture
def shell(lab):
    shell = Shell(lab.server, lab.phone(PIXEL).address, PIXEL)
    shell.check("settings put global low_power 1", soon())
    shell.check("settings put global animator_duration_scale 0.5", soon())
    return shell


def state(shell) -> str:
    return shell.run(STATE, soon()).text


def nothing_lies_there(shell) -> bool:
    return shell.run(f"ls {UNDO}", soon()).stdout == b""


def listed(lab):
    config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
    (found,) = [one for one in list_devices(config, soon()) if one.transports]
    return found


def start(lab, out, number: int = 0, mode: str = "before") -> subprocess.Popen[str]:
    program = sweep_that_dies.__file__
    return subprocess.Popen(
        [sys.executable, program, str(lab.server.port), str(out), str(number), mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(what, seconds: float = 60) -> None:
    deadline = soon(seconds)
    while not what():
        assert not deadline.passed
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_sweep_killed_at_any_command_leaves_nothing_changed(lab, shell, tmp_path):
    """A third of the times the phone is first, a third the next start, a third `harness clean`."""
    before = state(shell)
    whole = start(lab, tmp_path / "out")
    out, err = whole.communicate(timeout=120)
    assert whole.returncode == 0, err
    commands = int(out.split()[-1])
    assert state(shell) == before
    changed = 0
    for turn in range(POINTS):
        number = 1 + turn * commands // POINTS
        killed = start(lab, tmp_path / "out", number, ("before", "amid")[turn // 3 % 2])
        killed.communicate(timeout=120)
        assert killed.returncode in (-signal.SIGKILL, 0), number
        changed += state(shell) != before
        if turn % 3 == 0:
            wait_for(lambda: state(shell) == before, 90)
        if turn % 3 == 2:
            (left,) = clean_devices([listed(lab)], dry_run=False)
            assert left.removed, left
        else:
            open_device(listed(lab), soon()).close()
        assert state(shell) == before, number
        assert nothing_lies_there(shell), number
        assert list((tmp_path / "home" / "undo").glob("*")) == []
    assert changed >= POINTS // 4


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("twice", [False, True])
def test_a_signal_puts_everything_back(lab, shell, tmp_path, number, code, twice):
    before = state(shell)
    sweep = start(lab, tmp_path / "out")
    wait_for(lambda: "low_power=0" in state(shell))
    wait_for(lambda: list((tmp_path / "out").glob("*/rounds.jsonl")))
    sweep.send_signal(number)
    if twice:
        time.sleep(0.2)
        sweep.send_signal(number)
    _, err = sweep.communicate(timeout=120)
    assert sweep.returncode in ({130, code} if twice else {code}), err
    assert state(shell) == before
    assert nothing_lies_there(shell)


def test_a_sweep_tells_and_records_what_it_held(lab, shell, tmp_path):
    sweep = start(lab, tmp_path / "out")
    _, err = sweep.communicate(timeout=120)
    assert "governor no rights: the kernel's files can be written by root alone" in err
    (folder,) = (tmp_path / "out").iterdir()
    outcomes = [one.controls for one in read_folder(folder).records]
    assert outcomes[0]["power_saver"] == "held"
    assert outcomes[0]["governor"] == "no_rights"
    assert all(one == outcomes[0] for one in outcomes)
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    (device,) = results["controls"]
    by_name = {one["name"]: one for one in device["controls"]}
    assert by_name["power_saver"]["before"] == {"global/low_power": "1"}
    assert by_name["power_saver"]["wanted"] == {"global/low_power": "0"}
    assert by_name["fixed_performance"]["outcome"] == "held"
    assert results["cells"][0]["controls"]["power_saver"] == ["held"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "power saver" in page
    assert "governor no rights" in page


def test_a_phone_that_reboots_under_a_sweep_is_set_again_and_put_back(lab, shell, tmp_path):
    before = state(shell)
    sweep = start(lab, tmp_path / "out")
    wait_for(lambda: list((tmp_path / "out").glob("*/rounds.jsonl")))
    wait_for(lambda: "low_power=0" in state(shell))
    lab.tell(PIXEL, "reboot")
    _, err = sweep.communicate(timeout=200)
    assert "they are set again" in err
    assert state(shell) == before
    assert nothing_lies_there(shell)


def test_a_phone_that_stays_away_is_told_of_and_restored_at_the_next_start(lab, shell, tmp_path):
    before = state(shell)
    sweep = start(lab, tmp_path / "out")
    wait_for(lambda: "low_power=0" in state(shell))
    sweep.kill()
    sweep.communicate()
    lab.tell(PIXEL, "reboot")  # the guard is gone with it
    time.sleep(0.5)
    come_back(shell, soon())
    found = listed(lab)
    assert (found.kind, found.state) == (DeviceKind.VIRTUAL, DeviceState.READY)
    device = open_device(found, soon())
    assert "low_power put back to 1" in device.recovered[0]
    assert state(shell) == before
