"""How a program of the tests kills itself at its n-th command to a phone."""

from __future__ import annotations

import itertools
import os
import signal
import threading

from harness.device.adb.shell import Shell


def die_at(number: int, mode: str) -> itertools.count[int]:
    """Arm the kill, `before` the command is sent or `amid` it; return what counts commands."""
    counter = itertools.count(1)
    real = Shell.run

    def run(self, command, deadline, **more):
        if next(counter) == number:
            if mode == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            threading.Timer(0.004 * (number % 7), os.kill, (os.getpid(), signal.SIGKILL)).start()
        return real(self, command, deadline, **more)

    Shell.run = run
    return counter
