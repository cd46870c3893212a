"""What a program of a virtual phone is given: its arguments, its files, its phone."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.virtual.filesystem import Filesystem
from harness.virtual.shell.channels import OpenFile
from harness.virtual.shell.process import Process

if TYPE_CHECKING:
    from harness.virtual.machine import VirtualPhone


@dataclass(frozen=True)
class ProcessContext:
    """One run of a program.

    A signal that kills arrives as asyncio.CancelledError; a program may clean up and must raise it
    on. Work that blocks belongs into `asyncio.to_thread`, since all phones share one loop.
    `failed` collects what a command complained of and went on.
    """

    phone: VirtualPhone
    process: Process
    argv: tuple[str, ...]
    failed: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The program's name as messages show it."""
        return posixpath.basename(self.argv[0]) if self.argv else ""

    @property
    def args(self) -> tuple[str, ...]:
        """The arguments after the name."""
        return self.argv[1:]

    @property
    def env(self) -> dict[str, str]:
        """The environment."""
        return self.process.env

    @property
    def cwd(self) -> str:
        """The folder that relative paths start from."""
        return self.process.cwd

    @property
    def fs(self) -> Filesystem:
        """The phone's files."""
        return self.phone.filesystem

    @property
    def stdin(self) -> OpenFile:
        """Descriptor 0; /dev/null when closed."""
        return self._file(0)

    @property
    def stdout(self) -> OpenFile:
        """Descriptor 1."""
        return self._file(1)

    @property
    def stderr(self) -> OpenFile:
        """Descriptor 2."""
        return self._file(2)

    def path(self, name: str) -> str:
        """Turn a path as the program was given it into an absolute one."""
        return at(self.process, name)

    async def out(self, text: str | bytes) -> None:
        """Write to stdout."""
        await self.stdout.write(encode(text))

    async def err(self, text: str | bytes) -> None:
        """Write to stderr."""
        await self.stderr.write(encode(text))

    async def fail(self, message: str, status: int = 1) -> int:
        """Write `name: message` to stderr and return `status`."""
        await self.err(f"{self.name}: {message}\n")
        return status

    async def become(self, argv: Iterable[str]) -> int:
        """Run another program in place of this one, as execvp does, and return its status."""
        return await self.phone.execute(self.process, tuple(argv), caller=self.name)

    def start(self, argv: Iterable[str]) -> Process:
        """Run another program as a child."""
        words = tuple(argv)
        return self.phone.processes.spawn(
            lambda child: self.phone.execute(child, words, caller=self.name),
            words,
            parent=self.process,
        )

    def _file(self, number: int) -> OpenFile:
        return self.process.files.get(number) or OpenFile()


Program = Callable[[ProcessContext], Awaitable[int]]
"""A program of the phone: runs in the loop and returns its exit status."""


def at(process: Process, name: str) -> str:
    """Turn a path as a process names it into an absolute one."""
    path = posixpath.join(process.cwd, name) if name else name
    if path.startswith("/proc/self"):
        return f"/proc/{process.pid}{path[len('/proc/self') :]}"
    return path


def encode(text: str | bytes) -> bytes:
    """Give text back as the bytes it came from."""
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


def decode(data: bytes) -> str:
    """Read bytes as text that `encode` turns back into the same bytes."""
    return data.decode("utf-8", "surrogateescape")


def reason(error: OSError) -> str:
    """Say why a call failed, as strerror does."""
    return os.strerror(error.errno) if error.errno else str(error)
