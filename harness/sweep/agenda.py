"""What a device does next: the launches of its plan that are neither made nor made needless."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from harness.sweep.extras import Afterwards
from harness.sweep.journal import StepKey, done_steps
from harness.sweep.record import ManifestStep, RoundRecord


class Agenda:
    """The launches of one device, in order; told of each that is made.

    `records` is what the journal held before: a resumed sweep goes on where it was cut. `after`
    has the launches that follow all others.
    """

    def __init__(
        self,
        steps: Sequence[ManifestStep],
        records: Sequence[RoundRecord],
        after: Afterwards | None = None,
    ) -> None:
        self._done: set[StepKey] = set(done_steps(records))
        self._ended = {one.cell for one in records if one.ends_cell}
        self._ahead = deque(steps)
        self._after = after

    def next(self) -> ManifestStep | None:
        """Return the launch to make now; None when all is done."""
        while self._ahead:
            step = self._ahead.popleft()
            if (
                step.cell,
                step.kind,
                step.index,
            ) not in self._done and step.cell not in self._ended:
                return step
        return self._after.next(frozenset(self._ended)) if self._after is not None else None

    def made(self, record: RoundRecord) -> None:
        """Take note of a launch that will not be tried again."""
        self._done.add((record.cell, record.kind, record.index))
        if self._after is not None:
            self._after.made(record)
        if record.ends_cell:
            self._ended.add(record.cell)
