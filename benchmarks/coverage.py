"""How often an interval around a cell's p50 holds the truth, by method, stopping rule and noise.

    python benchmarks/coverage.py [--sweeps N]

Simulated: the phones, their noise and the truth are those of benchmarks/noise.py. Prints a table a
noise kind, and exits with 1 if the method that `harness.stats` uses covers less than 93 % under a
rule that it offers. `docs/generate_coverage.py` makes the page of it.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.intervals import CHOSEN, DEFAULT, METHODS, NOT_OFFERED, RULES, prefixes, stop
from benchmarks.noise import KINDS, Kind, Sweeps, Truth, sweeps
from harness.stats.anytime import depth
from harness.stats.circumstances import Circumstances
from harness.stats.interval import ratio_interval
from harness.stats.validity import judge_validity
from harness.verdict.model import Validity

REQUIRED = 0.93
SWEEPS = 1000
SEED = 20
NIGHTS = 7


@dataclass(frozen=True)
class Row:
    """One cell of the tables: `width` is the middle half width over the truth, `rounds` a mean."""

    kind: str
    method: str
    rule: str
    coverage: float
    width: float
    rounds: float


def measure(kind: Kind, count: int, seed: int = SEED) -> list[Row]:
    """Hold every method under every rule against one kind of noise."""
    chance = np.random.default_rng(seed)
    truth, made = Truth(kind, chance), sweeps(kind, count, chance)
    rows = []
    for name, method in METHODS.items():
        ends = prefixes(made.medians, method)
        for rule in RULES:
            ended = stop(made.medians, ends, rule)
            right = truth.of_night(made, ended.rounds)
            held = (ended.low <= right) & (right <= ended.high)
            half = float(np.median((ended.high - ended.low) / 2 / right))
            means = float(held.mean()), half, float(ended.rounds.mean())
            rows.append(Row(kind.name, name, rule.name, *(round(one, 4) for one in means)))
    return rows


def over_nights(kind: Kind, count: int, seed: int = SEED) -> dict[str, float]:
    """Say how often the median over all nights lies in one night's interval, and in NIGHTS' own.

    The second takes each night's p50 of 5 rounds as one value: the night is the sampling unit.
    """
    chance = np.random.default_rng(seed)
    lasting = Truth(kind, chance).lasting()
    many: Sweeps = sweeps(kind, count * NIGHTS, chance)
    one = METHODS[CHOSEN](many.medians[:count, :5])
    p50s = np.median(many.medians[:, :5], axis=1).reshape(count, NIGHTS)
    all_nights = METHODS[CHOSEN](p50s)
    return {
        name: round(float(((low <= lasting) & (lasting <= high)).mean()), 4)
        for name, (low, high) in (("one night", one), ("seven nights", all_nights))
    }


def of_ratios(kind: Kind, other: Kind, count: int, seed: int = SEED) -> dict[str, float]:
    """Say how often a speed-up's interval holds the true ratio of two p50s, by rounds.

    Both cells share the phone, its night and its course.
    """
    chance = np.random.default_rng(seed)
    truth = Truth(kind, chance).lasting() / Truth(other, chance).lasting()
    mine = sweeps(kind, count, chance)
    others = sweeps(other, count, chance, beside=mine)
    found = {}
    for rounds in (5, 10, 15):
        held = 0
        for one, two in zip(mine.medians.tolist(), others.medians.tolist(), strict=True):
            interval = ratio_interval(one[:rounds], two[:rounds])
            held += interval is not None and interval.low <= truth <= interval.high
        found[str(rounds)] = round(held / count, 4)
    return found


def stopped_early(kind: Kind, count: int, seed: int = SEED) -> dict[str, float]:
    """Say which share of sweeps stops before the last round, and how often those alone are right.

    By the default rule. The promise is over all cells, however they ended: of a noisy kind, those
    that end early are those whose rounds happened to agree. Without any there is no `coverage`.
    """
    chance = np.random.default_rng(seed)
    truth, made = Truth(kind, chance), sweeps(kind, count, chance)
    rule = next(rule for rule in RULES if rule.name == DEFAULT)
    ended = stop(made.medians, prefixes(made.medians, METHODS[CHOSEN]), rule)
    right = truth.of_night(made, ended.rounds)
    early = ended.rounds < rule.most
    held = ((ended.low <= right) & (right <= ended.high))[early]
    found = {"share": round(float(early.mean()), 4), "sweeps": float(early.sum())}
    return found | ({"coverage": round(float(held.mean()), 4)} if held.size else {})


def called_invalid(kind: Kind, count: int = 200, seed: int = SEED) -> dict[str, float]:
    """Say which share of sweeps the rules of validity call invalid, by their number of rounds."""
    made = sweeps(kind, count, np.random.default_rng(seed))
    found = {}
    for rounds in (5, 10, 15):
        invalid = 0
        for medians, moments in zip(made.medians.tolist(), made.moments.tolist(), strict=True):
            around = Circumstances(rounds, moments=tuple(moments[:rounds]))
            verdict = judge_validity(medians[:rounds], around)
            invalid += verdict.validity is Validity.INVALID
        found[str(rounds)] = round(invalid / count, 3)
    return found


def ratios(count: int) -> dict[str, dict[str, float]]:
    """Compare each kind with itself, and one clock with two."""
    found = {kind.name: of_ratios(kind, kind, count) for kind in KINDS}
    usual = next(kind for kind in KINDS if kind.name == "usual")
    for kind in KINDS:
        if kind.slow > 1:
            found[f"usual, against {kind.name}"] = of_ratios(usual, kind, count)
    return found


def yardstick() -> str:
    """Return a digest of what was measured with: noise, rules, and the depths of the interval."""
    kinds = [tuple(v for v in vars(kind).values() if not callable(v)) for kind in KINDS]
    depths = [depth(n) for n in range(1, 21)]
    return hashlib.sha256(repr((kinds, RULES, sorted(METHODS), depths)).encode()).hexdigest()[:16]


def failing(rows: list[dict[str, Any]]) -> list[str]:
    """Name where the chosen method covers too little under a rule that is offered."""
    return [
        f"{row['kind']}, {row['rule']}: {row['coverage']:.1%}"
        for row in rows
        if row["method"] == CHOSEN and row["rule"] != NOT_OFFERED and row["coverage"] < REQUIRED
    ]


def run(count: int = SWEEPS) -> dict[str, Any]:
    """Measure everything."""
    nights = next(kind for kind in KINDS if kind.nights)
    return {
        "sweeps": count,
        "seed": SEED,
        "yardstick": yardstick(),
        "rows": [asdict(row) for kind in KINDS for row in measure(kind, count)],
        "lasting": over_nights(nights, count),
        "ratios": ratios(min(count, 1000)),
        "early": {kind.name: stopped_early(kind, count) for kind in KINDS},
        "invalid": {kind.name: called_invalid(kind) for kind in KINDS},
    }


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sweeps", type=int, default=SWEEPS)
    words = parser.parse_args()
    found = run(words.sweeps)
    for kind in KINDS:
        print(f"\n{kind.name}\n{'':18}" + "".join(f"{rule.name:>18}" for rule in RULES))
        for method in METHODS:
            mine = [r for r in found["rows"] if (r["kind"], r["method"]) == (kind.name, method)]
            texts = [f"{r['coverage']:.1%} ±{r['width']:.1%} n{r['rounds']:.0f}" for r in mine]
            print(f"{method:18}" + "".join(f"{text:>18}" for text in texts))
    print("\ncalled invalid, after 5, 10 and 15 rounds")
    for name, shares in found["invalid"].items():
        print(f"{name:26}" + "".join(f"{share:>8.1%}" for share in shares.values()))
    print(f"\nof the median over all nights: {found['lasting']}")
    for line in failing(found["rows"]):
        print(f"TOO LOW: {line}")
    return int(bool(failing(found["rows"])))


if __name__ == "__main__":
    sys.exit(main())
