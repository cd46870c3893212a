"""The shell services: `shell,v2,…:`, `shell:` and `exec:` (daemon/shell_service.cpp of adb)."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable, Coroutine
from enum import IntEnum

from harness.virtual.adbd.stream import Stream, StreamClosedError
from harness.virtual.adbd.terminal import Terminal
from harness.virtual.machine import SYSTEM_BIN, VirtualPhone
from harness.virtual.shell.channels import OpenFile, Pipe
from harness.virtual.shell.process import Process, Signal

_HEAD = struct.Struct("<BI")
_MOST_INPUT = 1 << 20


class _Id(IntEnum):
    """Kinds of shell v2 packets (shell_protocol.h)."""

    STDIN = 0
    STDOUT = 1
    STDERR = 2
    EXIT = 3
    CLOSE_STDIN = 4
    WINDOW_SIZE = 5


async def serve_shell(phone: VirtualPhone, name: str, stream: Stream) -> None:
    """Run the shell that a service name asks for, until it ends or the host goes away.

    A lost host is a HUP to the shell alone, as in adbd: background jobs live on.
    """
    service, _, command = name.partition(":")
    options = service.split(",")[1:]
    framed = "v2" in options
    # Without the shell protocol adbd needs a terminal; so does an interactive shell.
    with_terminal = service != "exec" and (
        not framed or "pty" in options or (not command and "raw" not in options)
    )
    environment = phone.environment()
    for option in options:
        if option.startswith("TERM="):
            environment["TERM"] = option.removeprefix("TERM=")
    argv = ("sh", "-c", command) if command else ("sh", "-")

    def start(files: dict[int, OpenFile]) -> Process:
        program = (f"{SYSTEM_BIN}/sh", *argv[1:])
        return phone.processes.spawn(
            lambda process: phone.execute(process, program), argv, env=environment, files=files
        )

    session = _Session(stream, framed=framed)
    if with_terminal:
        await session.with_terminal(phone, start)
    else:
        await session.with_pipes(start)


class _Session:
    """One shell on one stream."""

    def __init__(self, stream: Stream, *, framed: bool) -> None:
        self._stream = stream
        self._framed = framed

    async def with_pipes(self, start: Callable[[dict[int, OpenFile]], Process]) -> None:
        """Run a shell on pipes; it is over when its output is closed and its leader gone."""
        stdin, stdout, stderr = Pipe(), Pipe(), Pipe()
        source = stdin.writer()
        ends = {_Id.STDOUT: stdout.reader(), _Id.STDERR: stderr.reader()}
        out = stdout.writer()
        err = stderr.writer() if self._framed else out.share()
        if not self._framed:
            ends.pop(_Id.STDERR).close()
        process = start({0: stdin.reader(), 1: out, 2: err})

        async def finish() -> int:
            await asyncio.gather(*(self._pump(end, kind) for kind, end in ends.items()))
            return await process.wait()

        try:
            if not await self._attend(finish(), self._feed(source)):
                process.signal(Signal.HUP)
        finally:
            for end in ends.values():
                end.close()
            source.close()

    async def with_terminal(
        self, phone: VirtualPhone, start: Callable[[dict[int, OpenFile]], Process]
    ) -> None:
        """Run a shell on a terminal; its end is a HUP to its whole session, as the kernel's is."""
        members: list[Process] = []

        def interrupt() -> None:
            for process in phone.processes:
                if process.session == members[0].pid and process is not members[0]:
                    process.signal(Signal.INT)

        terminal = Terminal(interrupt)
        process = start({0: terminal, 1: terminal.share(), 2: terminal.share()})
        members.append(process)
        held = terminal.share()

        async def finish() -> int:
            pump = asyncio.create_task(self._pump(terminal.output, _Id.STDOUT))
            try:
                status = await process.wait()
                terminal.end_output()
                await pump
            finally:
                pump.cancel()
            return status

        try:
            await self._attend(finish(), self._feed(terminal.keyboard))
        finally:
            terminal.hang_up()
            held.close()
            for other in [process, *phone.processes]:
                if other.session == process.pid:
                    other.signal(Signal.HUP)

    async def _attend(
        self, finish: Coroutine[None, None, int], feed: Coroutine[None, None, None]
    ) -> bool:
        """Run output and input until the shell is over (True) or the host is gone (False)."""
        work = asyncio.create_task(finish)
        helpers = [asyncio.create_task(feed), asyncio.create_task(self._stream.closed.wait())]
        try:
            await asyncio.wait({work, helpers[1]}, return_when=asyncio.FIRST_COMPLETED)
            if self._stream.closed.is_set() or work.exception() is not None:
                return False
            if self._framed:
                await self._stream.write(_HEAD.pack(_Id.EXIT, 1) + bytes([work.result()]))
            return True
        finally:
            for task in (work, *helpers):
                task.cancel()
            await asyncio.gather(work, *helpers, return_exceptions=True)

    async def _pump(self, source: OpenFile, kind: _Id) -> None:
        while data := await source.read():
            head = _HEAD.pack(kind, len(data)) if self._framed else b""
            await self._stream.write(head + data)

    async def _feed(self, sink: OpenFile) -> None:
        with contextlib.suppress(StreamClosedError, BrokenPipeError):
            if not self._framed:
                while data := await self._stream.read():
                    await sink.write(data)
            while self._framed:
                kind, size = _HEAD.unpack(await self._stream.read_exactly(_HEAD.size))
                if size > _MOST_INPUT:
                    raise StreamClosedError
                data = await self._stream.read_exactly(size)
                if kind == _Id.STDIN:
                    await sink.write(data)
                elif kind == _Id.CLOSE_STDIN:
                    sink.close()
                    return
