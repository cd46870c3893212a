"""The harness's own compiled-model tool: what its line proves, and when it proves nothing."""

import pytest

from harness.bench.variant import Accelerator
from harness.parse.log import parse_log
from harness.verdict.judge import judge
from harness.verdict.model import FindingKind, Headline, Placement, Status

TOOL = "INFO: Harness tool: compiled-model on ai-edge-litert 2.3.0"
API = "I0000 00:00:1.000001   1 delegate_kernel.cc:984] Initializing WebGPU-based API from graph."
XNNPACK = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU."
ALONE = "INFO: GPU-only compilation: ok"
FIGURES = (
    (
        "INFO: Running benchmark for at least 1 iterations and at least 0 seconds but terminate if "
        "exceeding 60 seconds."
    ),
    "INFO: count=1 curr=9 p5=9 median=9 p95=9",
    (
        "INFO: Running benchmark for at least 2 iterations and at least 0 seconds but terminate if "
        "exceeding 60 seconds."
    ),
    "INFO: count=2 first=9 curr=8 min=8 max=9 avg=8.5 std=0 p5=8 median=9 p95=9",
    (
        "INFO: Inference timings in us: Init: 1, First inference: 9, Warmup (avg): 9, "
        "Inference (avg): 8.5"
    ),
)
BLOCK = (
    "ERROR: Following operations are not supported by GPU delegate:\n"
    "GATHER: Only support 1D indices\n"
    "1 operations will run on the GPU, and the remaining 1 operations will run on the CPU."
)
NPU_GONE = "WARNING: [compiled_model.cc:1393] Failed to apply compiler plugins: No plugin found"


def adapter(name, kind):
    return (
        f"I0000 00:00:1.000000   1 environment.cc:532] Selected adapter: {name}, arch=a, vendor=v, "
        f"backend=Vulkan, adapterType={kind}"
    )


GPU = adapter("Some GPU", "Discrete GPU")


def judged(*texts, requested=Accelerator.GPU, **known):
    (run,) = parse_log("\n".join(("INFO: STARTING!", *texts)) + "\n", "x.log")
    return judge(run, requested=requested, **known)


def test_a_compilation_that_needed_no_cpu_has_every_node_on_the_gpu():
    judgement = judged(TOOL, GPU, API, XNNPACK, *FIGURES, ALONE, model_nodes=34, exit_status=0)
    assert (judgement.placement, judgement.findings) == (Placement.FULL, ())
    assert (judgement.nodes_on_accelerator, judgement.nodes_total) == (34, 34)
    assert judgement.backend == "webgpu on Some GPU (Discrete GPU)"
    (deciding,) = [one for one in judgement.evidence if one.deciding]
    assert (deciding.kind, deciding.text) == ("compiled-alone", ALONE.removeprefix("INFO: "))


@pytest.mark.parametrize(
    "texts",
    [
        (GPU, API, *FIGURES, ALONE),
        (GPU, API, *FIGURES, ALONE, TOOL),
        (TOOL, GPU, API, *FIGURES, "INFO: GPU-only compilation: refused"),
        (TOOL, GPU, API, *FIGURES, "INFO: GPU-only compilation: unknown"),
        (TOOL, GPU, API, *FIGURES, "INFO: NPU-only compilation: ok"),
        (TOOL, GPU, API, *FIGURES),
        (TOOL, GPU, *FIGURES, ALONE),
    ],
    ids=["of-another-tool", "tool-after", "refused", "unknown", "npu", "not-told", "no-gpu-api"],
)
def test_without_that_proof_a_gpu_run_of_litert_is_never_full(texts):
    assert judged(*texts, model_nodes=34).placement is Placement.UNKNOWN


def test_operations_left_behind_outweigh_the_line():
    judgement = judged(TOOL, GPU, API, BLOCK, *FIGURES, ALONE, model_nodes=2)
    assert judgement.placement is Placement.PARTIAL
    assert (judgement.nodes_on_accelerator, judgement.nodes_total) == (1, 2)
    assert [(one.op, one.reason) for one in judgement.unsupported_ops] == [
        ("GATHER", "Only support 1D indices")
    ]


@pytest.mark.parametrize(
    "name", ["SwiftShader Device (Subzero)", "llvmpipe (LLVM 19.1.7, 256 bits)"]
)
def test_a_software_adapter_is_no_gpu_whatever_the_placement(name):
    software = adapter(name, "CPU / Software")
    judgement = judged(TOOL, software, API, *FIGURES, ALONE, model_nodes=3)
    assert (judgement.placement, judgement.headline) == (Placement.FULL, Headline.FULL)
    (finding,) = judgement.findings
    assert finding.kind is FindingKind.SOFTWARE_DEVICE
    assert name in finding.message
    assert finding.evidence[0].kind == "litert-adapter"
    assert judgement.backend == f"webgpu on {name} (CPU / Software)"


def test_an_npu_that_is_not_there_is_told_from_the_tool_that_claims_it():
    judgement = judged(
        TOOL,
        NPU_GONE,
        XNNPACK,
        "INFO: Fully accelerated:     True",
        *FIGURES,
        "INFO: NPU-only compilation: refused",
        requested=Accelerator.NPU,
    )
    assert judgement.placement is Placement.NONE
    assert [one.kind for one in judgement.findings] == [FindingKind.TOOL_VERDICT_CONTRADICTED]


def test_plugins_that_failed_outweigh_an_npu_alone():
    texts = (TOOL, NPU_GONE, XNNPACK, *FIGURES, "INFO: NPU-only compilation: ok")
    assert judged(*texts, requested=Accelerator.NPU).placement is Placement.NONE


@pytest.mark.parametrize(
    "line",
    [
        "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file: No such f",
        (
            "ERROR: [delegate_webgpu.cc:359] Failed to initialize WebGPU environment: INTERNAL: No "
            "adapters found"
        ),
    ],
)
def test_a_missing_gpu_is_the_reason_and_not_what_came_of_it(line):
    failed = ("ERROR: Failed to create compiled model.", "ERROR: Benchmarking failed.")
    judgement = judged(TOOL, line, *failed, exit_status=1)
    assert (judgement.status, judgement.reason) == (Status.FAILED, "no-gpu")
    assert judged(TOOL, *failed, exit_status=1).reason == "delegate-failed"


def test_a_run_that_ended_well_is_not_failed_by_a_line_about_adapters():
    text = "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file"
    assert judged(TOOL, text, *FIGURES, exit_status=0).status is Status.OK
