"""Too fast to be true: times below what memory and arithmetic allow, and a tool that stops early.

Bounds are generous on purpose: they catch work that was left out, not a fast phone.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.bench.variant import Accelerator
from harness.parse.patterns import Code
from harness.verdict.failure import as_evidence
from harness.verdict.model import Finding, FindingKind, Placement
from harness.verdict.reading import Case, Reading

MEMORY_BYTES_PER_S = 160e9
"""No phone's memory is faster: four channels of LPDDR6 at 14.4 Gbit/s a pin give 153.6 GB/s
(JEDEC JESD209-6); those of 2025 with LPDDR5X reach 85."""

CACHE_BYTES = 32 * 2**20
"""Weights that may stay on the chip between runs; the system-level caches of phones hold up to
about 16 MB."""

_MACS_PER_S = {Accelerator.CPU: 2e13, Accelerator.XNNPACK: 2e13, Accelerator.GPU: 4e13}
_MACS_PER_S_OTHERS = 2e14
"""Multiply-accumulates a second that no phone's part reaches: several times what vendors state for
those of 2025 (GPUs about 5e12 in half precision, NPUs 4e13 in 8 bits), and for GPUs the fourfold
saving of Winograd's convolutions (tflite/delegates/gpu/common/winograd_util.h) on top."""

TIMES_FASTER = 20.0
"""A GPU path that is this much faster than every other path of the device is not believed."""


@dataclass(frozen=True)
class Work:
    """What one run of a model computes and reads at the least."""

    macs: int
    weight_bytes: int
    is_float32: bool


@dataclass(frozen=True)
class Bound:
    """The least time in ms that a run can take, and why."""

    ms: float
    text: str


def least_time(work: Work, accelerator: Accelerator) -> Bound:
    """Return the least time of one run on any phone."""
    # Accelerators may keep float32 weights in half precision.
    halved = work.is_float32 and not accelerator.is_cpu
    moved = max(0.0, (work.weight_bytes / (2 if halved else 1)) - CACHE_BYTES)
    memory_ms = moved / MEMORY_BYTES_PER_S * 1e3
    compute_ms = work.macs / _MACS_PER_S.get(accelerator, _MACS_PER_S_OTHERS) * 1e3
    if memory_ms >= compute_ms:
        text = (
            f"to read {moved / 1e6:.3g} MB of weights that no cache holds takes {memory_ms:.3g} ms "
            f"at {MEMORY_BYTES_PER_S / 1e9:.0f} GB/s"
        )
        return Bound(memory_ms, text)
    text = f"{work.macs:.3g} multiply-accumulates take {compute_ms:.3g} ms on the fastest of phones"
    return Bound(compute_ms, text)


def hand_over_only(case: Case, reading: Reading) -> list[Finding]:
    """Find the GPU times of the Python tool of LiteRT, which never reads an output.

    A run on the GPU is asynchronous, and litert/python/tools/benchmark_litert_model.py (of
    ai-edge-litert 2.3.0, `run_benchmark`) takes the time of `run_by_name` alone. Where operators
    are left to the CPU, a run waits for the GPU in between, and how much is missing is not known.
    """
    claim = case.run.first(Code.FULLY_ACCELERATED)
    started = case.run.first(Code.LITERT_API_INIT)
    if (
        case.requested is not Accelerator.GPU
        or not _is_python_tool(case)
        or claim is None
        or claim.values[0] != "True"
        or started is None
        or case.run.unsupported
        or reading.placement is Placement.NONE
    ):
        return []
    message = (
        "this tool times the hand-over to the GPU, not the run: it never waits for, or reads, "
        "an output"
    )
    return [Finding(FindingKind.IMPLAUSIBLE, message, (as_evidence(started), as_evidence(claim)))]


def _is_python_tool(case: Case) -> bool:
    """Whether the results are those of the Python tool, the only one whose block has a median."""
    return any(event.values[0] == "Inference (median)" for event in case.run.find(Code.RESULT))
