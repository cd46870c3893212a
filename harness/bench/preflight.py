"""Is a device fit for a launch: its health against a policy, and against itself at rest. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.bench.policy import Policy
from harness.device.base import Charging, Health, Reading

WARM_C = 35.0
"""Up to here a phone counts as cool, however cold it was before: Skia's lab starts runs below it
(google/skia-buildbot, machine/go/machine/processor)."""

_KB_PER_MB = 1024


class Gate(StrEnum):
    """What is looked at before a launch."""

    TEMPERATURE = "temperature"
    RISE = "rise"
    THERMAL_STATUS = "thermal_status"
    CLOCKS = "clocks"
    BATTERY = "battery"
    STORAGE = "storage"
    MEMORY = "memory"
    IDLE = "idle"
    SCREEN = "screen"
    BOOT = "boot"


HEAT = frozenset({Gate.TEMPERATURE, Gate.RISE, Gate.THERMAL_STATUS, Gate.CLOCKS})
"""Gates that a phone passes by cooling down."""

ALWAYS = frozenset({Gate.BATTERY, Gate.STORAGE})
"""Gates of every launch, probes included: beyond them nothing comes of one, or the phone dies."""

LABELLED = frozenset({Gate.IDLE})
"""Gates that are waited for but refuse nothing: the launch is made, and its cell says so."""


class NotMade(StrEnum):
    """Why a launch was not made."""

    NOT_COOLED = "not-cooled"
    BATTERY_LOW = "battery-low"
    STORAGE_FULL = "storage-full"
    MEMORY_LOW = "memory-low"
    WRONG_SCREEN = "wrong-screen"
    JUST_BOOTED = "just-booted"


_REASONS = {
    **dict.fromkeys(HEAT, NotMade.NOT_COOLED),
    Gate.BATTERY: NotMade.BATTERY_LOW,
    Gate.STORAGE: NotMade.STORAGE_FULL,
    Gate.MEMORY: NotMade.MEMORY_LOW,
    Gate.SCREEN: NotMade.WRONG_SCREEN,
    Gate.BOOT: NotMade.JUST_BOOTED,
}


@dataclass(frozen=True)
class Obstacle:
    """One thing that stands against a launch: what was read, and what the gate wants.

    `value` and `limit` are in the unit that `message` names, and None for what is no number.
    """

    gate: Gate
    message: str
    value: float | None
    limit: float | None
    passes_by_waiting: bool

    @property
    def distance(self) -> float:
        """How far the reading is from the limit; 0 for what is no number."""
        if self.value is None or self.limit is None:
            return 0.0
        return abs(self.value - self.limit)

    @property
    def reason(self) -> NotMade:
        """Why a launch that it stops was not made."""
        return _REASONS[self.gate]


@dataclass(frozen=True)
class Rest:
    """A device at rest, as far as it was seen: its coolest surfaces and its highest clocks.

    Some makers hold clocks down at rest, and some cooling devices are never at 0; only what was
    better before, in the same sweep, counts as lost.
    """

    celsius: Mapping[str, float] = field(default_factory=dict)
    ceilings_khz: Mapping[str, int] = field(default_factory=dict)
    cooling: Mapping[str, int] = field(default_factory=dict)

    def seen(self, health: Health) -> Rest:
        """Return what is known of the device at rest after one more look."""
        ceilings = {one.name: one.max_khz for one in health.clocks if one.max_khz is not None}
        return Rest(
            {
                name: min(celsius, self.celsius.get(name, celsius))
                for name, celsius in {**self.celsius, **surfaces(health)}.items()
            },
            {
                name: max(khz, self.ceilings_khz.get(name, khz))
                for name, khz in {**self.ceilings_khz, **ceilings}.items()
            },
            {
                name: min(value, self.cooling.get(name, value))
                for name, value in {**self.cooling, **health.cooling}.items()
            },
        )

    def lost_khz(self, health: Health) -> dict[str, int]:
        """Return by how much each policy's ceiling lies below its own at rest."""
        return {
            one.name: lost
            for one in health.clocks
            if one.max_khz is not None
            and (lost := self.ceilings_khz.get(one.name, one.max_khz) - one.max_khz) > 0
        }

    def limiting(self, health: Health) -> tuple[str, ...]:
        """Return the cooling devices that are above their value at rest."""
        return tuple(
            name for name, value in health.cooling.items() if value > self.cooling.get(name, value)
        )


def surfaces(health: Health) -> dict[str, float]:
    """Return the temperatures that a gate looks at, in °C; frozen ones are not known."""
    found = {}
    if health.battery_celsius is not None and Reading.BATTERY not in health.frozen:
        found["battery"] = health.battery_celsius
    if health.skin_celsius is not None:
        found["skin"] = health.skin_celsius
    return found


def judge(health: Health, policy: Policy, rest: Rest) -> tuple[Obstacle, ...]:
    """Return what stands against a timed launch now; what cannot be read stands against nothing."""
    return tuple(
        obstacle
        for found in (_heat(health, policy, rest), _means(health, policy), _others(health, policy))
        for obstacle in found
    )


def unknown(health: Health, policy: Policy) -> tuple[Gate, ...]:
    """Return the gates that the policy asks for and the device's readings say nothing about."""
    warm = bool(surfaces(health))
    fresh_battery = Reading.BATTERY not in health.frozen
    fresh_status = Reading.THERMAL not in health.frozen
    ceilings = any(one.max_khz is not None for one in health.clocks)
    asked = (
        (Gate.TEMPERATURE, policy.max_temperature is not None, warm),
        (Gate.RISE, policy.max_rise is not None, warm),
        (
            Gate.THERMAL_STATUS,
            policy.max_thermal_status is not None,
            health.thermal_status is not None and fresh_status,
        ),
        (Gate.CLOCKS, policy.clocks_at_rest, ceilings),
        (
            Gate.BATTERY,
            policy.min_battery is not None,
            health.battery_percent is not None and fresh_battery,
        ),
        (Gate.STORAGE, policy.min_free_mb is not None, health.free_kb is not None),
        (Gate.MEMORY, policy.min_memory_mb is not None, health.available_kb is not None),
        (Gate.IDLE, policy.min_idle is not None, health.idle_share is not None),
        (Gate.SCREEN, policy.screen is not None, health.screen is not None),
        (Gate.BOOT, policy.settle_after_boot > 0, health.uptime_s is not None),
    )
    return tuple(gate for gate, wanted, known in asked if wanted and not known)


def _heat(health: Health, policy: Policy, rest: Rest) -> Iterator[Obstacle]:
    warm = surfaces(health)
    hottest = max(warm, key=lambda name: warm[name], default=None)
    limit = policy.max_temperature
    if hottest is not None and limit is not None and warm[hottest] > limit:
        said = f"{hottest} at {warm[hottest]:.1f} °C, wants {limit:.1f}"
        yield Obstacle(Gate.TEMPERATURE, said, warm[hottest], limit, passes_by_waiting=True)
    for name, celsius in warm.items():
        at_rest = rest.celsius.get(name)
        if policy.max_rise is None or at_rest is None:
            continue
        if name == hottest and limit is not None and celsius > limit:
            continue  # said already
        highest = max(WARM_C, at_rest + policy.max_rise)
        if celsius > highest:
            said = f"{name} at {celsius:.1f} °C, {at_rest:.1f} at rest, wants {highest:.1f}"
            yield Obstacle(Gate.RISE, said, celsius, highest, passes_by_waiting=True)
    status, most = health.thermal_status, policy.max_thermal_status
    fresh = Reading.THERMAL not in health.frozen
    if status is not None and most is not None and fresh and status > most:
        said = f"thermal status {status}, wants {most}"
        yield Obstacle(Gate.THERMAL_STATUS, said, status, most, passes_by_waiting=True)
    lost = rest.lost_khz(health) if policy.clocks_at_rest else {}
    if lost:
        said = ", ".join(f"{name} by {khz / 1000:.0f} MHz" for name, khz in sorted(lost.items()))
        yield Obstacle(
            Gate.CLOCKS,
            f"clock ceilings below those at rest: {said}",
            round(sum(lost.values()) / 1000, 1),
            0.0,
            passes_by_waiting=True,
        )


def _means(health: Health, policy: Policy) -> Iterator[Obstacle]:
    """Find what a launch would run short of: charge, storage, memory."""
    charge, least = health.battery_percent, policy.min_battery
    fresh = Reading.BATTERY not in health.frozen
    if charge is not None and least is not None and fresh and charge < least:
        said = f"battery at {charge:.0f} %, wants {least:.0f}"
        charging = health.charging is Charging.CHARGING
        yield Obstacle(Gate.BATTERY, said, charge, least, passes_by_waiting=charging)
    free, room = _mb(health.free_kb), policy.min_free_mb
    if free is not None and room is not None and free < room:
        said = f"{free:.1f} MB of storage free, wants {room:.0f}"
        yield Obstacle(Gate.STORAGE, said, free, room, passes_by_waiting=False)
    memory, enough = _mb(health.available_kb), policy.min_memory_mb
    if memory is not None and enough is not None and memory < enough:
        said = f"{memory:.0f} MB of memory available, wants {enough:.0f}"
        yield Obstacle(Gate.MEMORY, said, memory, enough, passes_by_waiting=True)


def _others(health: Health, policy: Policy) -> Iterator[Obstacle]:
    idle, least = health.idle_share, policy.min_idle
    if idle is not None and least is not None and idle < least:
        said = f"CPUs {100 * idle:.0f} % idle, wants {100 * least:.0f} %"
        yield Obstacle(Gate.IDLE, said, round(idle, 3), least, passes_by_waiting=True)
    if policy.screen is not None and health.screen not in (None, policy.screen):
        said = f"the screen is {health.screen}, wants {policy.screen}"
        yield Obstacle(Gate.SCREEN, said, None, None, passes_by_waiting=False)
    up = health.uptime_s
    if up is not None and up < policy.settle_after_boot:
        said = f"booted {up:.0f} s ago, wants {policy.settle_after_boot:.0f}"
        yield Obstacle(Gate.BOOT, said, up, policy.settle_after_boot, passes_by_waiting=True)


def _mb(kilobytes: int | None) -> float | None:
    return None if kilobytes is None else round(kilobytes / _KB_PER_MB, 1)
