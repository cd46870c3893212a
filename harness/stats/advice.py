"""What to do next about numbers in doubt, which depends on what was done already."""

from __future__ import annotations

from harness.stats.circumstances import Circumstances, ValidityReason
from harness.stats.stopping import Stop

_FIXED = {
    ValidityReason.TOO_SHORT: "take a larger model or input: such a time says nothing of a "
    "processor",
    ValidityReason.FEWER_ROUNDS: "run the missing rounds with `--resume`; each failed one says why",
    ValidityReason.OUTLIER_ROUND: "nothing, if it stays alone: the median does not mind it; its "
    "raw output shows what it was busy with",
    ValidityReason.BACKGROUND_LOAD: "end other work on the device (updates, indexing, apps), then "
    "measure again",
    ValidityReason.SETTINGS_CHANGED: "measure again; if it comes again, leave out the control that "
    "the device does not keep",
    ValidityReason.NOT_COOLED: "give the device a cooler place or more time to cool, then measure "
    "again",
}

_HOLD = "hold the device's fixed-performance mode if it has one (`--control fixed_performance`)"

_MANY = 10
"""Two clocks of which one has a quarter of the rounds show in 3 of 4 cells of so many."""


def next_step(reason: ValidityReason, rounds: int, around: Circumstances) -> str:
    """Return one sentence in the imperative; never a thing that the circumstances say was done."""
    if reason in _FIXED:
        return _FIXED[reason]
    if reason in (ValidityReason.THROTTLED, ValidityReason.DRIFT):
        return _about_heat(reason, around)
    return _about_scatter(reason, rounds, around)


def _about_heat(reason: ValidityReason, around: Circumstances) -> str:
    steps = []
    if not around.cooled:
        steps.append("let the device cool down before each round")
    if not around.interleaved and reason is ValidityReason.DRIFT:
        steps.append("measure it beside another variant, so that rounds are interleaved")
    if not around.fixed_performance:
        steps.append(_HOLD)
    known = "rounds already waited for the device to cool: " if around.cooled else ""
    if not steps:
        return f"{known}shorten the rounds, or take its sustained speed as the figure"
    return known + _listed(steps)


def _about_scatter(reason: ValidityReason, rounds: int, around: Circumstances) -> str:
    steps = []
    spent = around.stop in (Stop.ROUND_BUDGET, Stop.TIME_BUDGET) or (
        around.budget is not None and rounds >= around.budget
    )
    known = "more rounds were already run, up to the budget: " if spent else ""
    if not spent:
        steps.append(f"run more rounds (at least {max(_MANY, 2 * rounds)})")
    if not around.pinned:
        steps.append("bind the tool to cores of one class")
    if not around.fixed_performance and reason is ValidityReason.BIMODAL:
        steps.append(_HOLD)
    if reason is ValidityReason.NOISY:
        steps.append("free the device of background work")
        if not around.cooled:
            steps.append("let the device cool down before each round")
    if not steps:
        return f"{known}compare clocks and cores of fast and slow rounds in their records"
    return known + _listed(steps)


def _listed(steps: list[str]) -> str:
    return steps[0] if len(steps) == 1 else f"{', '.join(steps[:-1])}, or {steps[-1]}"
