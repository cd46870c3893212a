from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.tool.graph import Graph, Node

CHAIN = tuple(Node(i, "ADD", (i,), (i + 1,)) for i in range(6))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Graph, frozenset[int]]:
    """Random acyclic graphs: node i makes tensor 100 + i and reads earlier ones."""
    count = draw(st.integers(1, 25))
    nodes = []
    for i in range(count):
        earlier = [0, *(100 + j for j in range(i))]
        inputs = draw(st.lists(st.sampled_from(earlier), min_size=1, max_size=3))
        nodes.append(Node(i, "ADD", tuple(inputs), (100 + i,)))
    wanted = draw(st.frozensets(st.integers(0, count - 1)))
    return Graph(tuple(nodes), (100 + count - 1,)), wanted


def test_a_node_in_the_middle_cuts_a_chain_in_three() -> None:
    graph = Graph(CHAIN, (6,))
    done = graph.replace("D", {0, 1, 3, 4, 5})
    assert done is not None
    assert (done.nodes, done.total, done.partitions) == (5, 6, 3)
    assert [kernel.replaced for kernel in done.kernels] == [(0, 1), (3, 4, 5)]
    assert [node.id for node in graph.plan] == [6, 2, 7]


def test_branches_that_only_the_plan_separates_share_a_kernel() -> None:
    fork = (Node(0, "A", (0,), (1,)), Node(1, "B", (0,), (2,)), Node(2, "A", (0,), (3,)))
    assert Graph(fork, (1, 2, 3)).islands({0, 2}) == ((0, 2),)


def test_a_whole_graph_becomes_one_node_with_the_graphs_ends() -> None:
    graph = Graph(CHAIN, (6,))
    graph.replace("D", range(6))
    assert graph.is_whole
    assert (graph.plan[0].inputs, graph.plan[0].outputs) == ((0,), (6,))


def test_a_later_delegate_counts_the_kernels_of_an_earlier_one_as_nodes() -> None:
    graph = Graph(CHAIN, (6,))
    graph.replace("GPU", {0, 1})
    done = graph.replace("XNNPACK", {3, 4, 5})
    assert done is not None
    assert (done.nodes, done.total, done.partitions) == (3, 5, 2)


def test_a_delegate_that_wants_nothing_leaves_no_trace() -> None:
    assert Graph(CHAIN, (6,)).replace("D", ()) is None


@given(graphs())
def test_every_node_runs_once_and_after_what_it_reads(case: tuple[Graph, frozenset[int]]) -> None:
    graph, wanted = case
    done = graph.replace("D", wanted)
    ran: list[int] = [i for node in graph.plan for i in (node.replaced or (node.id,))]
    assert sorted(ran) == [node.id for node in graph.nodes]
    made = {0}
    for node in graph.plan:
        for i in node.replaced or (node.id,):
            assert made.issuperset(graph.nodes[i].inputs)
            made.update(graph.nodes[i].outputs)
    if done is not None:
        assert {i for kernel in done.kernels for i in kernel.replaced} == wanted
        assert len(done.kernels) in (done.partitions // 2, (done.partitions + 1) // 2)
