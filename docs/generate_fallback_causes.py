"""Write docs/reference/fallback-causes.md from the table of causes; `--check` only compares."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from harness.verdict.cause_key import Cause
from harness.verdict.cause_nodes import NODES
from harness.verdict.cause_requests import REQUESTS
from harness.verdict.cause_runs import RUNS
from harness.verdict.causes import CAUSES

TARGET = Path(__file__).parent / "reference" / "fallback-causes.md"

INTRO = """# Causes

Made by `docs/generate_fallback_causes.py` from the table in `harness/verdict/causes.py`; not
edited by hand. The keys stand in `causes` of [results.json](results-json.md) and of [`harness
explain --json`](explain-json.md); the report prints *why* and *what to do* in full, so that it
asks nothing of the network. How each way to fall back is recognised, and which test holds it, is
on the page of [fallback modes](fallback-modes.md).

A cause is named only where evidence gives it. Where a delegate gives no reason, the cause says
just that: `claimed-nothing`, `left-behind`, `undecided`.
"""
GROUPS: tuple[tuple[str, tuple[Cause, ...]], ...] = (
    ("Requests, libraries and lesser paths", REQUESTS),
    ("What a delegate did not take, or gave back", NODES),
    ("Failures, doubts and numbers", RUNS),
)


def entry(cause: Cause) -> str:
    """Return one cause; its heading is its key, so that the key is its anchor."""
    return (
        f"\n### {cause.key}\n\n{cause.title[0].upper()}{cause.title[1:]}.\n\n"
        f"- **How it looks:** {cause.looks}\n- **Why:** {cause.why}\n"
        f"- **What to do:** {cause.advice}\n- **Source:** {sources(cause.source)}\n"
    )


def sources(text: str) -> str:
    """Mark paths as code, and leave words as they are."""
    return re.sub(r"\w+(?:/\w+)*\.(?:cc|py)|(?:tflite|litert|harness)/[\w/]+", r"`\g<0>`", text)


def page() -> str:
    """Return the whole page."""
    parts = [INTRO]
    for title, causes in GROUPS:
        ordered = sorted(causes, key=lambda cause: list(CAUSES).index(cause.key))
        links = " · ".join(f"[{cause.key}](#{cause.key})" for cause in ordered)
        parts.append(f"\n## {title}\n\n{links}\n")
        parts += [entry(cause) for cause in ordered]
    return "".join(parts)


if __name__ == "__main__":
    fresh = page()
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == fresh else f"{TARGET} is stale; run me")
    TARGET.write_text(fresh, encoding="utf-8")
