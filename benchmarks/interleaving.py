"""What the order of rounds makes of a phone that gets slower: variants that are alike, compared.

    python benchmarks/interleaving.py

Simulated. Some variants take the same time on a phone of `usual` noise that becomes 10 % slower
over the sweep, evenly. In blocks, one variant after the other, the last of two is 5 % slower than
the first; interleaved as `harness.sweep.plan` lays rounds out, none is.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.noise import BASE_US, KINDS, Array, invocations, upper_median
from harness.bench.command import LaunchKind
from harness.stats.interval import ratio_interval
from harness.sweep.plan import interleave

DRIFT = 0.10
"""Over the whole sweep: two blocks have their middles half a sweep apart, which is 5 %."""

ROUNDS = 10
SWEEPS = 400
USUAL = next(kind for kind in KINDS if kind.name == "usual")


@dataclass(frozen=True)
class Order:
    """What was found: `apparent` is the mean |difference| of the p50s of first and last variant.

    `bias` is its signed mean, `mistaken` the share of sweeps whose 95 % interval of the ratio
    excludes 1.
    """

    apparent: float
    bias: float
    mistaken: float


def in_blocks(variants: int, _chance: random.Random) -> Array:
    """Return the places (variants, ROUNDS) of each one's rounds, variant after variant."""
    return np.arange(variants * ROUNDS).reshape(variants, ROUNDS)


def interleaved(variants: int, chance: random.Random) -> Array:
    """Return the places of each one's rounds in the order of a sweep."""
    names = [str(n) for n in range(variants)]
    steps = [one for one in interleave(names, ROUNDS, chance) if one.kind is LaunchKind.ROUND]
    return np.array([[n for n, one in enumerate(steps) if one.cell == name] for name in names])


def compare(
    places_of: Callable[[int, random.Random], Array],
    variants: int,
    seed: int = 1,
    sweeps: int = SWEEPS,
) -> Order:
    """Compare the first and the last of several variants that are alike."""
    chance, order = np.random.default_rng(seed), random.Random(seed)
    apart, mistaken = [], 0
    for _ in range(sweeps):
        places = places_of(variants, order)
        own = upper_median(invocations(USUAL, places.size, chance)).reshape(places.shape)
        times = np.rint(BASE_US * own * (1 + DRIFT * places / places.size))
        first, last = times[0].tolist(), times[-1].tolist()
        apart.append(float(np.median(last) / np.median(first)) - 1)
        interval = ratio_interval(first, last)
        mistaken += interval is not None and not interval.low <= 1 <= interval.high
    return Order(float(np.mean(np.abs(apart))), float(np.mean(apart)), mistaken / sweeps)


def run() -> dict[str, dict[str, float]]:
    """Compare both orders for two and five variants."""
    return {
        f"{variants} variants, {name}": {
            key: round(value, 4) for key, value in vars(compare(order, variants)).items()
        }
        for variants in (2, 5)
        for name, order in (("in blocks", in_blocks), ("interleaved", interleaved))
    }


if __name__ == "__main__":
    for which, found in run().items():
        print(f"{which:26}" + "  ".join(f"{key} {value:.1%}" for key, value in found.items()))
