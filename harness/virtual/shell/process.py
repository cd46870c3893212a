"""Processes of a virtual phone: asyncio tasks that have a pid, open files, signals and an end.

A process is a task, a signal that kills is a cancellation, and an exit status follows the shell:
128 + n for signal n. Children outlive their parent, as they do under Android.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import posixpath
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from harness.virtual.shell.channels import OpenFile

MOST_PROCESSES = 2000
_INIT = 1


class Signal(IntEnum):
    """The signals that matter here; numbers of asm-generic/signal.h, whatever the host."""

    HUP = 1
    INT = 2
    QUIT = 3
    ILL = 4
    TRAP = 5
    ABRT = 6
    BUS = 7
    FPE = 8
    KILL = 9
    USR1 = 10
    SEGV = 11
    USR2 = 12
    PIPE = 13
    ALRM = 14
    TERM = 15
    CHLD = 17
    CONT = 18
    STOP = 19
    TSTP = 20
    URG = 23
    WINCH = 28


_HARMLESS = frozenset(
    {Signal.CHLD, Signal.CONT, Signal.URG, Signal.WINCH, Signal.STOP, Signal.TSTP}
)


_SCRIPT = frozenset({"sh", "sleep"})
"""What a detached script that waits is made of, as the one that watches over held settings."""


class ExitProcess(Exception):  # noqa: N818 - it ends a process and is no error
    """Raised inside a process to end it with a status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status & 255


Main = Callable[["Process"], Awaitable[int]]


@dataclass(eq=False)
class Process:
    """One process.

    `foreground` holds the children that a shell waits for: mksh hands them the HUP it dies of
    (`j_exit` in jobs.c). `is_service` marks what adbd itself started. `cpu_seconds` is what a
    program says that it computed and `memory_kb` what it holds, `children_cpu_seconds` the time of
    children that ended. `on_signal` may take a signal, as a trap does, by returning True.
    """

    pid: int
    parent: int
    group: int
    session: int
    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    files: dict[int, OpenFile]
    started: float
    ignored: set[Signal] = field(default_factory=set)
    affinity: int | None = None
    on_signal: Callable[[Signal], bool] | None = None
    foreground: tuple[Process, ...] = ()
    status: int | None = None
    killed_by: Signal | None = None
    is_service: bool = False
    cpu_seconds: float = 0.0
    memory_kb: int = 3600
    children_cpu_seconds: float = 0.0
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[int] | None = None

    @property
    def program(self) -> str:
        """The name of what runs."""
        return posixpath.basename(self.argv[0]) if self.argv else ""

    def signal(self, number: Signal) -> None:
        """Deliver a signal: to a trap, to nobody when ignored, else the process dies of it."""
        if self.status is not None:
            return
        if number is not Signal.KILL:
            if number in self.ignored:
                return
            if self.on_signal is not None and self.on_signal(number):
                return
            if number in _HARMLESS:
                return
        self.killed_by = number
        if self._task is not None:
            self._task.cancel()
        if number is Signal.HUP:
            for child in self.foreground:
                child.signal(Signal.HUP)

    async def wait(self) -> int:
        """Wait for the end and return the exit status."""
        await self._ended.wait()
        return self.status if self.status is not None else 255

    def close_files(self) -> None:
        """Close every descriptor."""
        for opened in self.files.values():
            opened.close()
        self.files.clear()


class ProcessTable:
    """All processes of a phone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._processes: dict[int, Process] = {}
        self._next = 2000

    def __iter__(self) -> Iterator[Process]:
        return iter(list(self._processes.values()))

    def get(self, pid: int) -> Process | None:
        """Return a living process."""
        return self._processes.get(pid)

    def spawn(
        self,
        main: Main,
        argv: Iterable[str],
        *,
        parent: Process | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        files: Mapping[int, OpenFile] | None = None,
    ) -> Process:
        """Start a process; without a parent it leads a session of its own, as adbd's children do.

        It inherits environment, folder, files and ignored signals of its parent where they are not
        given. Given `files` are handed over: the process closes them when it ends.

        Raises:
            OSError: EAGAIN when too many processes run.
        """
        if len(self._processes) >= MOST_PROCESSES:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        pid, self._next = self._next, self._next + 1
        if files is None:
            files = {n: f.share() for n, f in parent.files.items()} if parent else {}
        process = Process(
            pid=pid,
            parent=parent.pid if parent else _INIT,
            group=parent.group if parent else pid,
            session=parent.session if parent else pid,
            argv=tuple(argv),
            env=dict(env if env is not None else parent.env if parent else {}),
            cwd=cwd or (parent.cwd if parent else "/"),
            files=dict(files),
            started=self._clock(),
            ignored=set(parent.ignored) if parent else set(),
            affinity=parent.affinity if parent else None,
            is_service=parent is None,
        )
        self._processes[pid] = process
        process._task = asyncio.get_running_loop().create_task(_run(process, main))  # noqa: SLF001
        process._task.add_done_callback(lambda task: self._end(process, task))  # noqa: SLF001
        return process

    def signal(self, pid: int, number: int) -> None:
        """Deliver a signal as kill(2) does: pid, or process group for a negative pid; 0 only asks.

        Raises:
            ProcessLookupError: there is none.
            OSError: EINVAL for a number that is no signal.
        """
        targets = [p for p in self if p.pid == pid or (pid < -1 and p.group == -pid)]
        if not targets:
            raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
        if number == 0:
            return
        try:
            known = Signal(number)
        except ValueError:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL)) from None
        for process in targets:
            process.signal(known)

    def is_held(self, process: Process) -> bool:
        """Whether a process belongs to a shell that a host holds, and is not detached."""
        leader = self.get(process.session)
        return leader is not None and leader.is_service

    @property
    def is_quiet(self) -> bool:
        """Whether nothing works detached: what no host holds is a script that sleeps."""
        return all(self.is_held(one) or one.program in _SCRIPT for one in self)

    def set_session(self, process: Process) -> None:
        """Make a process the leader of a new session and group."""
        process.session = process.group = process.pid

    async def kill_all(self) -> None:
        """Kill everything, as a reboot does, and wait until it is gone."""
        dying = list(self)
        for process in dying:
            process.signal(Signal.KILL)
        for process in dying:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 5)

    def _end(self, process: Process, task: asyncio.Task[int]) -> None:
        if task.cancelled() or process.killed_by is Signal.KILL:
            process.status = 128 + (process.killed_by or Signal.TERM)
        elif task.exception() is not None:
            # A bug of ours; the phone sees a crash, and the lab's log has the traceback.
            process.status = 128 + Signal.ABRT
            told = {"message": f"{process.argv} broke", "exception": task.exception()}
            task.get_loop().call_exception_handler(told)
        else:
            process.status = task.result() & 255
        self._processes.pop(process.pid, None)
        parent = self._processes.get(process.parent)
        if parent is not None:
            parent.children_cpu_seconds += process.cpu_seconds + process.children_cpu_seconds
        for child in self._processes.values():
            if child.parent == process.pid:
                child.parent = _INIT
        process.close_files()
        process._ended.set()  # noqa: SLF001


async def _run(process: Process, main: Main) -> int:
    try:
        return await main(process)
    except ExitProcess as end:
        return end.status
    except BrokenPipeError:
        if Signal.PIPE in process.ignored:
            return 1
        return 128 + Signal.PIPE
