"""Read a .tflite file without running it: tensors, operators, signatures, precision, work.

Field numbers are those of `tflite/schema/schema.fbs`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from harness.errors import ModelError
from harness.files import sha256_of
from harness.model.flatbuffer import Buffer, MalformedError, Table
from harness.model.info import ModelInfo, Node, Precision, Signature, Subgraph, Tensor
from harness.model.schema import BUILTIN_NAMES, CUSTOM, DTYPES

_IDENTIFIER = b"TFL3"
_SCHEMA_VERSION = 3
# The operator code that every schema version can hold; larger ones stand in a field of their own.
_PLACEHOLDER = 127
_WEIGHTED = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "BATCH_MATMUL"}
_GATHERING = {"GATHER", "EMBEDDING_LOOKUP"}
# Fields of an operator that hold its options, and fields of these that name graphs. Graphs of
# STABLEHLO_REDUCE, _SORT and _SCATTER are not here: their kernels read them and never invoke them.
_OPTIONS, _OPTIONS_2 = 4, 12
_BODIES = {
    "IF": (_OPTIONS, (0, 1)),
    "WHILE": (_OPTIONS, (0, 1)),
    "CALL": (_OPTIONS, (0,)),
    "CALL_ONCE": (_OPTIONS, (0,)),
    "STABLEHLO_WHILE": (_OPTIONS_2, (0, 1)),
    "STABLEHLO_COMPOSITE": (_OPTIONS_2, (1,)),
}


def inspect_model(path: Path) -> ModelInfo:
    """Read a model file.

    Raises:
        ModelError: it is missing, no file, empty, truncated, damaged or not a .tflite at all.
    """
    data = _bytes_of(path)
    try:
        graphs, signatures = _read(data)
    except (MalformedError, OverflowError, MemoryError) as error:
        raise ModelError(
            f"{path}: damaged or cut short: {error}",
            next_step="convert or copy the model again, and compare its size or SHA-256",
        ) from error
    return ModelInfo(
        path=path,
        name=path.stem,
        sha256=sha256_of(path),
        size=len(data),
        precision=_precision(graphs),
        subgraphs=graphs,
        signatures=signatures,
    )


def _read(data: bytes) -> tuple[tuple[Subgraph, ...], tuple[Signature, ...]]:
    root = Buffer(data).root()
    version = root.integer(0, "I")
    if version != _SCHEMA_VERSION:
        raise MalformedError(f"schema version {version} instead of {_SCHEMA_VERSION}")
    # Data lies in the buffer itself, or behind all tables where its offset says.
    stored = [table.length(0) > 0 or table.integer(1, "Q") > 1 for table in root.tables(4)]
    codes = [_operator(table) for table in root.tables(1)]
    tables = root.tables(2)
    graphs = tuple(
        _subgraph(table, index, codes, stored, len(tables)) for index, table in enumerate(tables)
    )
    if not graphs:
        raise MalformedError("no subgraph in it")
    return graphs, tuple(_signature(table, graphs) for table in root.tables(7))


def _bytes_of(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such file", next_step="check the path") from error
    except IsADirectoryError as error:
        raise ModelError(
            f"{path}: a folder, not a model", next_step=f"name the files in it: {path}/*.tflite"
        ) from error
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be read: {error.strerror}", next_step="check its permissions"
        ) from error
    if not data:
        raise ModelError(f"{path}: the file is empty", next_step="copy the model again")
    if data[4:8] != _IDENTIFIER:
        raise ModelError(
            f"{path}: not a .tflite model (bytes 4 to 7 are not 'TFL3')",
            next_step="give a .tflite file; other formats must be converted first",
        )
    return data


def _operator(table: Table) -> tuple[str, bool]:
    code = max(table.integer(0, "b"), table.integer(3, "i"))
    if code == CUSTOM:
        return table.text(1) or "CUSTOM", True
    if 0 <= code < len(BUILTIN_NAMES):
        return BUILTIN_NAMES[code], False
    return f"BUILTIN_{code}", False


def _tensor(table: Table, index: int, stored: Sequence[bool]) -> Tensor:
    shape = table.numbers(0, "i")
    kind = table.integer(1, "b")
    buffer = table.integer(2, "I")
    quantization = table.table(4)
    scales = quantization.floats(2) if quantization else ()
    zeros = quantization.numbers(3, "q") if quantization else ()
    return Tensor(
        index=index,
        name=table.text(3),
        dtype=DTYPES[kind] if 0 <= kind < len(DTYPES) else f"type{kind}",
        shape=shape,
        shape_signature=table.numbers(7, "i") or shape,
        quantized=bool(scales),
        scale=scales[0] if len(scales) == 1 else None,
        zero_point=zeros[0] if len(scales) == len(zeros) == 1 else None,
        constant=buffer < len(stored) and stored[buffer],
        variable=bool(table.integer(5, "b")),
    )


def _subgraph(
    table: Table,
    index: int,
    codes: Sequence[tuple[str, bool]],
    stored: Sequence[bool],
    graphs: int,
) -> Subgraph:
    tensors = tuple(_tensor(t, i, stored) for i, t in enumerate(table.tables(0)))
    inputs, outputs = table.numbers(1, "i"), table.numbers(2, "i")
    _check(inputs, len(tensors), lowest=0)
    _check(outputs, len(tensors), lowest=0)
    nodes = tuple(_node(t, i, codes, tensors, graphs) for i, t in enumerate(table.tables(3)))
    return Subgraph(index, table.text(4), tensors, nodes, inputs, outputs)


def _check(indices: Sequence[int], count: int, *, lowest: int) -> None:
    for index in indices:
        if not lowest <= index < count:
            raise MalformedError(f"tensor {index} of {count}")


def _node(
    table: Table,
    index: int,
    codes: Sequence[tuple[str, bool]],
    tensors: Sequence[Tensor],
    graphs: int,
) -> Node:
    code = table.integer(0, "I")
    if code >= len(codes):
        raise MalformedError(f"operator code {code} of {len(codes)}")
    op, custom = codes[code]
    inputs, outputs = table.numbers(1, "i"), table.numbers(2, "i")
    _check(inputs, len(tensors), lowest=-1)
    _check(outputs, len(tensors), lowest=0)
    axis = None
    if op in _GATHERING:
        options = table.table(4) if op == "GATHER" else None
        axis = options.integer(0, "i") if options else 0
    macs = _macs(op, inputs, outputs, tensors)
    bodies = () if custom else _bodies(op, table, graphs)
    return Node(index, op, inputs, outputs, custom=custom, macs=macs, axis=axis, bodies=bodies)


def _bodies(op: str, table: Table, graphs: int) -> tuple[int, ...]:
    """Return the graphs that a control-flow operator runs."""
    if op == "STABLEHLO_CASE":
        options = table.table(_OPTIONS_2)
        bodies = options.numbers(0, "i") if options else ()
    elif op in _BODIES:
        place, fields = _BODIES[op]
        options = table.table(place)
        bodies = tuple(options.integer(field, "i") for field in fields) if options else ()
    else:
        return ()
    if any(not 0 <= body < graphs for body in bodies):
        raise MalformedError(f"{op} runs a subgraph that is not among the {graphs}")
    return bodies


def _elements(shape: Sequence[int]) -> int:
    return math.prod(max(size, 1) for size in shape)


def _macs(
    op: str, inputs: Sequence[int], outputs: Sequence[int], tensors: Sequence[Tensor]
) -> int | None:
    if op not in _WEIGHTED or not outputs or len(inputs) < 2 or min(inputs[:2]) < 0:  # noqa: PLR2004  data and weights
        return None
    data, weights = tensors[inputs[0]].shape, tensors[inputs[1]].shape
    made = _elements(tensors[outputs[0]].shape)
    if op == "BATCH_MATMUL":
        return made * (max(data[-1], 1) if data else 1)
    if op == "DEPTHWISE_CONV_2D":  # weights are 1, height, width, channels
        return made * _elements(weights[1:3])
    if op == "TRANSPOSE_CONV":  # output shape, weights, data: each input value meets every weight
        source = tensors[inputs[-2] if len(inputs) > 3 else inputs[-1]].shape  # noqa: PLR2004  a bias may end them
        return _elements(source[:-1]) * _elements(weights)
    return made * _elements(weights[1:])  # weights are output channels first


def _signature(table: Table, graphs: Sequence[Subgraph]) -> Signature:
    graph = table.integer(4, "I")
    if graph >= len(graphs):
        raise MalformedError(f"a signature of subgraph {graph} of {len(graphs)}")
    maps = []
    for number in (0, 1):
        named = {entry.text(0): entry.integer(1, "I") for entry in table.tables(number)}
        _check(list(named.values()), len(graphs[graph].tensors), lowest=0)
        maps.append(named)
    return Signature(table.text(2), graph, *maps)


def _precision(graphs: Sequence[Subgraph]) -> Precision:
    """Name what the weighted nodes compute in, or of a model without them the tensors' types."""
    kinds = {
        _node_precision(node, graph)
        for graph in graphs
        for node in graph.nodes
        if node.macs is not None
    }
    if not kinds:
        kinds = {_plain_precision(tensor) for graph in graphs for tensor in graph.tensors}
    kinds.discard(None)
    # Converters leave small weights in float32; that does not change what the model is.
    for main in (Precision.DYNAMIC, Precision.FLOAT16):
        if kinds == {main, Precision.FLOAT32}:
            return main
    return kinds.pop() or Precision.MIXED if len(kinds) == 1 else Precision.MIXED


def _plain_precision(tensor: Tensor) -> Precision | None:
    if tensor.dtype in ("int8", "uint8", "int4") and tensor.quantized:
        return Precision.INT8
    if tensor.dtype == "int16" and tensor.quantized:
        return Precision.INT16X8
    return {"float32": Precision.FLOAT32, "float16": Precision.FLOAT16}.get(tensor.dtype)


def _node_precision(node: Node, graph: Subgraph) -> Precision | None:
    made = graph.tensors[node.outputs[0]]
    weights = graph.tensors[node.inputs[1]]
    if made.dtype not in ("float32", "float16"):
        return _plain_precision(made) or Precision.INT8
    if weights.dtype in ("int8", "uint8", "int4", "int2", "uint4"):
        return Precision.DYNAMIC
    if weights.dtype == "float16" or weights.index in _halves(graph):
        return Precision.FLOAT16
    return Precision.FLOAT32


def _halves(graph: Subgraph) -> set[int]:
    """Return the tensors that are float16 constants, widened by a DEQUANTIZE before use."""
    return {
        node.outputs[0]
        for node in graph.nodes
        if node.op == "DEQUANTIZE"
        and node.outputs
        and node.inputs
        and graph.tensors[node.inputs[0]].dtype == "float16"
    }
