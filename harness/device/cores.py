"""Classes of CPU cores: which CPUs of a device are its big, middle and little ones.

Nothing here knows a chip. A kind of core is what one clock and one design make it: CPUs of one
cpufreq policy and one part number. Kinds are ordered by the kernel's own measure of their strength
(`cpu_capacity`), where that is unreadable by their highest clock. The strongest are big, the
weakest little, all between are middle ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.device.base import CpuCluster


class CoreClass(StrEnum):
    """Which cores a variant is bound to. ALL binds it to none, as a tool runs by itself."""

    BIG = "big"
    MID = "mid"
    LITTLE = "little"
    ALL = "all"


@dataclass(frozen=True)
class Cores:
    """The CPUs of one class, and how many kinds of core are among them."""

    cpus: tuple[int, ...]
    kinds: int


class NoClassError(ValueError):
    """A class was asked for that a device does not have, or cannot be known to have."""


def cores_of(clusters: Sequence[CpuCluster], wanted: CoreClass) -> Cores:
    """Return the CPUs of a class; no CPUs for ALL.

    Raises:
        NoClassError: says why there is no such class.
    """
    if wanted is CoreClass.ALL:
        return Cores((), 0)
    levels = _levels(clusters)
    if len(levels) == 1:
        raise NoClassError("all its cores are alike, as far as it says")
    chosen = {
        CoreClass.BIG: levels[-1:],
        CoreClass.LITTLE: levels[:1],
        CoreClass.MID: levels[1:-1],
    }[wanted]
    if not chosen:
        raise NoClassError("it has two kinds of core: big and little")
    members = [one for level in chosen for one in level]
    cpus = tuple(sorted({cpu for one in members for cpu in one.cpus}))
    return Cores(cpus, len({(_strength(clusters, one), one.part) for one in members}))


def mask_of(cpus: Sequence[int]) -> str:
    """Return CPUs as taskset's mask: hexadecimal digits, without 0x, which toybox refuses."""
    return f"{sum(1 << cpu for cpu in set(cpus)):x}"


def cpu_list(cpus: Sequence[int]) -> str:
    """Write CPUs as the kernel does: `4-6,8`."""
    runs: list[list[int]] = []
    for cpu in sorted(set(cpus)):
        if runs and runs[-1][-1] == cpu - 1:
            runs[-1].append(cpu)
        else:
            runs.append([cpu])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def parse_cpus(text: str) -> tuple[int, ...] | None:
    """Read a list of cpus (`0-3`, `4 5 6`, `0,2-3`); None when it is none."""
    cpus: list[int] = []
    for word in re.split(r"[\s,]+", text.strip()):
        match = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", word, re.ASCII)
        if match is None:
            return None
        cpus.extend(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(cpus)


def _levels(clusters: Sequence[CpuCluster]) -> list[list[CpuCluster]]:
    """Return the kinds of core from the weakest to the strongest, equal ones together."""
    if not clusters:
        raise NoClassError("it does not say which cores it has")
    levels: dict[int, list[CpuCluster]] = {}
    for one in clusters:
        strength = _strength(clusters, one)
        if strength is None:
            raise NoClassError(f"neither capacity nor highest clock of {one.name} can be read")
        levels.setdefault(strength, []).append(one)
    return [levels[strength] for strength in sorted(levels)]


def _strength(clusters: Sequence[CpuCluster], one: CpuCluster) -> int | None:
    # Only one measure for all: a capacity says nothing against a clock. Capacities that are all
    # alike are those of a device tree that gives none; then the clock is what there is.
    capacities = {cluster.capacity for cluster in clusters}
    if None not in capacities and len(capacities) > 1:
        return one.capacity
    return one.max_khz
