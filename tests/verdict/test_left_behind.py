"""Operations left on the CPU: how many nodes, which ones, and whether refused or dropped."""

from __future__ import annotations

import tool_text as t
from fallback_modes import chain, runtime_info

from harness.bench.variant import Accelerator
from harness.parse.log import parse_log
from harness.verdict.graph import GraphNode
from harness.verdict.judge import judge

GPU, XNN = "TfLiteGpuDelegateV2", "TfLiteXNNPackDelegate"
CUT = ("CONV_2D", "RELU", "TOPK_V2", "ADD", "ADD", "RELU")
TOPK = "TOPK_V2: Operation is not supported."


def left(*ops, on_gpu=3, on_cpu=3, model=CUT, graphs=(), graph=None, asked=Accelerator.GPU):
    lines = [t.refused(*ops, on_gpu=on_gpu, on_cpu=on_cpu)] if ops else []
    text = t.interpreter(*lines, t.OPENCL, t.partially("GPU"), echo=("Use gpu: [1]",))
    (run,) = parse_log(text, "x.log")
    judgement = judge(
        run,
        requested=asked,
        runtime_info=runtime_info(graphs),
        graph=graph if graph is not None else chain(model),
    )
    return {one.op: one for one in judgement.unsupported_ops}


def told(one):
    return one.cause, one.count, one.of, one.nodes, one.counted


def test_node_ids_of_the_runtime_info_tell_which_nodes_and_how_many_of_their_kind():
    found = left(TOPK, graphs=[(CUT, {GPU: [(3, 4, 5)], XNN: [(0, 1)]})], model=())
    assert told(found["TOPK_V2"]) == ("refused", 1, 1, (2,), "runtime-info")
    assert told(found["RELU"]) == ("dropped", 1, 2, (1,), "runtime-info")
    assert "ADD" not in found


def test_without_a_list_nobody_says_whether_a_node_was_refused():
    found = left(graphs=[(CUT, {GPU: [(0, 1)], XNN: [(2, 3)]})], model=())
    assert {one.cause for one in found.values()} == {"unknown"}
    assert found["ADD"].count == 2


def test_without_runtime_info_the_partition_is_computed_and_marked_so():
    found = left(TOPK)
    assert told(found["TOPK_V2"]) == ("refused", 1, 1, (2,), "computed")
    assert told(found["CONV_2D"]) == ("dropped", 1, 1, (0,), "computed")
    assert told(found["RELU"]) == ("dropped", 1, 2, (1,), "computed")


def test_a_computed_partition_that_the_delegates_count_denies_is_not_told():
    found = left(
        "ADD: OP is supported, but tensor type/shape isn't compatible.", on_gpu=5, on_cpu=1
    )
    assert list(found) == ["ADD"]
    assert told(found["ADD"]) == ("refused", None, 2, (), None)


def test_lists_that_differ_between_graphs_are_not_computed():
    text = t.interpreter(
        t.refused(TOPK, on_gpu=3, on_cpu=3),
        t.refused(TOPK, on_gpu=1, on_cpu=1),
        t.partially("GPU"),
        echo=("Use gpu: [1]",),
    )
    (run,) = parse_log(text, "x.log")
    (one,) = judge(run, requested=Accelerator.GPU, graph=chain(CUT)).unsupported_ops
    assert (one.count, one.counted) == (None, None)


def test_custom_operations_are_found_under_their_own_name():
    ops = ("CONV_2D", "Purr")
    found = left("CUSTOM Purr: Unknown custom op", on_gpu=1, on_cpu=1, model=ops)
    assert told(found["CUSTOM Purr"]) == ("refused", 1, 1, (1,), "computed")


def test_dequantize_without_a_reason_is_a_follower_and_cuts_nothing():
    graph = (
        GraphNode("DEQUANTIZE", (), (10,)),
        GraphNode("DEQUANTIZE", (), (11,)),
        GraphNode("DEQUANTIZE", (0,), (3,)),
        GraphNode("CONV_2D", (3, 10), (1,)),
        GraphNode("TOPK_V2", (1, 11), (2,)),
    )
    found = left(TOPK, "DEQUANTIZE: ", on_gpu=3, on_cpu=2, graph=graph)
    assert told(found["DEQUANTIZE"]) == ("refused", 1, 3, (1,), "computed")


def test_nodes_of_bodies_are_counted_without_indices():
    graphs = [(("WHILE",), {}), (("ADD", "LESS"), {GPU: [(0,)]})]
    found = left("WHILE: Operation is not supported.", on_gpu=0, on_cpu=1, graphs=graphs, model=())
    assert told(found["WHILE"]) == ("refused", 1, 1, (0,), "runtime-info")
    assert told(found["LESS"]) == ("dropped", 1, 1, (), "runtime-info")


def test_only_the_first_nodes_of_a_kind_are_named():
    ops = ("TOPK_V2",) * 30
    (one,) = left(TOPK, on_gpu=0, on_cpu=30, model=ops).values()
    assert one.count == 30
    assert one.nodes == tuple(range(8))


def test_the_kernel_of_another_delegate_is_no_operation_of_the_model():
    found = left("DELEGATE TfLiteXNNPackDelegate: Operation is not supported.", on_gpu=0, on_cpu=1)
    assert told(found["DELEGATE TfLiteXNNPackDelegate"]) == ("refused", None, None, (), None)
