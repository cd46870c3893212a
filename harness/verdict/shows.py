"""What a line of a log shows, in a few words: its meaning beside its wording."""

from __future__ import annotations

from collections.abc import Callable

from harness.bench.variant import Accelerator, Dialect
from harness.parse.model import Event, ToolRun
from harness.parse.patterns import Code
from harness.verdict.kernels import kernel_accelerator
from harness.verdict.requested import LABELS, ignored_flags, is_on

NAMES = {
    Accelerator.CPU: "CPU",
    Accelerator.XNNPACK: "XNNPACK delegate (CPU)",
    Accelerator.GPU: "GPU",
    Accelerator.NNAPI: "NNAPI driver",
    Accelerator.NPU: "NPU",
    Accelerator.HEXAGON: "Hexagon DSP",
    Accelerator.EXTERNAL: "external delegate",
    Accelerator.STABLE_DELEGATE: "stable delegate",
    Accelerator.COREML: "Core ML delegate",
}
"""What people call what was asked for."""

_WORDS: dict[Code, str] = {
    Code.COMMAND: "the command",
    Code.APK_ARGS: "the flags that the benchmark app was given",
    Code.STARTING: "the tool starts",
    Code.PYTHON_MODEL: "LiteRT's Python tool starts",
    Code.NNAPI_DEVICES: "the devices that NNAPI offers",
    Code.LITERT_ACCELERATORS: "the accelerators that LiteRT may use",
    Code.USING_SIGNATURE: "a signature's runner may take default XNNPACK before the delegate",
    Code.PROVIDER_CREATED: "a delegate exists; it has not seen the model yet",
    Code.GPU_CREATED: "a delegate exists; no GPU was looked at yet",
    Code.NNAPI_CREATED: "a delegate exists; no device was looked at yet",
    Code.METAL_CREATED: "a delegate exists; it has not seen the model yet",
    Code.XNNPACK_CREATED: "XNNPACK, which is the CPU, comes in",
    Code.PLUGIN_CREATED: "a plug-in was loaded",
    Code.NOT_CREATED: "no delegate was made; the tool goes on without it",
    Code.UNCONSUMED: "flags that the tool does not know; it goes on without them",
    Code.OPENCL_MISSING: "no OpenCL on this device",
    Code.OPENCL_INIT: "a GPU kernel runs on OpenCL",
    Code.OPENGL_INIT: "a GPU kernel runs on OpenGL",
    Code.OPENGL_FALLBACK: "OpenGL instead of OpenCL",
    Code.LITERT_API_INIT: "a GPU kernel was made",
    Code.LITERT_ADAPTER: "the device behind WebGPU",
    Code.GPU_LIMITED: "nodes are held back from the GPU on purpose",
    Code.UNSUPPORTED: "the GPU delegate refuses operators",
    Code.PLUGIN_LEFT_OP: "the plug-in leaves an operator to the CPU",
    Code.PLUGINS_FAILED: "the model was not compiled for the NPU",
    Code.GPU_UNREGISTERED: "the GPU accelerator is missing",
    Code.NPU_UNREGISTERED: "the NPU accelerator is missing",
    Code.FULLY_ACCELERATED: "the tool's claim, which counts XNNPACK as an accelerator",
    Code.TOOL_VERDICT_NONE: "the tool's claim: nothing was handed over",
    Code.LABEL_APPLIED: "applied, to whatever share of the model",
    Code.PLAN_RESTORED: "all nodes went back to the CPU",
    Code.DYNAMIC_RESET: "all nodes went back to the CPU",
    Code.DYNAMIC_TENSORS: "a delegate refused a graph with dynamic tensors",
    Code.APP_FELL_BACK: "the app gave up the accelerator",
    Code.DEVICE_COUNTER: "inferences that the driver counted",
    Code.STATS: "figures of a series",
    Code.TIMINGS: "the closing figures: the run came to its end",
    Code.NN_ERROR: "the NNAPI driver failed",
    Code.NN_NO_DEVICE: "NNAPI has no such device",
    Code.GPU_ERROR: "the GPU failed",
    Code.PREPARE_FAILED: "a node could not be prepared",
    Code.INVOKE_FAILED: "an invocation failed; figures after it are void",
    Code.APPLY_FAILED: "the delegate could not be applied",
    Code.FULL_REFUSED: "full delegation was asked for, and nodes were left",
    Code.ALLOCATE_FAILED: "memory for the tensors could not be had",
    Code.MODEL_FAILED: "the model could not be loaded",
    Code.FLAG_FAILED: "a flag's value is not one",
    Code.RUN_FAILED: "the model could not be compiled",
    Code.CRASHED: "the process was ended",
    Code.NOT_RUNNABLE: "the tool cannot be run on this device",
    Code.LINK_FAILED: "the tool's libraries are not there",
    Code.BENCHMARK_FAILED: "the run failed",
}


_WORDS_OF_LITERT: dict[Code, str | None] = {
    Code.USING_SIGNATURE: None,
    Code.XNNPACK_CREATED: "XNNPACK stands by for what is left, as it always does here",
}


def _replacing(event: Event) -> str:
    nodes, total, kernel = event.number(0), event.number(1), event.values[2] or "unknown"
    share = f"{nodes} nodes" if total is None else f"{nodes} of {total} nodes"
    graph = f", in graph {event.number(4)}" if event.number(4) else ""
    return f"{share} go to the {NAMES[kernel_accelerator(kernel)]}{graph}"


def _split(event: Event) -> str:
    if event.number(0) is None:
        return "nothing goes to the GPU"
    return f"{event.number(0)} nodes go to the GPU, {event.number(1)} stay on the CPU"


def _kernels(event: Event) -> str:
    count = event.number(0)
    if not count:
        return "no GPU kernel was made"
    return "1 GPU kernel was made" if count == 1 else f"{count} GPU kernels were made"


def _compiled(event: Event) -> str:
    return f"the compiler selects {event.number(1)} of {event.number(2)} operators"


def _counted(event: Event) -> str:
    return f"the delegate counts {event.number(1)} of {event.number(2)} nodes as its own"


def _plugins(event: Event) -> str:
    return "no compiler plug-in was applied" if event.number(0) == 0 else "the model was compiled"


def _verdict(event: Event) -> str:
    return (
        f"the tool's claim: {'all' if event.values[1] == 'completely' else 'a part'} of the graph"
    )


_MADE: dict[Code, Callable[[Event], str]] = {
    Code.REPLACING: _replacing,
    Code.GPU_SPLIT: _split,
    Code.GPU_KERNELS: _kernels,
    Code.LITERT_PARTITIONED: _compiled,
    Code.DELEGATED_COUNT: _counted,
    Code.PLUGINS_APPLIED: _plugins,
    Code.TOOL_VERDICT: _verdict,
}


def shows(event: Event, run: ToolRun) -> str | None:
    """Say what a line shows about where the model ran; None for a line that is not about it."""
    if event.code in _MADE:
        return _MADE[event.code](event)
    if event.code is Code.UNCONSUMED and not ignored_flags(run):
        return "listed as unknown, and taken all the same: their values are echoed"
    if run.dialect is Dialect.COMPILED_MODEL and event.code in _WORDS_OF_LITERT:
        return _WORDS_OF_LITERT[event.code]
    if event.code is Code.RESULT:
        return "figures of the runs" if event.values[0] == "Inference (avg)" else None
    if event.code is Code.PARAMETER:
        asked = LABELS.get((event.values[0] or "").lower())
        if asked is None or not is_on(event.values[1] or ""):
            return None
        return f"the {NAMES[asked]} was asked for, and the tool took the flag"
    return _WORDS.get(event.code)
