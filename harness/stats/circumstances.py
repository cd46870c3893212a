"""The words of validity: why numbers may not be used, and how they were measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.stats.stopping import Stop


class ValidityReason(StrEnum):
    """Why numbers may not be used, or need a word beside them; values stand in results.json."""

    NOISY = "noisy"
    DRIFT = "drift"
    BIMODAL = "bimodal"
    OUTLIER_ROUND = "outlier_round"
    TOO_SHORT = "too_short"
    THROTTLED = "throttled"
    BACKGROUND_LOAD = "background_load"
    NOT_COOLED = "not_cooled"
    AFFINITY = "affinity"
    SETTINGS_CHANGED = "settings_changed"
    FEWER_ROUNDS = "fewer_rounds_than_planned"


@dataclass(frozen=True)
class ValidityNote:
    """One observation: what was seen, in a sentence, and what to do that was not done already.

    `decides`: the numbers may not be used for it; others only stand beside them.
    """

    reason: ValidityReason
    message: str
    next_step: str
    decides: bool = True


@dataclass(frozen=True)
class Circumstances:
    """What the caller knows of how a cell was measured; advice leaves out what was done already.

    Attributes:
        rounds_planned: how many rounds were to give a time, at the least.
        budget: the most rounds that the rule allowed; None where their number was fixed.
        stop: why there were no more; None where that is not known.
        interleaved: whether rounds of other cells stood between this one's.
        cooled: whether each round waited for the device to cool down.
        pinned: whether the tool was bound to cores of one class.
        fixed_performance: whether the device's fixed-performance mode was held.
        moments: when each round ran, in any one unit; empty if unknown.
        seen: what the device or others saw amiss, in words, such as
            {BACKGROUND_LOAD: "load of 3.1 before 2 of 5 rounds"}. The reasons that this module
            finds itself are not taken from it.
        beside: the same for what leaves the numbers usable.
    """

    rounds_planned: int
    budget: int | None = None
    stop: Stop | None = None
    interleaved: bool = True
    cooled: bool = False
    pinned: bool = False
    fixed_performance: bool = False
    moments: tuple[float, ...] = ()
    seen: Mapping[ValidityReason, str] = field(default_factory=dict)
    beside: Mapping[ValidityReason, str] = field(default_factory=dict)
