"""Getting a lost phone back: wait, reconnect, see whether it is still the same boot."""

from __future__ import annotations

import contextlib
import time

from harness.deadline import Deadline
from harness.device.adb.shell import Shell
from harness.errors import (
    DeviceContext,
    DeviceError,
    DeviceTimeoutError,
    DeviceUnavailableError,
)

BOOT_ID = "/proc/sys/kernel/random/boot_id"

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_ANSWER_SECONDS = 5.0


def boot_id(shell: Shell, deadline: Deadline) -> str:
    """Return the id of the phone's present boot.

    Raises:
        DeviceUnavailableError: the link was lost.
        DeviceCommandError: the phone does not say.
    """
    return shell.check(f"cat {BOOT_ID}", deadline).strip()


def come_back(shell: Shell, deadline: Deadline) -> str:
    """Wait until the phone answers again and return the id of its boot.

    A phone over TCP is connected to again. A server that is gone is waited for; only one that
    this process started is started again.

    Raises:
        DeviceTimeoutError: it did not come back before the deadline.
    """
    pause = _FIRST_PAUSE
    while not deadline.passed:
        soon = deadline.sooner(_ANSWER_SECONDS)
        with contextlib.suppress(DeviceUnavailableError):
            return boot_id(shell, soon)
        _reach(shell, deadline)
        time.sleep(min(pause, deadline.remaining))
        pause = min(pause * 2, _LONGEST_PAUSE)
    raise DeviceTimeoutError(
        "did not come back in time",
        context=DeviceContext(shell.name, "reconnect"),
        next_step="check cable, hub and power; what the phone finished is lost",
    )


def _reach(shell: Shell, deadline: Deadline) -> None:
    """Do what a person would: start our server, connect the network phone again."""
    server, soon = shell.server, deadline.sooner(_ANSWER_SECONDS)
    with contextlib.suppress(DeviceError):  # the next turn tries again
        if server.revive is not None and not server.listening():
            server.revive(soon)
        if ":" in shell.target and not shell.target.startswith("usb:"):
            with contextlib.suppress(DeviceError):
                # A dead link that the server still believes in would stay as it is.
                server.ask(f"host:disconnect:{shell.target}", soon)
            server.connect(shell.target, soon)
