"""Write docs/reference/coverage.md; `--check` only compares.

The figures lie in tests/data/stats/coverage.json, which `--measure` makes anew with
benchmarks/coverage.py and benchmarks/interleaving.py; that takes a minute or two.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import coverage, interleaving
from benchmarks.intervals import CHOSEN, DEFAULT, METHODS, NOT_OFFERED, RULES
from benchmarks.noise import KINDS

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "reference" / "coverage.md"
FIGURES = ROOT / "tests" / "data" / "stats" / "coverage.json"
SWEEPS = 4000
FEW = 100

INTRO = """# Coverage of the 95 % interval

Made by `docs/generate_coverage.py` from simulated phones whose truth is known
(`benchmarks/noise.py`); not edited by hand. Nothing here was measured on a phone. What it means:
[numbers](../explanation/numbers.md).

The truth is the median of the distribution of process medians, over the window of the cell's
rounds, on the phone and night at hand. Each figure is the share of {sweeps:,} sweeps whose interval
holds it, as stopped by the rule of its column. At least 93 % is required of every rule that is
offered and every kind of noise.
"""


def methods(rows: list[dict[str, Any]]) -> str:
    """Return the least coverage over all kinds of noise, by method and rule."""
    lines = [_head("method", [rule.name for rule in RULES])]
    for method in METHODS:
        cells = []
        for rule in RULES:
            mine = [r for r in rows if (r["method"], r["rule"]) == (method, rule.name)]
            worst = min(mine, key=lambda row: row["coverage"])
            text = f"{worst['coverage']:.1%}"
            cells.append(text if worst["coverage"] >= coverage.REQUIRED else f"*{text}*")
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def chosen(rows: list[dict[str, Any]]) -> str:
    """Return the coverage, half width and rounds of the method that is used."""
    rules = [rule for rule in RULES if rule.name != NOT_OFFERED]
    lines = [_head("noise", [rule.name for rule in rules])]
    for kind in KINDS:
        mine = {r["rule"]: r for r in rows if (r["kind"], r["method"]) == (kind.name, CHOSEN)}
        cells = [
            f"{r['coverage']:.1%} (±{r['width']:.1%}, {r['rounds']:.1f})"
            for r in (mine[rule.name] for rule in rules)
        ]
        lines.append(f"| {kind.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def widths(rows: list[dict[str, Any]]) -> str:
    """Return each method's half width and rounds on the usual noise: what it costs."""
    lines = [_head("method", [rule.name for rule in RULES])]
    for method in METHODS:
        mine = [r for r in rows if (r["kind"], r["method"]) == ("usual", method)]
        cells = [f"±{row['width']:.1%}, {row['rounds']:.1f}" for row in mine]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _head(first: str, names: list[str]) -> str:
    return f"| {first} | {' | '.join(names)} |\n|---|{'---|' * len(names)}"


def _by_rounds(shares: dict[str, dict[str, float]]) -> str:
    lines = [_head("noise", ["5 rounds", "10 rounds", "15 rounds"])]
    for name, by_rounds in shares.items():
        lines.append(f"| {name} | {' | '.join(f'{one:.1%}' for one in by_rounds.values())} |")
    return "\n".join(lines)


def _early(found: dict[str, dict[str, float]]) -> str:
    lines = [_head("noise", ["stop early", "coverage of those"])]
    for name, one in found.items():
        coverage = f"{one['coverage']:.1%}" if one["sweeps"] >= FEW else "unknown"
        lines.append(f"| {name} | {one['share']:.1%} | {coverage} |")
    return "\n".join(lines)


def _orders(found: dict[str, dict[str, float]]) -> str:
    lines = [_head("order", ["mean difference", "mean size of it", "called different"])]
    for name, one in found.items():
        cells = (one["bias"], one["apparent"], one["mistaken"])
        lines.append(f"| {name} | {' | '.join(f'{value:.1%}' for value in cells)} |")
    return "\n".join(lines)


def page(figures: dict[str, Any]) -> str:
    """Return the whole page."""
    rows, lasting = figures["rows"], figures["lasting"]
    return f"""{INTRO.format(sweeps=figures["sweeps"])}
## Methods compared

The least coverage over all kinds of noise; *below 93 %* in italics. `anytime` is the one that is
used, and `{NOT_OFFERED}` is a rule that `harness` does not offer.

{methods(rows)}

What they cost on the usual noise: half the interval over the truth, in the middle of all sweeps,
and the mean number of rounds.

{widths(rows)}

## The method that is used

Coverage, and in brackets half the interval over the truth and the mean number of rounds.

{chosen(rows)}

## Cells that stopped early

The promise is over all cells, however they ended. Of those alone that had fewer rounds than the
most, since their rounds agreed (`{DEFAULT}`), it is kept where that is the rule and not where
it is luck: the less usual it is to stop early, the more often those that do are wrong. Fewer than
{FEW} such sweeps say nothing.

{_early(figures["early"])}

## One night and all nights

An interval speaks of its own night. With nights 2.6 % apart, the median over all of them lies in
the interval of one night's 5 rounds in {lasting["one night"]:.1%} of cases, and in the interval
made of seven nights' p50s in {lasting["seven nights"]:.1%}.

## Speed-ups

How often the interval of a ratio of two p50s holds it, both cells on the same phone and night, in
1,000 sweeps of a fixed number of rounds.

{_by_rounds(figures["ratios"])}

## What is called invalid

The share of 200 sweeps whose rounds alone, without a word from the device, void the numbers.

{_by_rounds(figures["invalid"])}

## The order of rounds

Variants that are alike, on a phone that becomes 10 % slower over the sweep; the last against the
first, in {interleaving.SWEEPS} sweeps of {interleaving.ROUNDS} rounds.

{_orders(figures["orders"])}
"""


def _lines(found: dict[str, Any]) -> str:
    """Write the figures with a line for each row, so that a change shows where it is."""
    rows = ",\n".join(json.dumps(row) for row in found["rows"])
    rest = ",\n".join(f'"{key}": {json.dumps(one)}' for key, one in found.items() if key != "rows")
    return f'{{"rows": [\n{rows}\n],\n{rest}}}\n'


def main() -> int:
    """Measure, write or check."""
    if "--measure" in sys.argv:
        found = coverage.run(SWEEPS) | {"orders": interleaving.run()}
        FIGURES.parent.mkdir(parents=True, exist_ok=True)
        FIGURES.write_text(_lines(found), encoding="utf-8")
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    if figures["yardstick"] != coverage.yardstick():
        sys.exit(f"{FIGURES} was measured otherwise than now; run me with --measure")
    if low := coverage.failing(figures["rows"]):
        sys.exit(f"the interval covers too little: {'; '.join(low)}")
    made = page(figures)
    if "--check" in sys.argv:
        return 0 if TARGET.read_text(encoding="utf-8") == made else sys.exit(f"{TARGET} is stale")
    TARGET.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
