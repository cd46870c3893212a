"""Redirections: from `2>>file` to an open file in a process."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.virtual.nodes import Place
from harness.virtual.shell.channels import Bytes, Endless, HostFile, OpenFile
from harness.virtual.shell.context import at, encode
from harness.virtual.shell.process import Process

if TYPE_CHECKING:
    from harness.virtual.machine import VirtualPhone

_FLAGS = {
    "<": os.O_RDONLY,
    ">": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    ">|": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    ">>": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
    "<>": os.O_RDWR | os.O_CREAT,
}
_WRITES = os.O_WRONLY | os.O_RDWR


@dataclass(frozen=True)
class Target:
    """A redirection whose target is expanded already."""

    descriptor: int
    operator: str
    word: str


class RedirectionError(Exception):
    """Raised when a redirection fails; the text is what mksh says."""


async def redirect(phone: VirtualPhone, process: Process, targets: tuple[Target, ...]) -> None:
    """Apply redirections in their order to a process's descriptors.

    Raises:
        RedirectionError: a file cannot be opened, or a descriptor is not open.
    """
    for target in targets:
        opened = await _open(phone, process, target)
        old = process.files.pop(target.descriptor, None)
        if old is not None:
            old.close()
        if opened is not None:
            process.files[target.descriptor] = opened


async def _open(phone: VirtualPhone, process: Process, target: Target) -> OpenFile | None:
    if target.operator in ("<<", "<<<"):
        return Bytes(encode(target.word + ("\n" if target.operator == "<<<" else "")))
    if target.operator in ("<&", ">&"):
        if target.word == "-":
            return None
        source = process.files.get(int(target.word)) if target.word.isdigit() else None
        if source is None:
            raise RedirectionError(f"{target.word}: bad file descriptor")
        return source.share()
    flags = _FLAGS[target.operator]
    try:
        return await open_file(phone, at(process, target.word), flags)
    except OSError as error:
        why = os.strerror(error.errno or errno.EIO)
        verb = "create" if flags & os.O_CREAT else "open"
        raise RedirectionError(f"can't {verb} {target.word}: {why}") from None


async def open_file(phone: VirtualPhone, path: str, flags: int) -> OpenFile:
    """Open a file of the phone; a named pipe waits for its other end, as open(2) does.

    Raises:
        OSError: it cannot be opened.
    """
    files = phone.filesystem
    place = files.resolve(path)
    made = files.made(place)
    if made is not None:
        if flags & _WRITES:
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        if not made.mode & 0o444:
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return Bytes(made.read())
    try:
        found = files.stat(place.path)
    except FileNotFoundError:
        found = None
    if found is not None and stat.S_ISCHR(found.mode):
        return _device(place.path)
    if found is not None and stat.S_ISFIFO(found.mode):
        return await _fifo(phone, (found.dev, found.ino), flags)
    if found is not None and found.is_directory:
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    return _host_file(phone, place, flags)


def _host_file(phone: VirtualPhone, place: Place, flags: int) -> HostFile:
    descriptor = phone.filesystem.open_host(place, flags & ~os.O_APPEND)
    append = bool(flags & os.O_APPEND)
    return HostFile(descriptor, append=append, reserve=phone.filesystem.reserve)


def _device(path: str) -> OpenFile:
    if path == "/dev/null":
        return OpenFile()
    return Endless(random=path.endswith("random"), full=path.endswith("full"))


async def _fifo(phone: VirtualPhone, key: tuple[int, int], flags: int) -> OpenFile:
    pipe = phone.fifo(key)
    if flags & os.O_RDWR:
        return pipe.both()
    writes = bool(flags & os.O_WRONLY)

    def others() -> tuple[int, int]:
        if writes:
            return pipe.readers, pipe.opened_to_read
        return pipe.writers, pipe.opened_to_write

    # The other side may open, write and close before this one is scheduled again, so opens are
    # counted too (linux/fs/pipe.c, fifo_open does the same).
    _, before = others()
    end = pipe.writer() if writes else pipe.reader()
    try:
        while others()[0] == 0 and others()[1] == before:
            await pipe.change()
    except asyncio.CancelledError:
        end.close()
        raise
    return end
