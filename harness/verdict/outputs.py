"""Comparison of two dumps of a model's outputs, made from the same inputs.

The tool's `--output_filepath` writes the raw bytes of all output tensors one after another, in the
model's order (tflite/tools/benchmark/benchmark_tflite_model.cc).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FLOATS = frozenset({"float16", "float32", "float64"})
_QUANTIZED = frozenset({"int8", "uint8", "int16", "uint16"})
_EXACT = frozenset({"int32", "int64", "uint32", "uint64", "bool"})


class OutputVerdict(StrEnum):
    """How a candidate's outputs relate to the reference's, best first."""

    SAME = "same"
    CLOSE = "close"
    WRONG = "wrong"
    INCOMPARABLE = "incomparable"


@dataclass(frozen=True)
class TensorSpec:
    """An output tensor; a dimension below 1 is unknown until the model runs."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Tolerance:
    """What still counts as the same answer; errors are shares of the reference's range.

    `same_error` bounds the largest error of `same`. Beyond it, `close` needs a mean error of at
    most `mean_error` and a cosine of at least `cosine`. Tensors of exact integers (indices,
    counts, masks) need `agreement` of their elements to be equal.
    """

    same_error: float
    mean_error: float
    cosine: float
    agreement: float
    reason: str


FLOAT_TOLERANCE = Tolerance(
    same_error=1e-4,
    mean_error=0.03,
    cosine=0.97,
    agreement=0.5,
    reason=(
        "delegates may compute in fp16 (gpu_precision_loss_allowed is true by default), whose "
        "rounding unit of 2^-11 grows with every layer; another order of summation alone stays "
        "under 1e-4 of the range"
    ),
)
QUANTIZED_TOLERANCE = Tolerance(
    same_error=0.005,
    mean_error=0.06,
    cosine=0.95,
    agreement=0.5,
    reason=(
        "kernels of quantized operators may differ by one step of 1/255 in each layer, and the "
        "GPU delegate computes them in float with simulated quantization"
    ),
)


@dataclass(frozen=True)
class TensorComparison:
    """One tensor compared; errors are shares of the reference's range, None where meaningless."""

    name: str
    verdict: OutputVerdict
    max_error: float | None = None
    mean_error: float | None = None
    cosine: float | None = None
    argmax_agreement: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutputComparison:
    """All outputs compared: the worst tensor's verdict. `identical`: bit for bit the same."""

    verdict: OutputVerdict
    tensors: tuple[TensorComparison, ...] = ()
    reason: str = ""
    identical: bool = False

    @property
    def summary(self) -> str:
        """One sentence of ours; names of tensors are the model's."""
        if not self.tensors:
            return f"outputs {self.verdict}: {self.reason}"
        worst = max(self.tensors, key=_badness)
        facts = [
            f"{label} {value:.3g}"
            for label, value in (
                ("largest error", worst.max_error),
                ("mean error", worst.mean_error),
                ("cosine", worst.cosine),
                ("argmax agreement", worst.argmax_agreement),
            )
            if value is not None
        ]
        return f"outputs {self.verdict}: {worst.name!r}: {', '.join([*facts, *worst.notes])}"


_ORDER = tuple(OutputVerdict)


def tolerance_for(precision: str | None) -> Tolerance:
    """Return the default tolerance for a model's precision (`fp32`, `int8`, `dynamic`, ...)."""
    name = (precision or "").lower()
    is_float = name in ("", "unknown", "fp32", "fp16", "float32", "float16", "float")
    return FLOAT_TOLERANCE if is_float else QUANTIZED_TOLERANCE


def compare_outputs(
    reference: bytes,
    candidate: bytes,
    tensors: Sequence[TensorSpec],
    tolerance: Tolerance,
) -> OutputComparison:
    """Compare two dumps tensor by tensor.

    Dumps that cannot be cut into the given tensors, or differ in length, are `incomparable`.
    """
    if reference == candidate and reference:
        return OutputComparison(OutputVerdict.SAME, reason="bit for bit equal", identical=True)
    sizes = _sizes(tensors, len(reference))
    if isinstance(sizes, str):
        return OutputComparison(OutputVerdict.INCOMPARABLE, reason=sizes)
    if len(reference) != len(candidate):
        reason = f"{len(candidate)} bytes against the reference's {len(reference)}"
        return OutputComparison(OutputVerdict.INCOMPARABLE, reason=reason)
    compared: list[TensorComparison] = []
    start = 0
    for tensor, size in zip(tensors, sizes, strict=True):
        window = slice(start, start + size)
        compared.append(_compare(reference[window], candidate[window], tensor, tolerance))
        start += size
    verdicts = [one.verdict for one in compared]
    comparable = [one for one in verdicts if one is not OutputVerdict.INCOMPARABLE]
    worst = max(comparable or verdicts, key=_ORDER.index)
    return OutputComparison(worst, tuple(compared))


def _badness(comparison: TensorComparison) -> tuple[int, float]:
    # A tensor that cannot be compared is the worst only among its like.
    is_known = comparison.verdict is not OutputVerdict.INCOMPARABLE
    rank = _ORDER.index(comparison.verdict) if is_known else -1
    return rank, comparison.mean_error or 0.0


def _sizes(tensors: Sequence[TensorSpec], available: int) -> list[int] | str:
    """Return each tensor's bytes; one tensor of unknown size takes what the others leave."""
    import numpy as np  # noqa: PLC0415 (slow to import)

    sizes: list[int] = []
    unknown: int | None = None
    for index, tensor in enumerate(tensors):
        if tensor.dtype not in _FLOATS | _QUANTIZED | _EXACT:
            return f"output {tensor.name!r} has type {tensor.dtype!r}, which is not compared"
        if any(dimension < 1 for dimension in tensor.shape):
            if unknown is not None:
                return "several outputs have a size that only the run knows"
            unknown = index
        sizes.append(math.prod(max(d, 0) for d in tensor.shape) * np.dtype(tensor.dtype).itemsize)
    if unknown is not None:
        sizes[unknown] = available - sum(sizes) + sizes[unknown]
        if sizes[unknown] <= 0 or sizes[unknown] % np.dtype(tensors[unknown].dtype).itemsize:
            return f"output {tensors[unknown].name!r} does not fit in what was written"
    if not tensors or sum(sizes) != available:
        return f"{available} bytes were written, and the model's outputs take {sum(sizes)}"
    return sizes


def _compare(
    reference: bytes, candidate: bytes, tensor: TensorSpec, tolerance: Tolerance
) -> TensorComparison:
    import numpy as np  # noqa: PLC0415 (slow to import)

    raw_expected = np.frombuffer(reference, tensor.dtype)
    raw_actual = np.frombuffer(candidate, tensor.dtype)
    if tensor.dtype in _EXACT:
        return _compare_exact(raw_expected, raw_actual, tensor, tolerance)
    with np.errstate(all="ignore"):  # a signalling NaN warns when it is cast
        expected = raw_expected.astype(np.float64)
        actual = raw_actual.astype(np.float64)
    usable = np.isfinite(expected)
    if not usable.any():
        return TensorComparison(
            tensor.name, OutputVerdict.INCOMPARABLE, notes=("the reference is not finite",)
        )
    notes = _notes(expected[usable], actual[usable])
    finite = usable & np.isfinite(actual)
    if not finite.any():
        return TensorComparison(tensor.name, OutputVerdict.WRONG, notes=notes)
    with np.errstate(all="ignore"):  # a float64 tensor may hold what its square cannot
        error = np.abs(actual - expected)[finite] / _scale(expected[finite], tensor)
        worst, mean = float(error.max()), float(error.mean())
        cosine = _cosine(expected[finite], actual[finite])
    if notes:
        verdict = OutputVerdict.WRONG
    elif worst <= tolerance.same_error:
        verdict = OutputVerdict.SAME
    elif mean <= tolerance.mean_error and (cosine is None or cosine >= tolerance.cosine):
        verdict = OutputVerdict.CLOSE
    else:
        verdict = OutputVerdict.WRONG
    agreement = _argmax_agreement(expected, actual, tensor)
    return TensorComparison(tensor.name, verdict, worst, mean, cosine, agreement, notes)


def _compare_exact(
    expected: NDArray[Any], actual: NDArray[Any], tensor: TensorSpec, tolerance: Tolerance
) -> TensorComparison:
    equal = float((expected == actual).mean()) if expected.size else 1.0
    notes = (f"{equal:.1%} of the elements equal",)
    if equal == 1.0:
        return TensorComparison(tensor.name, OutputVerdict.SAME, notes=notes)
    # Indices of near ties change places for a rounding error: only most of them says something.
    verdict = OutputVerdict.CLOSE if equal >= tolerance.agreement else OutputVerdict.WRONG
    return TensorComparison(tensor.name, verdict, notes=notes)


def _notes(expected: NDArray[np.float64], actual: NDArray[np.float64]) -> tuple[str, ...]:
    """Name what no rounding explains: NaN, infinities, a constant where there was none."""
    import numpy as np  # noqa: PLC0415 (slow to import)

    notes: list[str] = []
    if (count := int(np.isnan(actual).sum())) > 0:
        notes.append(f"{count} NaN")
    if (count := int(np.isinf(actual).sum())) > 0:
        notes.append(f"{count} infinite")
    varies = bool(np.ptp(expected) > 0)
    if not notes and varies and actual.size > 1 and np.ptp(actual) == 0:
        notes.append("all zero" if actual[0] == 0 else "constant")
    return tuple(notes)


def _scale(expected: NDArray[np.float64], tensor: TensorSpec) -> float:
    """Return what errors are measured by: the range, and of quantized tensors at least 16 steps."""
    import numpy as np  # noqa: PLC0415 (slow to import)

    span = float(np.ptp(expected))
    if tensor.dtype in _QUANTIZED:
        return max(span, 16.0)
    return span or float(np.abs(expected).max()) or 1.0


def _cosine(expected: NDArray[np.float64], actual: NDArray[np.float64]) -> float | None:
    """Return the cosine of the two as vectors about the reference's mean, None for a constant."""
    import numpy as np  # noqa: PLC0415 (slow to import)

    # Without the mean taken off, two unrelated images of one brightness look alike.
    a, b = expected - expected.mean(), actual - expected.mean()
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norms if norms > 0 and math.isfinite(norms) else None


def _argmax_agreement(
    expected: NDArray[np.float64], actual: NDArray[np.float64], tensor: TensorSpec
) -> float | None:
    """Return the share of rows along the last axis whose largest element is at the same place."""
    last = tensor.shape[-1] if tensor.shape else 0
    if last < 2 or expected.size % last:  # noqa: PLR2004 (one element has no rival)
        return None
    rows = expected.reshape(-1, last).argmax(axis=1) == actual.reshape(-1, last).argmax(axis=1)
    return float(rows.mean())
