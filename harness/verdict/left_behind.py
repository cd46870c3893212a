"""Operations left on the CPU, joined to the model's nodes: how many, which, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from harness.parse.model import UnsupportedBlock
from harness.parse.runtime_info import RuntimeInfo
from harness.verdict.graph import GraphNode, taken_by_gpu
from harness.verdict.kernels import kernel_serves
from harness.verdict.model import HowCounted, UnsupportedOp, WhyLeft
from harness.verdict.reading import Case
from harness.verdict.rows import cpu_rows, is_serving

_MAX_NODES = 8  # of each kind; the count says how many there are
_CUSTOM = "CUSTOM "
_PARTITIONS = "max number of delegated partitions"


def listed_ops(blocks: Iterable[UnsupportedBlock]) -> tuple[UnsupportedOp, ...]:
    """Return what the GPU delegate's lists name, each kind and reason once."""
    ops = (op for block in blocks for op in block.ops)
    pairs = dict.fromkeys(((op.values[0] or ""), (op.values[1] or "").strip()) for op in ops)
    return tuple(UnsupportedOp(op, reason, WhyLeft.REFUSED) for op, reason in pairs)


def left_behind(
    case: Case, *, account: RuntimeInfo | None = None, graph: Sequence[GraphNode] | None = None
) -> tuple[UnsupportedOp, ...]:
    """Return every kind of operation that stayed on the CPU, as far as it is known.

    Args:
        case: the run.
        account: the node-exact account that was believed, if one was.
        graph: nodes of the model's primary graph. They are counted by computing the partition,
            which is believed only where it gives the delegate's own count of nodes.
    """
    listed = listed_ops(case.run.unsupported)
    if account is not None:
        return _from_account(case, account, listed)
    if not listed:
        return _beside_kernels(case)
    if graph is None:
        return listed
    computed = _computed(case, listed, graph)
    if computed is not None:
        return computed
    totals = _by_kind(enumerate(node.op for node in graph))
    return tuple(replace(one, of=len(totals.get(_kind(one.op), ())) or None) for one in listed)


def _beside_kernels(case: Case) -> tuple[UnsupportedOp, ...]:
    """Return the operators that an op table shows on the CPU beside the request's kernels."""
    if not any(is_serving(case, row) for row in case.rows):
        return ()
    kinds = sorted({row.node_type for row in cpu_rows(case)})
    return tuple(UnsupportedOp(kind, "", WhyLeft.UNKNOWN) for kind in kinds)


def _from_account(
    case: Case, info: RuntimeInfo, listed: Sequence[UnsupportedOp]
) -> tuple[UnsupportedOp, ...]:
    left: list[tuple[int, str]] = []
    total: list[tuple[int, str]] = []
    for graph in info.entered(case.entry, case.outline):
        primary = graph.index == (case.entry or 0)
        plain = _with_ids(graph.plain, graph.plain_nodes, known=primary)
        left += plain
        total += plain
        for kernel in graph.kernels:
            held = _with_ids(kernel.ops, kernel.nodes, known=primary)
            total += held
            left += [] if kernel_serves(kernel.delegate, case.requested) else held
    return _joined(listed, _by_kind(left), _by_kind(total), HowCounted.RUNTIME_INFO)


def _with_ids(ops: Sequence[str], ids: Sequence[int], *, known: bool) -> Sequence[tuple[int, str]]:
    """Pair operators with their ids; -1 where they are those of another graph, or missing."""
    if not known or len(ids) != len(ops):
        return [(-1, op) for op in ops]
    return list(zip(ids, ops, strict=True))


def _computed(
    case: Case, listed: Sequence[UnsupportedOp], graph: Sequence[GraphNode]
) -> tuple[UnsupportedOp, ...] | None:
    blocks = case.run.unsupported
    splits = {(block.on_gpu, block.on_cpu) for block in blocks}
    if len(splits) != 1:
        return None
    ((on_gpu, on_cpu),) = splits
    # DEQUANTIZE without a reason is a follower of the nodes that use it, and refused by nobody.
    refused = frozenset(_kind(one.op) for one in listed if one.reason or one.op != "DEQUANTIZE")
    pieces = case.run.parameters.get(_PARTITIONS, "")
    most = 1 if case.is_compiled_model or not pieces.isdecimal() else max(1, int(pieces))
    taken = taken_by_gpu(graph, refused, most)
    if (len(taken), len(graph) - len(taken)) != (on_gpu, on_cpu):
        return None  # some nodes of a refused kind were taken, or the graph is another one
    total = [(index, node.op) for index, node in enumerate(graph)]
    left = [(index, op) for index, op in total if index not in taken]
    return _joined(listed, _by_kind(left), _by_kind(total), HowCounted.COMPUTED)


def _joined(
    listed: Sequence[UnsupportedOp],
    left: Mapping[str, Sequence[int]],
    total: Mapping[str, Sequence[int]],
    counted: HowCounted,
) -> tuple[UnsupportedOp, ...]:
    """Give the listed kinds their nodes, and add the kinds that no list names."""
    named = {_kind(one.op) for one in listed}
    # Without a list nothing says whether a node was refused or only lies beyond a refused one.
    other = WhyLeft.DROPPED if listed else WhyLeft.UNKNOWN
    kinds = [*listed, *(UnsupportedOp(op, "", other) for op in sorted(left) if op not in named)]
    return tuple(
        replace(
            one,
            count=len(left.get(_kind(one.op), ())),
            of=len(total[_kind(one.op)]),
            nodes=tuple(sorted(n for n in left.get(_kind(one.op), ()) if n >= 0)[:_MAX_NODES]),
            counted=counted,
        )
        if _kind(one.op) in total
        else one
        for one in kinds
    )


def _by_kind(nodes: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index, op in nodes:
        found.setdefault(op, []).append(index)
    return found


def _kind(op: str) -> str:
    """Return the operator's name as the model has it; the delegate's list marks custom ones."""
    return op.removeprefix(_CUSTOM)
