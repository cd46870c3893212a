"""Simulated phones whose truth is known: the yardstick that methods of statistics are held against.

Everything here was fixed, with its source, before any method was compared; the history of this file
shows it. Nothing in it knows a method.

**The truth.** The p50 of a cell is the median of its rounds' medians, and its interval speaks of
the next process. So the truth is the *median of the distribution of process medians*: of processes
started on that phone, that night, at any moment of the window in which the cell's rounds ran. It is
neither a mean nor a mode. Of two clocks with a share of a half each, every time between the two is
such a median; the middle of the gap is taken. Where a sweep stops early, the window ends there.
What one night cannot know, the median over all nights, is counted apart, as `lasting`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray

BASE_US = 2_000.0
"""The time of the simulated model. The tool counts whole microseconds: little of that here."""

INVOCATIONS = 50
"""`--num_runs` of the tool by default."""

CALM, USUAL, RESTLESS, WILD = 0.004, 0.013, 0.031, 0.086
"""Spread between processes, as the standard deviation of the log.

A public study of llama.cpp on a OnePlus has ranges of 0.93 to 7.25 % within a cell of 5 runs; the
range of 5 normal values is 2.33 deviations: 0.4 to 3.1 %. 3 % is what gates, pinning and cooling
leave; 20 % is a phone that nobody controls (IREE #6337, a Pixel 4).
"""

WITHIN = 0.02
"""Deviation of invocations in one process; the median of 50 independent ones scatters by 0.4 %."""

CORRELATION = 0.9
"""From one invocation to the next: they share clocks and heat. As an AR(1)."""

TAIL_SHARE, TAIL_TIMES = 0.015, 1.6
"""Invocations that something interrupts (IREE #7795: minimum and mean lie tens of % apart)."""

NIGHTS = 0.026
"""Between nights: a reviewer of MLPerf Mobile must come within 5 %; as bounds of 95 %, 2.6 %."""

CLOCKS = ((1.05, 0.5), (1.20, 0.5), (1.20, 0.75), (1.20, 0.9), (3.0, 0.6))
"""(slow over fast, share of fast processes): 20 % is IREE #6337's Pixel 4, 3 the 80 to 240 ms of
one model in MNN #442, 5 % the difference that MLPerf lets pass. Half and half is the worst case for
a median."""

DRIFTS = (-0.006, 0.05, 0.15)
"""Over the budget of rounds: -0.6 % from run 1 to 5 (the OnePlus), 5 % as in MLPerf's rule, 15 % as
harness.stats.validity allows at the most."""

THROTTLED = (1.11, 1.30, 1.91)
"""Sustained over burst after 30 min of CPU: Dimensity 900, Exynos 2400e, Tensor G3 (MegaDetector
#34). The clock falls once, at a moment that is as likely as any other of the budget."""

SAW_TOOTH_ROUNDS = 6.0
"""A saw-tooth between 48 and 76 C with gaps of 16 to 20 s (the OnePlus): some rounds a tooth."""

BUDGET = 20
"""The most rounds that any rule allows."""

Factor = Callable[[Array, Array], Array]
"""Of (moment in rounds, chance in 0..1 of the sweep): how much slower the phone is then."""


def steady(moment: Array, _chance: Array) -> Array:
    """Return 1: nothing changes."""
    return np.ones_like(moment)


def drifting(total: float) -> Factor:
    """Return a phone that gets slower by `total` over the budget, evenly."""
    return lambda moment, _chance: 1 + total * moment / BUDGET


def falling(times: float) -> Factor:
    """Return a phone whose clock falls once."""
    return lambda moment, chance: np.where(moment < chance * BUDGET, 1.0, times)


def saw_tooth(times: float) -> Factor:
    """Return a phone that heats up and cools down, from a phase of its own on."""
    return lambda moment, chance: 1 + (times - 1) * ((moment / SAW_TOOTH_ROUNDS + chance) % 1.0)


@dataclass(frozen=True)
class Kind:
    """One kind of noise. `skew` adds a one-sided exponential part to the spread between processes.

    `slow` and `fast_share` make two clocks; `nights` scatters whole sweeps; `factor` is time's.
    """

    name: str
    between: float = USUAL
    skew: float = 0.0
    slow: float = 1.0
    fast_share: float = 1.0
    nights: float = 0.0
    correlation: float = CORRELATION
    factor: Factor = field(default=steady)

    @property
    def varies_in_time(self) -> bool:
        """Whether the moment of a round matters."""
        return self.factor is not steady


KINDS = (
    Kind("calm", CALM),
    Kind("usual", USUAL),
    Kind("restless", RESTLESS),
    Kind("uncontrolled", WILD),
    Kind("independent invocations", correlation=0.0),
    Kind("skewed", USUAL, skew=RESTLESS),
    Kind("nights", nights=NIGHTS),
    *(Kind(f"clocks {r:g}x, {s:.0%} fast", CALM, slow=r, fast_share=s) for r, s in CLOCKS),
    Kind("clocks 1.2x, restless", RESTLESS, slow=1.2, fast_share=0.5),
    *(Kind(f"drift {total:+.1%}", factor=drifting(total)) for total in DRIFTS),
    *(Kind(f"throttled {times:g}x", factor=falling(times)) for times in THROTTLED),
    Kind("saw-tooth 1.11x", factor=saw_tooth(THROTTLED[0])),
)


@dataclass(frozen=True)
class Sweeps:
    """`medians` (sweeps, BUDGET) of one cell in us, as the tool prints them, in running order.

    `moments` (same shape) are when the rounds ran, in rounds from the start. `chance` (sweeps) is
    each sweep's own; `night` (sweeps) its factor.
    """

    kind: Kind
    medians: Array
    moments: Array
    chance: Array
    night: Array


def invocations(kind: Kind, processes: int, chance: np.random.Generator) -> Array:
    """Draw (processes, INVOCATIONS) relative times within processes, before time's own factor.

    The process's own level is in them: spread, skew and clock.
    """
    level = np.exp(chance.normal(0, kind.between, processes))
    if kind.skew:
        level *= np.exp(chance.exponential(kind.skew, processes))
    level = np.where(chance.random(processes) < kind.fast_share, level, level * kind.slow)
    logs = np.empty((INVOCATIONS, processes), dtype=np.float32)
    fresh = np.sqrt(1 - kind.correlation**2)
    logs[0] = chance.standard_normal(processes, dtype=np.float32)
    for n in range(1, INVOCATIONS):
        logs[n] = chance.standard_normal(processes, dtype=np.float32)
        logs[n] = kind.correlation * logs[n - 1] + fresh * logs[n]
    times = np.exp(WITHIN * logs)
    times[chance.random(times.shape, dtype=np.float32) < TAIL_SHARE] *= TAIL_TIMES
    return (times * level).T


def upper_median(times: Array) -> Array:
    """Return the tool's median of each process: the value of rank n // 2 + 1."""
    middle = INVOCATIONS // 2
    return np.partition(times, middle, axis=-1)[..., middle]


def sweeps(
    kind: Kind, count: int, chance: np.random.Generator, beside: Sweeps | None = None
) -> Sweeps:
    """Draw `count` sweeps of one interleaved cell, on the phones and nights of another if given."""
    own = upper_median(invocations(kind, count * BUDGET, chance)).reshape(count, BUDGET)
    # The cell stands at another place in each turn; a Williams design balances which.
    moments = np.arange(BUDGET) + chance.random((count, BUDGET))
    luck = chance.random(count) if beside is None else beside.chance
    night = np.exp(chance.normal(0, kind.nights, count)) if beside is None else beside.night
    factor = kind.factor(moments, np.broadcast_to(luck[:, None], moments.shape))
    medians = np.rint(BASE_US * own * factor * night[:, None])
    return Sweeps(kind, medians, moments, luck, night)


class Truth:
    """The true p50 of sweeps of one kind, from a great many processes of it."""

    def __init__(self, kind: Kind, chance: np.random.Generator, processes: int = 100_000) -> None:
        self._kind = kind
        self._own = np.sort(upper_median(invocations(kind, processes, chance))) * BASE_US

    def of_night(self, made: Sweeps, rounds: Array) -> Array:
        """Return each sweep's truth over the window of its first `rounds` (sweeps) rounds."""
        if not self._kind.varies_in_time:
            return self._middle() * made.night
        grid = (np.arange(60) + 0.5) / 60
        moments = grid * rounds[:, None]
        factor = self._kind.factor(moments, np.broadcast_to(made.chance[:, None], moments.shape))
        low = self._own[0] * factor.min(axis=1)
        high = self._own[-1] * factor.max(axis=1)
        for _ in range(22):
            middle = (low + high) / 2
            below = np.searchsorted(self._own, middle[:, None] / factor).mean(axis=1)
            under = below < len(self._own) / 2
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return (low + high) / 2 * made.night

    def lasting(self) -> float:
        """Return the median over processes of all nights of a phone that does not change."""
        return self._middle()

    def _middle(self) -> float:
        """Return the median; between two clocks of a half each, the middle of the gap.

        A sample's middle falls to one side or the other by luck; this does not.
        """
        kind = self._kind
        if kind.slow > 1 and kind.fast_share == 0.5:  # noqa: PLR2004 (half and half)
            fast = self._own[: len(self._own) // 2]
            return float(np.median(fast) * np.sqrt(kind.slow))
        return float(np.median(self._own))
