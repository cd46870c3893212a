"""Crashes as debuggerd writes them down: system/core/debuggerd/libdebuggerd/tombstone.cpp.

Only what reaches the log is read, from the line with `pid:` to the end of the backtrace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.parse.lines import Line, split_lines

_PROCESS = re.compile(r"pid: \d{1,10}, tid: \d{1,10}, name: .{0,64}?\s{1,4}>>> (.{1,1024}) <<<$")
_SIGNAL = re.compile(r"signal (\d{1,3}) \((\w{1,16})\), code -?\d{1,5} \((\w{1,32})")
_FRAME = re.compile(r"#(\d\d) pc [0-9a-f]{1,16}\s{1,4}(\S{1,1024})")

# A crash passes through these on its way; whoever called them is to be named.
_PASSED_THROUGH = re.compile(
    r"(?:libc|libc\+\+(?:_shared)?|libm|libdl|liblog|libbase|libunwindstack|linker(?:64)?)(?:\.so)?"
    r"|\[vdso\]|<unknown>|<anonymous:\w{1,64}>?"
)


@dataclass(frozen=True)
class Frame:
    """One step of a backtrace: the file whose code ran there, as the kernel names it."""

    number: int
    path: str
    line: int

    @property
    def file(self) -> str:
        """The file without its folder."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Crash:
    """One crash. `process` is the path of its program, `line` counts from 1 in the log."""

    process: str
    line: int
    signal: int | None = None
    signal_name: str = ""
    signal_code: str = ""
    frames: tuple[Frame, ...] = ()

    @property
    def culprit(self) -> Frame | None:
        """The innermost frame that is no part of the C library, or the innermost of all."""
        own = (frame for frame in self.frames if not _PASSED_THROUGH.fullmatch(frame.file))
        return next(own, self.frames[0] if self.frames else None)


def read_crashes(log: str) -> tuple[Crash, ...]:
    """Return the crashes that a log tells of, in order."""
    return tuple(_crashes(split_lines(log)))


def _crashes(lines: Iterator[Line]) -> Iterator[Crash]:
    crash: Crash | None = None
    frames: list[Frame] = []
    for line in lines:
        if (match := _PROCESS.match(line.text)) is not None:
            if crash is not None:
                yield replace(crash, frames=tuple(frames))
            crash, frames = Crash(match[1], line.number), []
        elif crash is None:
            continue
        elif crash.signal is None and (match := _SIGNAL.match(line.text)) is not None:
            crash = replace(crash, signal=int(match[1]), signal_name=match[2], signal_code=match[3])
        # Frames count up; a second backtrace begins at 00 again and is another thread's.
        elif (match := _FRAME.match(line.text)) and int(match[1]) == len(frames):
            frames.append(Frame(len(frames), match[2], line.number))
    if crash is not None:
        yield replace(crash, frames=tuple(frames))
