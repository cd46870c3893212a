"""Outputs of a model: real LiteRT computes them on the host, a delegate's rounding comes on top."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

_HALF = 6e-4  # relative; a half-precision mantissa has 11 bits, and errors add up over layers
_SINGLE = 2e-7  # another order of summation in single precision


class Rounding(StrEnum):
    """How far a result is from the host's; `STALE` is the host's for other values of the inputs."""

    NONE = "none"
    SINGLE = "single"
    HALF = "half"
    NONSENSE = "nonsense"
    NAN = "nan"
    CONSTANT = "constant"
    STALE = "stale"


@dataclass(frozen=True)
class Feed:
    """What one input is given: its shape as asked for (None: the model's own) and raw bytes.

    Without bytes the input is random.
    """

    shape: tuple[int, ...] | None = None
    data: bytes | None = None


class HostFailure(Exception):  # noqa: N818 (it tells of the host, and becomes a line of the tool)
    """Raised when LiteRT refuses the model or an input; the text is LiteRT's."""


_ONE_AT_A_TIME = threading.Lock()  # twenty phones must not compile twenty graphs at once


def invoke(
    model: bytes,
    feeds: Sequence[Feed],
    *,
    xnnpack: bool,
    random: np.random.Generator,
    times: int = 1,
    stale: bool = False,
) -> list[np.ndarray]:
    """Run a model on the host and return its last outputs in order. Blocks.

    A model with state gives others the second time. `stale` mixes up the values of each input.

    Raises:
        HostFailure: LiteRT cannot run it.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: PLC0415 (heavy)

    resolver = OpResolverType.AUTO if xnnpack else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    with _ONE_AT_A_TIME:
        try:
            interpreter = Interpreter(
                model_content=model, experimental_op_resolver_type=resolver, num_threads=1
            )
            details = interpreter.get_input_details()
            for detail, feed in zip(details, feeds, strict=False):
                if feed.shape is not None:
                    interpreter.resize_tensor_input(detail["index"], feed.shape)
            interpreter.allocate_tensors()
            values = []
            for position, detail in enumerate(interpreter.get_input_details()):
                data = feeds[position].data if position < len(feeds) else None
                value = _value(detail, data, random)
                if stale:
                    value = random.permutation(value.reshape(-1)).reshape(value.shape)
                values.append((detail["index"], value))
            for _ in range(times):
                for index, value in values:
                    interpreter.set_tensor(index, value)
                interpreter.invoke()
            return [
                np.array(interpreter.get_tensor(detail["index"]))
                for detail in interpreter.get_output_details()
            ]
        except (RuntimeError, ValueError) as error:
            raise HostFailure(str(error)) from error


def rounded(
    outputs: Sequence[np.ndarray], rounding: Rounding, random: np.random.Generator
) -> bytes:
    """Return all outputs as the tool writes them: raw bytes, one tensor after another."""
    return b"".join(_round(output, rounding, random).tobytes() for output in outputs)


def _round(output: np.ndarray, rounding: Rounding, random: np.random.Generator) -> np.ndarray:
    if rounding in (Rounding.NONE, Rounding.STALE) or output.size == 0:
        return output
    if rounding is Rounding.CONSTANT:
        return np.full_like(output, output.reshape(-1)[0])
    if rounding is Rounding.NONSENSE:
        # Values of a believable range in the wrong places, as from a driver that mixes up layouts.
        return np.roll(output.reshape(-1), max(1, output.size // 2)).reshape(output.shape)
    if not np.issubdtype(output.dtype, np.floating):
        return output
    if rounding is Rounding.NAN:
        return np.where(random.random(output.shape) < 0.5, np.nan, output).astype(output.dtype)  # noqa: PLR2004 (half of it)
    share = _HALF if rounding is Rounding.HALF else _SINGLE
    reach = float(np.max(np.abs(output))) or 1.0
    noisy = output * (1.0 + random.normal(0.0, share, output.shape))
    noisy = noisy + random.normal(0.0, share * reach * 0.1, output.shape)
    if rounding is Rounding.HALF:
        noisy = noisy.astype(np.float16)
    return noisy.astype(output.dtype)


def _value(detail: dict[str, Any], data: bytes | None, random: np.random.Generator) -> np.ndarray:
    shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"])
    if data is not None:
        return np.frombuffer(data, dtype).reshape(shape)
    if np.issubdtype(dtype, np.floating):
        return random.uniform(-0.5, 0.5, shape).astype(dtype)
    if dtype == np.bool_:
        return random.integers(0, 2, shape).astype(dtype)
    # tflite/tools/utils.cc, GetDataRangesForType: small numbers, so that indices stay in range.
    return random.integers(0, 100, shape).astype(dtype)
