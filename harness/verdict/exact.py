"""Exact evidence of elder and Android tools: the replay of partition lines."""

from __future__ import annotations

from harness.bench.variant import Accelerator
from harness.parse.model import Event
from harness.parse.patterns import Code
from harness.verdict.kernels import kernel_serves
from harness.verdict.model import Placement
from harness.verdict.reading import Case, Reading, by_line
from harness.verdict.replay import GraphAccount, read_partitions, replay


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
    if (taken := _by_graph(case, accounts)) is not None:
        return _against_outline(case, taken, deciding)
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
    if len(accounts) == 1 and accounts[0].graph in (None, case.entry or 0):
        return accounts[0].nodes_total
    return case.entry_nodes


def _by_graph(case: Case, accounts: tuple[GraphAccount, ...]) -> dict[int, int] | None:
    """Return the request's nodes in each graph; None where they do not fit the model's file."""
    outline = case.outline
    if outline is None or not outline.graphs or case.entry is None:
        return None
    if len(outline.graphs) > 1 and any(account.graph is None for account in accounts):
        return None  # tools up to TensorFlow 2.18 print "the whole graph" of each graph
    taken = {account.graph or 0: account.nodes_of(case.requested) for account in accounts}
    sizes = [graph.nodes for graph in outline.graphs]
    fit = all(graph < len(sizes) and nodes <= sizes[graph] for graph, nodes in taken.items())
    return taken if fit else None


def _against_outline(case: Case, taken: dict[int, int], deciding: Event) -> Reading | None:
    """Count in the graphs that the model's file says were entered.

    Lines do not tell which nodes were taken: bodies of an operator inside a kernel count too,
    unless the kernel is the whole graph that was run. None where only other graphs were taken.
    """
    outline, entry = case.outline, case.entry
    if outline is None or entry is None:
        return None
    sizes = [graph.nodes for graph in outline.graphs]
    if sizes[entry] and taken.get(entry) == sizes[entry]:
        return by_line(Placement.FULL, deciding, nodes=sizes[entry], total=sizes[entry])
    entered = outline.entered_from(entry)
    nodes = sum(taken.get(graph, 0) for graph in entered)
    total = sum(sizes[graph] for graph in entered)
    return by_line(Placement.PARTIAL, deciding, nodes=nodes, total=total) if nodes else None


def _sane(total: int | None, nodes: int, case: Case) -> int | None:
    if total is None:
        return case.entry_nodes if case.entry_nodes and case.entry_nodes >= nodes else None
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
        return case.entry_nodes is not None and nodes >= case.entry_nodes
    if case.entry_nodes is not None and len(account.partitions) == 1 and total < case.entry_nodes:
        return False  # an earlier delegate's lines are missing
    return nodes >= total > 0


def _none_took(case: Case, accounts: tuple[GraphAccount, ...]) -> Reading | None:
    """Others took nodes and the request none: a fallback, if no earlier line can be missing."""
    primary = accounts[0]
    total = primary.nodes_total
    whole_log = case.run.started and case.run.first(Code.LOADED) is not None
    whole_graph = total is not None and total == case.entry_nodes
    if (whole_log or whole_graph) and not case.has_bodies:
        return by_line(Placement.NONE, primary.partitions[-1].event, nodes=0, total=total)
    return None
