"""The clock of a virtual phone: it hurries through simulated work, and stops for who wakes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

_TURN_S = 0.05
"""How long the clock may stand still for a process that woke up."""

_LEAST_S = 0.015
"""No work passes faster than that, so that who is to look at it has begun to."""

_SAME_S = 1e-6


@dataclass
class _Span:
    """Seconds of the phone that pass faster than the host's; `resumed` is None while they stop."""

    since: float
    seconds: float
    speed: float
    done: float = 0.0
    resumed: float | None = None

    def reached(self) -> float:
        """Return the phone's time in this span."""
        running = 0.0 if self.resumed is None else (time.monotonic() - self.resumed) * self.speed
        return self.since + min(self.seconds, self.done + running)

    def stop(self, at_most: float) -> None:
        """Stand still, no later than at a moment that something is due."""
        self.done = max(self.done, min(self.reached(), at_most) - self.since)
        self.resumed = None


@dataclass
class Clock:
    """The phone's own seconds. Simulated work takes `1 / speed` of the time that it reports.

    Outside such work the clock runs with the host's, so that shells and time limits of the phone
    behave. While work is spent it runs `speed` times as fast, from one moment that a process sleeps
    for to the next: there it stands still until that process has had its turn, so that who looks at
    the phone at times sees it at those times. Work side by side takes the time of the longest.
    """

    speed: float = 1.0
    _ahead: float = 0.0
    _spans: list[_Span] = field(default_factory=list)
    _due: list[float] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self) -> float:
        """Return seconds that only grow."""
        now = time.monotonic() + self._ahead
        return max([now, *(span.reached() for span in self._spans)])

    async def spend(self, seconds: float) -> None:
        """Let `seconds` of the phone's time pass."""
        if seconds <= 0:
            return
        span = _Span(self(), seconds, min(self.speed, seconds / _LEAST_S))
        self._spans.append(span)
        self._tell()
        try:
            while (left := span.since + seconds - span.reached()) > 0:
                due = min(
                    [until for until in self._due if until - span.reached() > _SAME_S], default=None
                )
                way = left if due is None else min(left, due - span.reached())
                span.resumed = time.monotonic()
                await self._told(way / span.speed)
                reached = due is not None and span.reached() >= due
                span.stop(due if reached and due is not None else float("inf"))
                if reached:
                    self._tell()
                    await self._told(_TURN_S)
        finally:
            span.stop(float("inf"))
            self._spans.remove(span)
            self._ahead = max(self._ahead, span.reached() - time.monotonic())
            self._tell()

    async def rest(self, seconds: float) -> None:
        """Let `seconds` pass as if they were work, unless there is work: then beside it."""
        await (self.sleep if self._spans else self.spend)(seconds)

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed on the phone, however fast."""
        until = self() + seconds
        self._due.append(until)
        self._tell()
        try:
            while (left := until - self()) > _SAME_S:
                await self._told(None if self._spans else left)
        finally:
            self._due.remove(until)

    async def _told(self, seconds: float | None) -> None:
        """Wait until something about the clock changes, at most so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
