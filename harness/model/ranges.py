"""Which values an input may have, as far as the model itself tells."""

from __future__ import annotations

from harness.model.info import Node, Subgraph, Tensor

Range = tuple[float, float]

# What benchmark_model itself feeds to floats: tflite/tools/benchmark/benchmark_tflite_model.cc
_FLOATS: Range = (-0.5, 0.5)
_BYTES: dict[str, Range] = {"uint8": (0, 255), "int8": (-128, 127), "bool": (0, 1)}
_WORDS = {"int16": (-32768.0, 32767.0)}
# Operators that hand index values on unchanged.
_PASSING = frozenset({"CAST", "RESHAPE", "EXPAND_DIMS", "SQUEEZE", "IDENTITY"})


def value_range(graph: Subgraph, tensor: Tensor) -> Range | None:
    """Return the values that an input surely takes, both ends of integers included.

    Floats get small values around zero. Quantized integers and bytes may have any value of their
    type. Of other integers only those that do nothing but look up rows of a table are known: their
    range is the table's. None: the model does not tell.
    """
    if tensor.dtype in ("float32", "float16", "float64"):
        return _FLOATS
    rows = _rows(graph, tensor.index)
    if rows is not None:
        return (0, rows - 1)
    if _looks_up(graph, tensor.index):
        return None
    if tensor.dtype in _WORDS and tensor.quantized:
        return _WORDS[tensor.dtype]
    return _BYTES.get(tensor.dtype)


def _users(graph: Subgraph, index: int) -> list[Node]:
    return [node for node in graph.nodes if index in node.inputs]


def _is_look_up(node: Node, index: int) -> bool:
    """Whether the node takes this tensor as indices: GATHER's second input, a lookup's first."""
    place = {"GATHER": 1, "EMBEDDING_LOOKUP": 0}.get(node.op)
    return place is not None and len(node.inputs) > 1 and node.inputs[place] == index


def _looks_up(graph: Subgraph, index: int) -> bool:
    return any(_is_look_up(node, index) for node in _users(graph, index))


def _rows(graph: Subgraph, index: int, depth: int = 8) -> int | None:
    """Return the size of the smallest table that every use of a tensor looks up, or None."""
    sizes: list[int] = []
    for node in _users(graph, index):
        if _is_look_up(node, index):
            table = graph.tensors[node.inputs[1 if node.op == "EMBEDDING_LOOKUP" else 0]]
            axis = node.axis or 0
            if not -len(table.shape) <= axis < len(table.shape):
                return None
            sizes.append(table.shape[axis])
        elif node.op in _PASSING and depth and node.inputs[0] == index and node.outputs:
            rows = _rows(graph, node.outputs[0], depth - 1)
            if rows is None:
                return None
            sizes.append(rows)
        else:
            return None
    return min(sizes) if sizes and min(sizes) > 0 else None
