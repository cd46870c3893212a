"""How the tests get from a phone's address to a shell and a device."""

from __future__ import annotations

import time

from harness.deadline import Deadline
from harness.device.adb.device import AdbDevice, read_device
from harness.device.adb.private import PrivateServer
from harness.device.adb.server import Server
from harness.device.adb.shell import Shell
from harness.device.base import DeviceKind
from harness.errors import DeviceUnavailableError


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
