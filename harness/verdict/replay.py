"""Node accounts from partition lines: who got how many nodes of which graph.

`Subgraph::ReplaceNodeSubsetsWithDelegateKernels` (tflite/core/subgraph.cc) prints one line for each
delegate that takes nodes: n nodes of the m in the plan *at that time*, in p subsets of both sides.
A second delegate's m counts the first one's kernels as one node each, so m0 - sum(n) nodes are left
to the interpreter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.bench.variant import Accelerator
from harness.parse.model import Event
from harness.parse.patterns import Code
from harness.verdict.kernels import kernel_serves


@dataclass(frozen=True)
class Partition:
    """A partition line: `before` (nodes in the plan) and `subsets` may be missing."""

    event: Event
    nodes: int
    before: int | None
    kernel: str
    subsets: int | None
    graph: int | None


@dataclass(frozen=True)
class GraphAccount:
    """The last complete sequence of partition lines of one graph."""

    graph: int | None
    partitions: tuple[Partition, ...]

    @property
    def nodes_total(self) -> int | None:
        """Nodes before any delegate; None for tools up to TensorFlow 2.12 unless one took all."""
        first = self.partitions[0]
        if first.before is not None:
            return first.before
        return first.nodes if first.subsets == 1 else None

    def nodes_of(self, requested: Accelerator) -> int:
        """Return the nodes that kernels of the requested accelerator took."""
        return sum(p.nodes for p in self.partitions if kernel_serves(p.kernel, requested))


def read_partitions(events: Iterable[Event]) -> tuple[Partition, ...]:
    """Return the partition lines among `events`, in order."""
    return tuple(
        Partition(
            event=event,
            nodes=event.number(0) or 0,
            before=event.number(1),
            kernel=event.values[2] or "unknown",
            subsets=event.number(3),
            graph=event.number(4),
        )
        for event in events
        if event.code is Code.REPLACING
    )


def replay(partitions: Sequence[Partition]) -> tuple[GraphAccount, ...]:
    """Account for every graph, the primary one first.

    A graph whose plan is back at its first size was given back and delegated anew (a resize, a
    revert, a second interpreter): the account starts again there.
    """
    sequences: dict[int | None, list[Partition]] = {}
    for partition in partitions:
        sequence = sequences.setdefault(partition.graph, [])
        if sequence and not _continues(sequence, partition):
            sequence.clear()
        sequence.append(partition)
    return tuple(
        GraphAccount(graph, tuple(sequences[graph])) for graph in sorted(sequences, key=_order)
    )


def _order(graph: int | None) -> int:
    return -1 if graph is None else graph


def _continues(sequence: Sequence[Partition], partition: Partition) -> bool:
    """Whether the plan's size follows from the line before: its nodes went, its kernels came."""
    last = sequence[-1]
    if last.before is None or partition.before is None:
        return partition.kernel not in {p.kernel for p in sequence}
    kernels = partition.before - (last.before - last.nodes)
    if last.subsets is None:
        return 0 < kernels <= last.nodes
    return kernels in (last.subsets // 2, (last.subsets + 1) // 2) and kernels > 0
