"""The input flags: names, shapes and value files of `--input_layer*`.

Read as `PopulateInputLayerInfo` does in tflite/tools/benchmark/benchmark_tflite_model.cc. Ranges
are read past: the simulation's timing does not depend on values, and outputs come from files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from harness.litert_tool.flags import Value
from harness.virtual.tool import tongue
from harness.virtual.tool.model import LoadedModel, value_bytes
from harness.virtual.tool.outputs import Feed

_NAME_AND_FILE = re.compile(r"((?:[^:\\]|\\.)*):(.*)")


class BadInputError(Exception):
    """Raised when the flags do not fit the model; `fatal` ones abort the tool."""

    def __init__(self, text: str, *, fatal: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.fatal = fatal


def read_feeds(
    model: LoadedModel, values: Mapping[str, Value], read_file: Callable[[str], bytes | None]
) -> tuple[tuple[Feed, ...], list[str]]:
    """Return what each input is given, and the tool's warnings.

    Raises:
        BadInputError: names, shapes or files do not fit the model.
    """
    names = _items(str(values["input_layer"]), ",")
    if not names:
        return (), []
    if len(names) != len(model.inputs):
        text = f"Inputs mismatch: Model inputs #:{len(names)} expected: {len(model.inputs)}"
        raise BadInputError(text, fatal=True)
    shapes = _items(str(values["input_layer_shape"]), ":")
    paths = dict(
        _name_and_file(item) for item in _items(str(values["input_layer_value_files"]), ",")
    )
    feeds, warnings = [], []
    for position, (name, tensor) in enumerate(zip(names, model.inputs, strict=True)):
        if name != tensor.name:
            warnings.append(tongue.wrong_name(tensor.index, tensor.name, name))
        shape = _shape(shapes[position]) if position < len(shapes) else ()
        if len(shape) != len(tensor.shape):
            raise BadInputError(tongue.wrong_rank(tensor.index, len(tensor.shape)))
        data = _content(paths.get(name), value_bytes(tensor, shape), read_file)
        feeds.append(Feed(shape, data))
    return tuple(feeds), warnings


def _content(
    path: str | None, needed: int, read_file: Callable[[str], bytes | None]
) -> bytes | None:
    if path is None:
        return None
    data = read_file(path)
    if data is None:
        raise BadInputError(tongue.no_value_file(path), fatal=True)
    if len(data) != needed:
        raise BadInputError(tongue.wrong_value_file(path, len(data), needed), fatal=True)
    return data


def _items(text: str, separator: str) -> list[str]:
    return text.split(separator) if text else []


def _name_and_file(item: str) -> tuple[str, str]:
    match = _NAME_AND_FILE.fullmatch(item)
    if match is None:
        raise BadInputError(f"Unable to parse input layer value file: {item}", fatal=True)
    return match[1].replace("\\:", ":"), match[2]


def _shape(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise BadInputError(f"Unable to parse input layer shape: {text}", fatal=True) from None
