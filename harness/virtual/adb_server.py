"""A real adb server for the lab alone: a free port, its own keys and logs, ended with the lab."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import adbutils

from harness.deadline import Deadline
from harness.errors import NothingToMeasureError

HOST = "127.0.0.1"
_TRIES = 5
_ANSWER_S = 10.0
_LOOK_S = 0.02
_TERMINATE_S = 5.0
# The server must not look for phones by itself: emulators, the network, USB.
_QUIET = {"ADB_EMU": "0", "ADB_MDNS": "0", "ADB_USB": "0"}
_FOREIGN = ("ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_PORT", "ANDROID_ADB_SERVER_ADDRESS")


class LabServer:
    """An adb server as a child process. `port` is free when it starts and known from then on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self.port = 0

    async def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            NothingToMeasureError: no server came up.
        """
        for _ in range(_TRIES):
            self.port = _free_port()
            self._process = await asyncio.create_subprocess_exec(
                adbutils.adb_path(),
                "-L",
                f"tcp:{HOST}:{self.port}",
                "server",
                "nodaemon",
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=None,
            )
            if await self._answers():
                return
            await self.stop()
        raise NothingToMeasureError(
            "the adb server of the virtual lab did not start",
            next_step=f"try '{adbutils.adb_path()} version'",
        )

    async def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _TERMINATE_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def connect(self, address: str, state: str, deadline: Deadline) -> None:
        """Connect a phone and wait until the server shows it in a state, such as `device`.

        Raises:
            NothingToMeasureError: it did not get there in time.
        """
        await asyncio.to_thread(self._ask, f"host:connect:{address}")
        while f"{address}\t{state}" not in await asyncio.to_thread(self._ask, "host:devices"):
            if deadline.passed:
                raise NothingToMeasureError(f"{address} did not become {state!r} in time")
            await asyncio.sleep(_LOOK_S)

    def _ask(self, request: str) -> str:
        with adbutils.AdbClient(
            HOST, self.port, socket_timeout=_ANSWER_S
        ).make_connection() as link:
            link.send_command(request)
            link.check_okay()
            return str(link.read_string_block())

    async def _answers(self) -> bool:
        deadline = Deadline.after(_ANSWER_S)
        while not deadline.passed:
            if self._process is None or self._process.returncode is not None:
                return False
            try:
                await asyncio.to_thread(self._ask, "host:version")
            except (OSError, adbutils.AdbError):
                await asyncio.sleep(_LOOK_S)
            else:
                return True
        return False

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
        home = str(self._folder)
        return kept | _QUIET | {"HOME": home, "TMPDIR": home, "ANDROID_USER_HOME": home}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
