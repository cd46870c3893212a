"""adb packets: 24 bytes of header, then a payload (protocol.txt of the adb module)."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass
from enum import IntEnum

VERSION = 0x01000001  # from here on payloads carry no checksum
MAX_PAYLOAD = 1 << 20
_FIRST_VERSION = 0x01000000
_HEADER = struct.Struct("<6I")


class Command(IntEnum):
    """What a packet is: four letters, little-endian."""

    SYNC = 0x434E5953
    CNXN = 0x4E584E43
    AUTH = 0x48545541
    OPEN = 0x4E45504F
    OKAY = 0x59414B4F
    CLSE = 0x45534C43
    WRTE = 0x45545257
    STLS = 0x534C5453


class ProtocolError(Exception):
    """Raised when the peer does not speak adb; the connection is dropped."""


@dataclass(frozen=True)
class Packet:
    """One packet. The meaning of the two arguments depends on the command."""

    command: Command
    arg0: int = 0
    arg1: int = 0
    payload: bytes = b""

    def encode(self, version: int = _FIRST_VERSION) -> bytes:
        """Return the bytes on the wire; older versions want a checksum."""
        check = sum(self.payload) & 0xFFFFFFFF if version < VERSION else 0
        head = _HEADER.pack(
            self.command,
            self.arg0,
            self.arg1,
            len(self.payload),
            check,
            self.command ^ 0xFFFFFFFF,
        )
        return head + self.payload


async def read_packet(reader: asyncio.StreamReader) -> Packet:
    """Read one packet.

    Raises:
        ProtocolError: magic, command or size is off.
        asyncio.IncompleteReadError: the peer hung up.
    """
    number, arg0, arg1, size, _, magic = _HEADER.unpack(await reader.readexactly(_HEADER.size))
    if magic != number ^ 0xFFFFFFFF or size > MAX_PAYLOAD:
        raise ProtocolError(f"header {number:#x} with magic {magic:#x} and {size} bytes")
    try:
        command = Command(number)
    except ValueError:
        raise ProtocolError(f"command {number:#x}") from None
    return Packet(command, arg0, arg1, await reader.readexactly(size) if size else b"")
