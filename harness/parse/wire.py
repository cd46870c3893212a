"""The wire format of protocol buffers, as far as flat messages of numbers and strings need it.

https://protobuf.dev/programming-guides/encoding. For schemas that no wheel ships.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from harness.errors import EvidenceError

_VARINT, _BYTES = 0, 2
_LAYOUTS = {1: "<d", 5: "<f"}
_MAX_VARINT = 10  # bytes of 64 bits, seven at a time
_NEXT_STEP = "run the tool again; it may have been ended while it wrote the file"

Value = int | float | bytes
"""A varint, a `float` or `double` (what has a fixed width is read as one), or bytes."""


def read_fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """Yield the fields of one message, number and value, in the order of the bytes.

    Raises:
        EvidenceError: the bytes are no whole message.
    """
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise _broken(at)
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if kind == _BYTES:
            size, at = _varint(data, at)
        elif kind in _LAYOUTS:
            size = struct.calcsize(_LAYOUTS[kind])
        else:
            raise _broken(at)  # groups went out of use before any of these files was written
        if size > len(data) - at:
            raise _broken(at)
        piece = data[at : at + size]
        yield number, piece if kind == _BYTES else float(struct.unpack(_LAYOUTS[kind], piece)[0])
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_MAX_VARINT):
        if at + place >= len(data):
            break
        byte = data[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 (the last byte of a varint has no high bit)
            return value, at + place + 1
    raise _broken(at)


def _broken(at: int) -> EvidenceError:
    return EvidenceError(f"not a protocol buffer: byte {at} fits no field", next_step=_NEXT_STEP)
