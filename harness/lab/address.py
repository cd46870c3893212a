"""Where an adb server listens, and which one adb itself would ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import UsageError

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5037  # packages/modules/adb: adb.h, DEFAULT_ADB_PORT
_ADDRESS = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<host>[A-Za-z0-9._-]+)):(?P<port>\d{1,5})"
)
_MAX_PORT = 65535


@dataclass(frozen=True, order=True)
class AdbServer:
    """An adb server by host and port."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> AdbServer | None:
    """Read `host:port` or `[v6]:port`; None when it is neither."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or not 1 <= int(match["port"]) <= _MAX_PORT:
        return None
    return AdbServer(match["v6"] or match["host"], int(match["port"]))


def server_of_environment(environment: Mapping[str, str]) -> AdbServer:
    """Return the server that adb itself would ask, by its own variables.

    ADB_SERVER_SOCKET comes before ANDROID_ADB_SERVER_ADDRESS and ANDROID_ADB_SERVER_PORT
    (packages/modules/adb: client/commandline.cpp).

    Raises:
        UsageError: a variable is set to something that is no TCP address.
    """
    socket = environment.get("ADB_SERVER_SOCKET")
    if socket:
        where = socket.removeprefix("tcp:")
        address = parse_address(f"{DEFAULT_HOST}:{where}" if where.isdigit() else where)
        if where == socket or address is None:
            raise UsageError(
                f"ADB_SERVER_SOCKET is '{socket}', which is no tcp:host:port",
                next_step="set it to tcp:127.0.0.1:5037, or unset it",
            )
        return address
    host = environment.get("ANDROID_ADB_SERVER_ADDRESS") or DEFAULT_HOST
    port = environment.get("ANDROID_ADB_SERVER_PORT") or str(DEFAULT_PORT)
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= _MAX_PORT):
        raise UsageError(
            f"ANDROID_ADB_SERVER_PORT is '{port}', which is no port",
            next_step="set it to a number from 1 to 65535, or unset it",
        )
    return AdbServer(host, int(port))
