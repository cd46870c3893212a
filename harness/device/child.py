"""A child process in a session of its own, and the CPU time that it took."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

GRACE_S = 2.0
"""Between being asked to end and being made to."""


class Child:
    """One program, started at once; stdout and stderr are one stream, `output`.

    A thread waits for it with wait4, which alone tells the resources of just this child: several
    devices may run children at the same time. `exit_status` and `cpu_seconds` count from its end.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            argv,
            cwd=folder,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if self._process.stdout is None:
            raise OSError("the child has no output")
        self.output: IO[bytes] = self._process.stdout
        self.cpu_seconds: float | None = None
        self._reaper = threading.Thread(target=self._reap, daemon=True)
        self._reaper.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """The status as a shell has it: 128 + n for signal n; None while it runs."""
        code = self._process.returncode
        return code if code is None or code >= 0 else 128 - code

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most `seconds`; return whether it came."""
        self._reaper.join(seconds)
        return not self._reaper.is_alive()

    def end(self) -> None:
        """End the child and whatever it started: asked first, then made to."""
        if sys.platform == "win32":
            self._process.kill()
        else:
            if self._reaper.is_alive():
                _signal(self._process.pid, signal.SIGTERM)
                self._reaper.join(GRACE_S)
            _signal(self._process.pid, signal.SIGKILL)
        self._reaper.join()

    def _reap(self) -> None:
        if sys.platform == "win32":
            self._process.wait()
            return
        _, status, used = os.wait4(self._process.pid, 0)
        self.cpu_seconds = used.ru_utime + used.ru_stime
        self._process.returncode = os.waitstatus_to_exitcode(status)


def _signal(group: int, number: int) -> None:
    # Neither error says more than that nobody of the group is left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
