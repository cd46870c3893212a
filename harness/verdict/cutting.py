"""A dump of outputs cut into its tensors."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from itertools import pairwise

from harness.verdict.measures import EXACT, FLOATS, QUANTIZED, TensorSpec

_SIZES = {"float16": 2, "float32": 4, "float64": 8, "bool": 1}


def cut(dump: bytes, tensors: Sequence[TensorSpec]) -> list[bytes] | str:
    """Return each tensor's bytes, or why that cannot be.

    One tensor of unknown size, a dynamic one or one of strings, takes what the others leave.
    """
    sizes: list[int] = []
    unknown: int | None = None
    for index, tensor in enumerate(tensors):
        item = _item_size(tensor.dtype)
        if item is None:
            return f"output {tensor.name!r} has type {tensor.dtype!r}, which is not compared"
        if tensor.dtype == "string" or any(dimension < 0 for dimension in tensor.shape):
            if unknown is not None:
                return "several outputs have a size that only the run knows"
            unknown = index
            sizes.append(0)
        else:
            sizes.append(math.prod(tensor.shape) * item)
    if unknown is not None:
        left = len(dump) - sum(sizes)
        if left < 0 or left % (_item_size(tensors[unknown].dtype) or 1):
            return f"output {tensors[unknown].name!r} does not fit in what was written"
        sizes[unknown] = left
    if not tensors or sum(sizes) != len(dump):
        return f"{len(dump)} bytes were written, and the model's outputs take {sum(sizes)}"
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    return [dump[start : start + size] for start, size in zip(starts, sizes, strict=True)]


def _item_size(dtype: str) -> int | None:
    if dtype == "string":
        return 1
    if dtype not in FLOATS | QUANTIZED | EXACT:
        return None
    return _SIZES.get(dtype) or int(dtype.lstrip("uint")) // 8


def strings_of(data: bytes) -> list[bytes]:
    """Read a tensor of strings: their number, their offsets and the end, the bytes, as int32.

    The layout is that of tflite/string_util.h. What is not of that layout is one string.
    """
    try:
        (count,) = struct.unpack_from("<i", data)
        offsets = struct.unpack_from(f"<{count + 1}i", data, 4) if count >= 0 else ()
    except struct.error:
        return [data]
    ordered = list(offsets) == sorted(offsets)
    if not offsets or not ordered or offsets[0] < 0 or offsets[-1] > len(data):
        return [data]
    return [data[a:b] for a, b in pairwise(offsets)]
