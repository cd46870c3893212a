"""Output of the tool as the fallback modes are composed from: wordings of its source, no recording.

`interpreter` and `litert` put the given lines between the beginning and the figures of a run.
"""

from __future__ import annotations

from collections.abc import Sequence

FIGURES = (
    "INFO: Running benchmark for at least 1 iterations and at least 0.5 seconds but terminate "
    "if exceeding 150 seconds.\n"
    "INFO: count=61 first=8120 curr=8011 min=7890 max=8120 avg=8020.5 std=40 p5=7920 median=8011 "
    "p95=8100\n"
    "INFO: Running benchmark for at least 50 iterations and at least 1 seconds but terminate "
    "if exceeding 150 seconds.\n"
    "INFO: count=124 first=8010 curr=8044 min=7881 max=9020 avg=8033.25 std=110 p5=7902 "
    "median=8021 p95=8210\n"
    "INFO: Inference timings in us: Init: 41250, First inference: 8120, Warmup (avg): 8020.5, "
    "Inference (avg): 8033.25"
).splitlines()
FAILED = "ERROR: Benchmarking failed."
XNNPACK = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU."
GPU_NEW = "INFO: Created TensorFlow Lite delegate for GPU."
NNAPI_NEW = "INFO: Created TensorFlow Lite delegate for NNAPI."
OPENCL = "INFO: Initialized OpenCL-based API."
NO_OPENCL = (
    "ERROR: Can not open OpenCL library on this device - dlopen failed: library "
    '"libOpenCL.so" not found'
)
TO_OPENGL = "ERROR: Falling back to OpenGL"
OPENGL = "INFO: Initialized OpenGL-based API."
RESTORED = "ERROR: Restored original execution plan after delegate application failure."
RESET = (
    "ERROR: Cannot allow dynamic tensors due to previous delegation, resetting to original "
    "execution plan."
)
DYNAMIC = (
    "WARNING: Attempting to use a delegate that only supports static-sized tensors with a graph "
    "that has dynamic-sized tensors (tensor#7 is a dynamic-sized tensor)."
)
SIGNATURE = "INFO: Using signature: serving_default"


def interpreter(
    *lines: str,
    echo: tuple[str, ...] = (),
    unconsumed: str = "",
    end: Sequence[str] = FIGURES,
    model: str = "kittens.tflite",
) -> str:
    """Return a whole run of the interpreter's tool; `echo` are `Label: [value]`."""
    start = [
        "INFO: STARTING!",
        *([f"WARN: Unconsumed cmdline flags: {unconsumed}"] if unconsumed else []),
        "INFO: Log parameter values verbosely: [0]",
        f"INFO: Graph: [{model}]",
        *(f"INFO: {one}" for one in echo),
        f"INFO: Loaded model {model}",
    ]
    return "\n".join([*start, *lines, *end]) + "\n"


def litert(*lines: str, flags: str = "", results: bool = True) -> str:
    """Return a whole run of LiteRT's tool, after the shell line that started it."""
    figures = (
        "INFO: [./litert/tools/benchmark_litert_model.h:81] ",
        "========== BENCHMARK RESULTS ==========",
        "INFO: [./litert/tools/benchmark_litert_model.h:82] Model initialization: 4.80 ms",
        "INFO: [./litert/tools/benchmark_litert_model.h:88] Inference (avg): 3.25 ms (307 runs)",
        "INFO: [./litert/tools/benchmark_litert_model.h:92] Inference (min): 3.10 ms",
        "INFO: [./litert/tools/benchmark_litert_model.h:94] Inference (max): 4.20 ms",
    )
    start = (
        f"$ ./benchmark_model --graph=kittens.tflite {flags}",
        "INFO: [environment.cc:36] Creating LiteRT environment with options",
    )
    return "\n".join([*start, *lines, *(figures if results else ())]) + "\n"


def created(name: str) -> str:
    return f"INFO: {name} delegate created."


def completely(name: str) -> str:
    return (
        f"INFO: Explicitly applied {name} delegate, and the model graph will be completely "
        "executed by the delegate."
    )


def partially(name: str, kernels: int = 1) -> str:
    return (
        f"INFO: Explicitly applied {name} delegate, and the model graph will be partially "
        f"executed by the delegate w/ {kernels} delegate kernels."
    )


def though(name: str) -> str:
    return (
        f"INFO: Though {name} delegate is explicitly applied, the model graph will not be "
        "executed by the delegate."
    )


def replacing(nodes: int, total: int, kernel: str, subsets: int, graph: int = 0) -> str:
    return (
        f"VERBOSE: Replacing {nodes} out of {total} node(s) with delegate ({kernel}) node, "
        f"yielding {subsets} partitions for subgraph {graph}."
    )


def kernels(count: int) -> str:
    return f"INFO: Created {count} GPU delegate kernels."


def refused(*ops: str, on_gpu: int | None, on_cpu: int = 0) -> str:
    """Return the GPU's list; `on_gpu` None leaves its last line out, as logcat does."""
    lines = ["ERROR: Following operations are not supported by GPU delegate:", *ops]
    if on_gpu == 0:
        lines.append(
            f"No operations will run on the GPU, and all {on_cpu} operations will run on the CPU."
        )
    elif on_gpu is not None:
        lines.append(
            f"{on_gpu} operations will run on the GPU, and the remaining {on_cpu} operations "
            "will run on the CPU."
        )
    return "\n".join(lines)
