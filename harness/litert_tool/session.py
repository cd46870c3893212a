"""A LiteRT interpreter for one subgraph, with its inputs and outputs in model order."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from ai_edge_litert import interpreter as litert

DELEGATE = "DELEGATE"


class ToolError(Exception):
    """Raised when the run cannot go on; `texts` are the error lines, without a level."""

    def __init__(self, *texts: str) -> None:
        super().__init__("\n".join(texts))
        self.texts = texts


@dataclass(frozen=True)
class Operator:
    """A node as the runtime has it after allocation; a delegate's kernel is called DELEGATE."""

    index: int
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class Session:
    """One interpreter; `threads` None leaves the choice to LiteRT.

    The wheel applies XNNPACK by itself when tensors are allocated, unless it is kept out.
    """

    def __init__(self, model: str, *, threads: int | None, xnnpack: bool) -> None:
        self._model, self._threads, self._xnnpack = model, threads, xnnpack
        self.interpreter: Any = self._open()
        self.subgraph = 0

    @property
    def _runtime(self) -> Any:
        """The object that takes a subgraph's index; held, it would make the public class refuse."""
        return self.interpreter._interpreter  # noqa: SLF001

    def _open(self, **extra: Any) -> Any:
        kind = litert.OpResolverType
        return litert.Interpreter(
            model_path=self._model,
            num_threads=self._threads,
            experimental_op_resolver_type=kind.AUTO
            if self._xnnpack
            else kind.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            **extra,
        )

    @property
    def signatures(self) -> tuple[str, ...]:
        """Keys of the model's signatures."""
        return tuple(sorted(self.interpreter.get_signature_list()))

    def choose(self, signature: str) -> None:
        """Run this signature's subgraph from here on."""
        self.subgraph = self._runtime.GetSubgraphIndexFromSignature(signature)

    def _tensors(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        detail = self.interpreter._get_tensor_details  # noqa: SLF001
        return [detail(int(index), self.subgraph) for index in indices]

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Details of the inputs, in the order of the subgraph."""
        return self._tensors(self._indices("inputs"))

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """Details of the outputs, in the order of the subgraph."""
        return self._tensors(self._indices("outputs"))

    def _indices(self, side: str) -> list[int]:
        if self.subgraph == 0:
            runtime = self._runtime
            return list(runtime.InputIndices() if side == "inputs" else runtime.OutputIndices())
        every = self.interpreter._get_full_signature_list()  # noqa: SLF001
        for key, signature in every.items():
            if self._runtime.GetSubgraphIndexFromSignature(key) == self.subgraph:
                return sorted(signature[side].values())
        raise AssertionError(self.subgraph)

    def resize(self, index: int, shape: Sequence[int]) -> None:
        """Give an input another shape; takes effect when tensors are allocated."""
        import numpy as np  # noqa: PLC0415  comes with LiteRT, after whose import it is free

        strict = False
        self._runtime.ResizeInputTensor(
            index, np.array(shape, dtype=np.int32), strict, self.subgraph
        )

    def allocate(self) -> None:
        """Apply XNNPACK unless it is kept out, and reserve memory.

        Raises:
            ToolError: an operator cannot be had, or shapes do not fit.
        """
        try:
            self._runtime.AllocateTensors(self.subgraph)
        except (RuntimeError, ValueError) as error:
            raise ToolError(*str(error).splitlines(), "Failed to allocate tensors!") from error

    def feed(self, index: int, value: Any) -> None:
        """Put a value into an input."""
        self._runtime.SetTensor(index, value, self.subgraph)

    def invoker(self) -> Callable[[], None]:
        """Return the call to be timed, with nothing around it that could be left out."""
        invoke, subgraph = self._runtime.Invoke, self.subgraph
        return lambda: invoke(subgraph)

    def fetch(self, index: int) -> bytes:
        """Return an output's raw bytes; strings as tflite/string_util.h lays them out."""
        value = self._runtime.GetTensor(index, self.subgraph)
        if value.dtype.kind not in "OSU":
            return bytes(value.tobytes())
        texts = [bytes(text) for text in value.reshape(-1)]
        starts = list(accumulate(map(len, texts), initial=4 * (len(texts) + 2)))
        return struct.pack(f"<{len(texts) + 2}i", len(texts), *starts) + b"".join(texts)

    def operators(self) -> tuple[Operator, ...]:
        """Nodes of subgraph 0 after allocation: the model's own, then the delegate's kernels."""
        return _operators(self.interpreter)

    def operators_unfused(self) -> tuple[Operator, ...]:
        """Return the same for a second interpreter whose every delegated node is its own kernel."""
        other = self._open(experimental_disable_delegate_node_fusion=True)
        for before, now in zip(other.get_input_details(), self.inputs, strict=True):
            if tuple(before["shape"]) != tuple(now["shape"]):
                other.resize_tensor_input(before["index"], now["shape"])
        other.allocate_tensors()
        return _operators(other)


def open_session(model: str, *, threads: int | None, xnnpack: bool) -> Session:
    """Load a model.

    Raises:
        ToolError: the file is missing or no model, or the number of threads is refused.
    """
    try:
        return Session(model, threads=threads, xnnpack=xnnpack)
    except (ValueError, RuntimeError) as error:
        texts = str(error).splitlines() or ["The model allocation is null/empty"]
        raise ToolError(*texts, f"Failed to load model {model}") from error


def model_size(model: str) -> int:
    """Size of the model's file in bytes."""
    return Path(model).stat().st_size


def _operators(interpreter: Any) -> tuple[Operator, ...]:
    return tuple(
        Operator(
            one["index"],
            one["op_name"],
            tuple(map(int, one["inputs"])),
            tuple(map(int, one["outputs"])),
        )
        for one in interpreter._get_ops_details()  # noqa: SLF001
    )
