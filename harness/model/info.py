"""What a model is: tensors, nodes, subgraphs, signatures, and what follows from them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from harness.model.outline import GraphOutline, ModelOutline
from harness.model.schema import CONTROL_FLOW

_BITS = {
    **dict.fromkeys(("float64", "int64", "uint64"), 64),
    **dict.fromkeys(("float32", "int32", "uint32"), 32),
    **dict.fromkeys(("float16", "bfloat16", "int16", "uint16"), 16),
    **dict.fromkeys(("int8", "uint8", "bool"), 8),
    **dict.fromkeys(("int4", "uint4"), 4),
    "int2": 2,
}


class Precision(StrEnum):
    """How a model computes: by its weights and activations together."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    DYNAMIC = "dynamic"
    INT8 = "int8"
    INT16X8 = "int16x8"
    MIXED = "mixed"


@dataclass(frozen=True)
class Tensor:
    """One tensor. `shape_signature` has -1 where a dimension is dynamic; `shape` then has 1.

    `scale` and `zero_point` are those of a tensor quantized as a whole; per channel they are None
    and `quantized` is still True. `constant` says that its values are in the file.
    """

    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    shape_signature: tuple[int, ...]
    quantized: bool = False
    scale: float | None = None
    zero_point: int | None = None
    constant: bool = False
    variable: bool = False

    @property
    def bytes(self) -> int:
        """Size of its values, a dynamic dimension counting once; 0 for types of no fixed width."""
        return math.prod(max(size, 1) for size in self.shape) * _BITS.get(self.dtype, 0) // 8

    @property
    def is_dynamic(self) -> bool:
        """Whether a dimension must be chosen before the model can run as meant."""
        return any(size < 0 for size in self.shape_signature)


@dataclass(frozen=True)
class Node:
    """One operator of a subgraph. Tensors are by index, -1 for an optional one that is absent.

    `macs` estimates multiply-accumulates where the operator has weights, else None; a dynamic
    dimension counts once. `axis` is that of GATHER. `bodies` are the graphs that control flow runs.
    """

    index: int
    op: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    custom: bool = False
    macs: int | None = None
    axis: int | None = None
    bodies: tuple[int, ...] = ()


@dataclass(frozen=True)
class Subgraph:
    """One graph of a model; the first is the primary one."""

    index: int
    name: str
    tensors: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Signature:
    """A named entry: its own names for tensors of one subgraph."""

    key: str
    subgraph: int
    inputs: Mapping[str, int] = field(default_factory=dict)
    outputs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelInfo:
    """A .tflite file as read; identity is `sha256`."""

    path: Path
    name: str
    sha256: str
    size: int
    precision: Precision
    subgraphs: tuple[Subgraph, ...]
    signatures: tuple[Signature, ...]

    @property
    def primary(self) -> Subgraph:
        """The subgraph that runs unless a signature names another."""
        return self.subgraphs[0]

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """Input tensors of the primary subgraph, in order."""
        return tuple(self.primary.tensors[index] for index in self.primary.inputs)

    @property
    def outputs(self) -> tuple[Tensor, ...]:
        """Output tensors of the primary subgraph, in order."""
        return tuple(self.primary.tensors[index] for index in self.primary.outputs)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Nodes of the primary subgraph, in execution order."""
        return self.primary.nodes

    @property
    def node_count(self) -> int:
        """Number of nodes of the primary subgraph: what a delegate's share is counted against."""
        return len(self.primary.nodes)

    @property
    def ops(self) -> Mapping[str, int]:
        """Operators of all subgraphs by name, the most frequent first."""
        return dict(
            Counter(node.op for graph in self.subgraphs for node in graph.nodes).most_common()
        )

    @property
    def custom_ops(self) -> tuple[str, ...]:
        """Names of custom operators other than Flex ones."""
        return self._custom(flex=False)

    @property
    def flex_ops(self) -> tuple[str, ...]:
        """Names of operators that need TensorFlow's own kernels."""
        return self._custom(flex=True)

    @property
    def has_control_flow(self) -> bool:
        """Whether any node runs another subgraph."""
        return any(node.op in CONTROL_FLOW for graph in self.subgraphs for node in graph.nodes)

    @property
    def outline(self) -> ModelOutline:
        """What a count of nodes by graph is held against."""
        return ModelOutline(
            tuple(
                GraphOutline(len(graph.nodes), {n.index: n.bodies for n in graph.nodes if n.bodies})
                for graph in self.subgraphs
            ),
            {signature.key: signature.subgraph for signature in self.signatures},
        )

    @property
    def macs(self) -> int:
        """Estimated multiply-accumulates of one run of the primary subgraph."""
        return sum(node.macs or 0 for node in self.primary.nodes)

    @property
    def weight_bytes(self) -> int:
        """Bytes of constants that one run of the primary subgraph reads at the least.

        Those of operators with weights, also where they are widened from half precision first; a
        table of which a run reads a few rows does not count.
        """
        graph = self.primary
        widened = {
            node.outputs[0]: node.inputs[0]
            for node in graph.nodes
            if node.op == "DEQUANTIZE" and node.outputs and node.inputs
        }
        read = {
            widened.get(index, index)
            for node in graph.nodes
            if node.macs is not None
            for index in node.inputs
        }
        sizes = (graph.tensors[i].bytes for i in read if i >= 0 and graph.tensors[i].constant)
        # Sparse and shared buffers are smaller than their shapes say; the file bounds them all.
        return min(self.size, sum(sizes))

    def _custom(self, *, flex: bool) -> tuple[str, ...]:
        names = {node.op for graph in self.subgraphs for node in graph.nodes if node.custom}
        return tuple(sorted(name for name in names if name.startswith("Flex") is flex))
