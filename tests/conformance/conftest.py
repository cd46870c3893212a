from __future__ import annotations

import time

import phone as chroot
import pytest

from harness.deadline import Deadline
from harness.device.adb.device import AdbDevice, read_device
from harness.device.adb.private import PrivateServer
from harness.device.adb.server import Server
from harness.device.adb.shell import Shell
from harness.device.base import DeviceKind
from harness.errors import DeviceUnavailableError


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = chroot.missing_means()
    for item in items:
        if "conformance" not in item.path.parts:
            continue
        item.add_marker("adbd")
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=f"a real adbd in a chroot {reason}"))


def connect(adb: PrivateServer, address: str) -> None:
    """Connect once the phone's daemon listens."""
    deadline = Deadline.after(15)
    while True:
        try:
            adb.connect(address, deadline)
        except DeviceUnavailableError:
            if deadline.passed:
                raise
            time.sleep(0.1)
        else:
            return


def open_shell(server: Server, address: str) -> Shell:
    return Shell(server, address, "chroot")


def open_adb_device(server: Server, address: str) -> AdbDevice:
    shell = open_shell(server, address)
    _, facts, _ = read_device(shell, Deadline.after(15))
    return AdbDevice(shell, device_id="CHROOT0001", kind=DeviceKind.ADB, facts=facts)


@pytest.fixture
def adb():
    with PrivateServer() as server:
        yield server


@pytest.fixture
def phone():
    with chroot.running_phone() as running:
        yield running


@pytest.fixture
def shell(adb, phone):
    connect(adb, phone.addresses[0])
    return open_shell(adb.server, phone.addresses[0])


@pytest.fixture
def device(adb, phone, shell):
    return open_adb_device(adb.server, phone.addresses[0])
