"""A LiteRT CompiledModel for one signature, with its inputs and outputs in model order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import compiled_model as litert

from harness.litert_tool.session import Session, ToolError

_FAILED = "Failed to create compiled model."


@dataclass(frozen=True)
class Choice:
    """What a model is compiled for; `threads` 0 leaves their number to LiteRT.

    `weight_cache` is the file in which XNNPACK keeps its packed weights; empty: it keeps none.
    """

    cpu: bool = True
    gpu: bool = False
    npu: bool = False
    threads: int = 0
    fp32: bool = False
    dispatch_library_path: str = ""
    compiler_plugin_path: str = ""
    weight_cache: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The accelerators in the order in which LiteRT tries them."""
        pairs = (("NPU", self.npu), ("GPU", self.gpu), ("CPU", self.cpu))
        return tuple(name for name, wanted in pairs if wanted)

    def compile(self, graph: str) -> Any:
        """Return the compiled model.

        Raises:
            ToolError: it is refused; LiteRT's own lines on stderr say why.
        """
        accelerators = litert.HardwareAccelerator(0)
        for name in self.names:
            accelerators |= litert.HardwareAccelerator[name]
        try:
            environment = litert.Environment.create(
                dispatch_library_path=self.dispatch_library_path,
                compiler_plugin_path=self.compiler_plugin_path,
            )
            return litert.CompiledModel.from_file(
                graph,
                environment=environment,
                options=litert.Options(
                    hardware_accelerators=accelerators,
                    cpu_options=litert.CpuOptions(
                        num_threads=self.threads, xnnpack_weight_cache_path=self.weight_cache
                    ),
                    gpu_options=litert.GpuOptions(enforce_f32=self.fp32),
                ),
            )
        except (RuntimeError, ValueError) as error:
            raise ToolError(*str(error).splitlines(), _FAILED) from error


class CompiledSession:
    """One compiled model. `plain`, an interpreter that is never run, tells the tensors' order.

    LiteRT lists a signature's tensors by their names there; files of inputs and outputs follow the
    subgraph. Buffers take and give raw bytes, so that no type of tensor is left out.
    """

    def __init__(self, model: Any, plain: Session) -> None:
        self.model = model
        self._plain = plain
        self._key = next(iter(model.get_signature_list()))
        self._shapes: dict[int, tuple[int, ...]] = {}
        self._feeds: dict[int, Any] = {}
        self._reads: dict[int, tuple[Any, int]] = {}
        self._order: tuple[list[Any], list[Any]] = ([], [])

    @property
    def signatures(self) -> tuple[str, ...]:
        """Keys of the model's signatures."""
        return self._plain.signatures

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Details of the inputs, in the order of the subgraph."""
        return [self._shaped(one) for one in self._plain.inputs]

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """Details of the outputs, in the order of the subgraph."""
        return self._plain.outputs

    def _shaped(self, tensor: dict[str, Any]) -> dict[str, Any]:
        return {**tensor, "shape": self._shapes.get(tensor["index"], tuple(tensor["shape"]))}

    def choose(self, signature: str) -> None:
        """Run this signature from here on."""
        self._plain.choose(signature)
        self._key = signature

    def resize(self, index: int, shape: Sequence[int]) -> None:
        """Give an input another shape.

        Raises:
            ToolError: the runtime refuses it.
        """
        names = self.model.get_signature_list()[self._key]["inputs"]
        details = self.model.get_input_tensor_details(self._key)
        name = next(name for name in names if details[name]["index"] == index)
        try:
            self.model.resize_input_tensor_by_name(self._key, name, list(shape), strict=False)
        except (RuntimeError, ValueError) as error:
            raise ToolError(*str(error).splitlines(), "Failed to resize an input.") from error
        self._shapes[index] = tuple(shape)

    def allocate(self) -> None:
        """Make the buffers of all inputs and outputs.

        Raises:
            ToolError: an operator cannot be had, shapes do not fit, or an output's size is open.
        """
        model, key = self.model, self._key
        try:
            names = model.get_signature_list()[key]
            given, taken = model.get_input_tensor_details(key), model.get_output_tensor_details(key)
            inputs = [model.create_input_buffer_by_name(key, one) for one in names["inputs"]]
            outputs = [model.create_output_buffer_by_name(key, one) for one in names["outputs"]]
        except (RuntimeError, ValueError) as error:
            raise ToolError(*str(error).splitlines(), "Failed to allocate tensors!") from error
        self._order = inputs, outputs
        self._feeds = {
            given[one]["index"]: buffer for one, buffer in zip(names["inputs"], inputs, strict=True)
        }
        self._reads = {
            taken[one]["index"]: (buffer, _bytes_of(taken[one]))
            for one, buffer in zip(names["outputs"], outputs, strict=True)
        }

    def feed(self, index: int, value: Any) -> None:
        """Put a value into an input."""
        self._feeds[index].write(_raw(value))

    def invoker(self) -> Callable[[], None]:
        """Return the call to be timed: one run, and a read of every output.

        `run` alone returns before a GPU has done anything; only a read waits for it.
        """
        run, reads = self.model.run_by_index, list(self._reads.values())
        signature = self.model.get_signature_index(self._key)
        inputs, outputs = self._order

        def invoke() -> None:
            run(signature, inputs, outputs)
            for buffer, size in reads:
                buffer.read(size, np.uint8)

        return invoke

    def fetch(self, index: int) -> bytes:
        """Return an output's raw bytes."""
        buffer, size = self._reads[index]
        data: bytes = buffer.read(size, np.uint8).tobytes()
        return data


def _raw(value: Any) -> Any:
    if value.dtype.kind in "OSU":
        raise ToolError("Buffers of LiteRT hold no strings")
    return np.ascontiguousarray(value).reshape(-1).view(np.uint8)


def _bytes_of(tensor: dict[str, Any]) -> int:
    """Return the size of a tensor in bytes.

    Raises:
        ToolError: only the run knows it, or the type has no whole bytes.
    """
    try:
        item = int(np.dtype(tensor["dtype"]).itemsize)
    except TypeError as error:
        raise ToolError(f"Don't know how to read outputs of type {tensor['dtype']}") from error
    if any(size < 0 for size in tensor["shape"]):
        raise ToolError(f"The size of output {tensor['name']} is only known to the run")
    return int(np.prod(tensor["shape"], dtype=np.int64)) * item
