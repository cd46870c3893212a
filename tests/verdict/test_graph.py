"""Cutting a graph as the runtime does, beside the virtual tool's own and by hand."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.verdict.graph import GraphNode, partition, taken_by_gpu
from harness.virtual.tool.graph import Graph, Node

KINDS = ("ADD", "MUL", "TOPK_V2")


@st.composite
def graphs(draw):
    """Nodes in an order of execution, each reading up to two earlier tensors."""
    count = draw(st.integers(1, 14))
    nodes = []
    for index in range(count):
        inputs = draw(st.lists(st.integers(0, index), min_size=1, max_size=2))
        nodes.append(GraphNode(draw(st.sampled_from(KINDS)), tuple(inputs), (index + 1,)))
    return tuple(nodes)


def takes(node):
    return node.op != "TOPK_V2"


@given(graphs())
def test_every_node_is_in_one_subset_and_no_subset_runs_before_its_inputs(nodes):
    subsets = partition(nodes, takes)
    assert sorted(index for one in subsets for index in one.nodes) == list(range(len(nodes)))
    place = {index: n for n, one in enumerate(subsets) for index in one.nodes}
    made_by = {tensor: index for index, node in enumerate(nodes) for tensor in node.outputs}
    for index, node in enumerate(nodes):
        assert all(place[made_by[t]] <= place[index] for t in node.inputs if t in made_by)


@given(graphs())
def test_subsets_alternate_and_are_those_of_the_virtual_tool(nodes):
    subsets = partition(nodes, takes)
    sides = [one.delegated for one in subsets]
    assert all(before is not after for before, after in pairwise(sides))
    other = Graph(tuple(Node(i, n.op, n.inputs, n.outputs) for i, n in enumerate(nodes)), ())
    wanted = {i for i, node in enumerate(nodes) if takes(node)}
    mine = {frozenset(one.nodes) for one in subsets if one.delegated}
    assert mine == {frozenset(island) for island in other.islands(wanted)}


def test_nodes_that_a_refused_one_separates_only_in_the_plan_share_a_piece():
    nodes = (
        GraphNode("ADD", (0,), (1,)),
        GraphNode("TOPK_V2", (0,), (2,)),
        GraphNode("MUL", (1,), (3,)),
    )
    assert [one.nodes for one in partition(nodes, takes)] == [(0, 2), (1,)]


def test_a_graph_that_feeds_itself_ends():
    assert partition((GraphNode("ADD", (1,), (1,)),), takes) == ()


def test_the_largest_pieces_go_the_earlier_of_equal_ones_first():
    ops = ("ADD", "TOPK_V2", "MUL", "TOPK_V2", "ADD", "ADD")
    nodes = tuple(GraphNode(op, (i,), (i + 1,)) for i, op in enumerate(ops))
    refused = frozenset({"TOPK_V2"})
    assert taken_by_gpu(nodes, refused, 1) == {4, 5}
    assert taken_by_gpu(nodes, refused, 2) == {0, 4, 5}


def test_widened_weights_go_with_the_nodes_that_use_them():
    nodes = (
        GraphNode("DEQUANTIZE", (), (10,)),
        GraphNode("DEQUANTIZE", (), (11,)),
        GraphNode("CONV_2D", (0, 10), (1,)),
        GraphNode("TOPK_V2", (1, 11), (2,)),
    )
    assert taken_by_gpu(nodes, frozenset({"TOPK_V2"}), 1) == {0, 2}
