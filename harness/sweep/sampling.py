"""Launches for single invocations: where they stand among the rounds of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from harness.bench.command import LaunchKind
from harness.bench.samples import SampleSource
from harness.bench.settings import RunSettings
from harness.sweep.record import ManifestStep


def with_samples(
    steps: Sequence[ManifestStep], traceable: frozenset[str], settings: RunSettings
) -> Iterator[ManifestStep]:
    """Yield a plan's launches with those for samples among them.

    Short launches follow each row of rounds, spread evenly over the rows and in the order of the
    row, turned by one place a turn: none keeps to the cool start. Traced ones come last, since
    they are compared to the rounds.
    """
    rounds = [step for step in steps if step.kind is LaunchKind.ROUND]
    last_of = {step.index: step for step in rounds}
    wanted = settings.short_launches if SampleSource.SHORT in settings.samples else 0
    made = 0
    for step in steps:
        yield step
        if last_of.get(step.index) is not step:
            continue
        row = [one.cell for one in rounds if one.index == step.index]
        until = ceil(wanted * step.index / len(last_of))
        for turn in range(made, until):
            for place in range(len(row)):
                cell = row[(place + turn) % len(row)]
                yield ManifestStep(cell=cell, kind=LaunchKind.SHORT, index=turn + 1)
        made = max(made, until)
    if SampleSource.TRACED in settings.samples:
        for cell in dict.fromkeys(step.cell for step in rounds if step.cell in traceable):
            yield ManifestStep(cell=cell, kind=LaunchKind.TRACED, index=1)
