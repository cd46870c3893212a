"""What a model is known to reach on an accelerator: at least this much, as devices.yaml says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from harness.verdict.model import Placement

FORMS = "'full', 'partial', 'none', or a share of the nodes such as '>= 0.9' or '90%'"

_WORDS = (Placement.FULL, Placement.PARTIAL, Placement.NONE)
_SHARE = re.compile(r"(?:>=)?\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(%?)")


class Outcome(StrEnum):
    """How a cell stands to what was expected of it; `untested`: it did not run and need not."""

    MET = "met"
    UNMET = "unmet"
    BETTER = "better"
    UNTESTED = "untested"


@dataclass(frozen=True)
class Expectation:
    """The least that is expected: a placement, or with `share` that part of the nodes.

    `share` is above 0 and at most 1, and exact, so that 9 of 10 nodes are 90 %.
    """

    text: str
    least: Placement
    share: Fraction | None = None

    def __str__(self) -> str:
        return self.text

    @property
    def asks_nothing(self) -> bool:
        """Whether it only writes down a known fallback, so that nothing can fall short of it."""
        return self.least is Placement.NONE

    def outcome(
        self, placement: Placement | None, on_accelerator: int | None, total: int | None
    ) -> Outcome:
        """Compare with a cell that ran: its placement and its nodes on the accelerator, in all.

        `none` asks for nothing: it writes down a known fallback, and anything on the accelerator is
        news. What is unknown meets nothing else. `full` meets every share, also without counts.
        """
        if self.asks_nothing:
            found = placement in (Placement.PARTIAL, Placement.FULL)
            return Outcome.BETTER if found else Outcome.MET
        met = placement is Placement.FULL
        if self.share is None and self.least is Placement.PARTIAL:
            met = met or placement is Placement.PARTIAL
        if self.share is not None and placement is Placement.PARTIAL and total:
            met = on_accelerator is not None and Fraction(on_accelerator, total) >= self.share
        return Outcome.MET if met else Outcome.UNMET


def parse_expectation(text: str) -> Expectation:
    """Read `full`, `partial`, `none`, `>= 0.9`, `0.9` or `90%`.

    Raises:
        ValueError: it is none of these; says what it can be.
    """
    word = text.strip()
    if word in _WORDS:
        return Expectation(word, Placement(word))
    if word == Placement.UNKNOWN:
        raise ValueError(f"nothing can be known to be unknown; it can be {FORMS}")
    found = _SHARE.fullmatch(word)
    if found is None:
        raise ValueError(f"not an expectation; it can be {FORMS}")
    share = Fraction(found[1]) / (100 if found[2] else 1)
    if not 0 < share <= 1:
        raise ValueError(f"a share is above 0 and at most 1, or 100%; it can be {FORMS}")
    return Expectation(f">= {found[1]}{found[2]}", Placement.PARTIAL, share)
