from pathlib import Path

import pytest

from harness.bench.variant import Accelerator
from harness.parse.log import parse_joined, parse_log
from harness.parse.runtime_info import RuntimeInfo, RuntimeKernel, RuntimeSubgraph
from harness.verdict.judge import judge
from harness.verdict.model import FindingKind, Headline, Placement, Status

LOGS = Path(__file__).parent.parent / "data" / "parse"

START = "INFO: STARTING!\nINFO: Log parameter values verbosely: [0]\nINFO: Graph: [k.tflite]\n"
LOADED = "INFO: Loaded model k.tflite\n"
END = (
    "INFO: count=9 first=1 curr=1 min=1 max=9 avg=5 std=1 p5=1 median=5 p95=9\n"
    "INFO: Inference timings in us: Init: 1, First inference: 1, Warmup (avg): 1, "
    "Inference (avg): 5\n"
)
XNNPACK = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"


def log(name):
    return (LOGS / f"{name}.log").read_text()


def judged(text, **known):
    (run,) = parse_log(text, "x.log")
    return judge(run, **known)


def a_run(*lines, end=END):
    return START + LOADED + "".join(line + "\n" for line in lines) + end


def completely(name):
    return (
        f"INFO: Explicitly applied {name} delegate, and the model graph will be completely "
        "executed by the delegate."
    )


def partially(name, kernels=1):
    return (
        f"INFO: Explicitly applied {name} delegate, and the model graph will be partially "
        f"executed by the delegate w/ {kernels} delegate kernels."
    )


def though(name):
    return (
        f"INFO: Though {name} delegate is explicitly applied, the model graph will not be "
        "executed by the delegate."
    )


def replacing(nodes, total, kernel, partitions, graph=0):
    return (
        f"VERBOSE: Replacing {nodes} out of {total} node(s) with delegate ({kernel}) node, "
        f"yielding {partitions} partitions for subgraph {graph}."
    )


def kinds(judgement):
    return {finding.kind for finding in judgement.findings}


def deciding(judgement):
    return [one for one in judgement.evidence if one.deciding]


@pytest.mark.parametrize(
    ("name", "verdict", "line"),
    [
        ("android_gpu_full", "full", 12),
        ("android_gpu_partial", "partial", 16),
        ("android_gpu_opengl", "downgraded", 12),
        ("invoke_failure", "failed", 23),
        ("nnapi_flag_ignored", "none", 2),
        ("hexagon_missing", "none", 10),
        ("link_error", "failed", 1),
        ("cpu_profile", "baseline", 2),
        ("litert_npu_on_cpu", "none", 5),
    ],
)
def test_a_log_is_judged_by_one_deciding_line(name, verdict, line):
    judgement = judged(log(name))
    assert judgement.headline == verdict
    assert [one.line for one in deciding(judgement)] == [line]


def test_what_decides_nothing_has_no_deciding_line():
    judgement = judged(log("signature_bug"))
    assert judgement.placement is Placement.UNKNOWN
    assert deciding(judgement) == []


# --- failures outrank everything


def test_figures_of_failing_invocations_are_void():
    judgement = judged(log("invoke_failure"))
    assert (judgement.status, judgement.placement) == (Status.FAILED, None)
    assert judgement.reason == "invoke-failed"


def test_an_exit_status_outranks_a_whole_log():
    judgement = judged(log("android_gpu_full"), exit_status=1)
    assert judgement.reason == "exit-status"
    assert len(deciding(judgement)) == 1


@pytest.mark.parametrize(
    ("status", "reason", "text"),
    [
        (139, "crashed", "the tool's exit status is 139: SIGSEGV ended it"),
        (137, "crashed", "the tool's exit status is 137: SIGKILL ended it"),
        (143, "exit-status", "the tool's exit status is 143: SIGTERM ended it"),
        (255, "exit-status", "the tool's exit status is 255"),
    ],
)
def test_a_status_above_128_names_the_signal(status, reason, text):
    judgement = judged(log("android_gpu_full"), exit_status=status)
    assert (judgement.reason, [one.text for one in deciding(judgement)]) == (reason, [text])


def test_an_output_that_ends_before_its_figures_is_a_failed_run():
    judgement = judged(START + LOADED + completely("GPU") + "\n")
    assert judgement.reason == "no-timings"


def test_a_snippet_without_start_is_not_failed_for_want_of_figures():
    assert judged(completely("GPU")).placement is Placement.FULL


# --- exact counts


def info(kernels, plain, *, consistent=True):
    made = tuple(RuntimeKernel(name, ("ADD",) * n) for name, n in kernels)
    total = len(plain) + sum(n for _, n in kernels)
    return RuntimeInfo((RuntimeSubgraph(0, "main", made, tuple(plain), total, consistent),))


def test_the_proto_outranks_the_tools_verdict():
    gpu_nothing = info([("TfLiteXNNPackDelegate", 42)], [])
    judgement = judged(log("android_gpu_full"), runtime_info=gpu_nothing)
    assert judgement.placement is Placement.NONE
    assert FindingKind.TOOL_VERDICT_CONTRADICTED in kinds(judgement)


def test_a_proto_of_another_model_is_not_believed():
    other = info([("TfLiteXNNPackDelegate", 41)], [])
    judgement = judged(log("android_gpu_full"), runtime_info=other, model_nodes=42)
    assert judgement.placement is Placement.FULL


def test_a_proto_that_does_not_add_up_is_not_believed():
    broken = info([("TfLiteXNNPackDelegate", 42)], [], consistent=False)
    assert judged(log("android_gpu_full"), runtime_info=broken).placement is Placement.FULL


def test_an_opaque_delegates_proto_needs_the_models_own_count():
    run = a_run("INFO: Delegate settings file path: [s.json]", end=END)
    opaque = info([("NeuronDelegate", 10)], [])
    assert judged(run, runtime_info=opaque).placement is not Placement.FULL
    assert judged(run, runtime_info=opaque, model_nodes=10).placement is Placement.FULL


def test_two_kernels_that_cover_the_graph_are_full():
    judgement = judged(
        a_run("INFO: Use gpu: [1]", partially("GPU", 2)),
        runtime_info=info([("TfLiteGpuDelegateV2", 5), ("TfLiteGpuDelegateV2", 6)], []),
    )
    assert judgement.placement is Placement.FULL
    assert judgement.kernels == 2
    assert not kinds(judgement)


def test_operators_left_behind_are_named_by_the_proto():
    judgement = judged(
        a_run("INFO: Use NNAPI: [1]"),
        runtime_info=info([("TfLiteNnapiDelegate", 5)], ["TOPK_V2", "TOPK_V2"]),
    )
    assert [(one.op, one.reason) for one in judgement.unsupported_ops] == [("TOPK_V2", "")]


def test_partition_lines_are_replayed():
    judgement = judged(
        "VERBOSE: Replacing 5 out of 64 node(s) with delegate (TfLiteNnapiDelegate) node, "
        "yielding 5 partitions for the whole graph.\n"
        "VERBOSE: Replacing 59 out of 62 node(s) with delegate (TfLiteXNNPackDelegate) node, "
        "yielding 5 partitions for the whole graph.\n"
    )
    counts = (judgement.nodes_on_accelerator, judgement.nodes_total)
    assert (judgement.placement, counts) == (Placement.PARTIAL, (5, 64))


def test_xnnpack_taking_all_of_a_gpu_run_is_a_fallback():
    judgement = judged(a_run("INFO: Use gpu: [1]", replacing(42, 42, "TfLiteXNNPackDelegate", 1)))
    assert (judgement.placement, judgement.nodes_on_accelerator) == (Placement.NONE, 0)


def test_flex_is_the_cpu():
    judgement = judged(
        a_run("INFO: External delegate path: [x.so]", replacing(9, 9, "TfLiteFlexDelegate", 1))
    )
    assert judgement.placement is Placement.NONE


def test_a_reverted_plan_is_a_fallback_whatever_was_claimed():
    judgement = judged(
        a_run(
            "INFO: Use gpu: [1]",
            replacing(42, 42, "TfLiteGpuDelegateV2", 1),
            completely("GPU"),
            "ERROR: Cannot allow dynamic tensors due to previous delegation, resetting to "
            "original execution plan.",
        )
    )
    assert judgement.headline is Headline.NONE
    assert FindingKind.TOOL_VERDICT_CONTRADICTED in kinds(judgement)


def test_a_plan_taken_again_after_a_revert_counts():
    line = replacing(42, 42, "TfLiteGpuDelegateV2", 1)
    revert = "ERROR: Restored original execution plan after delegate application failure."
    assert judged(a_run("INFO: Use gpu: [1]", line, revert, line)).placement is Placement.FULL


def test_bodies_alone_are_never_full():
    judgement = judged(
        a_run("INFO: Use gpu: [1]", replacing(5, 5, "TfLiteGpuDelegateV2", 1, graph=1)),
        has_control_flow=True,
    )
    assert judgement.placement is Placement.PARTIAL


# --- claims and their blind spots


@pytest.mark.parametrize(
    ("line", "placement"),
    [
        (completely("NNAPI"), Placement.FULL),
        (partially("NNAPI"), Placement.PARTIAL),
        (though("NNAPI"), Placement.NONE),
    ],
)
def test_the_tools_verdict_decides_where_nothing_better_speaks(line, placement):
    assert judged(a_run("INFO: Use NNAPI: [1]", line)).placement is placement


@pytest.mark.parametrize("line", [though("NNAPI"), partially("NNAPI")])
def test_with_control_flow_the_verdict_says_nothing_against_the_accelerator(line):
    judgement = judged(a_run("INFO: Use NNAPI: [1]", line), has_control_flow=True)
    assert judgement.placement is Placement.UNKNOWN


def test_complete_and_default_xnnpack_contradict_each_other():
    judgement = judged(a_run("INFO: Use NNAPI: [1]", completely("NNAPI"), XNNPACK.strip()))
    assert judgement.placement is Placement.UNKNOWN


def test_the_signature_bug_voids_the_verdict_unless_xnnpack_is_off():
    lines = ("INFO: Use NNAPI: [1]", "INFO: Using signature: purr", completely("NNAPI"))
    assert judged(a_run(*lines)).placement is Placement.UNKNOWN
    assert judged(a_run("INFO: Use xnnpack: [0]", *lines)).placement is Placement.FULL


def test_under_the_signature_bug_the_gpus_own_list_decides():
    judgement = judged(
        a_run(
            "INFO: Use gpu: [1]",
            "INFO: Using signature: purr",
            XNNPACK.strip(),
            "ERROR: Following operations are not supported by GPU delegate:",
            "DELEGATE TfLiteXNNPackDelegate: Operation is not supported.",
            "No operations will run on the GPU, and all 1 operations will run on the CPU.",
            "INFO: Created 0 GPU delegate kernels.",
            completely("GPU"),
        )
    )
    assert judgement.headline is Headline.NONE
    assert FindingKind.TOOL_VERDICT_CONTRADICTED in kinds(judgement)


def test_a_verdict_about_another_delegate_is_not_taken():
    judgement = judged(a_run("INFO: Use gpu: [1]", "INFO: Use xnnpack: [1]", completely("XNNPACK")))
    assert judgement.placement is not Placement.FULL


def test_operators_on_the_cpu_in_the_op_table_contradict_complete():
    table = (
        "Operator-wise Profiling Info for Regular Benchmark Runs:\n"
        "========== Run Order ==========\n"
        " TfLiteNnapiDelegate 3.8 4.0 62.0% 62.0% 0.000 1 []:64\n"
        " RESIZE_BILINEAR 0.1 0.1 38.0% 100.0% 0.000 1 [out]:38\n"
    )
    judgement = judged(a_run("INFO: Use NNAPI: [1]", completely("NNAPI")) + table)
    assert judgement.placement is Placement.PARTIAL
    assert FindingKind.TOOL_VERDICT_CONTRADICTED in kinds(judgement)


@pytest.mark.parametrize("kernel", ["LITERT_CL", "LITERT_WEBGPU"])
def test_lines_of_the_compiled_model_tool_are_never_full(kernel):
    text = (
        "$ ./benchmark_model --graph=k.tflite --use_gpu=true\n"
        f"{replacing(5, 5, kernel, 1)}\n"
        "========== BENCHMARK RESULTS ==========\n"
        "INFO: [./litert/tools/benchmark_litert_model.h:88] Inference (avg): 1.00 ms (9 runs)\n"
        "Fully accelerated:     True\n"
    )
    assert judged(text).placement is Placement.UNKNOWN
    counted = info([(kernel, 5)], [])
    assert judged(text, runtime_info=counted, model_nodes=5).placement is Placement.FULL


NPU = "$ ./benchmark_model --graph=k.tflite --use_npu=true\n"
ISLANDS = (
    "INFO: [compiler_plugin.cc:739] Partitioned subgraph<0>, selected {} ops, from a total of 10 "
    "ops. resulted in 1 partitions.\n"
    "INFO: [compiled_model.cc:1324] {} compiler plugins were applied successfully: paw\n"
    f"{replacing(1, 3, 'DispatchDelegate', 3)}\n"
)


def test_an_npus_share_is_the_compilers_not_that_of_its_islands():
    judgement = judged(NPU + ISLANDS.format(8, 1) + END)
    counts = (judgement.nodes_on_accelerator, judgement.nodes_total)
    assert (judgement.placement, counts) == (Placement.PARTIAL, (8, 10))


def test_a_compiler_that_was_not_applied_is_a_fallback():
    text = (NPU + ISLANDS.format(8, 0) + END).replace("DispatchDelegate", "TfLiteXNNPackDelegate")
    assert judged(text).placement is Placement.NONE


def test_an_operator_that_a_plug_in_left_makes_it_partial():
    lines = (
        "INFO: External delegate path: [x.so]",
        "WARNING: Fallback unsupported op 48 to TfLite",
    )
    assert judged(a_run(*lines, completely("EXTERNAL"))).placement is Placement.PARTIAL


def test_a_full_count_beside_default_xnnpack_is_not_believed():
    count = "INFO: TfLiteQnnDelegate delegate: 9 nodes delegated out of 9 nodes with 1 partitions."
    asked = "INFO: External delegate path: [x.so]"
    assert judged(a_run(asked, count)).placement is Placement.FULL
    assert judged(a_run(asked, count, XNNPACK.strip())).placement is Placement.UNKNOWN


# --- silence


def test_an_unconsumed_flag_is_a_fallback_and_named():
    judgement = judged(log("nnapi_flag_ignored"))
    assert FindingKind.FLAG_IGNORED in kinds(judgement)


def test_an_unconsumed_flag_that_is_echoed_was_taken():
    path = "--external_delegate_path=libvx.so"
    judgement = judged(
        START.replace("INFO: Log", f"WARN: Unconsumed cmdline flags: {path}\nINFO: Log")
        + "INFO: External delegate path: [libvx.so]\n"
        + LOADED
        + f"INFO: EXTERNAL delegate created.\n{completely('EXTERNAL')}\n"
        + END
    )
    assert (judgement.placement, kinds(judgement)) == (Placement.FULL, set())


def test_a_delegate_that_was_never_created_is_a_fallback():
    judgement = judged(a_run("INFO: External delegate path: [/nonexistent.so]", XNNPACK.strip()))
    assert judgement.placement is Placement.NONE
    (evidence,) = deciding(judgement)
    assert evidence.kind == "never-created"


def test_another_delegates_created_line_voids_the_absence():
    judgement = judged(
        a_run("INFO: Use gpu: [1]", "INFO: Use xnnpack: [1]", "INFO: XNNPACK delegate created.")
    )
    assert judgement.placement is Placement.UNKNOWN


def test_figures_alone_say_nothing_about_the_gpu():
    assert judged(END, requested=Accelerator.GPU).placement is Placement.UNKNOWN


def test_an_app_that_gives_up_its_accelerator_runs_on_the_cpu():
    judgement = judged(
        "I tflite : Replacing 130 out of 244 node(s) with delegate (LITERT_OPENGL) node, "
        "yielding 2 partitions for subgraph 0.\n"
        "W Purr: GPU init failed (Failed to compile model), falling back to CPU\n"
    )
    assert judgement.headline is Headline.NONE


def test_a_driver_that_counted_no_inference_was_not_used():
    command = "$ benchmark_model --graph=k.tflite --use_nnapi=true\n"
    counter = "$ adb shell cat /sys/misc/statistics/inference_count\n{}\n"
    assert judged(command + END + counter.format(0)).headline is Headline.NONE
    assert judged(command + END + counter.format(9)).headline is Headline.UNKNOWN
    with_claim = judged(command + completely("NNAPI") + "\n" + END + counter.format(0))
    assert with_claim.headline is Headline.DOWNGRADED


def test_a_fallback_found_elsewhere_takes_its_total_from_the_partition_line():
    judgement = judged(
        a_run(
            "INFO: Use NNAPI: [1]", though("NNAPI"), replacing(50, 55, "TfLiteXNNPackDelegate", 9)
        )
    )
    counts = (judgement.nodes_on_accelerator, judgement.nodes_total)
    assert (judgement.placement, counts) == (Placement.NONE, (0, 55))


def test_a_missing_model_fails_the_run():
    text = "2026-11-23 03:01:18 ERROR benchmark_litert_model: Model file not found: k.tflite\n"
    assert judged(text).reason == "model-not-loaded"


# --- lesser paths


def test_opengl_that_was_asked_for_is_no_downgrade():
    text = log("android_gpu_opengl").replace(
        "INFO: Use gpu", "INFO: GPU backend: [gl]\nINFO: Use gpu"
    )
    judgement = judged(text)
    assert (judgement.headline, judgement.backend) == (Headline.FULL, "opengl")


@pytest.mark.parametrize(
    "lines",
    [
        ["INFO: NNAPI accelerator name: [nnapi-reference]"],
        ["INFO: NNAPI accelerators available: [nnapi-reference]"],
    ],
)
def test_nnapis_reference_device_is_a_downgrade(lines):
    judgement = judged(a_run("INFO: Use NNAPI: [1]", *lines, completely("NNAPI")))
    assert judgement.headline is Headline.DOWNGRADED


def test_nnapi_free_to_use_its_cpu_is_unknown():
    judgement = judged(
        a_run("INFO: Use NNAPI: [1]", "INFO: Disable NNAPI cpu: [0]", completely("NNAPI"))
    )
    assert judgement.placement is Placement.UNKNOWN


def test_a_plug_ins_cpu_back_end_is_a_downgrade():
    judgement = judged(
        a_run(
            "INFO: External delegate path: [libQnnTFLiteDelegate.so]",
            "INFO: External delegate options: [backend_type:cpu]",
            replacing(9, 9, "TfLiteQnnDelegate", 1),
        )
    )
    assert judgement.headline is Headline.DOWNGRADED


# --- what was asked for


def test_a_cpu_run_on_which_an_accelerator_took_nodes_is_no_baseline():
    judgement = judged(log("android_gpu_full"), requested=Accelerator.CPU)
    assert judgement.placement is Placement.UNKNOWN


def test_xnnpack_counts_where_it_was_asked_for():
    judgement = judged(a_run("INFO: Use xnnpack: [1]", XNNPACK.strip(), completely("XNNPACK")))
    assert judgement.headline is Headline.FULL


def test_order_across_two_streams_is_not_used():
    out = a_run("INFO: Use gpu: [1]", "INFO: GPU delegate created.", partially("GPU"))
    err = XNNPACK + "INFO: Initialized OpenCL-based API.\n"
    both = [parse_joined(pair) for pair in ([(out, "o"), (err, "e")], [(err, "e"), (out, "o")])]
    placements = {judge(run).placement for run in both}
    assert placements == {Placement.PARTIAL}


def test_a_list_that_logcat_cut_is_a_part_if_kernels_were_made():
    prefix = "08-21 12:00:00.123  9876  9876 {} tflite  : "
    refused = "Following operations are not supported by GPU delegate:\nCUSTOM Purr: Opera"
    lines = "".join(prefix.format("E") + line + "\n" for line in refused.split("\n"))
    for kernels, placement in ((1, Placement.PARTIAL), (0, Placement.NONE)):
        made = prefix.format("I") + f"Created {kernels} GPU delegate kernels.\n"
        assert judged(START + LOADED + lines + made + END).placement is placement
