"""One stream inside an adb connection: what a service reads from and writes to."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from harness.virtual.adbd.packet import Command, Packet, ProtocolError

Send = Callable[[Packet], Awaitable[None]]


class StreamClosedError(ConnectionError):
    """Raised when the host closed the stream, or the link is gone."""


class Stream:
    """A stream with adb's flow control: one WRTE each way until its OKAY."""

    def __init__(self, local_id: int, remote_id: int, send: Send, max_payload: int) -> None:
        self.local_id = local_id
        self.remote_id = remote_id
        self._send = send
        self._max_payload = max_payload
        self._received: deque[bytes] = deque()
        self._arrived = asyncio.Event()
        self._acknowledged = asyncio.Event()
        self._acknowledged.set()
        self._writing = asyncio.Lock()
        self._piece = b""
        self._at = 0
        self.closed = asyncio.Event()

    async def read(self, limit: int | None = None) -> bytes:
        """Return up to `limit` of the next bytes; b"" once the stream is closed."""
        if self._at >= len(self._piece):
            while not self._received:
                if self.closed.is_set():
                    return b""
                self._arrived.clear()
                await self._arrived.wait()
            self._piece, self._at = self._received.popleft(), 0
            if not self.closed.is_set():
                await self._send(Packet(Command.OKAY, self.local_id, self.remote_id))
        start = self._at
        self._at = len(self._piece) if limit is None else min(start + limit, len(self._piece))
        return self._piece[start : self._at]

    async def read_exactly(self, size: int) -> bytes:
        """Return exactly `size` bytes.

        Raises:
            StreamClosedError: it was closed before.
        """
        pieces = []
        while size:
            piece = await self.read(size)
            if not piece:
                raise StreamClosedError
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    async def write(self, data: bytes) -> None:
        """Send bytes, waiting until the host took the last ones.

        Raises:
            StreamClosedError: nobody takes them any more.
        """
        async with self._writing:
            for start in range(0, len(data), self._max_payload):
                await self._acknowledged.wait()
                if self.closed.is_set():
                    raise StreamClosedError
                self._acknowledged.clear()
                piece = data[start : start + self._max_payload]
                await self._send(Packet(Command.WRTE, self.local_id, self.remote_id, piece))

    async def flush(self) -> None:
        """Wait until the host has taken everything, or is gone."""
        await self._acknowledged.wait()

    def deliver(self, payload: bytes) -> None:
        """Take a WRTE of the host.

        Raises:
            ProtocolError: it did not wait for an OKAY.
        """
        if self._received:
            raise ProtocolError("a second WRTE before the first was acknowledged")
        if payload:
            self._received.append(payload)
            self._arrived.set()

    def acknowledge(self) -> None:
        """Take an OKAY of the host."""
        self._acknowledged.set()

    def shut(self) -> None:
        """Take a CLSE of the host, or the end of the link."""
        self.closed.set()
        self._arrived.set()
        self._acknowledged.set()
