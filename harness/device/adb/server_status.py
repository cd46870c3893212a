"""What an adb server says of itself and of its links, from version 35 on.

`host:server-status` answers with AdbServerStatus of packages/modules/adb (proto/adb_host.proto),
`host:track-devices-proto-text` with Devices (proto/devices.proto) as text. Older servers refuse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.deadline import Deadline
from harness.device.adb.server import Server
from harness.errors import DeviceUnavailableError, EvidenceError
from harness.parse.wire import read_fields

_BACK_ENDS = {1: "native", 2: "libusb"}
_BACK_END, _VERSION, _BUILD, _PROGRAM = 1, 5, 6, 7  # field numbers of AdbServerStatus
_ENTRY = re.compile(r'^\s+([a-z_]{1,40}): (?:"(.*)"|(\S+))\s*$')


@dataclass(frozen=True)
class ServerStatus:
    """A server's own account; None is what it did not say. `back_end`: native or libusb."""

    version: str | None = None
    back_end: str | None = None
    build: str | None = None
    program: str | None = None


@dataclass(frozen=True)
class LinkSpeed:
    """A cable's speed in Mbit/s: what was agreed on, and the most that the phone can."""

    serial: str
    negotiated: int | None = None
    most: int | None = None


def parse_status(data: bytes) -> ServerStatus:
    """Read an AdbServerStatus; fields that are unknown or damaged are left out."""
    found: dict[int, str] = {}
    try:
        for number, value in read_fields(data):
            if isinstance(value, bytes):
                found[number] = value.decode("utf-8", "replace")
            elif number == _BACK_END:
                found[number] = _BACK_ENDS.get(int(value), "")
    except EvidenceError:
        pass
    return ServerStatus(
        *(found.get(number) or None for number in (_VERSION, _BACK_END, _BUILD, _PROGRAM))
    )


def parse_speeds(text: str) -> dict[str, LinkSpeed]:
    """Read the text form of a device list: the speeds of the phones that hang on a cable."""
    found: dict[str, LinkSpeed] = {}
    entry: dict[str, str] = {}
    for line in text.splitlines():
        match = _ENTRY.match(line)
        if match is not None:
            entry[match[1]] = match[2] if match[2] is not None else match[3]
        elif line.startswith("}"):
            if entry.get("connection_type") == "USB" and "serial" in entry:
                speeds = (_speed(entry, "negotiated_speed"), _speed(entry, "max_speed"))
                found[entry["serial"]] = LinkSpeed(entry["serial"], *speeds)
            entry = {}
    return found


def read_status(server: Server, deadline: Deadline) -> ServerStatus | None:
    """Ask a server for its own account; None where it is too old to give one.

    Raises:
        DeviceTimeoutError: no answer before the deadline.
    """
    try:
        return parse_status(server.ask_bytes("host:server-status", deadline))
    except DeviceUnavailableError:
        if deadline.passed:
            raise
        return None


def read_speeds(server: Server, deadline: Deadline) -> dict[str, LinkSpeed] | None:
    """Ask a server for the speed of its cables; None where it is too old to know."""
    try:
        return parse_speeds(server.ask("host:track-devices-proto-text", deadline))
    except DeviceUnavailableError:
        return None


def _speed(entry: dict[str, str], key: str) -> int | None:
    value = entry.get(key, "")
    return int(value) if value.isdecimal() and len(value) < 10 and int(value) > 0 else None  # noqa: PLR2004 (digits)
