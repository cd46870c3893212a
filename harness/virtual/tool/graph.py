"""A model's graph as delegates see it: an execution plan in which they replace nodes.

The partitioning is that of `tflite/core/graph_info.cc`: nodes are gathered in rounds, each round
takes the kind (wanted or not) of the first node that is ready and then every ready node of that
kind. Two delegated nodes that an unwanted one separates only in the plan can so share a kernel.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Node:
    """A node of the plan; a delegate kernel stands for the model's nodes in `replaced`."""

    id: int
    op: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    delegate: str | None = None
    replaced: tuple[int, ...] = ()


@dataclass(frozen=True)
class Replacement:
    """What one delegate did: `nodes` of `total` in the plan, in `partitions` of both kinds."""

    delegate: str
    nodes: int
    total: int
    partitions: int
    kernels: tuple[Node, ...]


@dataclass
class Graph:
    """A subgraph with its execution plan. `nodes` are the model's own and never change."""

    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]
    plan: list[Node] = field(default_factory=list)
    _next_id: int = 0

    def __post_init__(self) -> None:
        self.plan = list(self.nodes)
        self._next_id = len(self.nodes)

    @property
    def is_whole(self) -> bool:
        """Whether one delegate kernel stands for everything."""
        return len(self.plan) == 1 and self.plan[0].delegate is not None

    def islands(self, wanted: Collection[int]) -> tuple[tuple[int, ...], ...]:
        """Return the node ids of each partition that a delegate of `wanted` nodes would get."""
        return tuple(
            tuple(node.id for node in subset)
            for is_wanted, subset in self._partition(wanted)
            if is_wanted
        )

    def replace(self, delegate: str, wanted: Collection[int]) -> Replacement | None:
        """Let a delegate take the wanted nodes; None, and no log line, when it wants none."""
        if not wanted:
            return None
        total = len(self.plan)
        subsets = self._partition(wanted)
        plan: list[Node] = []
        for is_wanted, subset in subsets:
            plan += [self._kernel(delegate, subset)] if is_wanted else subset
        self.plan = plan
        kernels = tuple(node for node in plan if node.delegate == delegate)
        return Replacement(delegate, len(wanted), total, len(subsets), kernels)

    def restore(self) -> None:
        """Take every delegate back, as after a failed application."""
        self.plan = list(self.nodes)

    def _kernel(self, delegate: str, subset: Sequence[Node]) -> Node:
        made = {tensor for node in subset for tensor in node.outputs}
        read = dict.fromkeys(tensor for node in subset for tensor in node.inputs if tensor >= 0)
        inside = {node.id for node in subset}
        outside = {t for node in self.plan if node.id not in inside for t in node.inputs}
        kernel = Node(
            id=self._next_id,
            op=delegate,
            inputs=tuple(tensor for tensor in read if tensor not in made),
            outputs=tuple(sorted(made & (outside | set(self.outputs)))),
            delegate=delegate,
            replaced=tuple(node.id for node in subset),
        )
        self._next_id += 1
        return kernel

    def _partition(self, wanted: Collection[int]) -> list[tuple[bool, list[Node]]]:
        pending = {tensor for node in self.plan for tensor in node.outputs}
        left = list(self.plan)
        subsets: list[tuple[bool, list[Node]]] = []
        while left:
            kind: bool | None = None
            subset: list[Node] = []
            grew = True
            while grew:
                grew = False
                later: list[Node] = []
                for node in left:
                    ready = not any(tensor in pending for tensor in node.inputs)
                    if ready and kind is None:
                        kind = node.id in wanted
                    if ready and (node.id in wanted) is kind:
                        subset.append(node)
                        pending.difference_update(node.outputs)
                        grew = True
                    else:
                        later.append(node)
                left = later
            if kind is None:  # a cycle: no flatbuffer that LiteRT loads has one
                subsets.append((False, left))
                break
            subsets.append((kind, subset))
        return subsets
