"""What one output tensor differs by from the same tensor of another run: numbers, no verdict.

Errors are shares of a scale: the reference's range, with floors where a range alone misleads (see
`scale_of`). What is meaningless is None.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLOATS = frozenset({"float16", "float32", "float64"})
QUANTIZED = frozenset({"int8", "uint8", "int16", "uint16"})
EXACT = frozenset({"int32", "int64", "uint32", "uint64", "bool"})

_STEPS = 16.0
"""A quantized tensor that spans fewer steps is measured by so many: one step is no large error."""

_STEPS_OF_ONE = 64.0
"""One quantized value has no range at all; a few steps of 255 are no other answer."""

_OFFSET = 16.0
"""A range below this part of the largest magnitude is rounded away by half precision in part:
half of a unit in the last place, 2^-12 of the magnitude, would be 0.4 % of such a range."""

_LEAST_ROWS, _MOST_CHANNELS, _MOST_ROWS = 16, 4096, 1024


@dataclass(frozen=True)
class TensorSpec:
    """An output tensor; a dimension below 0 is unknown until the model runs.

    `span` is the range that its values can have by the operator that makes them (1 for a softmax),
    None where the model does not tell. `ordered` says that the model sorts its answers.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    span: float | None = None
    ordered: bool = False

    @property
    def rows(self) -> int:
        """How many answers it holds: boxes of a list of boxes, elements of a plain list."""
        of_rows = len(self.shape) > 2  # noqa: PLR2004 (a batch of rows)
        return math.prod(self.shape[:-1] if of_rows else self.shape)


@dataclass(frozen=True)
class Measures:
    """One tensor against its reference, over the elements that are finite in both.

    `max_error` and `mean_error` are shares of `scale`; `channel_error` is the largest mean error of
    one channel as a share of that channel's own range, which a tensor of pixels and scores needs.
    `snr_db` is the power of the reference about its mean over that of the error, None without any.
    `equal` is the share of equal elements, `argmax_agreement` that of rows along the last axis with
    the same largest element, near ties counted as agreeing. `nan` and `inf` count where the
    reference is finite; `telling` counts the reference's values that half precision cannot hold,
    and `halves` tells that it holds every value of the candidate though not of the reference.
    """

    elements: int
    finite: int
    span: float
    scale: float
    equal: float
    max_error: float | None = None
    mean_error: float | None = None
    channel_error: float | None = None
    cosine: float | None = None
    snr_db: float | None = None
    argmax_agreement: float | None = None
    nan: int = 0
    inf: int = 0
    is_constant: bool = False
    is_zero: bool = False
    is_level: bool = False
    is_all_zero: bool = False
    halves: bool = False
    telling: int = 0


def measure(reference: bytes, candidate: bytes, tensor: TensorSpec) -> Measures:
    """Measure a float or quantized tensor; both dumps hold it alone and have one length.

    `is_constant` and `is_zero` speak of the reference; `is_level` of a candidate that has one value
    where the reference has several, `is_all_zero` of one that has nothing but zeros.
    """
    import numpy as np  # noqa: PLC0415 (slow to import)

    raw_expected = np.frombuffer(reference, tensor.dtype)
    raw_actual = np.frombuffer(candidate, tensor.dtype)
    with np.errstate(all="ignore"):  # a signalling NaN warns when it is cast
        expected = raw_expected.astype(np.float64)
        actual = raw_actual.astype(np.float64)
        usable = np.isfinite(expected)
        found = expected[usable]
        both = usable & np.isfinite(actual)
        span = float(np.ptp(found)) if found.size else 0.0
        scale = scale_of(found, tensor)
        telling, halves = _halves(found, actual[both], tensor)
        return Measures(
            elements=expected.size,
            finite=found.size,
            span=span,
            scale=scale,
            equal=float((raw_expected == raw_actual).mean()) if expected.size else 1.0,
            nan=int(np.isnan(actual[usable]).sum()),
            inf=int(np.isinf(actual[usable]).sum()),
            is_constant=found.size > 0 and span == 0,
            is_zero=found.size > 0 and not found.any(),
            is_level=span > 0 and bool(np.ptp(actual[usable]) == 0),
            is_all_zero=not actual.any(),
            halves=halves,
            telling=telling,
            **_errors(expected, actual, both, scale, tensor),
        )


def scale_of(finite: NDArray[np.float64], tensor: TensorSpec) -> float:
    """Return what errors are measured by, above 0: the range of the reference's finite values.

    At least 16 steps of a quantized tensor (64 of a single value), a sixteenth of the largest
    magnitude (an offset costs half precision its digits), and a tenth of the range that the
    operator can give.
    """
    import numpy as np  # noqa: PLC0415 (slow to import)

    if not finite.size:
        return 1.0
    span = float(np.ptp(finite))
    if tensor.dtype in QUANTIZED:
        return max(span, _STEPS if finite.size > 1 else _STEPS_OF_ONE)
    magnitude = float(np.abs(finite).max())
    # One value has no range but itself.
    floors = [magnitude if finite.size == 1 else magnitude / _OFFSET, (tensor.span or 0.0) / 10]
    return max(span, *floors) or 1.0


def _errors(
    expected: NDArray[np.float64],
    actual: NDArray[np.float64],
    both: NDArray[np.bool_],
    scale: float,
    tensor: TensorSpec,
) -> dict[str, Any]:
    import numpy as np  # noqa: PLC0415 (slow to import)

    if not both.any():
        return {}
    error = np.abs(actual - expected)
    a, b = expected[both] - expected[both].mean(), actual[both] - expected[both].mean()
    return {
        "max_error": _number(error[both].max() / scale),
        "mean_error": _number(error[both].mean() / scale),
        "channel_error": _channel_error(expected, error, tensor) if both.all() else None,
        "cosine": _cosine(a, b),
        "snr_db": _snr(float(a @ a), float(error[both] @ error[both])),
        "argmax_agreement": _argmax_agreement(expected, actual, scale, tensor),
    }


def _number(value: float) -> float:
    """Return a Python float; an overflow counts as the largest there is."""
    return min(float(value), 1e300)


def _cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    """Return the cosine of two vectors about the reference's mean, None where one has no length.

    Without the mean taken off, two unrelated images of one brightness look alike.
    """
    import numpy as np  # noqa: PLC0415 (slow to import)

    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norms if norms > 0 and math.isfinite(norms) else None


def _snr(signal: float, noise: float) -> float | None:
    if not signal > 0 or not math.isfinite(signal):
        return None
    # Not the logarithm of their ratio, which may be too large or too small for a number.
    return 10 * (math.log10(signal) - math.log10(noise)) if 0 < noise < math.inf else None


def _channel_error(
    expected: NDArray[np.float64], error: NDArray[np.float64], tensor: TensorSpec
) -> float | None:
    """Return the largest mean error of a channel by its own range; channels are the last axis."""
    import numpy as np  # noqa: PLC0415 (slow to import)

    last = tensor.shape[-1] if len(tensor.shape) > 1 else 0
    if not 2 <= last <= _MOST_CHANNELS or expected.size < _LEAST_ROWS * last:  # noqa: PLR2004
        return None
    if expected.size % last:
        return None
    rows, errors = expected.reshape(-1, last), error.reshape(-1, last)
    spans = np.ptp(rows, axis=0)
    floor = np.abs(rows).max(axis=0) / _OFFSET
    if tensor.dtype in QUANTIZED:
        floor = np.full(last, _STEPS)
    scales = np.maximum.reduce([spans, floor, np.full(last, (tensor.span or 0.0) / 10)])
    told = (spans > 0) & (scales > 0)
    return _number((errors.mean(axis=0)[told] / scales[told]).max()) if told.any() else None


def _argmax_agreement(
    expected: NDArray[np.float64],
    actual: NDArray[np.float64],
    scale: float,
    tensor: TensorSpec,
) -> float | None:
    """Return the share of rows whose largest element is at the same place.

    A row agrees too where the candidate's choice is within a thousandth of the scale of the
    reference's own largest: which of two equals comes first says nothing.
    """
    import numpy as np  # noqa: PLC0415 (slow to import)

    last = tensor.shape[-1] if tensor.shape else 0
    if last < 2 or expected.size % last:  # noqa: PLR2004 (one element has no rival)
        return None
    rows, others = expected.reshape(-1, last), actual.reshape(-1, last)
    chosen = np.take_along_axis(rows, others.argmax(axis=1)[:, None], axis=1)[:, 0]
    return float((chosen >= rows.max(axis=1) - scale / 1000).mean())


def same_rows(reference: bytes, candidate: bytes, tensor: TensorSpec, share: float) -> float:
    """Return the share of the candidate's rows that are near some row of the reference.

    Near is a largest error of `share` of the scale; exact integers must be equal. Each row of the
    reference is taken once. At most 1024 rows; of more, none is said to be found.
    """
    import numpy as np  # noqa: PLC0415 (slow to import)

    count = tensor.rows
    expected = np.frombuffer(reference, tensor.dtype).astype(np.float64).reshape(count, -1)
    actual = np.frombuffer(candidate, tensor.dtype).astype(np.float64).reshape(count, -1)
    if count > _MOST_ROWS:
        return 0.0
    scale = scale_of(expected[np.isfinite(expected)], tensor)
    limit = 0.0 if tensor.dtype in EXACT else share * scale
    free = np.ones(count, dtype=bool)
    for row in actual:
        with np.errstate(invalid="ignore"):
            near = free & (np.abs(expected - row).max(axis=1) <= limit)
        if near.any():
            free[int(near.argmax())] = False
    return float((~free).mean())


def _halves(
    expected: NDArray[np.float64], actual: NDArray[np.float64], tensor: TensorSpec
) -> tuple[int, bool]:
    """Return how many reference values fp16 cannot hold, and whether it holds all the other's."""
    import numpy as np  # noqa: PLC0415 (slow to import)

    if tensor.dtype not in ("float32", "float64"):
        return 0, False
    telling = int((expected.astype(np.float16).astype(np.float64) != expected).sum())
    held = actual.size > 0 and bool((actual.astype(np.float16).astype(np.float64) == actual).all())
    return telling, held and telling > 0
