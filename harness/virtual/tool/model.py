"""A model as the simulated tool needs it: its graph, what its nodes cost, its inputs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from harness.errors import ModelError
from harness.virtual.tool.graph import Graph, Node
from harness.virtual.tool.latency import Cost


@dataclass(frozen=True)
class InputTensor:
    """An input of the primary subgraph; `dtype` is numpy's name."""

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class LoadedModel:
    """A model that was read."""

    data: bytes
    nodes: tuple[Node, ...]
    outputs: tuple[int, ...]
    costs: tuple[Cost, ...]
    inputs: tuple[InputTensor, ...]
    quantized_nodes: frozenset[int]
    signatures: tuple[str, ...]
    builtin_codes: dict[str, int]

    def graph(self) -> Graph:
        """Return the graph afresh, no delegate applied."""
        return Graph(self.nodes, self.outputs)


@lru_cache(maxsize=32)
def _read(data: bytes) -> LoadedModel:
    from ai_edge_litert import schema_py_generated as schema

    names = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}
    if data[4:8] != b"TFL3":
        raise ModelError("no model")
    m = schema.ModelT.InitFromPackedBuf(data, 0)
    g = m.subgraphs[0]
    types = {
        0: "float32",
        1: "float16",
        2: "int32",
        3: "uint8",
        4: "int64",
        6: "bool",
        7: "int16",
        9: "int8",
    }
    nodes = []
    costs = []
    q = set()

    def elems(t):
        return math.prod(g.tensors[t].shape if g.tensors[t].shape is not None else [])

    for i, o in enumerate(g.operators):
        c = m.operatorCodes[o.opcodeIndex]
        op = names[max(c.builtinCode, c.deprecatedBuiltinCode)]
        ins = tuple(int(x) for x in o.inputs)
        outs = tuple(int(x) for x in o.outputs)
        nodes.append(Node(i, op, ins, outs))
        macs = elems(outs[0])
        if op in ("CONV_2D", "FULLY_CONNECTED"):
            w = g.tensors[ins[1]].shape
            macs = elems(outs[0]) * math.prod(w[1:])
        if op == "DEPTHWISE_CONV_2D":
            w = g.tensors[ins[1]].shape
            macs = elems(outs[0]) * w[1] * w[2]
        costs.append(Cost(2.0 * macs, 4.0 * sum(elems(t) for t in (*ins, *outs) if t >= 0)))
        if g.tensors[outs[0]].type in (3, 9):
            q.add(i)
    return LoadedModel(
        data,
        tuple(nodes),
        tuple(map(int, g.outputs)),
        tuple(costs),
        tuple(
            InputTensor(
                int(t),
                g.tensors[t].name.decode(),
                tuple(map(int, g.tensors[t].shape)),
                types[g.tensors[t].type],
            )
            for t in g.inputs
        ),
        frozenset(q),
        tuple(s.signatureKey.decode() for s in m.signatureDefs or ()),
        {k: v for v, k in names.items()},
    )


def load_model(path: Path, data: bytes) -> LoadedModel:
    """Read a model.

    Raises:
        ModelError: it is no .tflite file.
    """
    return _read(data)
