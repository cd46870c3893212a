"""The outcome of a sweep in one sentence with its denominator, and as one mark per cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.report import words
from harness.report.grid import anchor, kind_of
from harness.sweep.documents import CellDoc
from harness.verdict.model import Status


@dataclass(frozen=True)
class Phrase:
    """A piece of the sentence; `tone` is empty, `bad`, `worse` or `doubt`."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Marks:
    """All counted cells of one verdict: one mark each, by anchor."""

    kind: str
    label: str
    meaning: str
    anchors: tuple[str, ...]


def counted(cells: Sequence[CellDoc]) -> tuple[CellDoc, ...]:
    """Return the cells that the summary speaks of: the real ones, never mixed with simulated ones.

    Where only simulated cells ran on an accelerator, as in a rehearsal, it speaks of those.
    """
    real = tuple(cell for cell in cells if not cell.device.simulated)
    simulated = tuple(cell for cell in cells if cell.device.simulated)
    rehearsal = not any(map(_asked, real)) and any(map(_asked, simulated))
    return simulated if rehearsal or not real else real


def accelerated(cells: Sequence[CellDoc]) -> tuple[CellDoc, ...]:
    """Return the counted cells that ran and asked for more than the CPU."""
    return tuple(filter(_asked, counted(cells)))


def _asked(cell: CellDoc) -> bool:
    return not cell.variant.accelerator.is_cpu and cell.status is not Status.SKIPPED


def sentence(cells: Sequence[CellDoc]) -> tuple[Phrase, ...]:
    """Say what happened: wrong answers first, then silent fallback, then what else is wrong."""
    asked = accelerated(cells)
    if not asked:
        return _without_accelerators(cells)
    tally = Counter(kind_of(cell) for cell in asked)
    simulated = " simulated" if all(cell.device.simulated for cell in asked) else ""
    whole = f"{len(asked):,}{simulated} accelerated {'cell' if len(asked) == 1 else 'cells'}"
    wrong, none = tally["wrong"], tally["none"]
    if wrong == len(asked) == 1:
        # The worst there is: fast, where it was asked to be, and of no use.
        start = [Phrase(f"The only{simulated} accelerated cell", "worse"), Phrase(" is wrong")]
    elif wrong:
        verb = "gives" if wrong == 1 else "give"
        start = [Phrase(f"{wrong:,} of {whole}", "worse"), Phrase(f" {verb} wrong answers")]
    elif none == len(asked) == 1:
        start = [Phrase(f"The only{simulated} accelerated cell", "bad"), Phrase(" ran on the CPU")]
    elif none:
        start = [Phrase(f"{none:,} of {whole}", "bad"), Phrase(" silently ran on the CPU")]
    else:
        start = [Phrase(f"No silent fallback seen in {whole}")]
    return (*start, *_others(tally, but=not none and not wrong), Phrase("."))


def _others(tally: Counter[str], *, but: bool) -> list[Phrase]:
    forms = (
        ("suspect", "doubt", "is suspect", "are suspect"),
        ("failed", "bad", "failed", "failed"),
        ("downgraded", "", "took a lesser path", "took a lesser path"),
        ("unknown", "doubt", "cannot be judged", "cannot be judged"),
    )
    said = [
        Phrase(f"{words.word_for(tally[kind])} {one if tally[kind] == 1 else many}", tone)
        for kind, tone, one, many in forms
        if tally[kind]
    ]
    if tally["wrong"] and sum(tally.values()) > 1:
        fell = words.word_for(tally["none"]) if tally["none"] else "none"
        said.insert(0, Phrase(f"{fell} silently ran on the CPU", "bad" if tally["none"] else ""))
    phrases: list[Phrase] = []
    for number, phrase in enumerate(said):
        last = number == len(said) - 1
        first_join = ", but " if but else ", and " if last else ", "
        phrases += [Phrase(first_join if number == 0 else " and " if last else ", "), phrase]
    return phrases


def _without_accelerators(cells: Sequence[CellDoc]) -> tuple[Phrase, ...]:
    ran = [cell for cell in counted(cells) if cell.status is Status.OK]
    failed = sum(cell.status is Status.FAILED for cell in counted(cells))
    if not ran:
        tail = f": {failed:,} failed" if failed else ""
        return (Phrase("Nothing was measured", "bad"), Phrase(f"{tail}."))
    cells_word = words.plural(len(ran), "CPU cell")
    asked = any(not cell.variant.accelerator.is_cpu for cell in cells)
    tail = ": every accelerated cell was skipped." if asked else ": no accelerator was asked for."
    return (Phrase(f"{cells_word} measured"), Phrase(tail))


def plain(phrases: Sequence[Phrase]) -> str:
    """Return the sentence as plain text."""
    return "".join(phrase.text for phrase in phrases)


def marks(cells: Sequence[CellDoc]) -> tuple[Marks, ...]:
    """Group the accelerated cells by verdict, worst first."""
    asked = accelerated(cells)
    return tuple(
        Marks(
            kind,
            word.label,
            word.meaning,
            tuple(anchor(cell.id) for cell in asked if kind_of(cell) == kind),
        )
        for kind, word in words.VERDICTS.items()
        if any(kind_of(cell) == kind for cell in asked)
    )
