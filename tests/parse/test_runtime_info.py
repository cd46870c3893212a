import contextlib

import pytest
from ai_edge_litert import model_runtime_info_pb2 as schema
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EvidenceError
from harness.model.outline import GraphOutline, ModelOutline
from harness.parse.runtime_info import read_runtime_info


def graph(details, ops, kernels, *, name="main"):
    """Add a graph of `ops`; `kernels` maps delegate names to the positions they replaced."""
    subgraph = details.subgraphs.add(subgraph_id=len(details.subgraphs), name=name)
    taken = {i for _, replaced in kernels for i in replaced}
    for i, op in enumerate(ops):
        subgraph.nodes.add(id=i, name=op)
    for number, (delegate, replaced) in enumerate(kernels):
        node = subgraph.nodes.add(id=len(ops) + number, name=delegate)
        node.delegate_node_details.delegate_name = delegate
        node.delegate_node_details.tflite_node_ids_replaced.extend(replaced)
        subgraph.execution_plan.append(node.id)
    subgraph.execution_plan.extend(i for i in range(len(ops)) if i not in taken)
    return subgraph


def test_only_the_plan_counts_and_originals_are_the_total():
    details = schema.ModelRuntimeDetails()
    graph(details, ["CONV_2D", "ADD", "TOPK_V2"], [("TfLiteGpuDelegateV2", [0, 1])])
    info = read_runtime_info(details.SerializeToString())
    (only,) = info.subgraphs
    assert only.kernels[0].ops == ("CONV_2D", "ADD")
    assert only.plain == ("TOPK_V2",)
    assert only.plain_nodes == (2,)
    assert (only.nodes_total, only.consistent) == (3, True)


def entered(details, *args):
    info = read_runtime_info(details.SerializeToString())
    return [one.index for one in info.entered(*args)]


def two_loops(kernels):
    """WHILE of graphs 1 and 2, ADD, IF of graphs 3 and 1; graph 4 is another signature's."""
    details = schema.ModelRuntimeDetails()
    graph(details, ["WHILE", "ADD", "IF"], kernels)
    for name in ("cond", "body", "then", "other"):
        graph(details, ["LESS"], [], name=name)
    outline = ModelOutline(
        (GraphOutline(3, {0: (1, 2), 2: (3, 1)}), *(GraphOutline(1) for _ in range(4)))
    )
    return details, outline


def test_bodies_count_only_if_the_interpreter_enters_them():
    taken, left = schema.ModelRuntimeDetails(), schema.ModelRuntimeDetails()
    for details, kernels in ((taken, [("TfLiteGpuDelegateV2", [0])]), (left, [])):
        graph(details, ["WHILE"], kernels)
        graph(details, ["ADD", "LESS"], [], name="body")
    assert entered(taken) == [0]
    assert entered(left) == [0, 1]


@pytest.mark.parametrize(
    ("taken", "graphs"),
    [([], [0, 1, 2, 3]), ([0], [0, 1, 3]), ([2], [0, 1, 2]), ([0, 2], [0])],
)
def test_with_the_models_outline_only_the_bodies_of_operators_on_the_cpu_are_entered(taken, graphs):
    details, outline = two_loops([("Paw", taken)] if taken else [])
    assert entered(details, 0, outline) == graphs


def test_bodies_of_bodies_are_entered_and_circles_end():
    details = schema.ModelRuntimeDetails()
    for _ in range(3):
        graph(details, ["WHILE"], [])
    rings = ModelOutline(tuple(GraphOutline(1, {0: ((n + 1) % 3,)}) for n in range(3)))
    assert entered(details, 1, rings) == [0, 1, 2]


def test_an_entry_that_is_not_known_enters_everything():
    details, outline = two_loops([])
    assert entered(details, None, outline) == entered(details, 9, outline) == [0, 1, 2, 3, 4]
    assert entered(details, 4, outline) == [4]


def test_graphs_that_the_file_lacks_are_left_out():
    details = schema.ModelRuntimeDetails()
    graph(details, ["WHILE", "ADD", "IF"], [])
    _, outline = two_loops([])
    assert entered(details, 0, outline) == [0]


def test_counts_that_do_not_add_up_are_told():
    details = schema.ModelRuntimeDetails()
    subgraph = graph(details, ["ADD", "MUL"], [("Paw", [0, 1])])
    subgraph.nodes[2].delegate_node_details.tflite_node_ids_replaced.append(4711)
    (only,) = read_runtime_info(details.SerializeToString()).subgraphs
    assert not only.consistent


@pytest.mark.parametrize("data", [b"", b"\xff\xff\xff\xff", b"ELF? no"])
def test_other_bytes_are_an_error_with_a_next_step(data):
    with pytest.raises(EvidenceError) as caught:
        read_runtime_info(data)
    assert caught.value.next_step


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data):
    with contextlib.suppress(EvidenceError):
        read_runtime_info(data)
