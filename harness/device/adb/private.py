"""An adb server of our own, for the demo, tests and rehearsals: private port, keys and log."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.deadline import Deadline
from harness.device.adb.server import Server, adb_binary
from harness.errors import DeviceContext, DeviceUnavailableError

_START_SECONDS = 15.0
_STOP_SECONDS = 5.0
# The shell ends the server when its input closes, and so also when this process is killed.
_LEASH = '"$@" </dev/null >&2 & p=$!; echo $p; read _; kill $p; wait $p'


class PrivateServer:
    """A real adb server on a free loopback port that looks for no phone by itself.

    It ends with the `with` block, and with this process should that be killed. It reads no key
    of the user and writes no log of the user's adb.

    Attributes:
        server: how the rest of the harness addresses it; revives it when it was killed.
    """

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="harness-adb-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._addresses: list[str] = []
        self.pid = 0
        self.server = Server("127.0.0.1", _free_port(), revive=self.start)

    def __enter__(self) -> Self:
        try:
            self.start(Deadline.after(_START_SECONDS))
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def connect(self, address: str, deadline: Deadline) -> None:
        """Reach a phone over TCP, and again whenever the server is started anew."""
        self.server.connect(address, deadline)
        self._addresses.append(address)

    def start(self, deadline: Deadline) -> None:
        """Start the server, or start it again, and reconnect the phones it had.

        Raises:
            DeviceUnavailableError: it did not come up before the deadline.
        """
        self.stop()
        own = {"ADB_EMU": "0", "ADB_MDNS": "0", "ADB_USB": "0"}
        folder = str(self._home)
        environment = {**os.environ, **own, "HOME": folder, "TMPDIR": folder}
        for name in ("ADB_VENDOR_KEYS", "ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_PORT"):
            environment.pop(name, None)
        # adb listens on localhost or on every address; it takes no other name.
        listen = f"tcp:localhost:{self.server.port}"
        self._process = subprocess.Popen(
            ["sh", "-c", _LEASH, "adb", adb_binary(), "-L", listen, "server", "nodaemon"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101 (Popen was asked for a pipe)
        self.pid = int(self._process.stdout.readline() or b"0")
        while not self.server.listening():
            if deadline.passed or self._process.poll() is not None:
                raise DeviceUnavailableError(
                    "a private adb server did not start in time",
                    context=DeviceContext(f"adb server {self.server}", "server nodaemon"),
                    next_step="run `adb version` to see whether this machine can run adb",
                )
            time.sleep(0.02)
        for address in self._addresses:
            self.server.connect(address, deadline)

    def stop(self) -> None:
        """End the server, by its own process and no other."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
