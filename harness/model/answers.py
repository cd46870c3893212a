"""What a model's outputs are like, as far as its operators tell: their range, their order."""

from __future__ import annotations

from harness.model.info import Subgraph

_SPANS = {"SOFTMAX": 1.0, "LOGISTIC": 1.0, "TANH": 2.0, "L2_NORMALIZATION": 2.0}
"""Range of what these operators give, whatever goes in."""

_PASSING = frozenset({"RESHAPE", "SQUEEZE", "EXPAND_DIMS", "TRANSPOSE", "DEQUANTIZE", "CAST"})
"""Operators that hand values on as they are."""

_SORTING = frozenset(
    {
        "TOPK_V2",
        "NON_MAX_SUPPRESSION_V4",
        "NON_MAX_SUPPRESSION_V5",
        "TFLite_Detection_PostProcess",
    }
)

_KEEPING = frozenset({"VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE"})

_DRAWING = frozenset(
    {
        "RANDOM_UNIFORM",
        "RANDOM_STANDARD_NORMAL",
        "MULTINOMIAL",
        "STABLEHLO_RNG_BIT_GENERATOR",
    }
)


def output_span(graph: Subgraph, tensor: int, depth: int = 8) -> float | None:
    """Return the range that an output's values can have, None where no operator tells."""
    node = next((one for one in graph.nodes if tensor in one.outputs), None)
    if node is None or depth == 0:
        return None
    if node.op in _SPANS:
        return _SPANS[node.op]
    if node.op == "CONCATENATION":
        spans = {output_span(graph, one, depth - 1) for one in node.inputs if one >= 0}
        return spans.pop() if len(spans) == 1 else None
    if node.op in _PASSING and node.inputs and node.inputs[0] >= 0:
        return output_span(graph, node.inputs[0], depth - 1)
    return None


def sorting_ops(graphs: tuple[Subgraph, ...]) -> tuple[str, ...]:
    """Return the operators that sort: near ties may come out in another order."""
    return _named(graphs, _SORTING)


def drawing_ops(graphs: tuple[Subgraph, ...]) -> tuple[str, ...]:
    """Return the operators that draw random numbers: no two runs need to agree."""
    return _named(graphs, _DRAWING)


def keeps_state(graphs: tuple[Subgraph, ...]) -> bool:
    """Whether an invocation leaves something behind that the next one reads."""
    variables = any(tensor.variable for graph in graphs for tensor in graph.tensors)
    return variables or bool(_named(graphs, _KEEPING))


def _named(graphs: tuple[Subgraph, ...], wanted: frozenset[str]) -> tuple[str, ...]:
    found = {node.op for graph in graphs for node in graph.nodes if node.op in wanted}
    return tuple(sorted(found))
