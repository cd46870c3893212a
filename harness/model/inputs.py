"""Input files for a model, the same for every variant: seeded values, and the flags that send them.

What nobody may guess (a dynamic size, which signature, the range of an index) comes back as
`NeedsInput` and names the option to add.
"""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from harness.errors import UnknownNameError, UsageError
from harness.files import safe_name, write_whole
from harness.model.info import ModelInfo, Subgraph, Tensor
from harness.model.ranges import Range, value_range
from harness.model.schema import ITEM_SIZES

FOLDER = "{inputs}"
"""Stands in a flag's value for the device's folder of the input files."""

_T = TypeVar("_T")

# A name with anything else would need quoting that tools do differently; they match inputs by
# position and only warn about another name.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_./-]+")


@dataclass(frozen=True)
class InputSet:
    """Inputs as they are sent.

    `flags` are tool flags without dashes, with FOLDER where the files' folder goes; `files` the
    host files by their name in that folder; `note` says why nothing is sent, when nothing is.
    """

    flags: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class NeedsInput:
    """Why inputs cannot be made without being told more, and the option that tells it."""

    reason: str
    next_step: str


def make_inputs(
    info: ModelInfo,
    folder: Path,
    *,
    seed: int = 0,
    shapes: Mapping[str, Sequence[int]] | None = None,
    ranges: Mapping[str, Range] | None = None,
    files: Mapping[str, Path] | None = None,
    signature: str | None = None,
) -> InputSet | NeedsInput:
    """Write one file of raw values for each input into `folder` and return the flags for them.

    Inputs are named by their tensor or by the signature's name for it. `ranges` hold both ends of
    integers, and are half open for floats. A file's size must fit its tensor.

    Raises:
        UnknownNameError: the model has no such input or signature.
        UsageError: a shape or file does not fit.
    """
    chosen = _choose(info, signature)
    if isinstance(chosen, NeedsInput):
        return chosen
    graph, aliases, flags = chosen
    names = _names(graph, aliases)
    given_shapes = _by_tensor(info, names, shapes or {})
    given_ranges = _by_tensor(info, names, ranges or {})
    given_files = _by_tensor(info, names, files or {})
    tensors = [graph.tensors[index] for index in graph.inputs]
    if not tensors:
        return InputSet(flags=flags, note="the model has no inputs")
    planned: list[tuple[Tensor, tuple[int, ...], Path | Range]] = []
    for tensor in tensors:
        name = aliases.get(tensor.index, tensor.name)
        shape = _shape(tensor, name, given_shapes.get(tensor.index))
        if isinstance(shape, NeedsInput):
            return shape
        source = given_files.get(tensor.index) or given_ranges.get(tensor.index)
        source = source or value_range(graph, tensor)
        if source is None:
            return _needs_values(tensor, name)
        planned.append((tensor, shape, source))
    if any(not shape for _, shape, _ in planned):
        return InputSet(
            flags=flags, note="a scalar input has no shape that the tool's flags can name"
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        safe_name(f"{position}-{tensor.name}.bin"): (tensor, shape, source)
        for position, (tensor, shape, source) in enumerate(planned)
    }
    for position, (file_name, (tensor, shape, source)) in enumerate(written.items()):
        _write(folder / file_name, tensor, shape, source, (seed, position))
    labels = [
        tensor.name if _PLAIN_NAME.fullmatch(tensor.name) else f"input{position}"
        for position, tensor in enumerate(tensors)
    ]
    return InputSet(
        flags={
            **flags,
            "input_layer": ",".join(labels),
            "input_layer_shape": ":".join(",".join(map(str, shape)) for _, shape, _ in planned),
            "input_layer_value_files": ",".join(
                f"{label}:{FOLDER}/{file_name}"
                for label, file_name in zip(labels, written, strict=True)
            ),
        },
        files={file_name: folder / file_name for file_name in written},
    )


def _choose(
    info: ModelInfo, signature: str | None
) -> tuple[Subgraph, dict[int, str], dict[str, str]] | NeedsInput:
    """Return the subgraph that runs, its inputs' names in the signature, and the flag for it."""
    keys = [one.key for one in info.signatures]
    if signature is None:
        if len(keys) > 1:
            return NeedsInput(
                f"the model has {len(keys)} signatures: {', '.join(keys)}",
                f"add --signature {keys[0]} (or another of them)",
            )
        aliases = {index: name for one in info.signatures for name, index in one.inputs.items()}
        return info.primary, aliases, {}
    if signature not in keys:
        raise UnknownNameError(
            f"{info.name} has no signature {signature!r}",
            next_step=f"it has: {', '.join(keys) or 'none; leave --signature out'}",
        )
    one = info.signatures[keys.index(signature)]
    aliases = {index: name for name, index in one.inputs.items()}
    return info.subgraphs[one.subgraph], aliases, {"signature_to_run_for": signature}


def _names(graph: Subgraph, aliases: Mapping[int, str]) -> dict[str, int]:
    tensors = {graph.tensors[index].name: index for index in graph.inputs}
    return tensors | {name: index for index, name in aliases.items()}


def _by_tensor(info: ModelInfo, names: Mapping[str, int], given: Mapping[str, _T]) -> dict[int, _T]:
    for name in given:
        if name not in names:
            raise UnknownNameError(
                f"{info.name} has no input {name!r}", next_step=f"it has: {', '.join(names)}"
            )
    return {names[name]: value for name, value in given.items()}


def _shape(tensor: Tensor, name: str, given: Sequence[int] | None) -> tuple[int, ...] | NeedsInput:
    if given is None:
        if not tensor.is_dynamic:
            return tensor.shape
        open_shape = "x".join("N" if size < 0 else str(size) for size in tensor.shape_signature)
        return NeedsInput(
            f"input {name} has the open shape {open_shape}",
            f"add --input-shape {name}={open_shape} with a number for each N",
        )
    fits = len(given) == len(tensor.shape_signature) and all(
        size > 0 and wanted in (-1, size)
        for size, wanted in zip(given, tensor.shape_signature, strict=True)
    )
    if not fits:
        open_shape = "x".join("N" if size < 0 else str(size) for size in tensor.shape_signature)
        raise UsageError(
            f"input {name} cannot have the shape {'x'.join(map(str, given))}",
            next_step=f"give one that fits {open_shape}",
        )
    return tuple(given)


def _needs_values(tensor: Tensor, name: str) -> NeedsInput:
    if tensor.dtype in ("string", "resource", "variant") or tensor.dtype.startswith("complex"):
        return NeedsInput(
            f"input {name} is of type {tensor.dtype}", f"add --input-file {name}=FILE"
        )
    return NeedsInput(
        f"input {name} holds {tensor.dtype} values whose range the model does not tell",
        f"add --input-range {name}=LOW,HIGH or --input-file {name}=FILE",
    )


def _write(
    path: Path, tensor: Tensor, shape: Sequence[int], source: Path | Range, seed: tuple[int, int]
) -> None:
    import numpy as np  # noqa: PLC0415  a tenth of a second that most calls do not need

    if isinstance(source, Path):
        if not source.is_file():
            raise UsageError(f"{source}: no such input file", next_step="check the path")
        # Strings have no fixed size; the tool takes them separated by zero bytes.
        if tensor.dtype != "string":
            _check_size(source, tensor, shape)
        shutil.copyfile(source, path)
        return
    low, high = source
    chance = np.random.default_rng(seed)
    kind = np.dtype(tensor.dtype)
    if kind.kind == "f":
        values = chance.uniform(low, high, size=shape).astype(kind)
    else:
        values = chance.integers(int(low), int(high), size=shape, endpoint=True).astype(kind)
    write_whole(path, values.tobytes())


def _check_size(source: Path, tensor: Tensor, shape: Sequence[int]) -> None:
    expected = math.prod(shape) * ITEM_SIZES.get(tensor.dtype, 0)
    size = source.stat().st_size
    # Of a type without whole bytes an element only the tool itself can tell.
    if expected and size != expected:
        raise UsageError(
            f"{source} has {size} bytes; input {tensor.name} takes {expected}",
            next_step=f"write it as raw {tensor.dtype} values of shape {'x'.join(map(str, shape))}",
        )
