"""Write docs/reference/confusion-matrix.md; `--check` only compares.

Figures over logs of real tools come from tests/data/fallback/confusion.json, which this script
makes anew when HARNESS_CORPUS and HARNESS_CAPTURES name folders of such logs.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "reference" / "confusion-matrix.md"
FIGURES = ROOT / "tests" / "data" / "fallback" / "confusion.json"
sys.path.insert(0, str(ROOT / "tests" / "verdict"))

from judged_texts import of_modes, of_real_tools  # noqa: E402
from naive_readers import TRUTHS, confusion, dangerous, flattering, right, total  # noqa: E402

Matrices = dict[str, dict[str, dict[str, int]]]

INTRO = """# Confusion matrix

Made by `docs/generate_confusion.py`; not edited by hand. What is said (columns) of runs whose
truth is known (rows), by the harness and by two simple ways of reading the same output:

- **verdict line**: looks for `Explicitly applied … completely|partially`; anything else with
  figures is `none`, without figures `failed`.
- **exit status**: exit status 0 and a line `… delegate created.` is `full`, 0 without it `none`.
  Public logs have no exit status, which counts as 0.

*Dangerous* is a claim of an accelerator (`full`, `partial`) for a run that had none, failed, or
had a lesser one. *Too good* is `full` for a partial run. `unknown` is no mistake of this kind:
nothing is claimed. All three read one output; the harness is told what was asked for. Runtime
info, where a [fallback mode](fallback-modes.md) has one, is read by the harness only.
"""
NOTES = {
    "fallback modes": "The texts of the [fallback modes](fallback-modes.md), whose truth is known "
    "by construction. They were chosen because they mislead: a share here is no frequency "
    "in the field.",
    "public logs": "Logs that people published, each with a judged truth. Not in this repository.",
    "captures of the interpreter's tool": "Recorded runs of the real `benchmark_model` on "
    "Linux. Not in this repository.",
    "captures of LiteRT's tool": "Recorded runs of LiteRT's own CompiledModel "
    "benchmark. Not in this repository.",
}


def summary(sets: dict[str, Matrices]) -> str:
    """Return the table that compares the readers over all sets."""
    rows = [
        "| texts | runs | reader | right | unknown | too good | dangerous |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, matrices in sets.items():
        for reader, matrix in matrices.items():
            unsaid = sum(
                row.get("unknown", 0) for truth, row in matrix.items() if truth != "unknown"
            )
            rows.append(
                f"| {name} | {total(matrix)} | {reader} | {right(matrix)} | {unsaid} | "
                f"{flattering(matrix)} | **{dangerous(matrix)}** |"
            )
    return "\n".join(rows) + "\n"


def table(matrix: dict[str, dict[str, int]]) -> str:
    """Return one matrix: truth by row, what was said by column."""
    said = [one for one in TRUTHS if any(one in row for row in matrix.values())]
    lines = [f"| truth | {' | '.join(said)} |", "|---|" + "---|" * len(said)]
    for truth, row in matrix.items():
        lines.append(f"| {truth} | {' | '.join(str(row.get(one, 0)) for one in said)} |")
    return "\n".join(lines) + "\n"


def page(sets: dict[str, Matrices]) -> str:
    """Return the whole page."""
    parts = [INTRO, "\n## In short\n\n", summary(sets)]
    for name, matrices in sets.items():
        parts.append(f"\n## {name[0].upper()}{name[1:]}\n\n{NOTES[name]}\n")
        for reader, matrix in matrices.items():
            parts.append(f"\n### {reader}: {name}\n\n{table(matrix)}")
    return "".join(parts)


def real_figures(*, fresh: bool) -> dict[str, Matrices]:
    """Return the figures over logs of real tools, counted anew if they are at hand."""
    corpus, captures = os.environ.get("HARNESS_CORPUS"), os.environ.get("HARNESS_CAPTURES")
    if fresh and corpus and captures:
        texts = of_real_tools(Path(corpus), Path(captures))
        counted = {name: confusion(members) for name, members in texts.items()}
        FIGURES.write_text(json.dumps(counted, indent=1) + "\n", encoding="utf-8")
    return json.loads(FIGURES.read_text(encoding="utf-8"))


if __name__ == "__main__":
    checking = "--check" in sys.argv
    made = page({"fallback modes": confusion(of_modes()), **real_figures(fresh=not checking)})
    if checking:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == made else f"{TARGET} is stale; run me")
    TARGET.write_text(made, encoding="utf-8")
