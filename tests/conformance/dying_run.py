"""A run over a phone that kills itself with SIGKILL at its n-th command; a program of the tests.

    python dying_run.py HOST PORT TARGET UNDO N MODE

MODE is `before` the command is sent, or `amid` it, some milliseconds after; N = 0 never. At its end
it prints how many commands there were. The phone waits for its host for IDLE seconds only.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from harness.deadline import Deadline
from harness.device.adb import device as adb_device
from harness.device.adb.controls import phone as on_phone
from harness.device.adb.device import AdbDevice, read_device
from harness.device.adb.server import Server
from harness.device.adb.shell import Shell
from harness.device.base import DeviceKind, Job
from harness.device.controls import ControlName, ControlWish

sys.path.insert(0, str(Path(__file__).parents[1]))
from dying import die_at

IDLE = 2
ID = "CHROOT0001"


def main(host: str, port: str, target: str, undo: str, number: str, mode: str) -> None:
    on_phone.IDLE_S = adb_device.IDLE_S = IDLE
    shell = Shell(Server(host, int(port)), target, "dying")
    _, facts, _ = read_device(shell, Deadline.after(20))
    device = AdbDevice(shell, device_id=ID, kind=DeviceKind.ADB, facts=facts, undo=Path(undo))
    counter = die_at(int(number), mode)
    device.recover(Deadline.after(20))
    wish = ControlWish(tuple(ControlName), asked=True, owner="dying")
    with (
        tempfile.TemporaryDirectory() as into,
        device.controlled(wish, Deadline.after(30)) as held,
    ):
        for _ in range(2):
            device.health(Deadline.after(10))
            device.run(Job("nap", ("sleep", "0.3"), limit_s=2), Path(into), Deadline.after(20))
    sys.stdout.write(f"{held.outcomes} {held.take_notes()}\n{next(counter) - 1}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
