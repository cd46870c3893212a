"""A child process in a session of its own, and the CPU time that it took."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

_ALLOWED = "Cpus_allowed_list:"
GRACE_S = 2.0
"""Between being asked to end and being made to."""


class Child:
    """One program, started at once; stdout and stderr are one stream, `output`.

    A thread waits for it with wait4, which alone tells the resources of just this child: several
    devices may run children at the same time. `exit_status` and `cpu_seconds` count from its end,
    `cpus_allowed` from its start. `cpus` binds it to those.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        folder: Path,
        env: Mapping[str, str],
        cpus: Sequence[int] = (),
    ) -> None:
        with _bound_to(cpus):
            self._process = subprocess.Popen(
                argv,
                cwd=folder,
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.cpus_allowed = _allowed(self._process.pid)
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


@contextlib.contextmanager
def _bound_to(cpus: Sequence[int]) -> Iterator[None]:
    """Bind this thread, and so the child that it starts, to some CPUs for a `with`.

    A child inherits from the thread that starts it: no code of ours runs between fork and exec,
    where a process of several threads may deadlock.

    Raises:
        OSError: the system has no such thing, or refuses these CPUs.
    """
    if not cpus:
        yield
        return
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "this system cannot bind a program to CPUs")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _allowed(pid: int) -> str | None:
    """Return the kernel's list of the CPUs that a process may use; None where there is none."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except OSError:
        return None
    lists = (line.partition(":")[2] for line in status.splitlines() if line.startswith(_ALLOWED))
    return next((one.strip() for one in lists), None)


def _signal(group: int, number: int) -> None:
    # Neither error says more than that nobody of the group is left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
