"""From the tool's microseconds to the milliseconds of results.json."""

from __future__ import annotations

from typing import overload

_US_PER_MS = 1000.0


@overload
def in_ms(us: float) -> float: ...
@overload
def in_ms(us: float | None) -> float | None: ...
def in_ms(us: float | None) -> float | None:
    """Return milliseconds to the nanosecond; None stays unknown."""
    return None if us is None else round(us / _US_PER_MS, 6)
