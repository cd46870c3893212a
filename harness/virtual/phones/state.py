"""The live state of a virtual phone: its clock, its heat, its settings."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from harness.virtual.phones.accounts import Accounts
from harness.virtual.phones.clock import Clock
from harness.virtual.phones.description import Phone, Simulation
from harness.virtual.phones.gauge import Gauge
from harness.virtual.phones.tracing import Tracer

_FLASH_US, _FLASH_BYTES_PER_US = 6_000.0, 300.0  # made up, of the right order


@dataclass(frozen=True)
class _Effort:
    """A tool at work: since when, how long, the heat that comes of it, and how hard it works."""

    since: float
    seconds: float
    heat: float
    load: float


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
    accounts: Accounts = field(default_factory=Accounts)
    files_forgotten: bool = False
    tracer: Tracer = field(default_factory=Tracer)
    gauge: Gauge = field(default_factory=Gauge)
    _efforts: list[_Effort] = field(default_factory=list)
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

    @contextlib.contextmanager
    def at_work(self, seconds: float, *, before: float, load: float) -> Iterator[None]:
        """Let a tool work for so long, while the block spends the time.

        Its heat is booked already, since it decides the latencies; what is felt grows as the work
        goes on. `before` is the heat at its begin, `load` how hard it works, 0 to 1.
        """
        self.book()
        effort = _Effort(self.clock(), seconds, max(0.0, self.heat - before), load)
        self._efforts.append(effort)
        try:
            yield
        finally:
            self.book()
            self._efforts.remove(effort)

    def book(self) -> None:
        """Let the fuel gauge count up to now."""
        self.gauge.book(self.clock(), self.load)

    @property
    def load(self) -> float:
        """How hard tools work now, 0 to 1."""
        return min(1.0, sum(effort.load for effort in self._efforts))

    @property
    def felt(self) -> float:
        """The heat as sensors feel it now: that of work to come is not there yet."""
        self.cool()
        now, to_come = self.clock(), 0.0
        for effort in self._efforts:
            done = (now - effort.since) / effort.seconds if effort.seconds > 0 else 1.0
            to_come += effort.heat * max(0.0, 1.0 - done)
        return max(0.0, self.heat - to_come)

    @property
    def holds_clocks(self) -> bool:
        """Whether the fixed-performance mode is on and does something."""
        return self.fixed_performance and self.simulation.fixed_performance == "works"

    @property
    def pace(self) -> float:
        """The share of the full clock that is left: 1 when cool, `slowest` at heat 1."""
        return self.pace_at(self.heat)

    def pace_at(self, heat: float) -> float:
        """Return the share of the full clock that some heat leaves."""
        start = self.simulation.throttle_from
        over = max(0.0, heat - start) / (1.0 - start)
        return 1.0 - (1.0 - self.simulation.slowest) * over
