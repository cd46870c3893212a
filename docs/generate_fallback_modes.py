"""Write docs/reference/fallback-modes.md from the list of modes; `--check` only compares."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "reference" / "fallback-modes.md"
sys.path.insert(0, str(ROOT / "tests" / "verdict"))

from fallback_modes import Mode, all_modes, judged, sections  # noqa: E402

INTRO = """# Fallback modes

Made by `docs/generate_fallback_modes.py` from the list in `tests/verdict/fallback_modes.py`; not
edited by hand. {count} ways in which a run of `benchmark_model` falls back, fails, or hides that
it did, each with the line that decides, the kind of that evidence, the verdict, and the foremost
[cause](fallback-causes.md).

Each is held by the test `tests/verdict/test_fallback_modes.py::test_fallback_mode[NAME]`, which
judges the text as the tool would print it. A name is a mode's. *In truth* stands where the
verdict is less than what happened, since the lines do not decide; then nothing is claimed.
{unseen} modes no log can show at all: there the truth is written beside what else would tell. How
often two simple ways of reading are wrong on the same texts stands on the page of the [confusion
matrix](confusion-matrix.md).
"""


def cell(text: str, limit: int = 110) -> str:
    """Return a text for a table's cell, as code where it is a line."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return "`" + short.replace("|", "\\|").replace("`", "'") + "`"


def row(mode: Mode) -> str:
    """Return a mode's row; its line is the one that the judge names."""
    judgement, causes = judged(mode)
    line = next((one.text for one in judgement.evidence if one.deciding), mode.looks)
    verdict = f"**{mode.says}**" + "".join(f", {kind}" for kind in mode.findings)
    if mode.unseen:
        verdict += f"; in truth {mode.real}: seen by {mode.unseen}"
    elif mode.real != mode.says:
        verdict += f" (in truth {mode.real})"
    cause = ", ".join(f"[{key}](fallback-causes.md#{key})" for key in causes[:3])
    decides = cell(mode.decides) if mode.decides else "nothing"
    title = re.sub(r"\|", "\\|", mode.title)
    return f"| `{mode.key}` | {title} | {cell(line)} | {decides} | {verdict} | {cause} |"


def page() -> str:
    """Return the whole page."""
    modes = all_modes()
    unseen = sum(bool(mode.unseen) for mode in modes)
    parts = [INTRO.format(count=len(modes), unseen=unseen)]
    for title, members in sections().items():
        parts.append(
            f"\n## {title}\n\n"
            "| name | what happens | how it looks | decided by | verdict | causes |\n"
            "|---|---|---|---|---|---|\n" + "\n".join(row(mode) for mode in members) + "\n"
        )
    return "".join(parts)


if __name__ == "__main__":
    fresh = page()
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == fresh else f"{TARGET} is stale; run me")
    TARGET.write_text(fresh, encoding="utf-8")
