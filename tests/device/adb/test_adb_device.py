"""The adb device against the virtual lab: a real adb server, simulated phones; needs no root."""

from __future__ import annotations

import hashlib
import os
import threading

import pytest

from harness.deadline import Deadline
from harness.device.adb.device import AdbDevice
from harness.device.adb.staging import JOBS, STORE, clean
from harness.device.base import Bundle, DeviceKind, DeviceState, Job, LocalFile
from harness.errors import DeviceRebootedError, StorageFullError
from harness.lab.address import AdbServer
from harness.lab.advice import Step
from harness.lab.config import LabConfig
from harness.lab.inventory import list_devices, open_device
from harness.lab.lease import FOLDER_VARIABLE
from harness.virtual.lab import running_lab

FINE, REFUSING = "pixel-8", "galaxy-j6"
COUNT = ("sh", "-c", "for i in 1 2 3; do echo $i; sleep 1; done")


def soon(seconds: float = 30) -> Deadline:
    return Deadline.after(seconds)


@pytest.fixture(scope="module")
def lab():
    with running_lab([FINE, REFUSING], faults={REFUSING: "unauthorized"}) as running:
        yield running


@pytest.fixture
def found(lab, tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "leases"))
    config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
    return {device.id: device for device in list_devices(config, soon())}


@pytest.fixture
def device(lab, found):
    device = open_device(found[lab.phone(FINE).serial], soon())
    assert isinstance(device, AdbDevice)
    yield device
    clean(device.shell, soon())


def after(seconds: float, action, *words) -> threading.Timer:
    timer = threading.Timer(seconds, action, words)
    timer.start()
    return timer


def test_simulated_phones_are_listed_as_such_beside_this_machine(lab, found):
    phone = found[lab.phone(FINE).serial]
    assert (phone.kind, phone.state) == (DeviceKind.VIRTUAL, DeviceState.READY)
    assert phone.profile is not None
    assert phone.profile.soc == "Tensor G3"
    assert found["local"].kind is DeviceKind.LOCAL


def test_an_unauthorized_phone_says_what_to_do(lab, found):
    phone = found[lab.phone(REFUSING).address]
    assert phone.state is DeviceState.UNAUTHORIZED
    assert phone.next_step in {Step.ALLOW, Step.WAIT}  # adb says `authorizing` while it asks
    assert phone.profile is None


def test_a_job_runs_detached_and_leaves_no_folder(device, tmp_path):
    job = Job("j", ("sh", "-c", "echo out; echo err >&2; echo x >made; exit 3"), collect=("made",))
    result = device.run(job, tmp_path, soon())
    assert (result.exit_status, result.output.read_text()) == (3, "out\nerr\n")
    assert result.files["made"].read_text() == "x\n"
    assert device.shell.run(f"ls -A {JOBS}", soon()).text.strip() == ""


def test_a_cable_pulled_in_mid_job_loses_nothing(lab, device, tmp_path):
    pull = after(1, lab.tell, FINE, "away", 1.0)
    result = device.run(Job("drop", COUNT), tmp_path, soon())
    pull.join()
    assert (result.exit_status, result.output.read_text()) == (0, "1\n2\n3\n")


def test_a_reboot_in_mid_job_is_told_from_a_lost_link(lab, device, tmp_path):
    reboot = after(1, lab.tell, FINE, "reboot")
    with pytest.raises(DeviceRebootedError):
        device.run(Job("reboot", COUNT), tmp_path, soon())
    reboot.join()


def test_a_bundle_is_staged_once_and_a_full_phone_says_so(lab, device, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(os.urandom(1 << 20))
    bundle = Bundle(
        "ab12", {path.name: LocalFile(path, hashlib.sha256(path.read_bytes()).hexdigest())}
    )
    assert device.stage(bundle, soon()) == f"{STORE}/ab12"
    lab.tell(FINE, "full", 1000)
    other = Bundle("cd34", bundle.files)
    with pytest.raises(StorageFullError, match="no room"):
        device.stage(other, soon())
    lab.tell(FINE, "full", 1 << 36)
