"""Exact evidence: the runtime info's proto, and the replay of partition lines."""

from __future__ import annotations

from harness.bench.variant import Accelerator
from harness.parse.patterns import Code
from harness.verdict.kernels import is_opaque, kernel_serves
from harness.verdict.model import Evidence, Placement
from harness.verdict.reading import Case, Reading, by_line, share
from harness.verdict.replay import GraphAccount, read_partitions, replay

RUNTIME_INFO_SOURCE = "model_runtime_info"


def read_proto(case: Case) -> Reading | None:
    """Count nodes in the runtime info; None without one, or where it cannot be believed.

    It can if its counts add up and, with opaque delegates, if its node total is the model's.
    """
    info = case.runtime_info
    if info is None or not info.is_consistent or info.nodes_total == 0:
        return None
    total = info.nodes_total
    primary = info.subgraphs[0].nodes_total
    everything = sum(subgraph.nodes_total for subgraph in info.subgraphs)
    if case.model_nodes is not None and case.model_nodes not in (total, primary, everything):
        return None
    kernels = [kernel for graph in info.reachable for kernel in graph.kernels]
    opaque = any(is_opaque(kernel.delegate, case.requested) for kernel in kernels)
    if opaque and case.model_nodes is None:
        return None
    serving = [kernel for kernel in kernels if kernel_serves(kernel.delegate, case.requested)]
    nodes = sum(len(kernel.ops) for kernel in serving)
    text = (
        f"{nodes} of {total} nodes in {len(serving)} kernels of the requested accelerator, "
        f"{sum(len(graph.plain) for graph in info.reachable)} on the interpreter's own kernels"
    )
    return Reading(
        share(nodes, total),
        Evidence("runtime-info", text, RUNTIME_INFO_SOURCE, None, deciding=True),
        nodes,
        total,
        len(serving),
    )


def read_replay(case: Case) -> Reading | None:
    """Count nodes in partition lines; None where they do not speak of the request."""
    partitions = read_partitions(case.run.events)
    accounts = replay(partitions)
    if not accounts:
        return None
    serving = [
        partition
        for account in accounts
        for partition in account.partitions
        if kernel_serves(partition.kernel, case.requested)
    ]
    if not serving:
        return _none_took(case, accounts)
    deciding = serving[-1].event
    if case.requested is Accelerator.NPU and case.is_compiled_model:
        # DispatchDelegate counts compiled islands, not the model's nodes; the compiler does.
        if case.run.first(Code.LITERT_PARTITIONED) is not None:
            return None
        whole = all(partition.subsets == 1 for partition in serving)
        return by_line(Placement.FULL if whole else Placement.PARTIAL, deciding)
    nodes = sum(account.nodes_of(case.requested) for account in accounts)
    totals = [account.nodes_total for account in accounts]
    total = sum(known for known in totals if known is not None) if None not in totals else None
    placement = _placement(case, accounts)
    return by_line(placement, deciding, nodes=nodes, total=_sane(total, nodes, case))


def known_total(case: Case, placement: Placement) -> int | None:
    """Return the model's nodes where other evidence decided that the CPU has them all.

    The first partition line of a graph then counts its original nodes.
    """
    if placement not in (Placement.NONE, Placement.BASELINE):
        return None
    accounts = replay(read_partitions(case.run.events))
    if len(accounts) == 1 and accounts[0].graph in (None, 0):
        return accounts[0].nodes_total
    return case.model_nodes


def _sane(total: int | None, nodes: int, case: Case) -> int | None:
    if total is None:
        return case.model_nodes if case.model_nodes and case.model_nodes >= nodes else None
    return max(total, nodes)


def _placement(case: Case, accounts: tuple[GraphAccount, ...]) -> Placement:
    primary = accounts[0]
    if _is_full(primary, case):
        # Whatever else is in the file, control flow included, is inside the kernel or not run.
        several_entries = case.run.first(Code.USING_SIGNATURE) is not None and len(accounts) > 1
        if not several_entries or all(_is_full(account, case) for account in accounts):
            return Placement.FULL
    return Placement.PARTIAL


def _is_full(account: GraphAccount, case: Case) -> bool:
    if account.graph not in (None, 0) and case.run.first(Code.USING_SIGNATURE) is None:
        return False  # bodies only: of the primary graph nothing was taken
    nodes = account.nodes_of(case.requested)
    total = account.nodes_total
    if total is None:
        return case.model_nodes is not None and nodes >= case.model_nodes
    if case.model_nodes is not None and len(account.partitions) == 1 and total < case.model_nodes:
        return False  # an earlier delegate's lines are missing
    return nodes >= total > 0


def _none_took(case: Case, accounts: tuple[GraphAccount, ...]) -> Reading | None:
    """Others took nodes and the request none: a fallback, if no earlier line can be missing."""
    primary = accounts[0]
    total = primary.nodes_total
    whole_log = case.run.started and case.run.first(Code.LOADED) is not None
    whole_graph = total is not None and total == case.model_nodes
    if (whole_log or whole_graph) and not case.has_bodies:
        return by_line(Placement.NONE, primary.partitions[-1].event, nodes=0, total=total)
    return None
