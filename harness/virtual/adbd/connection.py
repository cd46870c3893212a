"""One adb connection, from its CNXN to its end: authorization, streams and their services."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable

from harness.virtual.adbd.link import Link
from harness.virtual.adbd.packet import (
    MAX_PAYLOAD,
    VERSION,
    Command,
    Packet,
    ProtocolError,
    read_packet,
)
from harness.virtual.adbd.stream import Stream, StreamClosedError

FEATURES = "shell_v2,cmd,stat_v2,ls_v2,fixed_push_mkdir,sendrecv_v2"
_MOST_STREAMS = 1024
_AUTH_TOKEN = 1
_AUTH_SIGNATURE = 2
_TOKEN_BYTES = 20

Service = Callable[[Stream], Awaitable[None]]
FindService = Callable[[str], Service | None]


class Connection:
    """What happens on one accepted socket."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        link: Link,
        banner: str,
        authorized: bool,
        find_service: FindService,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._link = link
        self._banner = banner
        self._authorized = authorized
        self._find_service = find_service
        self._streams: dict[int, Stream] = {}
        self._services: set[asyncio.Task[None]] = set()
        self._next_id = 1
        self._max_payload = MAX_PAYLOAD
        self._version = 0
        self._online = False

    async def run(self) -> None:
        """Answer packets until the peer hangs up or breaks the protocol."""
        self._link.attach(self._writer)
        try:
            while True:
                packet = await read_packet(self._reader)
                await self._link.carry(len(packet.payload))
                await self._handle(packet)
        except (ProtocolError, OSError, asyncio.IncompleteReadError):
            pass  # adbd drops such a peer without a word
        finally:
            self._link.detach(self._writer)
            for stream in self._streams.values():
                stream.shut()
            self._writer.transport.abort()
        # Services see their stream closed and end by themselves: a shell hands out a HUP first.
        if self._services:
            await asyncio.wait(self._services)

    async def _send(self, packet: Packet) -> None:
        await self._link.carry(len(packet.payload))
        self._writer.write(packet.encode(self._version))
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    async def _handle(self, packet: Packet) -> None:
        match packet.command:
            case Command.CNXN:
                await self._connect(packet)
            case Command.AUTH if packet.arg0 == _AUTH_SIGNATURE:
                await self._demand_key()
            case Command.AUTH:
                pass  # a public key: the phone shows its dialog, and nobody answers it
            case _ if not self._online:
                raise ProtocolError("a packet before CNXN")
            case Command.OPEN:
                await self._open(packet)
            case Command.OKAY if stream := self._streams.get(packet.arg1):
                stream.acknowledge()
            case Command.WRTE if stream := self._streams.get(packet.arg1):
                stream.deliver(packet.payload)
            case Command.CLSE if stream := self._streams.pop(packet.arg1, None):
                stream.shut()
            case _:
                pass  # for a stream that is closed already

    async def _connect(self, packet: Packet) -> None:
        self._version = min(packet.arg0, VERSION)
        self._max_payload = min(packet.arg1, MAX_PAYLOAD)
        if not self._authorized:
            await self._demand_key()
            return
        self._online = True
        await self._send(Packet(Command.CNXN, VERSION, MAX_PAYLOAD, self._banner.encode()))

    async def _demand_key(self) -> None:
        # No signature is ever right, so the server will come to its last means, the public key.
        await self._send(Packet(Command.AUTH, _AUTH_TOKEN, 0, os.urandom(_TOKEN_BYTES)))

    async def _open(self, packet: Packet) -> None:
        name = packet.payload.rstrip(b"\0").decode("utf-8", "surrogateescape")
        service = self._find_service(name)
        if service is None or len(self._streams) >= _MOST_STREAMS:
            await self._send(Packet(Command.CLSE, 0, packet.arg0))
            return
        stream = Stream(self._next_id, packet.arg0, self._send, self._max_payload)
        self._next_id += 1
        self._streams[stream.local_id] = stream
        await self._send(Packet(Command.OKAY, stream.local_id, stream.remote_id))
        task = asyncio.create_task(self._serve(stream, service))
        self._services.add(task)
        task.add_done_callback(self._services.discard)

    async def _serve(self, stream: Stream, service: Service) -> None:
        with contextlib.suppress(StreamClosedError, OSError):
            await service(stream)
        await stream.flush()
        if self._streams.pop(stream.local_id, None) is not None:
            stream.shut()
            await self._send(Packet(Command.CLSE, stream.local_id, stream.remote_id))
