"""How many rounds there are and why no more: of one cell in its drawer, of many in a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report import words
from harness.sweep.documents import CellDoc, SweepDoc
from harness.sweep.extra_documents import StoppedDoc, WhyStopped

_NAMES = {
    WhyStopped.ROUND_BUDGET: "round budget",
    WhyStopped.TIME_BUDGET: "time budget",
    WhyStopped.INTERRUPTED: "interrupted",
    WhyStopped.FAILED: "a launch failed for good",
}


def ended(stopped: StoppedDoc | None) -> str:
    """Say of one cell how well p50 is known and why no more rounds were made; "" if unknown."""
    if stopped is None:
        return ""
    reach = "" if stopped.achieved is None else f"±{words.percent(stopped.achieved)}"
    if stopped.why is WhyStopped.PRECISE:
        return f"precise to {reach}"
    if stopped.why is WhyStopped.FIXED:
        few = "" if stopped.target is None else ", since its rounds tell no median"
        return f"a fixed number{few}" + (f", {reach}" if reach else "")
    return f"still {reach or 'without an interval'}: {_NAMES[stopped.why]}"


@dataclass(frozen=True)
class Tally:
    """Measured cells together: how many rounds a cell has, and how well their p50 are known."""

    rounds: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join([f"{self.rounds} a cell", *self.parts]) if self.rounds else ""


def tally(cells: Sequence[CellDoc]) -> Tally:
    """Count measured cells by why they have no more rounds; empty for older sweeps."""
    told = [(cell.rounds, cell.stopped) for cell in cells if cell.stopped is not None]
    if not told:
        return Tally("", ())
    counts = [rounds for rounds, _ in told]
    aiming = [one for _, one in told if one.target is not None]
    parts = []
    for target in sorted({one.target for one in aiming if one.target is not None}):
        group = [one for one in aiming if one.target == target]
        precise = sum(one.why is WhyStopped.PRECISE for one in group)
        parts.append(f"{precise:,} of {len(group):,} precise to ±{words.percent(target)}")
    for reason, name in _NAMES.items():
        group = [one for one in aiming if one.why is reason]
        reaches = [one.achieved for one in group if one.achieved is not None]
        worst = f"up to ±{words.percent(max(reaches))}" if reaches else "without an interval"
        parts += [f"{len(group):,} still {worst} ({name})"] if group else []
    return Tally(_rounds(min(counts), max(counts)), tuple(parts))


def rule(sweep: SweepDoc) -> str:
    """Say by which rule a sweep made its rounds."""
    least, most = sweep.rounds_planned, sweep.rounds_most or sweep.rounds_planned
    text = _rounds(least, most) + " a cell"
    if sweep.precision:
        text += f", until p50 is within ±{words.percent(sweep.precision)}"
    if sweep.budget_s:
        text += f", within {words.duration(sweep.budget_s)} a device"
    return text


def _rounds(least: int, most: int) -> str:
    return words.plural(least, "round") if least == most else f"{least} to {most} rounds"
