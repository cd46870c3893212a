"""Open files of a phone's processes: counted descriptions that descriptors share.

A description lives until its last descriptor is closed. That is what ends a pipe, and so what
decides when `$( )` or an adb shell is over; it is kept as the kernel keeps it.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections import deque
from collections.abc import Callable
from typing import Self

PIPE_SIZE = 65536  # linux/fs/pipe.c, 16 pages
CHUNK = 1 << 17


class OpenFile:
    """What a descriptor refers to; the base of every kind and by itself /dev/null."""

    is_terminal = False

    def __init__(self) -> None:
        self._references = 1

    def share(self) -> Self:
        """Count one descriptor more and return this description."""
        self._references += 1
        return self

    def close(self) -> None:
        """Count one descriptor less; the last one closes the description."""
        self._references -= 1
        if self._references == 0:
            self._end()

    async def read(self, limit: int = CHUNK) -> bytes:
        """Return up to `limit` bytes; b"" at the end."""
        return b""

    async def read_line(self) -> bytes:
        """Return bytes up to and including a newline, taking none beyond it."""
        line = b""
        while not line.endswith(b"\n"):
            piece = await self.read(1)
            if not piece:
                break
            line += piece
        return line

    async def write(self, data: bytes) -> None:
        """Write all of `data`.

        Raises:
            OSError: EPIPE, ENOSPC, EBADF.
        """

    def _end(self) -> None:
        pass


class Bytes(OpenFile):
    """A file whose content is known: made-up files and here-documents."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data
        self._at = 0

    async def read(self, limit: int = CHUNK) -> bytes:
        """Return the next bytes."""
        piece = self._data[self._at : self._at + limit]
        self._at += len(piece)
        return piece

    async def read_line(self) -> bytes:
        """Return the next line."""
        end = self._data.find(b"\n", self._at) + 1
        return await self.read((end or len(self._data)) - self._at)

    async def write(self, data: bytes) -> None:
        """Refuse: the file is read-only."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


class Endless(OpenFile):
    """/dev/zero, /dev/urandom and /dev/full."""

    def __init__(self, *, random: bool = False, full: bool = False) -> None:
        super().__init__()
        self._random = random
        self._full = full

    async def read(self, limit: int = CHUNK) -> bytes:
        """Return `limit` bytes."""
        await asyncio.sleep(0)
        return os.urandom(limit) if self._random else bytes(limit)

    async def write(self, data: bytes) -> None:
        """Swallow the data, or be full."""
        await asyncio.sleep(0)
        if self._full and data:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Pipe:
    """A byte queue between open ends; ends are made by `reader` and `writer`."""

    def __init__(self, size: int = PIPE_SIZE) -> None:
        self._size = size
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._changed = asyncio.Event()
        self.readers = 0
        self.writers = 0
        self.opened_to_read = 0
        self.opened_to_write = 0

    def reader(self) -> PipeEnd:
        """Open the end that reads."""
        return PipeEnd(self, reads=True, writes=False)

    def writer(self) -> PipeEnd:
        """Open the end that writes."""
        return PipeEnd(self, reads=False, writes=True)

    def both(self) -> PipeEnd:
        """Open an end that does both, as `<>` on a named pipe does."""
        return PipeEnd(self, reads=True, writes=True)

    async def change(self) -> None:
        """Wait until bytes or ends come or go."""
        self._changed.clear()
        await self._changed.wait()

    def notify(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()

    async def take(self, limit: int, *, line: bool = False) -> bytes:
        """Return up to `limit` bytes, at most to the end of the first line if `line`."""
        while not self._pieces:
            if not self.writers:
                return b""
            await self.change()
        if not line and len(self._pieces) > 1:
            joined = b"".join(self._pieces)
            self._pieces = deque([joined])
        piece = self._pieces.popleft()
        end = piece.find(b"\n") + 1 if line else 0
        cut = min(end or len(piece), limit)
        if cut < len(piece):
            self._pieces.appendleft(piece[cut:])
        self._held -= cut
        self.notify()
        return piece[:cut]

    async def put(self, data: bytes) -> None:
        """Queue all of `data`, waiting for room."""
        view = memoryview(data)
        while view:
            if not self.readers:
                raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
            room = self._size - self._held
            if room <= 0:
                await self.change()
                continue
            self._pieces.append(bytes(view[:room]))
            self._held += len(self._pieces[-1])
            view = view[room:]
            self.notify()


class PipeEnd(OpenFile):
    """One end of a pipe."""

    def __init__(self, pipe: Pipe, *, reads: bool, writes: bool) -> None:
        super().__init__()
        self._pipe = pipe
        self._reads = reads
        self._writes = writes
        pipe.readers += reads
        pipe.writers += writes
        pipe.opened_to_read += reads
        pipe.opened_to_write += writes
        pipe.notify()

    async def read(self, limit: int = CHUNK) -> bytes:
        """Return what the pipe holds, waiting for something."""
        return await self._pipe.take(limit)

    async def read_line(self) -> bytes:
        """Return one line."""
        line = b""
        while not line.endswith(b"\n"):
            piece = await self._pipe.take(CHUNK, line=True)
            if not piece:
                break
            line += piece
        return line

    async def write(self, data: bytes) -> None:
        """Write into the pipe; EPIPE when nobody can read any more."""
        await self._pipe.put(data)

    def _end(self) -> None:
        self._pipe.readers -= self._reads
        self._pipe.writers -= self._writes
        self._pipe.notify()


class HostFile(OpenFile):
    """A file of the phone's writable folder."""

    def __init__(self, descriptor: int, *, append: bool, reserve: Callable[[int], int]) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._append = append
        self._reserve = reserve

    async def read(self, limit: int = CHUNK) -> bytes:
        """Return the next bytes."""
        return os.read(self._descriptor, limit)

    async def read_line(self) -> bytes:
        """Return the next line."""
        start = os.lseek(self._descriptor, 0, os.SEEK_CUR)
        line = b""
        while b"\n" not in line:
            piece = os.read(self._descriptor, 4096)
            if not piece:
                break
            line += piece
        line = line[: line.find(b"\n") + 1 or len(line)]
        os.lseek(self._descriptor, start + len(line), os.SEEK_SET)
        return line

    async def write(self, data: bytes) -> None:
        """Write at the place reached, or at the end when opened to append."""
        size = os.fstat(self._descriptor).st_size
        at = size if self._append else os.lseek(self._descriptor, 0, os.SEEK_CUR)
        wanted = max(0, at + len(data) - size)
        granted = self._reserve(wanted)
        os.lseek(self._descriptor, at, os.SEEK_SET)
        view = memoryview(data)[: len(data) - (wanted - granted)]
        while view:
            view = view[os.write(self._descriptor, view) :]
        if granted < wanted:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place in the file and return it."""
        return os.lseek(self._descriptor, offset, whence)

    def _end(self) -> None:
        os.close(self._descriptor)
