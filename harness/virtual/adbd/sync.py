"""The sync service: stat, list, send and receive files (file_sync_protocol.h of adb)."""

from __future__ import annotations

import errno
import io
import os
import posixpath
import stat
import struct

from harness.virtual.adbd.stream import Stream, StreamClosedError
from harness.virtual.filesystem import Filesystem
from harness.virtual.nodes import FileStat
from harness.virtual.shell.context import decode, encode, reason

_HEAD = struct.Struct("<4sI")
_STAT_V1 = struct.Struct("<4sIII")
_STAT_V2 = struct.Struct("<4sIQQIIIIQqqq")
_ENTRY_V1 = struct.Struct("<4sIIII")
_ENTRY_V2 = struct.Struct("<4sIQQIIIIQqqqI")
_SEND_V2 = struct.Struct("<4sII")
_RECEIVE_V2 = struct.Struct("<4sI")
_MOST_PATH = 1024
_MOST_DATA = 64 * 1024
# A named pipe must not block the loop.
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)


class SyncService:
    """One sync session; several requests may follow each other on it."""

    def __init__(self, files: Filesystem) -> None:
        self._files = files

    async def serve(self, stream: Stream) -> None:
        """Answer requests until QUIT, an unknown request or the end of the stream."""
        handlers = {
            b"STAT": self._stat_v1,
            b"STA2": self._stat_v2,
            b"LST2": self._lstat_v2,
            b"LIST": self._list_v1,
            b"LIS2": self._list_v2,
            b"SEND": self._send_v1,
            b"SND2": self._send_v2,
            b"RECV": self._receive_v1,
            b"RCV2": self._receive_v2,
        }
        while True:
            request, size = _HEAD.unpack(await stream.read_exactly(_HEAD.size))
            handler = handlers.get(request)
            if handler is None or size > _MOST_PATH:
                if request != b"QUIT":
                    await _fail(stream, "unknown command" if handler is None else "path too long")
                return
            # adbd runs in /, so that a relative path starts there.
            path = decode(await stream.read_exactly(size))
            await handler(stream, posixpath.join("/", path))

    async def _stat_v1(self, stream: Stream, path: str) -> None:
        found = self._stat(path, follow=False)
        mode, size, mtime = (found.mode, found.size, int(found.mtime)) if found else (0, 0, 0)
        await stream.write(_STAT_V1.pack(b"STAT", mode, size & 0xFFFFFFFF, mtime))

    async def _stat_v2(self, stream: Stream, path: str) -> None:
        await stream.write(_STAT_V2.pack(b"STA2", *self._facts(path, follow=True)))

    async def _lstat_v2(self, stream: Stream, path: str) -> None:
        await stream.write(_STAT_V2.pack(b"LST2", *self._facts(path, follow=False)))

    async def _list_v1(self, stream: Stream, path: str) -> None:
        for name in self._names(path):
            found = self._stat(posixpath.join(path, name), follow=False)
            if found is not None:
                size = found.size & 0xFFFFFFFF
                facts = (found.mode, size, int(found.mtime), len(encode(name)))
                await stream.write(_ENTRY_V1.pack(b"DENT", *facts) + encode(name))
        await stream.write(_ENTRY_V1.pack(b"DONE", 0, 0, 0, 0))

    async def _list_v2(self, stream: Stream, path: str) -> None:
        for name in self._names(path):
            facts = self._facts(posixpath.join(path, name), follow=False)
            head = _ENTRY_V2.pack(b"DNT2", *facts, len(encode(name)))
            await stream.write(head + encode(name))
        await stream.write(_ENTRY_V2.pack(b"DONE", *[0] * 12))

    async def _send_v1(self, stream: Stream, spec: str) -> None:
        path, _, mode = spec.rpartition(",")
        if not mode.isdigit():
            raise StreamClosedError
        await self._take(stream, path, int(mode))

    async def _send_v2(self, stream: Stream, path: str) -> None:
        _, mode, flags = _SEND_V2.unpack(await stream.read_exactly(_SEND_V2.size))
        await self._take(stream, path, mode, error="unsupported compression" if flags else "")

    async def _take(self, stream: Stream, path: str, mode: int, error: str = "") -> None:
        """Receive a file; after an error the rest is read and thrown away, as adbd does."""
        upload = _Upload(self._files, path, mode)
        try:
            error = error or upload.open()
            if error:
                await _fail(stream, error)
            while True:
                kind, size = _HEAD.unpack(await stream.read_exactly(_HEAD.size))
                if kind == b"DONE":
                    break
                if kind != b"DATA" or size > _MOST_DATA:
                    await _fail(stream, "invalid data message")
                    raise StreamClosedError
                data = await stream.read_exactly(size)
                if not error and (error := upload.append(data)):
                    await _fail(stream, error)
            if error:
                raise StreamClosedError
            if error := upload.finish(mtime=size):
                await _fail(stream, error)
                return
            await stream.write(_HEAD.pack(b"OKAY", 0))
        finally:
            upload.close()

    async def _receive_v1(self, stream: Stream, path: str) -> None:
        await self._give(stream, path)

    async def _receive_v2(self, stream: Stream, path: str) -> None:
        _, flags = _RECEIVE_V2.unpack(await stream.read_exactly(_RECEIVE_V2.size))
        if flags:
            await _fail(stream, "unsupported compression")
        else:
            await self._give(stream, path)

    async def _give(self, stream: Stream, path: str) -> None:
        try:
            place = self._files.resolve(path)
            made = self._files.made(place)
            if made is None and self._files.stat(path).is_directory:
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            source = (
                io.BytesIO(made.read())
                if made is not None
                else os.fdopen(self._files.open_host(place, os.O_RDONLY | _NONBLOCK), "rb")
            )
        except OSError as error:
            await _fail(stream, f"open failed: {reason(error)}")
            return
        with source:
            while data := source.read(_MOST_DATA):
                await stream.write(_HEAD.pack(b"DATA", len(data)) + data)
        await stream.write(_HEAD.pack(b"DONE", 0))

    def _stat(self, path: str, *, follow: bool) -> FileStat | None:
        try:
            return self._files.stat(path, follow=follow)
        except OSError:
            return None

    def _facts(self, path: str, *, follow: bool) -> tuple[int, ...]:
        """Return the fields of a v2 answer: errno, then what stat(2) says."""
        try:
            found = self._files.stat(path, follow=follow)
        except OSError as error:
            return (error.errno or errno.EIO, *[0] * 10)
        mtime = int(found.mtime)
        identity = (0, found.dev, found.ino, found.mode, found.nlink, found.uid, found.gid)
        return (*identity, found.size, mtime, mtime, mtime)

    def _names(self, path: str) -> list[str]:
        try:
            return self._files.listdir(path)
        except OSError:
            return []


class _Upload:
    """A file on its way in; each step returns what went wrong, or "" ."""

    def __init__(self, files: Filesystem, path: str, mode: int) -> None:
        self._files = files
        self._path = path
        # adbd gives group and others what the owner has.
        owner = mode & 0o700
        self._mode = owner | owner >> 3 | owner >> 6
        self._link = bytearray() if stat.S_ISLNK(mode) else None
        self._descriptor: int | None = None

    def open(self) -> str:
        """Make missing folders and the file, in place of what lay there."""
        try:
            self._make_folders(posixpath.dirname(self._path))
        except OSError as error:
            return f"secure_mkdirs failed: {reason(error)}"
        try:
            if self._files.exists(self._path) or self._is_link():
                self._files.unlink(self._path)
            if self._link is None:
                place = self._files.resolve(self._path)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                self._descriptor = self._files.open_host(place, flags, self._mode)
        except OSError as error:
            return f"couldn't create file: {reason(error)}"
        return ""

    def append(self, data: bytes) -> str:
        """Write the next bytes; a file that does not fit is removed."""
        if self._link is not None:
            self._link += data
            return "" if len(self._link) <= _MOST_PATH else "symlink target too long"
        try:
            if self._files.reserve(len(data)) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if self._descriptor is not None:
                os.write(self._descriptor, data)
        except OSError as error:
            self.close()
            self._files.unlink(self._path)
            return f"write failed: {reason(error)}"
        return ""

    def finish(self, mtime: int) -> str:
        """Set the time of last change, or make the link."""
        try:
            if self._link is not None:
                self._files.symlink(decode(bytes(self._link).rstrip(b"\0")), self._path)
            self._files.touch(self._path, mtime)
        except OSError as error:
            return f"couldn't finish file: {reason(error)}"
        return ""

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _is_link(self) -> bool:
        try:
            return self._files.stat(self._path, follow=False).is_link
        except OSError:
            return False

    def _make_folders(self, path: str) -> None:
        if not self._files.exists(path):
            self._make_folders(posixpath.dirname(path))
            self._files.mkdir(path)


async def _fail(stream: Stream, message: str) -> None:
    await stream.write(_HEAD.pack(b"FAIL", len(encode(message))) + encode(message))
