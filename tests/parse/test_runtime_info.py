import contextlib

import pytest
from ai_edge_litert import model_runtime_info_pb2 as schema
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EvidenceError
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
    assert (info.nodes_total, info.is_consistent) == (3, True)


def test_bodies_count_only_if_the_interpreter_enters_them():
    taken, left = schema.ModelRuntimeDetails(), schema.ModelRuntimeDetails()
    for details, kernels in ((taken, [("TfLiteGpuDelegateV2", [0])]), (left, [])):
        graph(details, ["WHILE"], kernels)
        graph(details, ["ADD", "LESS"], [], name="body")
    assert read_runtime_info(taken.SerializeToString()).nodes_total == 1
    assert read_runtime_info(left.SerializeToString()).nodes_total == 3


def test_counts_that_do_not_add_up_are_told():
    details = schema.ModelRuntimeDetails()
    subgraph = graph(details, ["ADD", "MUL"], [("Paw", [0, 1])])
    subgraph.nodes[2].delegate_node_details.tflite_node_ids_replaced.append(4711)
    assert not read_runtime_info(details.SerializeToString()).is_consistent


@pytest.mark.parametrize("data", [b"", b"\xff\xff\xff\xff", b"ELF? no"])
def test_other_bytes_are_an_error_with_a_next_step(data):
    with pytest.raises(EvidenceError) as caught:
        read_runtime_info(data)
    assert caught.value.next_step


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data):
    with contextlib.suppress(EvidenceError):
        read_runtime_info(data)
