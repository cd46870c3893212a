"""What a virtual phone notes down beside the tool: its accelerators' counters and its log."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

SHELL_UID = 2000
_MOST_ENTRIES = 4000
_BUFFERS = ("main", "system", "crash")
_LEVELS = {
    "VERBOSE": "I",  # the runtime sends it at INFO: minimal_logging_android.cc
    "INFO": "I",
    "WARN": "W",
    "WARNING": "W",
    "ERROR": "E",
    "FATAL": "F",
}


@dataclass(frozen=True)
class Entry:
    """One line of the log; `at` is the host's clock, whose UTC the phone's `date` shows too."""

    at: float
    pid: int
    level: str
    tag: str
    text: str
    buffer: str = "main"

    @property
    def stamp(self) -> str:
        """The time as logcat prints it."""
        second = time.strftime("%m-%d %H:%M:%S", time.gmtime(self.at))
        return f"{second}.{int(self.at % 1 * 1e3):03d}"

    @property
    def line(self) -> str:
        """The line as `logcat -v threadtime` prints it."""
        return f"{self.stamp} {self.pid:5d} {self.pid:5d} {self.level} {self.tag:<8}: {self.text}"


@dataclass
class Accounts:
    """Counters that only grow, and the newest lines of the log."""

    gpu_active_ns: int = 0
    npu_inferences: int = 0
    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=_MOST_ENTRIES))

    def log(
        self, pid: int, level: str, tag: str, texts: Iterable[str], buffer: str = "main"
    ) -> None:
        """Write lines into the log, now."""
        now = time.time()
        self.entries.extend(Entry(now, pid, level, tag, text, buffer) for text in texts)

    def log_output(self, pid: int, text: str) -> None:
        """Log a line of the tool as Android's builds do: without its level, under `tflite`."""
        word, colon, rest = text.partition(": ")
        if colon and word in _LEVELS:
            self.log(pid, _LEVELS[word], "tflite", [rest])
        elif text:
            self.log(pid, "I", "tflite", [text])

    def logcat(self, buffers: Iterable[str], since: str, pid: int | None) -> Iterator[str]:
        """Yield the lines of `logcat -d -v threadtime`; each buffer has a heading of its own."""
        wanted = [name for name in _BUFFERS if name in set(buffers)]
        begun: set[str] = set()
        for entry in self.entries:
            if (
                entry.buffer not in wanted
                or entry.stamp < since
                or (pid is not None and entry.pid != pid)
            ):
                continue
            if entry.buffer not in begun:
                begun.add(entry.buffer)
                yield f"--------- beginning of {entry.buffer}"
            yield entry.line

    def gpuwork(self) -> str:
        """Return `dumpsys gpu --gpuwork`: frameworks/native services/gpuservice/gpuwork."""
        rows = ["0 1000 8125000000 402133000000"]  # the system's own drawing
        if self.gpu_active_ns:
            rows.append(f"0 {SHELL_UID} {self.gpu_active_ns} {self.gpu_active_ns // 7}")
        heading = "gpu_id uid total_active_duration_ns total_inactive_duration_ns"
        return "\n".join(["GPU work information.", heading, *rows]) + "\n"


def tombstone(pid: int, program: str, library: str) -> list[str]:
    """Return what debuggerd logs of a crash in a library (libdebuggerd, tombstone.cpp)."""
    name = program.rsplit("/", 1)[-1][:15]
    return [
        "*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***",
        f"Cmdline: {program}",
        f"pid: {pid}, tid: {pid}, name: {name}  >>> {program} <<<",
        f"uid: {SHELL_UID}",
        "signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0000000000000010",
        "Cause: null pointer dereference",
        "3 total frames",
        "backtrace:",
        "      #00 pc 000000000005a0c0  /apex/com.android.runtime/lib64/bionic/libc.so (memcpy+96)",
        f"      #01 pc 0000000000b31f44  {library} (BuildId: 00000000000000000000000000000000)",
        f"      #02 pc 000000000031c2f8  {program}",
    ]
