"""An adb device whose shell is this machine's: the real commands, in a folder of the test."""

import subprocess
from pathlib import Path

from harness.device.adb import staging
from harness.device.adb.device import AdbDevice
from harness.device.adb.shell import Completed
from harness.device.base import DeviceKind, DeviceState, Profile
from harness.errors import DeviceCommandError, DeviceContext
from harness.lab.inventory import ListedDevice


class FolderShell:
    name = "P1"

    def __init__(self, folder: Path):
        self.folder = folder

    def run(self, command, deadline, stdin=None):
        command = command.replace(staging.ROOT, str(self.folder / "harness"))
        done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
        return Completed(done.stdout, done.stderr, done.returncode)

    def check(self, command, deadline):
        done = self.run(command, deadline)
        if done.status:
            raise DeviceCommandError("no", context=DeviceContext("P1", command))
        return done.text


def device_on(folder: Path) -> AdbDevice:
    return AdbDevice(
        FolderShell(folder), device_id="P1", kind=DeviceKind.ADB, facts=Profile(abis=("x86_64",))
    )


def listed(name: str = "P1", state: DeviceState = DeviceState.READY, **more) -> ListedDevice:
    return ListedDevice(id=name, kind=more.pop("kind", DeviceKind.ADB), state=state, **more)
