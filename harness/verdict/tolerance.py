"""What still counts as the same answer: by what a model computes in and what a variant allows.

The figures come from `benchmarks/output_errors.py`; docs/explanation/outputs.md has what was
measured, on which models, and how far each bound lies above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.bench.variant import Accelerator

_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"false", "0"})

_FORBIDS_HALF = ("gpu_precision_loss_allowed", "nnapi_allow_fp16", "allow_fp16")
"""Flags that, given as false, forbid half precision (tflite/tools/delegates)."""


@dataclass(frozen=True)
class Tolerance:
    """Bounds on errors as shares of the reference's range.

    `same` asks for a largest error of at most `same_max` and a mean of at most `same_mean`. Beyond
    it, `close` asks for at most `mean_error` on the mean, `channel_error` on the worst channel's,
    and at least `cosine`. A tensor of one value has `one_value` instead. Exact integers need
    `agreement` of their elements equal. A mean error above `single_error` is more than single
    precision explains; None where that says nothing.
    """

    name: str
    same_max: float
    same_mean: float
    mean_error: float
    channel_error: float
    cosine: float
    one_value: float
    agreement: float
    single_error: float | None
    reason: str


HALF = Tolerance(
    name="fp16",
    same_max=1e-3,
    same_mean=1e-4,
    mean_error=0.02,
    channel_error=0.05,
    cosine=0.98,
    one_value=0.1,
    agreement=0.5,
    single_error=1e-4,
    reason=(
        "half precision is allowed; real fp16 kernels stayed below a mean error of 0.006 on 18 "
        "models, 0.04 on single values of 9"
    ),
)
SINGLE = replace(
    HALF,
    name="fp32",
    mean_error=0.005,
    channel_error=0.02,
    cosine=0.995,
    one_value=0.05,
    reason=(
        "single precision is what a CPU computes in; real fp32 kernels stayed below a mean error "
        "of 0.00002 on 18 models, 0.0002 on single values of 9"
    ),
)
QUANTIZED = Tolerance(
    name="quantized",
    same_max=0.006,
    same_mean=0.002,
    mean_error=0.04,
    channel_error=0.15,
    cosine=0.97,
    one_value=0.1,
    agreement=0.5,
    single_error=None,
    reason=(
        "kernels of quantized operators may differ by one step of 1/255 in each layer, and a GPU "
        "computes them in float; an assumption, since few such models were measured"
    ),
)

_FLOAT = frozenset({"", "unknown", "fp32", "fp16", "float32", "float16", "float"})


def tolerance_for(
    precision: str | None, accelerator: Accelerator, flags: Mapping[str, str]
) -> Tolerance:
    """Return the tolerance for a model's precision (`float32`, `int8`, …) under a variant."""
    if (precision or "").lower() not in _FLOAT:
        return QUANTIZED
    if accelerator.is_cpu and flags.get("xnnpack_force_fp16", "").lower() not in _TRUE:
        return SINGLE
    if demands_single(flags):
        # Whether the arithmetic was as demanded is another question than whether it is right.
        return replace(HALF, name="fp32", reason=f"single precision was demanded, and {_BY}")
    return HALF


_BY = "an error above 0.0001 on the mean is that of a lesser one; beyond fp16's own it is wrong"


def demands_single(flags: Mapping[str, str]) -> bool:
    """Whether a variant's flags forbid half precision in so many words."""
    named = flags.get("gpu_precision", flags.get("gpu-precision"))  # benchmark_litert_model
    return named == "fp32" or any(flags.get(name, "").lower() in _FALSE for name in _FORBIDS_HALF)
