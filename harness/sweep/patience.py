"""Whether a wait is still worth it: something must get better every so often. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.bench.preflight import LABELLED, Obstacle, surfaces
from harness.device.base import Health

STALL_S = 240.0
"""A wait in which nothing gets better for so long is given up: a phone that charges in the sun does
not cool. Clock ceilings were seen to come back 150 s after the load was gone (a Pixel 7a)."""

LOAD_STALL_S = 60.0
"""As long as that for load alone: it comes and goes faster than heat, and refuses no launch."""

RECHECK_S = 60.0
"""After a wait in vain the next is given up so soon, and each one after it twice as soon."""

_STEP_C = 0.1  # what a battery's gauge tells apart
_STEP_SHARE = 0.02  # of the first distance to a limit; less is no progress


@dataclass
class Patience:
    """One wait, look by look; lower is better for everything that is watched."""

    stall_s: float
    best: dict[str, float] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    better_at: float = 0.0

    def lasts(self, health: Health, obstacles: Sequence[Obstacle], waited_s: float) -> bool:
        """Take note of a look, `waited_s` after the first, and say whether to wait on."""
        for name, value, step in self._marks(health, obstacles):
            if name not in self.best:
                self.best[name] = value
            elif value <= self.best[name] - step:
                self.best[name], self.better_at = value, waited_s
        stall = min(self.stall_s, LOAD_STALL_S) if is_load(obstacles) else self.stall_s
        return waited_s - self.better_at < stall

    def _marks(
        self, health: Health, obstacles: Sequence[Obstacle]
    ) -> Iterator[tuple[str, float, float]]:
        for name, celsius in surfaces(health).items():
            yield name, celsius, _STEP_C
        for one in obstacles:
            start = self.first.setdefault(one.gate, one.distance)
            yield one.gate, one.distance, max(_STEP_SHARE * start, 1e-6)


@dataclass
class Lessons:
    """How long waits may stall, by what earlier waits on the device came to.

    What was waited for in vain is looked at again, but not for as long: the launches that are left
    must not each cost a whole wait.
    """

    _heat: float | None = None
    _load: float | None = None

    def patience(self, obstacles: Sequence[Obstacle]) -> Patience:
        """Return the patience for a wait that begins with these obstacles."""
        learned = self._load if is_load(obstacles) else self._heat
        return Patience(STALL_S if learned is None else learned)

    def vain(self, obstacles: Sequence[Obstacle]) -> None:
        """A wait was given up with these obstacles still there."""
        if is_load(obstacles):
            self._load = RECHECK_S if self._load is None else self._load / 2
        else:
            self._heat = RECHECK_S if self._heat is None else self._heat / 2

    def passed(self) -> None:
        """The device was fit: what was learned no longer holds."""
        self._heat = self._load = None


def is_load(obstacles: Sequence[Obstacle]) -> bool:
    """Return whether what stands against a launch would only label it."""
    return bool(obstacles) and all(one.gate in LABELLED for one in obstacles)
