"""The fastest honest choice: per device and model, the quickest cell that may be believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.report import figures, words
from harness.report.findings import device_name
from harness.report.grid import anchor, kind_of, model_key, model_label
from harness.sweep.documents import CellDoc


@dataclass(frozen=True)
class Pick:
    """One winner (or one of several that tie)."""

    anchor: str
    variant: str
    kind: str


@dataclass(frozen=True)
class Choice:
    """The winners of one device and model; none when no cell may be believed."""

    model: str
    picks: tuple[Pick, ...]
    p50: str
    ratio: str
    against: str


@dataclass(frozen=True)
class DeviceChoices:
    """A device's choices, one per model in the page's order."""

    device: str
    simulated: bool
    choices: tuple[Choice, ...]


def winners(cells: Sequence[CellDoc]) -> tuple[CellDoc, ...]:
    """Return the fastest honest cell and those that tie with it; of a tie, lesser paths last."""
    honest = sorted(filter(figures.is_honest, cells), key=lambda cell: figures.p50(cell) or 0.0)
    if not honest:
        return ()
    best = honest[0]
    tie = [cell for cell in honest if cell is best or figures.tied(best, cell)]
    return tuple(sorted(tie, key=lambda cell: kind_of(cell) == "downgraded"))


def _groups(cells: Sequence[CellDoc]) -> dict[str, dict[str, list[CellDoc]]]:
    found: dict[str, dict[str, list[CellDoc]]] = {}
    for cell in cells:
        found.setdefault(cell.device.id, {}).setdefault(model_key(cell), []).append(cell)
    return found


def choices(cells: Sequence[CellDoc]) -> tuple[DeviceChoices, ...]:
    """Choose for every device and every model of the sweep."""
    models = {model_key(cell): model_label(cell) for cell in cells}
    return tuple(
        DeviceChoices(
            device=words.label(device_name(next(iter(by_model.values()))[0]), 40),
            simulated=next(iter(by_model.values()))[0].device.simulated,
            choices=tuple(_choice(name, by_model.get(key, [])) for key, name in models.items()),
        )
        for by_model in _groups(cells).values()
    )


def _choice(model: str, cells: Sequence[CellDoc]) -> Choice:
    best = winners(cells)
    if not best:
        return Choice(model, (), "", "", "")
    picks = tuple(
        Pick(anchor(cell.id), words.label(cell.variant.name, 32), kind_of(cell)) for cell in best
    )
    shown = best[0]
    ratio = figures.speedup(shown)
    return Choice(model, picks, words.ms(figures.p50(shown)), ratio, figures.against(shown))


def tally(cells: Sequence[CellDoc]) -> tuple[str, ...]:
    """Say which variants win how many pairs of device and model; ties count for each."""
    won: Counter[str] = Counter()
    pairs = 0
    for by_model in _groups(cells).values():
        for mine in by_model.values():
            best = winners(mine)
            pairs += bool(best)
            won.update({cell.variant.name for cell in best})
    ranked = sorted(won.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        f"{words.label(name, 32)} {'' if number else 'wins '}{count}"
        + ("" if number else f" of {words.plural(pairs, 'pair')} of device and model")
        for number, (name, count) in enumerate(ranked)
    )
