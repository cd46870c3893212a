"""Files of a job on their way home: all of them, and what is said beside them, in one stream.

One command sends all that there is of a launch. Each command on a phone costs a connection and
processes, and the phone is the thing that is measured.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from harness.device.adb.shell import quoted

FILE_LIMIT = 256 << 20
"""Bytes of the largest file that is brought home."""

_HEAD = re.compile(rb"@@file:(\d{1,15}):([^/\n]{1,200})")
_BODY = b"@@contents"
_LINE_LIMIT = 1 << 16


def sending(names: Sequence[str]) -> str:
    """Return the shell text that sends those files of the current folder that there are.

    A line `@@file:<bytes>:<name>` announces each, a line `@@contents` ends that; then come the
    bytes of all of them, in the same order. Two programs are started for all.
    """
    return (
        f'set --; for f in {quoted(*names)}; do [ -f "$f" ] && set -- "$@" "$f"; done; '
        '[ $# -eq 0 ] || stat -c @@file:%s:%n "$@"; '
        'echo @@contents; [ $# -eq 0 ] || cat "$@"'
    )


@dataclass
class Parcel:
    """Takes the stream as it comes: bytes of files go to disk, everything else into `text`.

    `places` are where files come to lie, by name; no other is taken. What a file holds can announce
    nothing: its bytes are counted, not looked at. From a file beyond FILE_LIMIT on, all that comes
    is dropped.
    """

    places: Mapping[str, Path]
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes of each file that was announced."""
    too_large: str | None = None
    _text: bytearray = field(default_factory=bytearray)
    _line: bytearray = field(default_factory=bytearray)
    _coming: deque[str] = field(default_factory=deque)
    _stream: IO[bytes] | None = None
    _left: int = 0
    _began: bool = False

    @property
    def text(self) -> str:
        """What was said beside the files, so far."""
        return (self._text + self._line).decode("utf-8", "replace")

    @property
    def whole(self) -> bool:
        """Whether all that was announced has come."""
        return self._began and not self._left and not self._coming

    def feed(self, data: bytes) -> None:
        """Take the next piece of the stream."""
        while data and self.too_large is None:
            if self._left:
                data = self._take(data)
                continue
            line, end, data = data.partition(b"\n")
            self._line += line
            if end:
                self._end_line()
            elif len(self._line) > _LINE_LIMIT:
                self._text += self._line
                self._line.clear()

    def close(self) -> None:
        """Let go of a file that did not come whole."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _take(self, data: bytes) -> bytes:
        mine, rest = data[: self._left], data[self._left :]
        if self._stream is not None:
            self._stream.write(mine)
        self._left -= len(mine)
        if not self._left:
            self._open_next()
        return rest

    def _open_next(self) -> None:
        """Go on to the next file that has bytes; one without is made and left empty."""
        self.close()
        while self._coming and not self._left:
            name = self._coming.popleft()
            self._left = self.sizes[name]
            stream = self.places[name].open("wb")
            if self._left:
                self._stream = stream
            else:
                stream.close()

    def _end_line(self) -> None:
        line = bytes(self._line).rstrip(b"\r")
        head = None if self._began else _HEAD.fullmatch(line)
        name = head[2].decode("utf-8", "replace") if head else ""
        if head is not None and name in self.places and name not in self.sizes:
            self.sizes[name] = int(head[1])
            self._coming.append(name)
            if self.sizes[name] > FILE_LIMIT:
                self.too_large = name
        elif not self._began and line == _BODY:
            self._began = True
            self._open_next()
        else:
            self._text += self._line + b"\n"
        self._line.clear()
