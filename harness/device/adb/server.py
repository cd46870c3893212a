"""The adb server: who is attached, and a line to one of them.

A server is addressed by host and port. One that is running is used as it is: nothing here kills
or restarts a server, except one that this process started itself (`private.py`).
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import adbutils
from adbutils.errors import AdbError

from harness.deadline import Deadline
from harness.errors import DeviceContext, DeviceTimeoutError, DeviceUnavailableError

DEFAULT_PORT = 5037  # packages/modules/adb: adb.h
_MINIMUM_VERSION = 41  # host:tport, platform-tools 29 (2019)
_CONNECT_SECONDS = 10.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

# ConnectionState in packages/modules/adb: adb.cpp, to_string.
_STATES = (
    "offline|bootloader|device|host|recovery|rescue|sideload|unauthorized|authorizing|connecting"
    "|detached|unknown"
)
_LINE = re.compile(
    r"(?P<serial>.+?)\s+"
    rf"(?P<state>no permissions(?: \([^;]*\))?(?:; see \[[^\]]*\])?|(?:{_STATES})(?=\s|$))"
    r"(?P<rest>.*)"
)
_BUS_PATH = re.compile(r"\d+-\d+(\.\d+)*")  # the libusb back-end omits "usb:"


@dataclass(frozen=True)
class Transport:
    """One way to one phone, as the server lists it.

    `state` is the server's own word; `no permissions` carries its reason in `reason`. `path` is
    the USB path exactly as listed, which adb takes in place of a serial.
    """

    serial: str
    state: str
    path: str | None = None
    transport_id: int | None = None
    reason: str = ""

    @property
    def usb(self) -> bool:
        """Whether it goes over a cable."""
        return self.path is not None


def parse_transports(text: str) -> tuple[Transport, ...]:
    """Read the answer to `host:devices-l`; a line that cannot be read is left out.

    Serials may hold spaces (mDNS names with ` (2)`), states too (`no permissions (…)`).
    """
    found = []
    for line in text.splitlines():
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            continue
        state, reason = match["state"], ""
        if state.startswith("no permissions"):
            state, reason = "no permissions", state.removeprefix("no permissions").strip()
        path, number = None, None
        for word in match["rest"].split():
            if word.startswith("usb:") or _BUS_PATH.fullmatch(word):
                path = word
            elif word.startswith("transport_id:") and word[13:].isdecimal():
                number = int(word[13:])
        found.append(Transport(match["serial"].strip(), state, path, number, reason))
    return tuple(found)


class _Connection(adbutils.AdbConnection):  # type: ignore[misc]  # adbutils is untyped to mypy
    """adbutils' connection, except that it never starts a server of its own accord."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        self._address = (host, port)
        self._seconds = seconds
        super().__init__(host, port)

    def _safe_connect(self) -> socket.socket:
        return socket.create_connection(self._address, self._seconds)


@dataclass(frozen=True)
class Server:
    """An adb server by host and port. `revive` starts it again if it is ours to start."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    revive: Callable[[Deadline], None] | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def ask(self, request: str, deadline: Deadline) -> str:
        """Send one `host:` request and return the server's answer as text.

        Raises:
            DeviceUnavailableError: nobody listens, or the server said no.
            DeviceTimeoutError: no answer before the deadline.
        """
        return self.ask_bytes(request, deadline).decode("utf-8", "replace")

    def ask_bytes(self, request: str, deadline: Deadline) -> bytes:
        """Send one `host:` request and return the server's answer, which need not be text.

        Raises:
            DeviceUnavailableError: nobody listens, or the server said no.
            DeviceTimeoutError: no answer before the deadline.
        """
        try:
            with self._connect(deadline) as connection:
                connection.send_command(request)
                connection.check_okay()
                size = int(bytes(connection.read_exact(4)), 16)
                return bytes(connection.read_exact(size))
        except (AdbError, EOFError, OSError, ValueError) as error:
            raise self._failure(error, request, deadline) from error

    def open(self, target: str, service: str, deadline: Deadline) -> adbutils.AdbConnection:
        """Open a service of a phone; the caller closes the connection.

        `target` is a transport's serial or USB path.

        Raises:
            DeviceUnavailableError: the server or the phone is gone, or refuses.
            DeviceTimeoutError: no answer before the deadline.
        """
        connection = self._connect(deadline)
        try:
            connection.send_command(f"host:tport:serial:{target}")
            connection.check_okay()
            connection.read_exact(8)  # the transport's number
            connection.send_command(service)
            connection.check_okay()
        except (AdbError, EOFError, OSError) as error:
            connection.conn.close()
            raise self._failure(error, service, deadline, target) from error
        return connection

    def transports(self, deadline: Deadline) -> tuple[Transport, ...]:
        """Return who is attached, in every state."""
        return parse_transports(self.ask("host:devices-l", deadline))

    def features(self, target: str, deadline: Deadline) -> frozenset[str]:
        """Return what the phone and this server both can do, such as `shell_v2`."""
        answer = self.ask(f"host-serial:{target}:features", deadline)
        return frozenset(answer.split(","))

    def connect(self, address: str, deadline: Deadline) -> None:
        """Have the server reach a phone over TCP, as `adb connect` does.

        Raises:
            DeviceUnavailableError: it could not.
        """
        answer = self.ask(f"host:connect:{address}", deadline)
        if not answer.startswith(("connected to", "already connected to")):
            raise DeviceUnavailableError(
                answer.strip(),
                context=DeviceContext(address, "host:connect"),
                next_step="check that the phone is on the network and wireless debugging is on",
            )

    def listening(self) -> bool:
        """Whether something accepts connections there."""
        try:
            self._connect(Deadline.after(_CONNECT_SECONDS)).close()
        except DeviceUnavailableError:
            return False
        return True

    def ensure(self, deadline: Deadline) -> None:
        """See that a server of a usable version runs; start the ordinary one if it does not.

        Only this machine's own server on adb's own port is started, by `adb start-server`, and
        only if nothing listens there.

        Raises:
            DeviceUnavailableError: there is none and none could be started, or it is too old.
        """
        ordinary = self.host in _LOOPBACK and self.port == DEFAULT_PORT
        if ordinary and not self.listening():
            self._start(deadline)
        answer = self.ask("host:version", deadline)
        if not re.fullmatch(r"[0-9a-fA-F]{4}", answer) or int(answer, 16) < _MINIMUM_VERSION:
            raise DeviceUnavailableError(
                f"this adb server is too old (protocol {answer!r})",
                context=DeviceContext(f"adb server {self}", "host:version"),
                next_step="stop it with `adb kill-server` and install platform-tools 29 or newer",
            )

    def _start(self, deadline: Deadline) -> None:
        argv = [adb_binary(), "-L", f"tcp:localhost:{self.port}", "start-server"]
        try:
            # The daemon inherits these streams: a pipe would stay open for as long as it runs.
            subprocess.run(
                argv,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=max(1.0, deadline.remaining),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._failure(error, "start-server", deadline) from error
        while not self.listening() and not deadline.passed:
            time.sleep(0.1)

    def _connect(self, deadline: Deadline) -> _Connection:
        """Connect; what is read and written there has until the deadline, piece by piece.

        Raises:
            DeviceUnavailableError: nobody listens.
        """
        seconds = max(0.001, deadline.remaining)
        try:
            connection = _Connection(self.host, self.port, min(seconds, _CONNECT_SECONDS))
        except OSError as error:
            raise DeviceUnavailableError(
                f"no adb server answers at {self}",
                context=DeviceContext(f"adb server {self}", "connect"),
                next_step="start one with `adb start-server`, or correct `adb_servers`",
            ) from error
        connection.conn.settimeout(seconds)
        return connection

    def _failure(
        self, error: Exception, request: str, deadline: Deadline, target: str | None = None
    ) -> DeviceUnavailableError:
        context = DeviceContext(target or f"adb server {self}", request)
        if deadline.passed:
            return DeviceTimeoutError(
                "no answer in time",
                context=context,
                next_step="check the cable and the phone's screen, then try again",
            )
        return DeviceUnavailableError(
            str(error) or type(error).__name__,
            context=context,
            next_step="run `harness devices` to see what is attached and what to do",
        )


@functools.cache
def adb_binary() -> str:
    """Return the adb program: ADBUTILS_ADB_PATH, else the one in adbutils' wheel, else PATH's.

    The wheel's comes before PATH's because its age is known: Debian 12 still ships 29.0.6, which
    cannot push uncompressed.

    Raises:
        DeviceUnavailableError: there is none that runs here.
    """
    shipped = (
        Path(adbutils.__file__).parent / "binaries" / ("adb.exe" if os.name == "nt" else "adb")
    )
    for path in (os.environ.get("ADBUTILS_ADB_PATH"), str(shipped), shutil.which("adb")):
        if path is not None and _runs(path):
            return path
    raise DeviceUnavailableError(
        "no adb program that runs on this machine",
        context=DeviceContext("adb server", "adb version"),
        next_step="install Android platform-tools, or set ADBUTILS_ADB_PATH to the program",
    )


def _runs(path: str) -> bool:
    try:
        done = subprocess.run([path, "version"], check=False, capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
