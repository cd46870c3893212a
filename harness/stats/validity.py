"""May the numbers be used: rules over a cell's rounds, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from harness.verdict.model import Validity

NOISY_SPREAD = 0.25
"""Spread of round medians (max - min over median) beyond which a cell is noisy. Uncontrolled phones
differ by 5 to 20 % from process to process; past that, something else was running."""

DRIFT_STEP = 0.15
"""How much the last third of the rounds may be slower than the first third."""

TOO_SHORT_US = 20.0
"""Invocations below this are a few ticks of the tool's clock, which counts whole microseconds."""

MIN_ROUNDS_FOR_DRIFT = 6
"""Thirds of fewer rounds are single rounds."""


@dataclass(frozen=True)
class ValidityVerdict:
    """Validity with the closed set of reasons behind it."""

    validity: Validity
    reasons: tuple[str, ...]


def judge_validity(
    medians_us: Sequence[float],
    *,
    rounds_planned: int,
    throttled: bool = False,
    misbound: bool = False,
) -> ValidityVerdict:
    """Judge the rounds of one cell, given in the order in which they ran."""
    reasons: list[str] = []
    centre = median(medians_us)
    if len(medians_us) > 1 and max(medians_us) - min(medians_us) > NOISY_SPREAD * centre:
        reasons.append("noisy")
    if _drifts(medians_us):
        reasons.append("drift")
    if throttled:
        reasons.append("throttled")
    if misbound:
        reasons.append("affinity")
    if centre < TOO_SHORT_US:
        reasons.append("too_short")
    if reasons:
        return ValidityVerdict(Validity.INVALID, tuple(reasons))
    if len(medians_us) < rounds_planned:
        return ValidityVerdict(Validity.INCOMPLETE, ("fewer_rounds_than_planned",))
    return ValidityVerdict(Validity.VALID, ())


def _drifts(medians: Sequence[float]) -> bool:
    if len(medians) < MIN_ROUNDS_FOR_DRIFT:
        return False
    third = len(medians) // 3
    return median(medians[-third:]) > (1 + DRIFT_STEP) * median(medians[:third])
