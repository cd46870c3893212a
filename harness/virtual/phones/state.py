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

_FLASH_US, _FLASH_BYTES_PER_US = 6_000.0, 300.0  # made up, of the right order


@dataclass
class Clock:
    """The phone's own seconds. Simulated work takes `1 / speed` of the time that it reports.

    Outside such work the clock runs with the host's, so that shells and time limits of the phone
    behave; `spend` lets it catch up with the work that was not waited for. Work side by side takes
    the time of the longest.
    """

    speed: float = 1.0
    _ahead: float = 0.0

    def __call__(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic() + self._ahead

    async def spend(self, seconds: float) -> None:
        """Let `seconds` of the phone's time pass."""
        over = self() + seconds
        await asyncio.sleep(seconds / self.speed)
        self._ahead = max(self._ahead, over - time.monotonic())


@dataclass
class PhoneState:
    """What changes while a phone runs. `seed` makes two labs with the same calls alike."""

    phone: Phone
    clock: Clock
    seed: int = 0
    heat: float = 0.0
    launches: int = 0
    frozen_heat: float | None = None
    status_faked: int | None = None
    settings: dict[tuple[str, str], str] = field(default_factory=dict)
    awake: bool = False
    doze: set[str] = field(default_factory=lambda: {"deep", "light"})
    fixed_performance: bool = False
    dexopt_enabled: bool = True
    dexopt_started: int = 0
    accounts: Accounts = field(default_factory=Accounts)
    files_forgotten: bool = False
    tracer: Tracer = field(default_factory=Tracer)
    _cooled_at: float = 0.0

    def __post_init__(self) -> None:
        self._cooled_at = self.clock()
        self.heat = self.simulation.starts_at_heat
        if self.simulation.battery_frozen:
            self.frozen_heat = 1.0
        if self.simulation.power_saver:
            self.settings["global", "low_power"] = "1"

    @property
    def simulation(self) -> Simulation:
        """How the simulation treats this phone."""
        return self.phone.model.simulation

    async def forget(self) -> None:
        """Lose what does not outlive a reboot."""
        self.awake, self.fixed_performance, self.dexopt_enabled = False, False, True
        self.doze = {"deep", "light"}

    def launch(self) -> np.random.Generator:
        """Return the randomness of the next process: the n-th launch of a phone is always alike."""
        self.launches += 1
        text = f"{self.seed}/{self.phone.serial}/{self.launches}"
        return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]))

    def read_anew_us(self, size: int) -> int:
        """Return what reading a model of so many bytes from flash costs now, in us: once."""
        forgotten, self.files_forgotten = self.files_forgotten, False
        return int(_FLASH_US + size / _FLASH_BYTES_PER_US) if forgotten else 0

    def busy_ticks(self) -> tuple[int, int]:
        """Return the ticks of all CPUs together that other programs took, and those left idle."""
        cpus = sum(len(cluster.cpus) for cluster in self.phone.model.cpu.clusters)
        ticks = self.clock() * 100 * cpus
        busy = ticks * self.simulation.busy
        return int(busy), int(ticks - busy)

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
    def holds_clocks(self) -> bool:
        """Whether the fixed-performance mode is on and does something."""
        return self.fixed_performance and self.simulation.fixed_performance == "works"

    @property
    def pace(self) -> float:
        """The share of the full clock that is left: 1 when cool, `slowest` at heat 1."""
        start = self.simulation.throttle_from
        over = max(0.0, self.heat - start) / (1.0 - start)
        return 1.0 - (1.0 - self.simulation.slowest) * over
