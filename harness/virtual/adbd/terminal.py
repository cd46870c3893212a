"""A terminal for shells that want one: echo, line editing by backspace, Ctrl-C and Ctrl-D."""

from __future__ import annotations

import asyncio
import errno
import os
from collections import deque
from collections.abc import Callable

from harness.virtual.shell.channels import CHUNK, OpenFile, Pipe

_ERASE = (0x7F, 0x08)
_INTERRUPT = 0x03
_END = 0x04


class Terminal(OpenFile):
    """The phone's side of a pseudo-terminal; `keyboard` and `output` are the host's side."""

    is_terminal = True

    def __init__(self, interrupt: Callable[[], None]) -> None:
        super().__init__()
        pipe = Pipe()
        self.output: OpenFile = pipe.reader()
        self.keyboard: OpenFile = Keyboard(self)
        self._screen: OpenFile | None = pipe.writer()
        self._interrupt = interrupt
        self._lines: deque[bytes] = deque()
        self._typed = bytearray()
        self._arrived = asyncio.Event()
        self._hung_up = False

    async def read(self, limit: int = CHUNK) -> bytes:
        """Return bytes of the next line that was ended by Enter; b"" for Ctrl-D."""
        while not self._lines:
            if self._hung_up:
                return b""
            self._arrived.clear()
            await self._arrived.wait()
        line = self._lines.popleft()
        if len(line) > limit:
            self._lines.appendleft(line[limit:])
        return line[:limit]

    async def read_line(self) -> bytes:
        """Return the next line."""
        return await self.read()

    async def write(self, data: bytes) -> None:
        """Show bytes; a newline is CR LF on a terminal."""
        if self._screen is None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        await self._screen.write(data.replace(b"\n", b"\r\n"))

    async def type(self, data: bytes) -> None:
        """Take keys."""
        for key in data:
            if key == _INTERRUPT:
                self._typed.clear()
                await self.write(b"^C\n")
                self._interrupt()
                self._complete(b"\n")
            elif key == _END:
                self._complete(bytes(self._typed))
            elif key in _ERASE:
                if self._typed:
                    del self._typed[-1]
                    await self.write(b"\b \b")
            elif key in b"\r\n":
                await self.write(b"\n")
                self._complete(bytes(self._typed) + b"\n")
            else:
                self._typed.append(key)
                await self.write(bytes([key]))

    def end_output(self) -> None:
        """Close the screen: what was written is still delivered, nothing more can be."""
        if self._screen is not None:
            self._screen.close()
            self._screen = None

    def hang_up(self) -> None:
        """Take the host's side away: reads end, writes fail with EIO."""
        self._hung_up = True
        self._arrived.set()
        self.end_output()
        self.output.close()

    def _complete(self, line: bytes) -> None:
        self._typed.clear()
        self._lines.append(line)
        self._arrived.set()


class Keyboard(OpenFile):
    """The host's way into a terminal."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._terminal = terminal

    async def write(self, data: bytes) -> None:
        """Type."""
        await self._terminal.type(data)
