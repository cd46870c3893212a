"""The live state of a virtual phone: its clock, its heat, its settings."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass, field

import numpy as np

from harness.virtual.phones.accounts import Accounts
from harness.virtual.phones.description import Phone, Simulation
from harness.virtual.phones.tracing import Tracer


@dataclass
class Clock:
    """The phone's own seconds. Simulated work takes `1 / speed` of the time that it reports.

    Outside such work the clock runs with the host's, so that shells and time limits of the phone
    behave; `spend` lets it catch up with the work that was not waited for.
    """

    speed: float = 1.0
    _ahead: float = 0.0

    def __call__(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic() + self._ahead

    async def spend(self, seconds: float) -> None:
        """Let `seconds` of the phone's time pass."""
        began = time.monotonic()
        await asyncio.sleep(seconds / self.speed)
        self._ahead += max(0.0, seconds - (time.monotonic() - began))


@dataclass
class PhoneState:
    """What changes while a phone runs. `seed` makes two labs with the same calls alike."""

    phone: Phone
    clock: Clock
    seed: int = 0
    heat: float = 0.0
    launches: int = 0
    battery_frozen: bool = False
    settings: dict[tuple[str, str], str] = field(default_factory=dict)
    accounts: Accounts = field(default_factory=Accounts)
    tracer: Tracer = field(default_factory=Tracer)
    _cooled_at: float = 0.0

    def __post_init__(self) -> None:
        self._cooled_at = self.clock()

    @property
    def simulation(self) -> Simulation:
        """How the simulation treats this phone."""
        return self.phone.model.simulation

    def launch(self) -> np.random.Generator:
        """Return the randomness of the next process: the n-th launch of a phone is always alike."""
        self.launches += 1
        text = f"{self.seed}/{self.phone.serial}/{self.launches}"
        return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]))

    def work(self, seconds: float) -> None:
        """Grow hot by `seconds` of work."""
        self.cool()
        self.heat = min(1.0, self.heat + seconds * self.simulation.heat_per_s)

    def cool(self) -> None:
        """Sink towards rest by the time that has passed."""
        now = self.clock()
        self.heat = max(0.0, self.heat - (now - self._cooled_at) * self.simulation.cool_per_s)
        self._cooled_at = now

    @property
    def pace(self) -> float:
        """The share of the full clock that is left: 1 when cool, `slowest` at heat 1."""
        start = self.simulation.throttle_from
        over = max(0.0, self.heat - start) / (1.0 - start)
        return 1.0 - (1.0 - self.simulation.slowest) * over
