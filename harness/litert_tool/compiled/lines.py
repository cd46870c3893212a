"""Lines that only the compiled-model tool prints, as pure functions from facts to text.

The results block follows `litert/tools/benchmark_litert_model.h`; `Accelerators:` and `Fully
accelerated:` follow `litert/python/tools/benchmark_litert_model.py`; the other two are ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.litert_tool.lines import Statistics

INCOMPATIBLE = "Requesting full delegation and CPU acceleration are incompatible."
NOTHING = "No accelerator: --use_cpu=false needs --use_gpu=true or --use_npu=true."
RESULTS = "========== BENCHMARK RESULTS =========="
RESULTS_END = "======================================"


def tool(version: str) -> str:
    """Say whose tool this is: lines of its own are believed of no other."""
    return f"Harness tool: compiled-model on ai-edge-litert {version}"


def accelerators(names: Sequence[str]) -> str:
    """Name the accelerators that were asked for, first tried first."""
    return f"Accelerators:    {' | '.join(names)}"


def loading(graph: str) -> str:
    """Say that the model is about to be read."""
    return f"Loading model from: {graph}"


def fully_accelerated(*, claimed: bool) -> str:
    """Return what `is_fully_accelerated` says; it counts XNNPACK as an accelerator."""
    return f"Fully accelerated:     {claimed}"


def alone(accelerator: str, outcome: str) -> str:
    """Say whether the accelerator took every node when nothing else was there."""
    return f"{accelerator}-only compilation: {outcome}"


def results(init_us: int, warmup: Statistics, timed: Statistics) -> list[str]:
    """Return the results block: milliseconds with two decimals."""
    texts = [RESULTS, f"Model initialization: {init_us / 1e3:.2f} ms"]
    if warmup.samples:
        texts += [
            f"Warmup (first):       {warmup.samples[0] / 1e3:.2f} ms",
            f"Warmup (avg):         {warmup.average / 1e3:.2f} ms ({len(warmup.samples)} runs)",
        ]
    if timed.samples:
        texts += [
            f"Inference (avg):      {timed.average / 1e3:.2f} ms ({len(timed.samples)} runs)",
            f"Inference (min):      {min(timed.samples) / 1e3:.2f} ms",
            f"Inference (max):      {max(timed.samples) / 1e3:.2f} ms",
            f"Inference (std):      {timed.deviation / 1e3:.2f}",
        ]
    else:
        texts.append("No inference runs were performed.")
    return [*texts, RESULTS_END]
