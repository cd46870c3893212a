"""The cable of a virtual phone: what may go wrong between adb and the phone."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field


@dataclass
class Link:
    """The state of the way to a phone; every connection asks it before it moves bytes.

    `bytes_per_second` limits each direction (None: as fast as it goes).
    """

    bytes_per_second: float | None = None
    _away_until: float = 0.0
    _stalled_until: float = 0.0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def drop(self) -> None:
        """Cut every connection now; the adb server may come back at once."""
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def away(self, seconds: float) -> None:
        """Cut every connection and answer no new one for `seconds`: adb shows `offline` so long."""
        self._away_until = max(self._away_until, time.monotonic() + seconds)
        await self.drop()

    def back(self) -> None:
        """End an absence before its time."""
        self._away_until = 0.0

    def stall(self, seconds: float) -> None:
        """Move nothing for `seconds`, connections stay up."""
        self._stalled_until = time.monotonic() + seconds

    @property
    def is_away(self) -> bool:
        """Whether new connections get no answer."""
        return time.monotonic() < self._away_until

    def attach(self, writer: asyncio.StreamWriter) -> None:
        """Count a connection in."""
        self._writers.add(writer)

    def detach(self, writer: asyncio.StreamWriter) -> None:
        """Count a connection out."""
        self._writers.discard(writer)

    async def carry(self, size: int) -> None:
        """Wait as long as the link takes for `size` bytes."""
        while (wait := self._stalled_until - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        if self.bytes_per_second:
            await asyncio.sleep(size / self.bytes_per_second)
