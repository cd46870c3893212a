"""Lines of the interpreter-dialect `benchmark_model`, as pure functions from facts to text.

Only the standard library is imported: this file also runs as a plain file on other machines. A
function returns bare text; `info`, `warn` and their like put the level in front, as the real tool
has done since 2.15. Statistics follow `xla/tsl/util/stats_calculator.h`, wording follows
`tflite/tools/benchmark/*.cc`, `tflite/core/subgraph.cc` and `tflite/delegates/gpu/`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

STARTING = "STARTING!"
FAILED = "Benchmarking failed."
NO_GRAPH = "Please specify the name of your TF Lite input file with --graph"
FALLBACK_DISALLOWED = "Disallowed CPU fallback detected."
GPU_CREATED = "Created TensorFlow Lite delegate for GPU."
NNAPI_CREATED = "Created TensorFlow Lite delegate for NNAPI."
XNNPACK_CREATED = "Created TensorFlow Lite XNNPACK delegate for CPU."
OPENCL_LOADED = "Loaded OpenCL library with dlopen."
OPENCL_READY = "Initialized OpenCL-based API."
OPENGL_READY = "Initialized OpenGL-based API."
OPENGL_FALLBACK = "Falling back to OpenGL"
PLAN_RESTORED = "Restored original execution plan after delegate application failure."
MEMORY_NOTE = (
    "Note: as the benchmark tool itself affects memory footprint, the following is only APPROXIMATE"
    " to the actual memory footprint of the model at runtime. Take the information at your"
    " discretion."
)
SIGNATURE_WANTED = (
    "Signature not specified or incorrect. Pass one of the following to the flag "
    '"--signature_to_run_for"'
)
# The real tool spells it so.
MEMORY_STATUS = "Memory status at the end of exeution:"


def info(text: str) -> str:
    """Level of ordinary lines, of the tool and of the runtime."""
    return f"INFO: {text}"


def warn(text: str) -> str:
    """Warn as the tool does; the runtime says WARNING."""
    return f"WARN: {text}"


def warning(text: str) -> str:
    """Warn as the runtime does; the tool says WARN."""
    return f"WARNING: {text}"


def error(text: str) -> str:
    """Level of errors, of the tool and of the runtime."""
    return f"ERROR: {text}"


def verbose(text: str) -> str:
    """Level of `replacing` lines; only Android's runtime prints it."""
    return f"VERBOSE: {text}"


def number(value: float) -> str:
    """Print a number as a C++ stream does: six significant digits, 1.01e+06 when large."""
    return f"{value:g}"


def order_statistic(ordered: Sequence[int], percent: int) -> int:
    """Return the value at rank floor(n·percent/100), counted from 0, of sorted values."""
    return ordered[len(ordered) * percent // 100]


@dataclass(frozen=True)
class Statistics:
    """What the tool knows of one series of runs; whole microseconds, in time order."""

    samples: tuple[int, ...]

    @property
    def average(self) -> float:
        """Mean; 0.0 of no samples."""
        return sum(self.samples) / len(self.samples) if self.samples else 0.0

    @property
    def deviation(self) -> int:
        """Root of the population variance, both cut to whole numbers as in the real tool."""
        squares = sum(value * value for value in self.samples)
        return math.isqrt(max(0, int(squares / len(self.samples) - self.average**2)))

    def line(self, *, percentiles: bool = True) -> str:
        """Return the `count=` line; tools up to 2.18 print it without percentiles."""
        return " ".join([*self._moments(), *(self._percentiles() if percentiles else ())])

    def _moments(self) -> list[str]:
        values = self.samples
        parts = [f"count={len(values)}"]
        if not values:
            return parts
        low, high = min(values), max(values)
        if len(values) == 1:
            return [*parts, f"curr={values[0]}"]
        if low == high:
            return [*parts, f"curr={values[-1]}(all same)"]
        return [
            *parts,
            f"first={values[0]}",
            f"curr={values[-1]}",
            f"min={low}",
            f"max={high}",
            f"avg={number(self.average)}",
            f"std={self.deviation}",
        ]

    def _percentiles(self) -> list[str]:
        ordered = sorted(self.samples)
        names = (("p5", 5), ("median", 50), ("p95", 95))
        return [f"{name}={order_statistic(ordered, p) if ordered else 0}" for name, p in names]


def unconsumed(arguments: Sequence[str]) -> str:
    """Name the arguments that no flag took."""
    return f"Unconsumed cmdline flags: {' '.join(arguments)}"


def bad_flag(name: str, argument: str) -> str:
    """Refuse the value of a flag."""
    return f"Failed to parse flag '{name}' against argv '{argument}'"


def loaded_model(path: str) -> str:
    """Say that the model was read; proves nothing about its operators."""
    return f"Loaded model {path}"


def load_failed(path: str) -> str:
    """Say that the model could not be read."""
    return f"Failed to load model {path}"


def using_signature(key: str) -> str:
    """Name the signature that runs."""
    return f"Using signature: {key}"


def model_size(size_bytes: int) -> str:
    """Size of the model file in decimal megabytes."""
    return f"The input model file size (MB): {number(size_bytes / 1e6)}"


def session_ready(init_us: int) -> str:
    """Time from the start of initialization until tensors are allocated."""
    return f"Initialized session in {number(init_us / 1000)}ms."


def running(runs: int, min_secs: float, max_secs: float) -> str:
    """Announce a series: the first such line of a run is the warm-up, the second is timed."""
    return (
        f"Running benchmark for at least {runs} iterations and at least {number(min_secs)} seconds"
        f" but terminate if exceeding {number(max_secs)} seconds."
    )


def timings(init_us: int, first_us: int, warmup_avg_us: float, inference_avg_us: float) -> str:
    """Sum up a run; `first_us` is the first warm-up run."""
    return (
        f"Inference timings in us: Init: {init_us}, First inference: {first_us}, "
        f"Warmup (avg): {number(warmup_avg_us)}, Inference (avg): {number(inference_avg_us)}"
    )


def footprint(init_mb: float, overall_mb: float) -> str:
    """Growth of memory since the start of the tool, in MiB."""
    return (
        "Memory footprint delta from the start of the tool (MB): "
        f"init={number(init_mb)} overall={number(overall_mb)}"
    )


def peak_footprint(peak_mb: float) -> str:
    """Largest footprint that the watching thread saw, in MiB."""
    return f"Overall peak memory footprint (MB) via periodic monitoring: {number(peak_mb)}"


def memory_status(rss_mb: int, anonymous_mb: int, file_mb: int) -> list[str]:
    """Resident memory at the end, in whole MiB; follows `peak_footprint`."""
    return [
        MEMORY_STATUS,
        f"- VmRSS              : {rss_mb} MB",
        f"+ RssAnnon           : {anonymous_mb} MB",
        f"+ RssFile + RssShmem : {file_mb} MB",
    ]


def delegate_created(name: str) -> str:
    """Say that a delegate object exists; printed for the first one of a process only."""
    return f"{name} delegate created."


def going_to_apply(count: int) -> str:
    """Announce delegates; recent tools print it from two on."""
    return f"Going to apply {count} delegates one after another."


class ReplacingForm(Enum):
    """Wordings of the partition line, by what they end in; see `subgraph.cc` of each version."""

    NO_TOTAL = "up to 2.11"
    WHOLE_GRAPH = "2.13 to 2.18"
    SUBGRAPH = "2.19, LiteRT 1.1 to 2.1"
    NAMED_SUBGRAPH = "LiteRT 2.2 and later"


def replacing(
    taken: int,
    total: int,
    kernel: str,
    partitions: int,
    *,
    form: ReplacingForm = ReplacingForm.SUBGRAPH,
    subgraph: int = 0,
    subgraph_name: str = "main",
) -> str:
    """Say how many nodes of the execution plan a delegate took.

    `partitions` counts subsets of both kinds, delegated and not, so 1 means the whole plan.
    """
    if form is ReplacingForm.NO_TOTAL:
        nodes, scope = f"{taken}", ""
    else:
        nodes = f"{taken} out of {total}"
        scope = {
            ReplacingForm.WHOLE_GRAPH: " for the whole graph",
            ReplacingForm.SUBGRAPH: f" for subgraph {subgraph}",
            ReplacingForm.NAMED_SUBGRAPH: f" for subgraph {subgraph} ({subgraph_name})",
        }[form]
    return (
        f"Replacing {nodes} node(s) with delegate ({kernel}) node, "
        f"yielding {partitions} partitions{scope}."
    )


def verdict(name: str, kernels: int, *, whole_plan: bool) -> str:
    """Return the tool's own verdict on a delegate.

    `kernels` counts new delegate nodes of the primary subgraph; `whole_plan` says that the
    execution plan is one node. The tool says "completely" only of one kernel that is the plan.
    """
    if kernels == 0:
        return (
            f"Though {name} delegate is explicitly applied, "
            "the model graph will not be executed by the delegate."
        )
    head = f"Explicitly applied {name} delegate, and the model graph will be"
    if kernels == 1 and whole_plan:
        return f"{head} completely executed by the delegate."
    return f"{head} partially executed by the delegate w/ {kernels} delegate kernels."


def apply_failed(name: str) -> str:
    """Say that a delegate was refused by the graph or refused it."""
    return f"Failed to apply {name} delegate."


def gpu_kernels(count: int) -> str:
    """Count of GPU delegate nodes so far; 0 is a failure."""
    return f"Created {count} GPU delegate kernels."


def gpu_unsupported(reasons: Sequence[tuple[str, str]], on_gpu: int, on_cpu: int) -> list[str]:
    """Return the GPU delegate's list of operations that it leaves; one message of several lines.

    `reasons` are pairs of operator and reason. Only the first line carries a level.
    """
    split = (
        f"{on_gpu} operations will run on the GPU, and the remaining {on_cpu}"
        if on_gpu
        else f"No operations will run on the GPU, and all {on_cpu}"
    )
    return [
        "Following operations are not supported by GPU delegate:",
        *(f"{op}: {reason}" for op, reason in reasons),
        f"{split} operations will run on the CPU.",
    ]


def node_failed(index: int, name: str, stage: str) -> str:
    """Say that a node failed; `stage` is `prepare` or `invoke`."""
    return f"Node number {index} ({name}) failed to {stage}."


def choose_signature(keys: Sequence[str]) -> list[str]:
    """Ask for a signature, naming those that the model has; every line carries a level."""
    return [
        SIGNATURE_WANTED,
        *(f" #> Signature key: {key}" for key in keys),
    ]
