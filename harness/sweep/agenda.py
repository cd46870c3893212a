"""What a device does next: the planned launches, then rounds of what is not precise enough.

The journal alone decides. An agenda that is told of the same launches asks for the same ones, so
that a resumed sweep goes on as one that nobody cut short.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from statistics import fmean, median

from harness.bench.command import LaunchKind
from harness.bench.settings import RunSettings
from harness.bench.variant import Accelerator
from harness.stats.stopping import Precision, enough
from harness.sweep.design import order_of, turn
from harness.sweep.extras import Afterwards, Extras, extras_of
from harness.sweep.journal import StepKey
from harness.sweep.record import Manifest, ManifestStep, RoundRecord

MedianOf = Callable[[RoundRecord], float | None]
"""Reads the median of a timed round from its raw output; None where it has none that counts."""


@dataclass(frozen=True)
class Course:
    """What a device's agenda rests on: its planned launches, its rule and what its cells are.

    `baselines` are the cells that others are compared with: CPU variants. `extras` is what follows
    the rounds of each cell.
    """

    steps: Sequence[ManifestStep]
    rule: Precision
    budget_s: float | None
    model_of: Mapping[str, str]
    baselines: frozenset[str]
    extras: Mapping[str, Extras] = field(default_factory=dict)


def course_of(manifest: Manifest, device: str) -> Course:
    """Return the course of a device of a sweep."""
    settings: RunSettings = manifest.settings_of(device)
    cells = [cell for cell in manifest.cells if cell.device == device]
    asked = {one.name: one.accelerator for one in manifest.variants}
    return Course(
        steps=manifest.schedule.get(device, []),
        rule=settings.stopping,
        budget_s=settings.budget_s or None,
        model_of={cell.id: cell.model for cell in cells},
        baselines=frozenset(cell.id for cell in cells if asked[cell.variant] is Accelerator.CPU),
        extras={cell.id: extras_of(cell, settings) for cell in cells},
    )


@dataclass
class _Block:
    """The launches of one model, and how far it has come.

    `order` is that of the design, `row` the last one begun. `cut`: its share of the time is used
    up. `going` are the cells of a row beyond the plan.
    """

    planned: list[ManifestStep]
    after: list[ManifestStep]
    order: list[str]
    row: int = 0
    going: list[str] | None = None
    cut: bool = False
    closed: bool = False


class Agenda:
    """The launches of one device, in order; told of each that is made.

    `records` is what the journal held before: a resumed sweep goes on where it was cut. `after`
    has the launches that follow all others.
    """

    def __init__(
        self,
        course: Course,
        records: Iterable[RoundRecord] = (),
        median_us: MedianOf = lambda _: None,
    ) -> None:
        records = tuple(records)
        self._course = course
        self._median_us = median_us
        self._known: dict[StepKey, list[RoundRecord]] = defaultdict(list)
        for record in records:
            self._known[record.cell, record.kind, record.index].append(record)
        self._made: set[StepKey] = set()
        self._ended: set[str] = set()
        self._medians: dict[str, list[float]] = defaultdict(list)
        self._round_s: dict[str, list[float]] = defaultdict(list)
        self._used_s = 0.0
        self._blocks = _blocks(course)
        self._block_of = {cell: block for block in self._blocks for cell in block.order}
        self._coming = self._launches()
        self._afterwards = Afterwards(course.extras, records)

    def next(self) -> ManifestStep | None:
        """Return the launch to make now; None when all is done."""
        for step in self._coming:
            if not any(one.final and not one.not_made for one in self._known_of(step)):
                self._made.discard(_key(step))
                return step
        return self._afterwards.next(frozenset(self._ended))

    def replay(self) -> bool:
        """Go on to where the workers stopped; return whether nothing is left to be made.

        What a device was not fit for is left, but the workers went past it: `next` would not.
        """
        whole = True
        for step in self._coming:
            attempts = self._known_of(step)
            if not any(one.final for one in attempts):
                return False
            whole = whole and any(one.final and not one.not_made for one in attempts)
        return whole and self._afterwards.next(frozenset(self._ended)) is None

    def made(self, record: RoundRecord) -> None:
        """Take note of a launch; one that is not final costs time and is tried again."""
        spent = record.seconds if record.worker_s is None else record.worker_s
        self._used_s += spent
        if not record.final:
            return
        self._made.add((record.cell, record.kind, record.index))
        self._afterwards.made(record)
        if record.not_made:
            return
        if record.ends_cell:
            self._ended.add(record.cell)
        elif record.kind is LaunchKind.ROUND:
            self._round_s[record.cell].append(spent)
            if self._course.rule.target is not None:
                value = self._median_us(record)
                self._medians[record.cell] += [] if value is None else [value]

    @property
    def ahead(self) -> int:
        """How many launches can still come, at the most, the one under way included.

        Those of a sustained series are not counted: the device's clock ends it.
        """
        pairs = self._afterwards.pairs_ahead(frozenset(self._ended))
        return sum(self._left(block) for block in self._blocks) + pairs

    def is_cut(self, cell: str) -> bool:
        """Whether the time budget ended the rounds of a cell's model."""
        return cell in self._block_of and self._block_of[cell].cut

    def is_closed(self, cell: str) -> bool:
        """Whether no more rounds are to come for a cell's model."""
        return cell in self._block_of and self._block_of[cell].closed

    def _known_of(self, step: ManifestStep) -> list[RoundRecord]:
        """Take in what the journal holds of a launch.

        That is done where it was made, so that all that was decided from it is decided again.
        """
        attempts = self._known.pop(_key(step), [])
        for record in attempts:
            self.made(record)
        return attempts

    def _launches(self) -> Iterator[ManifestStep]:
        sharing = sum(bool(block.order) for block in self._blocks)
        for block in self._blocks:
            limit = self._limit(sharing)
            sharing -= bool(block.order)
            for step in block.planned:
                if step.kind is LaunchKind.ROUND and step.index != block.row:
                    self._begin(block, step.index, self._alive(block.order), limit)
                if not (step.kind is LaunchKind.ROUND and block.cut):
                    yield from self._unless_ended(step)
            yield from self._further(block, limit)
            block.closed = True
            for step in block.after:
                yield from self._unless_ended(step)

    def _further(self, block: _Block, limit: float | None) -> Iterator[ManifestStep]:
        """Yield rows beyond the plan, of what is not precise enough and what it is held against."""
        rule = self._course.rule
        for row in range(rule.least + 1, rule.most + 1):
            block.going = self._unsettled(block)
            if not block.cut and block.going:
                self._begin(block, row, block.going, limit)
            if block.cut or not block.going:
                return
            for cell in turn(block.going, row - 1):
                step = ManifestStep(cell=cell, kind=LaunchKind.ROUND, index=row)
                yield from self._unless_ended(step)

    def _begin(self, block: _Block, row: int, cells: Sequence[str], limit: float | None) -> None:
        """Begin a row, or cut the block where the row would outlast its share of the time.

        The first row is always made: a cell without any time tells nothing.
        """
        block.row = row
        costs = sum(fmean(spent) for cell in cells if (spent := self._round_s.get(cell)))
        late = limit is not None and row > 1 and self._used_s + costs > limit
        block.cut = block.cut or late

    def _unsettled(self, block: _Block) -> list[str]:
        """Return the cells that need another round, in the order of the design.

        The fastest CPU variant runs along, since ratios pair rounds of one row. A cell none of
        whose rounds has a median gets no more.
        """
        known = [cell for cell in self._alive(block.order) if self._medians.get(cell)]
        wanting = {c for c in known if enough(self._medians[c], self._course.rule) is None}
        if not wanting:
            return []
        rivals = [cell for cell in known if cell in self._course.baselines]
        baseline = min(rivals, key=lambda cell: median(self._medians[cell]), default=None)
        return [cell for cell in known if cell in wanting or cell == baseline]

    def _limit(self, sharing: int) -> float | None:
        """Return when a model's rounds must end: its share of what is left of the time budget."""
        if self._course.budget_s is None:
            return None
        left = max(0.0, self._course.budget_s - self._used_s)
        return self._used_s + left / max(1, sharing)

    def _left(self, block: _Block) -> int:
        rule = self._course.rule
        rounds = [] if block.closed or block.cut else self._alive(block.going or block.order)
        further = range(max(rule.least + 1, block.row), rule.most + 1)
        return sum(
            _key(step) not in self._made
            and step.cell not in self._ended
            and not (step.kind is LaunchKind.ROUND and block.cut)
            for step in (*block.planned, *block.after)
        ) + sum((c, LaunchKind.ROUND, row) not in self._made for c in rounds for row in further)

    def _alive(self, cells: Iterable[str]) -> list[str]:
        return [cell for cell in cells if cell not in self._ended]

    def _unless_ended(self, step: ManifestStep) -> Iterator[ManifestStep]:
        if step.cell not in self._ended:
            yield step


def _key(step: ManifestStep) -> StepKey:
    return step.cell, step.kind, step.index


def _blocks(course: Course) -> list[_Block]:
    """Part the plan by model, and each part after its last round: more rounds go in between."""
    found = []
    for _, steps in groupby(course.steps, key=lambda step: course.model_of.get(step.cell)):
        part = list(steps)
        rounds = [n for n, step in enumerate(part) if step.kind is LaunchKind.ROUND]
        end = rounds[-1] + 1 if rounds else 0
        first = [part[n].cell for n in rounds if part[n].index == part[rounds[0]].index]
        found.append(_Block(part[:end], part[end:], order_of(first)))
    return found
