"""Virtual phones that listen, in a loop of their own thread, for tests that talk to them by adb."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from harness.virtual.adbd import PhoneServer, serve_phone
from harness.virtual.machine import VirtualPhone

T = TypeVar("T")


class Desk:
    """Phones on a desk; `do` runs something in their loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._servers: list[PhoneServer] = []

    def add(self, **made: Any) -> PhoneServer:
        async def switch_on() -> PhoneServer:
            number = len(self._servers)
            root = self._folder / f"phone{number}"
            root.mkdir()
            return await serve_phone(VirtualPhone(serial=f"VP{number:04}", root=root, **made))

        server = self.do(switch_on())
        self._servers.append(server)
        return server

    def do(self, work: Coroutine[Any, Any, T], seconds: float = 20) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def close(self) -> None:
        for server in self._servers:
            self.do(server.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@contextlib.contextmanager
def desk_in(folder: Path) -> Iterator[Desk]:
    desk = Desk(folder)
    try:
        yield desk
    finally:
        desk.close()


def address(server: PhoneServer) -> str:
    return f"127.0.0.1:{server.port}"
