"""Node-exact accounts: the runtime info's proto, or a dump of the interpreter's state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.model.outline import ModelOutline
from harness.parse.patterns import Code
from harness.parse.runtime_info import RuntimeInfo, RuntimeSubgraph
from harness.verdict.kernels import is_opaque, kernel_serves
from harness.verdict.model import Evidence, EvidenceKind
from harness.verdict.reading import Case, Reading, share


@dataclass(frozen=True)
class _Account:
    info: RuntimeInfo
    kind: EvidenceKind
    line: int | None = None


def read_account(case: Case) -> Reading | None:
    """Count nodes in the first account that can be believed; None without any.

    It can if its counts add up and its graphs have the model's own numbers of nodes. Where the
    model's file is not known, opaque delegates cannot be believed at all.
    """
    for account in _accounts(case):
        if _doubt(case, account) is None:
            return _count(case, account)
    return None


def account_doubts(case: Case) -> tuple[Evidence, ...]:
    """Say of each account that is not believed why."""
    return tuple(
        Evidence(account.kind, f"not believed: {doubt}", account.info.source, account.line)
        for account in _accounts(case)
        if (doubt := _doubt(case, account)) is not None
    )


def _accounts(case: Case) -> Iterator[_Account]:
    # The proto is first: the same truth, and unlike a dump it names each graph's delegates fully.
    if case.runtime_info is not None:
        yield _Account(case.runtime_info, EvidenceKind.RUNTIME_INFO)
    state = case.run.state
    if state is not None:
        yield _Account(state.info, EvidenceKind.STATE_DUMP, state.line)


def _doubt(case: Case, account: _Account) -> str | None:
    info = account.info
    if account.line is not None and any(
        event.source == info.source and event.line > account.line
        for event in case.run.find(Code.PLAN_RESTORED, Code.DYNAMIC_RESET)
    ):
        return "delegates lost their nodes after it was printed"
    entered = info.entered(case.entry, case.outline)
    if not all(graph.consistent for graph in entered):
        return "its counts do not add up"
    if not any(graph.nodes_total for graph in entered):
        return "it has no node"
    if case.outline is not None and case.entry is not None:
        return _differs(info, case.outline, case.entry)
    return _doubt_without_outline(case, info, entered)


def _differs(info: RuntimeInfo, outline: ModelOutline, entry: int) -> str | None:
    """Hold each graph that was entered against the model's file."""
    for index in outline.entered_from(entry, info.left_to_interpreter):
        if index >= len(info.subgraphs):
            return f"graph {index} is entered and is not in it"
        told, real = info.subgraphs[index].nodes_total, outline.graphs[index].nodes
        if told != real:
            return f"graph {index} has {told} nodes there and {real} in the model"
    return None


def _doubt_without_outline(
    case: Case, info: RuntimeInfo, entered: Sequence[RuntimeSubgraph]
) -> str | None:
    total = sum(graph.nodes_total for graph in entered)
    if case.model_nodes is not None:
        everything = sum(graph.nodes_total for graph in info.subgraphs)
        if case.model_nodes in (total, info.subgraphs[0].nodes_total, everything):
            return None
        return f"it has {total} nodes and the model {case.model_nodes}"
    if any(is_opaque(k.delegate, case.requested) for graph in entered for k in graph.kernels):
        return "an opaque delegate's counts need the model's own to be held against"
    return None


def _count(case: Case, account: _Account) -> Reading:
    entered = account.info.entered(case.entry, case.outline)
    total = sum(graph.nodes_total for graph in entered)
    kernels = [kernel for graph in entered for kernel in graph.kernels]
    serving = [kernel for kernel in kernels if kernel_serves(kernel.delegate, case.requested)]
    others = [kernel for kernel in kernels if not kernel_serves(kernel.delegate, case.requested)]
    nodes = sum(len(kernel.ops) for kernel in serving)
    text = (
        f"{nodes} of {total} nodes in {len(serving)} kernels of the requested accelerator, "
        f"{sum(len(kernel.ops) for kernel in others)} in kernels of others, "
        f"{sum(len(graph.plain) for graph in entered)} on the interpreter's own kernels"
    )
    return Reading(
        share(nodes, total),
        Evidence(account.kind, text, account.info.source, account.line, deciding=True),
        nodes,
        total,
        len(serving),
        account.info,
    )
