"""A model's outline: the nodes of each graph, and which graphs its control flow enters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class GraphOutline:
    """One graph: its count of nodes, and the graphs that a node runs, by the node's index."""

    nodes: int
    bodies: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelOutline:
    """What counting nodes needs to know of a model's file. `signatures` name their graphs."""

    graphs: tuple[GraphOutline, ...]
    signatures: Mapping[str, int] = field(default_factory=dict)

    def entered_from(
        self, entry: int, left: Sequence[Collection[int]] | None = None
    ) -> tuple[int, ...]:
        """Return the graphs that a run of `entry` may enter, in order.

        `left` are the nodes of each graph that the interpreter itself runs; a body of any other
        node is run by the delegate that took the node, if at all. Of a graph that `left` does not
        have nothing is known, and nothing is entered from it. None: all nodes are left.
        """
        seen: set[int] = set()
        todo = [entry]
        while todo:
            graph = todo.pop()
            if graph in seen or not 0 <= graph < len(self.graphs):
                continue
            seen.add(graph)
            for node, bodies in self.graphs[graph].bodies.items():
                if left is None or (graph < len(left) and node in left[graph]):
                    todo += bodies
        return tuple(sorted(seen))

    def has_bodies(self, entry: int) -> bool:
        """Whether control flow enters other graphs from this one."""
        return len(self.entered_from(entry)) > 1
