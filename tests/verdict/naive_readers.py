"""Two simple ways of reading a benchmark's output, to measure the harness against; and matrices."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

TRUTHS = ("full", "partial", "downgraded", "none", "failed", "baseline", "unknown")
_CLAIMS = ("full", "partial")
_FIGURES = re.compile(r"count=\d|Inference \(avg\)|average time:|Average inference timings")
_VERDICT = re.compile(r"pplied \S+ delegate, and the model graph will be (completely|partially)")
_CREATED = re.compile(r"\S+ delegate created\.|Created TensorFlow Lite delegate for ")


@dataclass(frozen=True)
class Text:
    """One run's output with its truth. `harness` is what the harness said of it."""

    text: str
    exit_status: int | None
    truth: str
    harness: str


def reads_verdict_line(one: Text) -> str:
    """Look for `Explicitly applied …`, as most scripts do; without it nothing was accelerated."""
    if not _FIGURES.search(one.text):
        return "failed"
    found = _VERDICT.search(one.text)
    if found is None:
        return "none"
    return "full" if found[1] == "completely" else "partial"


def trusts_exit_status(one: Text) -> str:
    """Take exit status 0 and `delegate created` for success; an unknown status for 0."""
    if one.exit_status:
        return "failed"
    return "full" if _CREATED.search(one.text) else "none"


def says_harness(one: Text) -> str:
    """Return what the harness said."""
    return one.harness


READERS: dict[str, Callable[[Text], str]] = {
    "harness": says_harness,
    "verdict line": reads_verdict_line,
    "exit status": trusts_exit_status,
}


def confusion(texts: Iterable[Text]) -> dict[str, dict[str, dict[str, int]]]:
    """Count, for each reader, what is said (inner) of each truth (outer)."""
    every = list(texts)
    found: dict[str, dict[str, dict[str, int]]] = {}
    for name, read in READERS.items():
        counts = Counter((one.truth, read(one)) for one in every)
        found[name] = {
            truth: {said: counts[truth, said] for said in TRUTHS if counts[truth, said]}
            for truth in TRUTHS
            if any(key[0] == truth for key in counts)
        }
    return found


def dangerous(matrix: dict[str, dict[str, int]]) -> int:
    """Count claims of an accelerator for runs that had none, failed, or had a lesser one."""
    return sum(
        matrix.get(t, {}).get(c, 0) for t in ("none", "failed", "downgraded") for c in _CLAIMS
    )


def flattering(matrix: dict[str, dict[str, int]]) -> int:
    """Count runs called full that were partial."""
    return matrix.get("partial", {}).get("full", 0)


def right(matrix: dict[str, dict[str, int]]) -> int:
    """Count runs called what they were; to call a CPU run `none` is no mistake."""
    named = sum(row.get(truth, 0) for truth, row in matrix.items())
    return named + matrix.get("baseline", {}).get("none", 0)


def total(matrix: dict[str, dict[str, int]]) -> int:
    """Count all runs."""
    return sum(sum(row.values()) for row in matrix.values())
