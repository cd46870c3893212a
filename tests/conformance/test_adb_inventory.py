"""The inventory over a real adb server: one phone is one device, however it is reached."""

from __future__ import annotations

import time

import phone as chroot
import pytest
from reaching import connect

from harness.deadline import Deadline
from harness.device.base import DeviceKind, DeviceState, Job
from harness.lab.address import AdbServer
from harness.lab.config import LabConfig
from harness.lab.inventory import list_devices, open_device, survey
from harness.lab.lease import FOLDER_VARIABLE, lease
from harness.lab.schema import DeviceSection


def soon(seconds: float = 20) -> Deadline:
    return Deadline.after(seconds)


@pytest.fixture(autouse=True)
def _own_leases(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "leases"))


def config_of(*servers, **devices: DeviceSection) -> LabConfig:
    return LabConfig(adb_servers=tuple(AdbServer(s.host, s.port) for s in servers), devices=devices)


def phones(config: LabConfig):
    return [d for d in list_devices(config, soon()) if d.kind is not DeviceKind.LOCAL]


def test_two_addresses_of_one_phone_are_one_device_that_runs_a_job(adb, phone, tmp_path):
    for address in phone.addresses:
        connect(adb, address)
    (found,) = phones(config_of(adb.server))
    assert (found.id, found.state, found.kind) == ("CHROOT0001", DeviceState.READY, DeviceKind.ADB)
    assert {route.transport.serial for route in found.transports} == set(phone.addresses)
    assert found.profile is not None
    assert found.profile.model == "Chroot Phone"
    assert found.health is not None
    assert found.health.boot_id == phone.boot_id
    device = open_device(found, soon())
    assert device.run(Job("x", ("echo", "hello")), tmp_path, soon()).output.read_text() == "hello\n"


def test_two_phones_with_one_serial_are_two_devices(adb, phone):
    with chroot.running_phone(phone.serial) as twin:
        connect(adb, phone.addresses[0])
        connect(adb, phone.addresses[1])
        connect(adb, twin.addresses[0])
        found = phones(config_of(adb.server))
    assert {d.id: len(d.transports) for d in found} == {
        f"{phone.serial}@{phone.addresses[0]}": 2,
        f"{phone.serial}@{twin.addresses[0]}": 1,
    }


def test_a_phone_that_does_not_answer_holds_up_nobody(adb, phone):
    with chroot.running_phone("CHROOT0002") as mute:
        connect(adb, phone.addresses[0])
        connect(adb, mute.addresses[0])
        mute.link(up=False)
        begun = time.monotonic()
        found = {d.id: d for d in list_devices(config_of(adb.server), soon(4))}
        assert time.monotonic() - begun < 6
    assert found["CHROOT0001"].state is DeviceState.READY
    unheard = found[mute.addresses[0]]
    assert unheard.state is DeviceState.OFFLINE
    assert unheard.next_step


def test_states_of_the_lab_file_and_of_leases_are_shown(adb, phone):
    connect(adb, phone.addresses[0])
    section = DeviceSection(alias="bench", tags=("lab",), quarantined="screen broken")
    (found,) = phones(config_of(adb.server, CHROOT0001=section))
    assert (found.state, found.detail) == (DeviceState.QUARANTINED, "screen broken")
    assert (found.alias, found.tags) == ("bench", ("lab",))
    with lease("CHROOT0001", purpose="a test"):
        (found,) = phones(config_of(adb.server))
        assert found.state is DeviceState.BUSY
        assert found.holder is not None
        assert "a test" in found.detail
    (found,) = phones(config_of(adb.server))
    assert found.state is DeviceState.READY


@pytest.mark.parametrize(
    ("properties", "state", "kind"),
    [
        ({"sys.boot_completed": ""}, DeviceState.UNHEALTHY, DeviceKind.ADB),
        ({"ro.boot.qemu": "1"}, DeviceState.READY, DeviceKind.EMULATOR),
        ({"ro.kernel.qemu": "0"}, DeviceState.READY, DeviceKind.ADB),
        ({"ro.harness.virtual": "1"}, DeviceState.READY, DeviceKind.VIRTUAL),
    ],
)
def test_properties_decide_kind_and_boot(adb, properties, state, kind):
    with chroot.running_phone(properties=properties) as running:
        connect(adb, running.addresses[0])
        (found,) = phones(config_of(adb.server))
    assert (found.state, found.kind) == (state, kind)


def test_a_server_that_is_gone_is_a_problem_and_not_an_end(adb, phone):
    connect(adb, phone.addresses[0])
    gone = AdbServer("127.0.0.1", 1)
    config = LabConfig(adb_servers=(gone, AdbServer(adb.server.host, adb.server.port)))
    found = survey(config, soon())
    assert [d.id for d in found.devices] == ["CHROOT0001", "local"]
    (problem,) = found.problems
    assert "127.0.0.1:1" in problem.message
    assert "adb start-server" in problem.next_step
