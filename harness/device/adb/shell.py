"""Commands on a phone: shell protocol v2, typed errors, and a deadline for the whole of it."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO

import adbutils

from harness.deadline import Deadline
from harness.device.adb.server import Server
from harness.errors import (
    DeviceCommandError,
    DeviceContext,
    DeviceTimeoutError,
    DeviceUnavailableError,
)

# adbd refuses a longer service name (packages/modules/adb: MAX_PAYLOAD_V1 and the 4 digits of a
# request's length bound it); measured with adbd 34: 65,526 bytes.
_MAX_COMMAND = 60_000
_OUTPUT_LIMIT = 64 << 20
_CHUNK = 1 << 16


class _Packet(IntEnum):
    """Kinds of shell v2 packets (packages/modules/adb: shell_protocol.h)."""

    STDIN = 0
    STDOUT = 1
    STDERR = 2
    EXIT = 3
    CLOSE_STDIN = 4


@dataclass(frozen=True)
class Completed:
    """What one command wrote, stream by stream, and its exit status (128 + n for signal n)."""

    stdout: bytes
    stderr: bytes
    status: int

    @property
    def text(self) -> str:
        """The standard output as text; bytes that are no UTF-8 become U+FFFD."""
        return self.stdout.decode("utf-8", "replace")


@dataclass(frozen=True)
class Shell:
    """The shell of one phone. `target` is a transport's serial or USB path; `name` is for people.

    Commands are given as shell text; whoever builds one quotes every word with `quoted`.
    """

    server: Server
    target: str
    name: str

    def run(
        self,
        command: str,
        deadline: Deadline,
        *,
        stdin: BinaryIO | None = None,
        sink: Callable[[bytes], object] | None = None,
    ) -> Completed:
        """Run a command and return its output and status; a status other than 0 is no error.

        Args:
            command: shell text.
            deadline: for all of it; when it passes, the phone's side is hung up on.
            stdin: what the command reads; without it, it reads nothing.
            sink: takes standard output as it comes, in place of `Completed.stdout`.

        Raises:
            DeviceUnavailableError: the link was lost before the command ended.
            DeviceTimeoutError: the deadline passed.
            DeviceCommandError: the command is too long, or its output has no end.
        """
        brief = command if len(command) <= 200 else f"{command[:200]}…"  # noqa: PLR2004
        context = DeviceContext(self.name, brief)
        if len(command.encode()) > _MAX_COMMAND:
            raise DeviceCommandError(
                f"a command of {len(command.encode())} bytes is too long for adb",
                context=context,
                next_step="shorten the variant's flags",
            )
        connection = self.server.open(self.target, f"shell,v2,raw:{command}", deadline)
        with contextlib.closing(connection.conn):
            try:
                if stdin is not None:
                    _send(connection, stdin, deadline)
                _packet(connection, _Packet.CLOSE_STDIN, b"", deadline)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the command ended without reading all; its status says why
            except OSError as error:
                raise self._lost(error, context, deadline) from error
            try:
                return self._receive(connection, context, deadline, sink)
            except (EOFError, OSError) as error:
                raise self._lost(error, context, deadline) from error

    def check(self, command: str, deadline: Deadline, *, stdin: BinaryIO | None = None) -> str:
        """Run a command that must succeed and return its standard output as text.

        Raises:
            DeviceCommandError: it ended with a status other than 0.
            DeviceUnavailableError: the link was lost.
        """
        done = self.run(command, deadline, stdin=stdin)
        if done.status != 0:
            raise self.refused(command, done)
        return done.text

    def refused(self, command: str, done: Completed, next_step: str = "") -> DeviceCommandError:
        """Make the error of a command that ended with another status than 0."""
        stderr = done.stderr.decode("utf-8", "replace").strip()
        last = (stderr or done.text.strip()).splitlines()[-1:]
        return DeviceCommandError(
            f"a command ended with status {done.status}: {last[0] if last else '(no output)'}",
            context=DeviceContext(self.name, command[:200], done.status, stderr),
            next_step=next_step or "run `harness doctor` to check the phone",
        )

    def _receive(
        self,
        connection: adbutils.AdbConnection,
        context: DeviceContext,
        deadline: Deadline,
        sink: Callable[[bytes], object] | None,
    ) -> Completed:
        streams = {_Packet.STDOUT: bytearray(), _Packet.STDERR: bytearray()}
        for kind, data in _packets(connection, deadline):
            if kind == _Packet.EXIT and data:
                return Completed(
                    bytes(streams[_Packet.STDOUT]), bytes(streams[_Packet.STDERR]), data[0]
                )
            if kind == _Packet.STDOUT and sink is not None:
                sink(data)
            elif kind in (_Packet.STDOUT, _Packet.STDERR):
                streams[_Packet(kind)] += data
            if sum(map(len, streams.values())) > _OUTPUT_LIMIT:
                raise DeviceCommandError(
                    "a command wrote more than 64 MB",
                    context=context,
                    next_step="report it: no command of the harness writes that much",
                )
        raise EOFError

    def _lost(
        self, error: Exception, context: DeviceContext, deadline: Deadline
    ) -> DeviceUnavailableError:
        if deadline.passed:
            return DeviceTimeoutError(
                "did not answer in time",
                context=context,
                next_step="check the cable and whether the phone responds to touch",
            )
        return DeviceUnavailableError(
            f"the link was lost ({str(error) or 'closed by the other side'})",
            context=context,
            next_step="check cable, hub and power, then try again",
        )


def quoted(*words: str) -> str:
    """Join words into shell text; each arrives on the phone as it is."""
    return " ".join(map(shlex.quote, words))


def _packet(
    connection: adbutils.AdbConnection, kind: _Packet, data: bytes, deadline: Deadline
) -> None:
    connection.conn.settimeout(max(0.001, deadline.remaining))
    connection.conn.sendall(bytes([kind]) + len(data).to_bytes(4, "little") + data)


def _send(connection: adbutils.AdbConnection, source: BinaryIO, deadline: Deadline) -> None:
    while data := source.read(_CHUNK):
        _packet(connection, _Packet.STDIN, data, deadline)


def _packets(connection: adbutils.AdbConnection, deadline: Deadline) -> Iterator[tuple[int, bytes]]:
    """Yield packets until the other side closes; a packet cut short ends it too."""
    buffer = bytearray()
    while True:
        while len(buffer) >= 5:  # noqa: PLR2004 (kind and length)
            size = int.from_bytes(buffer[1:5], "little")
            if size > _OUTPUT_LIMIT:
                raise EOFError("a packet of impossible length")
            if len(buffer) < 5 + size:
                break
            yield buffer[0], bytes(buffer[5 : 5 + size])
            del buffer[: 5 + size]
        if deadline.passed:
            raise TimeoutError
        connection.conn.settimeout(max(0.001, deadline.remaining))
        data = connection.conn.recv(_CHUNK)
        if not data:
            return
        buffer += data
