"""What the inputs are given: value files, ranges or chance, by the `--input_layer*` flags.

Read as `PopulateInputLayerInfo` and `PrepareInputData` do in
`tflite/tools/benchmark/benchmark_tflite_model.cc`, from which the default ranges are too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.litert_tool.flags import Value
from harness.litert_tool.session import ToolError

_NAME_AND_FILE = re.compile(r"((?:[^:\\]|\\.)*):(.*)", re.DOTALL)
_DEFAULT_RANGES = {
    "uint8": (0, 254),
    "int8": (-127, 127),
    "int16": (0, 99),
    "int32": (0, 99),
    "int64": (0, 99),
    "uint16": (0, 99),
    "uint32": (0, 99),
    "bool": (0, 1),
}


@dataclass(frozen=True)
class Feed:
    """How one input is filled: from a file, or by chance within a range (None: the default)."""

    shape: tuple[int, ...] | None = None
    file: str | None = None
    range: tuple[int, int] | None = None


def read_feeds(
    inputs: Sequence[Mapping[str, Any]], values: Mapping[str, Value]
) -> tuple[list[Feed], list[str]]:
    """Return one feed an input, and the texts of warnings.

    Raises:
        ToolError: names or shapes do not fit the model.
    """
    names = _items(str(values["input_layer"]), ",")
    if not names:
        return [Feed() for _ in inputs], []
    shapes = _items(str(values["input_layer_shape"]), ":")
    if len(names) != len(inputs) or len(shapes) != len(names):
        raise ToolError(
            f"Inputs mismatch: Model inputs #:{len(names)} expected: {len(inputs)}, "
            f"shapes: {len(shapes)}"
        )
    files = dict(_name_and_file(one) for one in _items(str(values["input_layer_value_files"]), ","))
    ranges = dict(
        _name_and_range(one) for one in _items(str(values["input_layer_value_range"]), ":")
    )
    feeds, warnings = [], []
    for name, text, tensor in zip(names, shapes, inputs, strict=True):
        if name != tensor["name"]:
            warnings.append(
                f"Tensor # {tensor['index']} is named {tensor['name']} but flags call it {name}"
            )
        shape = _shape(text)
        if len(shape) != len(tensor["shape"]):
            raise ToolError(
                f"Input tensor #{tensor['index']} should have {len(tensor['shape'])} dimensions!"
            )
        feeds.append(Feed(shape, files.get(name), ranges.get(name)))
    return feeds, warnings


def value_of(feed: Feed, tensor: Mapping[str, Any], seed: int) -> Any:
    """Return the array for an input, in the shape that it has after allocation.

    Raises:
        ToolError: the file is missing or of another size, or the type is one of no values.
    """
    dtype, shape = np.dtype(tensor["dtype"]), tuple(tensor["shape"])
    if feed.file is not None:
        return _from_file(feed.file, dtype, shape)
    chance = np.random.default_rng(seed)
    if dtype.kind == "f":
        return chance.uniform(-0.5, 0.5, shape).astype(dtype)
    limits = feed.range or _DEFAULT_RANGES.get(dtype.name)
    if limits is None:
        raise ToolError(f"Don't know how to populate tensor {tensor['name']} of type {dtype.name}")
    return chance.integers(*limits, size=shape, endpoint=True).astype(dtype)


def _from_file(path: str, dtype: Any, shape: tuple[int, ...]) -> Any:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ToolError(f"Failed to read the input_layer_value_file:{path}") from error
    if dtype.kind in "OSU":
        return np.array(data.rstrip(b"\0").split(b"\0"), dtype=object).reshape(shape)
    needed = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if len(data) != needed:
        raise ToolError(f"The size of {path} is {len(data)} bytes. It should be {needed} bytes.")
    return np.frombuffer(data, dtype).reshape(shape)


def _items(text: str, separator: str) -> list[str]:
    return text.split(separator) if text else []


def _shape(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(size) for size in text.split(","))
    except ValueError as error:
        raise ToolError(f"Invalid shape: {text}") from error


def _name_and_file(item: str) -> tuple[str, str]:
    match = _NAME_AND_FILE.fullmatch(item)
    if match is None:
        raise ToolError(f"Wrong input value file item specified: {item}")
    return match[1].replace("\\:", ":"), match[2]


def _name_and_range(item: str) -> tuple[str, tuple[int, int]]:
    name, _, limits = item.partition(",")
    low, comma, high = limits.partition(",")
    if not comma or not re.fullmatch(r"-?\d+", low) or not re.fullmatch(r"-?\d+", high):
        raise ToolError(f"Wrong input value range item specified: {item}")
    return name, (int(low), int(high))
