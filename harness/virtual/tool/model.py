"""A model as the simulated tool needs it: its graph, what its nodes cost, its inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.model.answers import keeps_state
from harness.model.info import Node as ModelNode
from harness.model.info import Tensor
from harness.model.inspect import inspect_model
from harness.model.schema import BUILTIN_NAMES
from harness.virtual.tool.graph import Graph, Node
from harness.virtual.tool.latency import Cost

BUILTIN_CODES: Mapping[str, int] = {name: code for code, name in enumerate(BUILTIN_NAMES)}
_QUANTIZED = frozenset({"int8", "uint8"})
_WIDTHS = {"float64": 8, "int64": 8, "float16": 2, "int16": 2, "int8": 1, "uint8": 1, "bool": 1}


@dataclass(frozen=True)
class LoadedModel:
    """The primary subgraph of a model, and the file's bytes."""

    data: bytes
    nodes: tuple[Node, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[int, ...]
    costs: tuple[Cost, ...]
    quantized_nodes: frozenset[int]
    signatures: tuple[str, ...]
    keeps_state: bool

    def graph(self) -> Graph:
        """Return the graph afresh, no delegate applied."""
        return Graph(self.nodes, self.outputs)


def load_model(path: Path) -> LoadedModel:
    """Read a model.

    Raises:
        ModelError: it is no .tflite file.
    """
    info = inspect_model(path)
    tensors = info.primary.tensors
    return LoadedModel(
        data=path.read_bytes(),
        nodes=tuple(Node(node.index, node.op, node.inputs, node.outputs) for node in info.nodes),
        inputs=info.inputs,
        outputs=info.primary.outputs,
        costs=tuple(_cost(node, tensors) for node in info.nodes),
        quantized_nodes=frozenset(
            node.index
            for node in info.nodes
            if node.outputs and tensors[node.outputs[0]].dtype in _QUANTIZED
        ),
        signatures=tuple(signature.key for signature in info.signatures),
        keeps_state=keeps_state(info.subgraphs),
    )


def value_bytes(tensor: Tensor, shape: Sequence[int]) -> int:
    """Return the size of a tensor's values in a shape."""
    return math.prod(shape) * _WIDTHS.get(tensor.dtype, 4)


def _cost(node: ModelNode, tensors: Sequence[Tensor]) -> Cost:
    touched = [tensors[index] for index in (*node.inputs, *node.outputs) if index >= 0]
    made = sum(math.prod(tensors[index].shape) for index in node.outputs)
    return Cost(
        # One operation for each value where the operator has no weights.
        flops=2.0 * node.macs if node.macs is not None else float(made),
        bytes=float(sum(value_bytes(tensor, tensor.shape) for tensor in touched)),
    )
