"""The lab's own process: virtual phones and their adb server, until standard input closes.

The first line of input is the order, the first line of output says that everything is up. Then each
line in is a fault to let happen, and each line out tells that it has begun. JSON, one per line.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.deadline import Deadline
from harness.virtual.adb_server import HOST, LabServer
from harness.virtual.adbd import PhoneServer, serve_phone
from harness.virtual.phones import catalog
from harness.virtual.phones.assemble import switch_on

_CONNECT_S = 60.0
# What a fault from the start amounts to: seconds, bytes a second, bytes.
_LASTING = {"drop": 0.0, "away": 1e9, "stall": 1e9, "slow": 200_000.0, "reboot": 0.0, "full": 0.0}


@dataclass
class _Lab:
    folder: Path
    order: Mapping[str, Any]
    servers: dict[str, PhoneServer]
    adb: LabServer

    async def start(self) -> dict[str, Any]:
        faults: dict[str, str] = self.order["faults"]
        for number, name in enumerate(self.order["phones"]):
            storage = self.folder / f"phone-{number}"
            storage.mkdir()
            phone = switch_on(
                catalog.phone(name),
                storage,
                speed=self.order["speed"],
                seed=self.order["seed"],
                authorized=faults.get(name) != "unauthorized",
            )
            self.servers[name] = await serve_phone(phone)
        await self.adb.start()
        deadline = Deadline.after(_CONNECT_S)
        for server in self.servers.values():
            state = "device" if server.phone.authorized else "unauthorized"
            await self.adb.connect(f"{HOST}:{server.port}", state, deadline)
        for name, fault in faults.items():
            if fault != "unauthorized":
                await self.happen(name, fault, _LASTING[fault])
        return {
            "host": HOST,
            "port": self.adb.port,
            "phones": [
                {"name": name, "serial": server.phone.serial, "address": f"{HOST}:{server.port}"}
                for name, server in self.servers.items()
            ],
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
        await self.adb.stop()
        for server in self.servers.values():
            await server.close()


async def _serve(folder: Path) -> None:
    lines = _input_lines()
    order = await lines.get()
    if order is None:
        return
    lab = _Lab(folder, json.loads(order), {}, LabServer(folder))
    try:
        _answer(await lab.start())
        while (line := await lines.get()) is not None:
            call = json.loads(line)
            try:
                await lab.happen(call["phone"], call["fault"], call["value"])
            except (KeyError, ValueError) as error:
                _answer({"done": False, "error": str(error)})
            else:
                _answer({"done": True})
    finally:
        await lab.stop()


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
