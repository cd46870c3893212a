"""The virtual phones as a process of their own, until standard input closes.

The first line of input is the order, the first line of output names the phones that listen. Then
each line in is a fault to let happen, each line out says that it has begun. JSON, one per line.
Started by `harness.virtual.lab.running_lab`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.virtual.adbd import PhoneServer, serve_phone
from harness.virtual.phones import catalog
from harness.virtual.phones.assemble import switch_on

_HOST = "127.0.0.1"


@dataclass
class _Phones:
    folder: Path
    servers: dict[str, PhoneServer] = field(default_factory=dict)

    async def start(self, order: Mapping[str, Any]) -> dict[str, Any]:
        for number, name in enumerate(order["phones"]):
            storage = self.folder / f"phone-{number}"
            storage.mkdir()
            phone = switch_on(
                catalog.phone(name),
                storage,
                speed=order["speed"],
                seed=order["seed"],
                authorized=name not in order["unauthorized"],
            )
            self.servers[name] = await serve_phone(phone, _HOST)
        return {
            "phones": [
                {"name": name, "serial": server.phone.serial, "address": f"{_HOST}:{server.port}"}
                for name, server in self.servers.items()
            ]
        }

    async def happen(self, name: str, fault: str, value: float) -> None:
        server = self.servers[name]
        match fault:
            case "drop":
                await server.link.drop()
            case "away":
                await server.link.away(value)
            case "stall":
                server.link.stall(value)
            case "slow":
                server.link.bytes_per_second = value or None
            case "reboot":
                server.phone.reboot()
            case "full":
                files = server.phone.filesystem
                files.capacity = files.used + int(value)
            case _:
                raise ValueError(f"no such fault: {fault}")

    async def stop(self) -> None:
        for server in self.servers.values():
            await server.close()


async def _serve(folder: Path) -> None:
    lines = _input_lines()
    order = await lines.get()
    if order is None:
        return
    phones = _Phones(folder)
    try:
        _answer(await phones.start(json.loads(order)))
        while (line := await lines.get()) is not None:
            call = json.loads(line)
            try:
                await phones.happen(call["phone"], call["fault"], call["value"])
            except (KeyError, ValueError) as error:
                _answer({"done": False, "error": str(error)})
            else:
                _answer({"done": True})
    finally:
        await phones.stop()


def _answer(document: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def _input_lines() -> asyncio.Queue[bytes | None]:
    """Read standard input in a thread, since not every loop can watch it; None is its end."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            for line in sys.stdin.buffer:
                loop.call_soon_threadsafe(queue.put_nowait, line)
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    with contextlib.suppress(NotImplementedError):  # Windows
        loop.add_signal_handler(signal.SIGTERM, queue.put_nowait, None)
    return queue


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
