"""A model's primary graph as far as partitioning needs it, and the runtime's way to cut it.

The cutting is that of `PartitionGraphIntoIndependentNodeSubsets` (tflite/graph_info.cc): nodes in
the order of execution, each as early as its inputs allow, in subsets of one kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class GraphNode:
    """A node: its operator's name, its outputs and those inputs that are no constants, by index."""

    op: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Subset:
    """Nodes (by index) that can run one after another without leaving their side."""

    delegated: bool
    nodes: tuple[int, ...]


def partition(nodes: Sequence[GraphNode], takes: Callable[[GraphNode], bool]) -> tuple[Subset, ...]:
    """Cut a graph into alternating subsets of nodes that a delegate takes and that it does not.

    Linear in nodes for each subset, as in the runtime. A graph with a cycle ends with what could
    be reached.
    """
    kinds = [takes(node) for node in nodes]
    waiting = {tensor for node in nodes for tensor in node.outputs}
    left = list(range(len(nodes)))
    subsets: list[Subset] = []
    while left:
        kind: bool | None = None
        found: list[int] = []
        rest: list[int] = []
        for index in left:
            ready = not waiting.intersection(nodes[index].inputs)
            if ready and kind in (None, kinds[index]):
                kind = kinds[index]
                found.append(index)
                waiting.difference_update(nodes[index].outputs)
            else:
                rest.append(index)
        if not found or kind is None:
            break
        if subsets and subsets[-1].delegated is kind:
            # An epoch that a later pass of the runtime would still have added to.
            subsets[-1] = Subset(kind, (*subsets[-1].nodes, *found))
        else:
            subsets.append(Subset(kind, tuple(found)))
        left = rest
    return tuple(subsets)


def taken_by_gpu(nodes: Sequence[GraphNode], refused: frozenset[str], most: int) -> frozenset[int]:
    """Return the nodes that a delegate takes which refuses some kinds and takes `most` pieces.

    The pieces are the largest ones (`GetNodesOfFirstNLargestPartitions`, tflite/delegates/utils.cc,
    of equal ones the earlier). DEQUANTIZE nodes of constants take no part in the cutting, and go
    with the nodes that use them if those were all taken.
    """
    widening = [i for i, one in enumerate(nodes) if one.op == "DEQUANTIZE" and not one.inputs]
    aside = set(widening)
    rest = [index for index in range(len(nodes)) if index not in aside]
    subsets = partition([nodes[index] for index in rest], lambda node: node.op not in refused)
    delegated = sorted((one for one in subsets if one.delegated), key=lambda one: -len(one.nodes))
    taken = {rest[index] for one in delegated[:most] for index in one.nodes}
    left = {tensor for index in rest if index not in taken for tensor in nodes[index].inputs}
    taken |= {index for index in widening if not left.intersection(nodes[index].outputs)}
    return frozenset(taken)
