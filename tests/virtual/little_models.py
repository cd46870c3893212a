"""Small .tflite files made from the schema, so that tests need no converter.

A chain of element-wise operators over one float tensor, each of which LiteRT really runs.
"""

from __future__ import annotations

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

BINARY = {"ADD": schema.AddOptionsT, "MUL": schema.MulOptionsT, "ATAN2": None}


def chain(ops: list[str], *, size: int = 8, signatures: tuple[str, ...] = ()) -> bytes:
    """Return a model that applies `ops` in a row to a tensor of shape (1, size)."""
    model = schema.ModelT()
    model.version = 3
    model.description = "little"
    constant = schema.BufferT()
    constant.data = np.linspace(0.5, 1.5, size, dtype=np.float32).tobytes()
    model.buffers = [schema.BufferT(), constant]
    graph = schema.SubGraphT()
    graph.name = "main"
    graph.tensors = [_tensor("input", size), _tensor("constant", size, buffer=1)]
    graph.operators, model.operatorCodes, codes = [], [], {}
    last = 0
    for number, name in enumerate(ops):
        if name not in codes:
            codes[name] = len(codes)
            code = schema.OperatorCodeT()
            builtin = getattr(schema.BuiltinOperator, name)
            code.builtinCode, code.deprecatedBuiltinCode = builtin, min(builtin, 127)
            code.version = 1
            model.operatorCodes.append(code)
        graph.tensors.append(_tensor(f"t{number}", size))
        operator = schema.OperatorT()
        operator.opcodeIndex = codes[name]
        operator.inputs = [last, 1] if name in BINARY else [last]
        operator.outputs = [len(graph.tensors) - 1]
        options = BINARY.get(name)
        if options is not None:
            operator.builtinOptionsType = getattr(
                schema.BuiltinOptions, options.__name__.removesuffix("T")
            )
            operator.builtinOptions = options()
        graph.operators.append(operator)
        last = len(graph.tensors) - 1
    graph.inputs, graph.outputs = [0], [last]
    model.subgraphs = [graph]
    model.signatureDefs = [_signature(key, last) for key in signatures]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(name: str, size: int, buffer: int = 0) -> schema.TensorT:
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.buffer = name, [1, size], buffer
    tensor.type = schema.TensorType.FLOAT32
    return tensor


def _signature(key: str, last: int) -> schema.SignatureDefT:
    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = key, 0
    signature.inputs, signature.outputs = [_map("x", 0)], [_map("y", last)]
    return signature


def _map(name: str, index: int) -> schema.TensorMapT:
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name, index
    return entry
