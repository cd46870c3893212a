from __future__ import annotations

from harness.litert_tool import flags
from harness.virtual.phones.catalog import phone
from harness.virtual.tool.build import FLAGS
from harness.virtual.tool.delegates import Applied, Applier
from harness.virtual.tool.graph import Graph, Node

FRIENDLY = ("CONV_2D", "RELU6", "MEAN", "FULLY_CONNECTED", "SOFTMAX")
CUT = ("CONV_2D", "RELU6", "CONV_2D", "ATAN2", "MUL", "SOFTMAX")
COMPLETELY = "and the model graph will be completely executed by the delegate."
NOT = "the model graph will not be executed by the delegate."


def apply(name: str, ops: tuple[str, ...], *argv: str) -> tuple[Applied, Graph]:
    nodes = tuple(Node(i, op, (i,), (i + 1,)) for i, op in enumerate(ops))
    graph = Graph(nodes, (len(nodes),))
    applier = Applier(phone(name), graph, flags.parse(argv, FLAGS), argv, frozenset())
    return applier.run(), graph


def texts(applied: Applied) -> str:
    return "\n".join(line.text for line in applied.lines)


def owners(graph: Graph) -> dict[str, int]:
    return {n.delegate: len(n.replaced) for n in graph.plan if n.delegate is not None}


def test_a_friendly_model_goes_whole_to_a_gpu_with_opencl_and_xnnpack_never_comes() -> None:
    applied, graph = apply("pixel-8", FRIENDLY, "--use_gpu=true")
    assert owners(graph) == {"TfLiteGpuDelegateV2": 5}
    assert "Initialized OpenCL-based API." in texts(applied)
    assert COMPLETELY in texts(applied)
    assert "XNNPACK" not in texts(applied)


def test_an_operator_that_the_gpu_refuses_leaves_the_smaller_side_to_the_cpu() -> None:
    applied, graph = apply("pixel-8", CUT, "--use_gpu=true")
    assert owners(graph) == {"TfLiteGpuDelegateV2": 3, "TfLiteXNNPackDelegate": 2}
    assert "ATAN2: Operation is not supported." in texts(applied)
    assert "3 operations will run on the GPU, and the remaining 3 " in texts(applied)
    assert "Replacing 3 out of 6 node(s) with delegate (TfLiteGpuDelegateV2)" in texts(applied)
    assert "Replacing 2 out of 4 node(s) with delegate (TfLiteXNNPackDelegate)" in texts(applied)


def test_more_partitions_are_taken_when_asked_for() -> None:
    _, graph = apply("pixel-8", CUT, "--use_gpu=true", "--max_delegated_partitions=2")
    assert sum(len(n.replaced) for n in graph.plan if n.delegate == "TfLiteGpuDelegateV2") == 5


def test_a_phone_can_refuse_what_others_take() -> None:
    applied, _ = apply("galaxy-a55", FRIENDLY, "--use_gpu=true")
    assert "MEAN: OP is supported, but tensor type/shape isn't compatible." in texts(applied)


def test_without_opencl_the_gpu_falls_back_to_opengl() -> None:
    applied, graph = apply("galaxy-j6", FRIENDLY, "--use_gpu=true")
    lines = texts(applied)
    assert lines.index("Falling back to OpenGL") < lines.index("Initialized OpenGL-based API.")
    assert applied.opengl
    assert owners(graph) == {"TfLiteGpuDelegateV2": 5}


def test_opencl_that_was_insisted_on_and_is_missing_fails_loudly() -> None:
    applied, graph = apply("galaxy-j6", FRIENDLY, "--use_gpu=true", "--gpu_backend=cl")
    assert applied.failed
    assert owners(graph) == {}
    assert texts(applied).endswith("Failed to apply GPU delegate.")


def test_nnapi_that_refuses_a_float_model_says_nothing_about_it() -> None:
    for name in ("pixel-6", "galaxy-s24"):
        applied, graph = apply(name, FRIENDLY, "--use_nnapi=true")
        assert "TfLiteNnapiDelegate" not in owners(graph)
        assert "TfLiteNnapiDelegate" not in texts(applied)
        assert NOT in texts(applied)


def test_nnapi_of_convolutions_only_takes_several_partitions() -> None:
    applied, _ = apply("redmi-k50-pro", FRIENDLY, "--use_nnapi=true")
    assert "partially executed by the delegate w/ 2 delegate kernels." in texts(applied)


def test_an_nnapi_device_that_the_phone_lacks_is_refused_by_name() -> None:
    applied, _ = apply("pixel-8", FRIENDLY, "--use_nnapi=true", "--nnapi_accelerator_name=x")
    assert applied.failed
    assert "Must be one of: {google-edgetpu,nnapi-reference}." in texts(applied)


def test_nnapi_reference_can_be_asked_for() -> None:
    argv = ("--use_nnapi=true", "--nnapi_accelerator_name=nnapi-reference")
    applied, _ = apply("pixel-8", ("CONV_2D", "SOFTMAX"), *argv)
    assert applied.on_reference


def test_delegates_are_applied_in_the_order_of_their_flags() -> None:
    applied, _ = apply("pixel-8", CUT, "--use_xnnpack=true", "--use_gpu=true")
    lines = texts(applied)
    assert lines.index("(TfLiteXNNPackDelegate)") < lines.index("DELEGATE TfLiteXNNPackDelegate")
    assert lines.count(" delegate created.") == 1


def test_any_explicit_xnnpack_flag_keeps_the_default_one_out() -> None:
    applied, graph = apply("pixel-8", FRIENDLY, "--use_xnnpack=false")
    assert (owners(graph), applied.lines) == ({}, [])


def test_full_delegation_can_be_required() -> None:
    applied, _ = apply("pixel-8", CUT, "--use_gpu=true", "--require_full_delegation=true")
    assert applied.failed
    assert texts(applied).endswith("Disallowed CPU fallback detected.")
    applied, _ = apply("pixel-8", FRIENDLY, "--require_full_delegation=true")
    assert applied.failed


def test_a_named_signature_lets_xnnpack_in_first_and_fools_the_verdict() -> None:
    applied, graph = apply(
        "pixel-8", FRIENDLY, "--use_gpu=true", "--signature_to_run_for=serving_default"
    )
    assert owners(graph) == {"TfLiteXNNPackDelegate": 5}
    assert "No operations will run on the GPU, and all 1 operations" in texts(applied)
    assert COMPLETELY in texts(applied)
