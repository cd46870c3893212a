"""A reader of flatbuffers that trusts nothing: every offset is checked, all work is bounded.

Generated accessors assume a sound file; on a damaged one they loop or raise whatever comes. Layout:
https://flatbuffers.dev/internals. All integers are little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field


class MalformedError(ValueError):
    """Raised when bytes are no sound flatbuffer."""


@dataclass
class Buffer:
    """The bytes, and how many vector elements may still be read from them.

    Elements lie in the file, so a sound file has fewer of them than bytes; one whose offsets form
    a maze runs out instead of keeping us busy.
    """

    data: bytes | memoryview
    budget: int = field(init=False)

    def __post_init__(self) -> None:
        self.budget = len(self.data) + 1024

    def read(self, layout: str, at: int) -> int | float:
        """Read one scalar at a byte offset."""
        if at < 0:
            raise MalformedError(f"offset {at} lies before the file")
        try:
            value: int | float = struct.unpack_from(f"<{layout}", self.data, at)[0]
        except struct.error as error:
            raise MalformedError(f"offset {at} lies outside the file") from error
        return value

    def integer(self, layout: str, at: int) -> int:
        """Read one integer at a byte offset."""
        return int(self.read(layout, at))

    def follow(self, at: int) -> int:
        """Follow the unsigned offset that is stored at `at`."""
        return at + self.integer("I", at)

    def span(self, at: int, size: int) -> int:
        """Return where the elements of the vector at `at` begin, and pay for their count."""
        length = self.integer("I", at)
        if at + 4 + length * size > len(self.data):
            raise MalformedError(f"vector at {at} claims {length} elements")
        self.budget -= length
        if self.budget < 0:
            raise MalformedError("more elements than the file can hold")
        return length

    def root(self) -> Table:
        """Return the outermost table."""
        return Table(self, self.follow(0))


class Table:
    """A table: fields by their number in the schema; absent ones have their default."""

    def __init__(self, buffer: Buffer, at: int) -> None:
        self._buffer = buffer
        self._at = at
        self._vtable = at - buffer.integer("i", at)
        if self._vtable < 0:
            raise MalformedError(f"table at {at} has no field list")
        self._fields = (buffer.integer("H", self._vtable) - 4) // 2

    def _field(self, number: int) -> int | None:
        if number >= self._fields:
            return None
        offset = self._buffer.integer("H", self._vtable + 4 + 2 * number)
        return self._at + offset if offset else None

    def integer(self, number: int, layout: str, default: int = 0) -> int:
        """Read an integer field; `layout` is its struct letter."""
        at = self._field(number)
        return default if at is None else self._buffer.integer(layout, at)

    def table(self, number: int) -> Table | None:
        """Read a table field."""
        at = self._field(number)
        return None if at is None else Table(self._buffer, self._buffer.follow(at))

    def length(self, number: int) -> int:
        """Count the elements of a vector of bytes without reading them."""
        at = self._field(number)
        return 0 if at is None else self._buffer.integer("I", self._buffer.follow(at))

    def text(self, number: int) -> str:
        """Read a string; bytes that are no UTF-8 are replaced."""
        at = self._field(number)
        if at is None:
            return ""
        start = self._buffer.follow(at)
        length = self._buffer.span(start, 1)
        return bytes(self._buffer.data[start + 4 : start + 4 + length]).decode(errors="replace")

    def numbers(self, number: int, layout: str) -> tuple[int, ...]:
        """Read a vector of integers; `layout` is the struct letter of one."""
        return tuple(map(int, self._vector(number, layout)))

    def floats(self, number: int) -> tuple[float, ...]:
        """Read a vector of 32-bit floats."""
        return tuple(map(float, self._vector(number, "f")))

    def tables(self, number: int) -> list[Table]:
        """Read a vector of tables."""
        at = self._field(number)
        if at is None:
            return []
        start = self._buffer.follow(at)
        length = self._buffer.span(start, 4)
        places = (start + 4 + 4 * index for index in range(length))
        return [Table(self._buffer, self._buffer.follow(place)) for place in places]

    def _vector(self, number: int, layout: str) -> tuple[int | float, ...]:
        at = self._field(number)
        if at is None:
            return ()
        start = self._buffer.follow(at)
        length = self._buffer.span(start, struct.calcsize(f"<{layout}"))
        values: tuple[int | float, ...] = struct.unpack_from(
            f"<{length}{layout}", self._buffer.data, start + 4
        )
        return values
