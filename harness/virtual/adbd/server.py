"""The listening end of a virtual phone: one TCP port that `adb connect` finds."""

from __future__ import annotations

import asyncio
import contextlib
import functools

from harness.virtual.adbd.connection import FEATURES, Connection, Service
from harness.virtual.adbd.link import Link
from harness.virtual.adbd.packet import MAX_PAYLOAD
from harness.virtual.adbd.shell import serve_shell
from harness.virtual.adbd.stream import Stream
from harness.virtual.adbd.sync import SyncService
from harness.virtual.machine import VirtualPhone

_PRESENCE_CHECK = 0.05


class PhoneServer:
    """A phone that listens; made by `serve_phone`. `link` is its cable, with its faults."""

    def __init__(self, phone: VirtualPhone) -> None:
        self.phone = phone
        self.link = Link()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        phone.on_reboot.append(self.link.drop)

    @property
    def port(self) -> int:
        """The TCP port."""
        if self._server is None:
            raise RuntimeError("the phone does not listen")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self, host: str, port: int) -> None:
        """Listen."""
        self._server = await asyncio.start_server(
            self._accept, host, port, limit=2 * MAX_PAYLOAD, backlog=16
        )

    async def close(self) -> None:
        """Stop listening, cut connections, end every process."""
        if self._server is not None:
            self._server.close()
        self.phone.on_reboot.remove(self.link.drop)
        await self.link.drop()
        await self.phone.processes.kill_all()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        while self.link.is_away or not self.phone.is_up:
            # Held and not refused: the adb server would try a refused phone again only after 10 s.
            await asyncio.sleep(_PRESENCE_CHECK)
        with contextlib.suppress(asyncio.CancelledError):
            await Connection(
                reader,
                writer,
                link=self.link,
                banner=self._banner(),
                authorized=self.phone.authorized,
                find_service=self._find_service,
            ).run()

    def _banner(self) -> str:
        keys = ("ro.product.name", "ro.product.model", "ro.product.device")
        facts = [f"{key}={self.phone.properties.get(key, '')}" for key in keys]
        return f"device::{';'.join(facts)};features={FEATURES}"

    def _find_service(self, name: str) -> Service | None:
        kind, colon, _ = name.partition(":")
        if not colon:
            return None
        if kind == "exec" or kind.split(",")[0] == "shell":
            return functools.partial(serve_shell, self.phone, name)
        if name == "sync:":
            return SyncService(self.phone.filesystem).serve
        if kind == "reboot":
            return self._reboot
        return None

    async def _reboot(self, stream: Stream) -> None:
        del stream  # adbd answers nothing; the link goes down
        self.phone.reboot()


async def serve_phone(phone: VirtualPhone, host: str = "127.0.0.1", port: int = 0) -> PhoneServer:
    """Let a phone listen for `adb connect`; port 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """
    server = PhoneServer(phone)
    await server.start(host, port)
    return server
