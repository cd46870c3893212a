"""The look at a device before each launch, and the wait until it is fit or its time is up.

A wait is a row of naps on the device itself, by its own clock. It belongs to the device's thread:
nobody else is held up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from harness.bench.command import LaunchKind
from harness.bench.health_facts import health_facts
from harness.bench.policy import Policy
from harness.bench.preflight import (
    ALWAYS,
    HEAT,
    LABELLED,
    Gate,
    NotMade,
    Obstacle,
    Rest,
    judge,
    unknown,
)
from harness.deadline import Deadline
from harness.device.base import Device, Health
from harness.sweep.patience import Lessons, Patience

LOOK_S = 30.0
"""How long one look at a device may take."""

FIRST_NAP_S, LONGEST_NAP_S = 2.0, 10.0
GAP_NAP_S = 30.0
"""Of a gap that is kept whatever is seen: only a stop cuts it short."""

NOTE_AFTER_S, NOTE_EVERY_S = 30.0, 60.0
"""A wait that is over at once is in the record; one that is not is told to whoever looks on."""

_FIRST_SEEN = ("battery_celsius", "skin_celsius", "thermal_status", "capped_policies", "clocks")


class WaitEnd(StrEnum):
    """How a wait ended; ABSENT is one that never began."""

    PASSED = "passed"
    ABSENT = "absent"
    DEADLINE = "deadline"
    STALLED = "stalled"


@dataclass(frozen=True)
class Admission:
    """What came of the look: `refused` says why the launch is not made, None that it is.

    `facts` are for the record, `spent_s` the seconds of the worker.
    """

    health: Health
    facts: dict[str, object]
    spent_s: dict[str, float]
    refused: NotMade | None = None
    message: str = ""


@dataclass
class _Visit:
    """One launch's look and wait, as far as it has come."""

    health: Health
    first: Health
    gates: frozenset[Gate]
    began: float
    resets: tuple[str, ...] = ()
    napped_s: float = 0.0
    waited_for: list[Gate] = field(default_factory=list)
    noted_at: float | None = None

    @property
    def waited_s(self) -> float:
        """The device's seconds since the first look; the host's where it does not tell."""
        then, now = self.first.uptime_s, self.health.uptime_s
        own = now - then if then is not None and now is not None else 0.0
        return max(own, self.napped_s) if self.napped_s else 0.0


class Gatekeeper:
    """Stands before the launches of one device; `rest` is what earlier launches saw of it."""

    def __init__(
        self,
        device: Device,
        policy: Policy,
        rest: Rest,
        *,
        note: Callable[[str], None],
        stopped: Callable[[], bool],
    ) -> None:
        self._device = device
        self._policy = policy
        self._rest = rest
        self._note = note
        self._stopped = stopped
        self._lessons = Lessons()
        self._vain_s = 0.0
        self._ended_at: float | None = None

    def admit(self, kind: LaunchKind, index: int = 1) -> Admission | None:
        """Wait until the device is fit for a launch, or no longer; None: the sweep was stopped.

        A probe is not timed, and sustained launches after the first are meant to meet a warm
        device: both are only kept from what would come to nothing, and not by a watch over the
        load, in which the device would rest.

        Raises:
            DeviceError: the device was lost, or a command failed.
        """
        at_once = kind is LaunchKind.PROBE or (kind is LaunchKind.SUSTAINED and index > 1)
        gates = ALWAYS if at_once else frozenset(Gate)
        began = time.monotonic()
        health = self._look(gates)
        visit = _Visit(health, health, gates, began)
        if health.frozen:
            visit.resets = self._device.thaw(health.frozen, Deadline.after(LOOK_S))
            visit.health = visit.first = self._look(gates)
        if gates != ALWAYS:
            self._keep_gap(visit)
            if visit.napped_s and self._stopped():
                return None
        patience: Patience | None = None
        nap = FIRST_NAP_S
        while True:
            obstacles = self._obstacles(visit)
            patience = patience or self._lessons.patience(obstacles)
            end = self._end(visit, obstacles, patience)
            if end is not None:
                return self._admission(visit, obstacles, end)
            self._tell(visit, obstacles[0])
            left = self._policy.cooldown - visit.waited_s
            self._nap(visit, max(0.1, min(nap, left)))
            nap = min(2 * nap, LONGEST_NAP_S)
            if self._stopped():
                return None

    def launched(self, health: Health, seconds: float) -> None:
        """Take note that a launch ended that began at `health` and took the device `seconds`."""
        self._ended_at = None if health.uptime_s is None else health.uptime_s + seconds

    def _look(self, gates: frozenset[Gate]) -> Health:
        load = Gate.IDLE in gates and self._policy.min_idle is not None
        health = self._device.health(Deadline.after(LOOK_S), load=load)
        self._rest = self._rest.seen(health)
        return health

    def _obstacles(self, visit: _Visit) -> list[Obstacle]:
        found = judge(visit.health, self._policy, self._rest)
        return [one for one in found if one.gate in visit.gates]

    def _keep_gap(self, visit: _Visit) -> None:
        now, last = visit.health.uptime_s, self._ended_at
        if now is None or last is None or now < last:
            return
        left = self._policy.min_gap - (now - last)
        while left > 0 and not self._stopped():
            nap = min(left, GAP_NAP_S)
            self._nap(visit, nap)
            left -= nap

    def _nap(self, visit: _Visit, seconds: float) -> None:
        began = time.monotonic()
        self._device.rest(seconds, Deadline.after(seconds + LOOK_S))
        visit.napped_s += time.monotonic() - began
        visit.health = self._look(visit.gates)

    def _end(
        self, visit: _Visit, obstacles: Sequence[Obstacle], patience: Patience
    ) -> WaitEnd | None:
        if not obstacles:
            return WaitEnd.PASSED
        if self._policy.cooldown <= 0 or not all(one.passes_by_waiting for one in obstacles):
            return WaitEnd.ABSENT
        if visit.waited_s >= self._policy.cooldown:
            return WaitEnd.DEADLINE
        if not patience.lasts(visit.health, obstacles, visit.waited_s):
            return WaitEnd.STALLED
        visit.waited_for += [one.gate for one in obstacles if one.gate not in visit.waited_for]
        return None

    def _tell(self, visit: _Visit, obstacle: Obstacle) -> None:
        waited = visit.waited_s
        due = NOTE_AFTER_S if visit.noted_at is None else visit.noted_at + NOTE_EVERY_S
        if waited >= due:
            visit.noted_at = waited
            what = "cooling" if obstacle.gate in HEAT else "waiting"
            whole = self._policy.cooldown
            self._note(f"{what}: {obstacle.message} ({waited / 60:.1f} of {whole / 60:.0f} min)")

    def _admission(self, visit: _Visit, obstacles: Sequence[Obstacle], end: WaitEnd) -> Admission:
        if end in (WaitEnd.DEADLINE, WaitEnd.STALLED):
            self._lessons.vain(obstacles)
        elif end is WaitEnd.PASSED and visit.gates != ALWAYS:
            self._lessons.passed()
            self._vain_s = 0.0
        refusing = self._refusing(obstacles, end)
        if refusing is not None:
            self._vain_s += visit.waited_s
        facts: dict[str, object] = {
            "passed": refusing is None,
            "waited_s": round(visit.waited_s, 1),
            "ended": end.value,
            "waited_for": [gate.value for gate in visit.waited_for],
            "obstacles": [asdict(one) for one in obstacles],
            "unknown": [
                gate.value for gate in unknown(visit.health, self._policy) if gate in visit.gates
            ],
            "resets": list(visit.resets),
        }
        if visit.napped_s:
            seen = health_facts(visit.first)
            facts["first"] = {name: seen[name] for name in _FIRST_SEEN}
        spent = time.monotonic() - visit.began
        return Admission(
            visit.health,
            facts,
            {
                "preflight": round(max(0.0, spent - visit.napped_s), 3),
                "cooldown": round(visit.napped_s, 3),
            },
            refusing.reason if refusing is not None else None,
            _message(refusing, self._vain_s, end) if refusing is not None else "",
        )

    def _refusing(self, obstacles: Sequence[Obstacle], end: WaitEnd) -> Obstacle | None:
        """Return what a launch is not made for: what no wait would change goes first."""
        found = [one for one in obstacles if self._refuses(one, end)]
        return min(found, key=lambda one: one.passes_by_waiting, default=None)

    def _refuses(self, obstacle: Obstacle, end: WaitEnd) -> bool:
        """Whether a launch is not made for it: without a wait, heat is only written down.

        A ceiling that stays down on a phone that is cool may be the maker's doing (a screen that is
        off, a profile): the launch is made, and its cell is throttled.
        """
        if obstacle.gate in LABELLED or (obstacle.gate is Gate.CLOCKS and end is WaitEnd.STALLED):
            return False
        waits = self._policy.cooldown > 0 or not obstacle.passes_by_waiting
        return waits or obstacle.gate in ALWAYS


def _message(obstacle: Obstacle, vain_s: float, end: WaitEnd) -> str:
    minutes = f"{vain_s / 60:.0f} min"
    how = {
        WaitEnd.DEADLINE: f" after {minutes}",
        WaitEnd.STALLED: f"; given up after {minutes}, since nothing got better",
    }
    return f"{obstacle.message}{how.get(end, '')}"
