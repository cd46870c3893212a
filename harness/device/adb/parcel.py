"""Files of a job on their way home: several, and what is said beside them, in one stream.

One command sends all that there is of a launch. Each command on a phone costs a connection, a
process and their start, and the phone is the thing that is measured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from harness.device.adb.shell import quoted

FILE_LIMIT = 256 << 20
"""Bytes of the largest file that is sent."""

_MARK = b"@@file:"
_HEAD = re.compile(rb"@@file:(\d{1,3}):(\d{1,15})")
_LINE_LIMIT = 1 << 16


def sending(names: Sequence[str]) -> str:
    """Return the shell text that sends those files of the current folder that there are.

    Each is announced by a line of its own, `@@file:<number>:<bytes>`; of one beyond FILE_LIMIT
    nothing but the announcement comes.
    """
    return (
        f"n=0; for f in {quoted(*names)}; do "
        'if [ -f "$f" ]; then s=$(wc -c <"$f"); s=${s##* }; echo "@@file:$n:$s"; '
        f'[ $s -gt {FILE_LIMIT} ] || head -c $s "$f"; fi; n=$((n + 1)); done'
    )


@dataclass
class Parcel:
    """Takes the stream as it comes: bytes of files go to disk, everything else into `text`.

    What a file holds can announce nothing: its bytes are counted, not looked at.
    """

    places: Sequence[Path]
    sizes: dict[int, int] = field(default_factory=dict)
    """Bytes of each file that was announced, by its number."""
    _text: bytearray = field(default_factory=bytearray)
    _line: bytearray = field(default_factory=bytearray)
    _stream: IO[bytes] | None = None
    _left: int = 0

    @property
    def text(self) -> str:
        """What was said beside the files, so far."""
        return (self._text + self._line).decode("utf-8", "replace")

    @property
    def missing_bytes(self) -> int:
        """Bytes of the file under way that have not come."""
        return self._left

    def feed(self, data: bytes) -> None:
        """Take the next piece of the stream."""
        while data:
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
            self.close()
        return rest

    def _end_line(self) -> None:
        line = bytes(self._line)
        self._line.clear()
        # What was said without a line's end stands before the announcement.
        said, mark, _ = line.partition(_MARK)
        head = _HEAD.fullmatch(line[len(said) :].rstrip(b"\r")) if mark else None
        number = int(head[1]) if head else -1
        if head is None or not 0 <= number < len(self.places) or number in self.sizes:
            self._text += line + b"\n"
            return
        self._text += said
        size = int(head[2])
        self.sizes[number] = size
        if size <= FILE_LIMIT:
            self._left = size
            self._stream = self.places[number].open("wb")
            if not size:
                self.close()
