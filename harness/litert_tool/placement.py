"""Which nodes the delegate took, from what the interpreter tells; exact, or nothing is said.

After allocation the interpreter lists the model's nodes and, behind them, the delegate's kernels
with the tensors that go in and out. A kernel's nodes are those between the two. A second
interpreter in which each delegated node is a kernel of its own must name the same nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.litert_tool.session import DELEGATE, Operator, Session

XNNPACK_KERNEL = "TfLiteXNNPackDelegate"
_CONTROL_FLOW = frozenset({"IF", "WHILE", "CALL_ONCE", "STABLEHLO_WHILE", "STABLEHLO_COMPOSITE"})


@dataclass(frozen=True)
class Kernel:
    """A delegate's node and the model's nodes that it stands for."""

    node: Operator
    replaced: tuple[int, ...]


@dataclass(frozen=True)
class Placement:
    """The model's own nodes, the kernels, and an order in which the plan can run (by index)."""

    nodes: tuple[Operator, ...]
    kernels: tuple[Kernel, ...]
    plan: tuple[int, ...]


def kernel_count(operators: Sequence[Operator]) -> int:
    """Count the delegate's kernels."""
    return sum(one.name == DELEGATE for one in operators)


def plan_length(operators: Sequence[Operator], placement: Placement | None) -> int | None:
    """Length of the execution plan; None if it is not known."""
    if kernel_count(operators) == 0:
        return len(operators)
    return len(placement.plan) if placement else None


def read_placement(session: Session) -> Placement | None:
    """Return which kernel has which nodes, or None where that cannot be told exactly.

    Control flow and signatures of other subgraphs are such cases: the interpreter tells of its
    first subgraph only.
    """
    operators = session.operators()
    if session.subgraph != 0 or any(one.name in _CONTROL_FLOW for one in operators):
        return None
    nodes = tuple(one for one in operators if one.name != DELEGATE)
    maker = {tensor: node for node in nodes for tensor in node.outputs}
    kernels = tuple(Kernel(one, _between(one, maker)) for one in operators if one.name == DELEGATE)
    taken = [index for kernel in kernels for index in kernel.replaced]
    if len(taken) != len(set(taken)):
        return None
    if kernels and {nodes[index].outputs for index in taken} != _unfused(session):
        return None
    plan = _order(nodes, kernels)
    return Placement(nodes, kernels, plan) if plan is not None else None


def _unfused(session: Session) -> set[tuple[int, ...]]:
    return {one.outputs for one in session.operators_unfused() if one.name == DELEGATE}


def _between(kernel: Operator, maker: Mapping[int, Operator]) -> tuple[int, ...]:
    """Walk from a kernel's outputs back to its inputs and return the nodes on the way."""
    stop, found = set(kernel.inputs), set()
    left = [tensor for tensor in kernel.outputs if tensor not in stop]
    while left:
        node = maker.get(left.pop())
        if node is not None and node.index not in found:
            found.add(node.index)
            left += [tensor for tensor in node.inputs if tensor not in stop]
    return tuple(sorted(found))


def _order(nodes: Sequence[Operator], kernels: Sequence[Kernel]) -> tuple[int, ...] | None:
    """Return kernels and remaining nodes so that each comes after what it reads."""
    taken = {index for kernel in kernels for index in kernel.replaced}
    steps = [(node.index, node) for node in nodes if node.index not in taken]
    steps += [(min(kernel.replaced, default=0), kernel.node) for kernel in kernels]
    waiting = [step for _, step in sorted(steps, key=lambda pair: pair[0])]
    missing = {tensor for step in waiting for tensor in step.outputs}
    plan: list[int] = []
    while waiting:
        ready = next((one for one in waiting if not missing & set(one.inputs)), None)
        if ready is None:
            return None
        waiting.remove(ready)
        missing -= set(ready.outputs)
        plan.append(ready.index)
    return tuple(plan)
