"""What `--export_model_runtime_info` wrote: node-exact placement, after all delegates were applied.

Schema: tflite/profiling/proto/model_runtime_info.proto. The counting follows it: only nodes of the
execution plan run; the originals that a delegate replaced stay in the list of nodes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harness.errors import EvidenceError
from harness.model.outline import ModelOutline
from harness.model.schema import CONTROL_FLOW

_MAX_BYTES = 256 * 1024 * 1024
_NEXT_STEP = (
    "run the tool again; if the file comes out the same, its build writes no usable runtime info"
)


@dataclass(frozen=True)
class RuntimeKernel:
    """A delegate's node in the execution plan, and the operators it replaced with their ids."""

    delegate: str
    ops: tuple[str, ...]
    nodes: tuple[int, ...] = ()


@dataclass(frozen=True)
class RuntimeSubgraph:
    """One graph: its kernels, the operators on the interpreter's own kernels with ids, its nodes.

    `plain_nodes` are the indices of the operators in `plain`, in the same order. `consistent` is
    False where the counts do not add up, as from opaque delegates, whose parameters the tool reads
    with the wrong layout.
    """

    index: int
    name: str
    kernels: tuple[RuntimeKernel, ...]
    plain: tuple[str, ...]
    nodes_total: int
    consistent: bool
    plain_nodes: tuple[int, ...] = ()


@dataclass(frozen=True)
class RuntimeInfo:
    """Where each node of a model ran, graph by graph, in the order of the model's file.

    `source` names what it was read from.
    """

    subgraphs: tuple[RuntimeSubgraph, ...]
    source: str = "model_runtime_info"

    @property
    def left_to_interpreter(self) -> tuple[frozenset[int], ...]:
        """The nodes of each graph that no delegate took."""
        return tuple(frozenset(graph.plain_nodes) for graph in self.subgraphs)

    def entered(
        self, entry: int | None = 0, outline: ModelOutline | None = None
    ) -> tuple[RuntimeSubgraph, ...]:
        """Return the graphs that a run which begins in graph `entry` can have entered.

        Bodies of an operator that a delegate took are run by the delegate, never by the
        interpreter, and are left out. Without the model's outline nothing says which body belongs
        to which operator: then control flow on the CPU enters all graphs. So does an entry that is
        not known.
        """
        if entry is None or not 0 <= entry < len(self.subgraphs):
            return self.subgraphs
        if outline is not None:
            entered = outline.entered_from(entry, self.left_to_interpreter)
            return tuple(self.subgraphs[index] for index in entered if index < len(self.subgraphs))
        if CONTROL_FLOW.intersection(self.subgraphs[entry].plain):
            return self.subgraphs
        return (self.subgraphs[entry],)


def read_runtime_info(data: bytes, source: str = RuntimeInfo.source) -> RuntimeInfo:
    """Read the file's bytes, which come from a device.

    Raises:
        EvidenceError: if they are no such file.
    """
    # protobuf is slow to import, and most runs have no such file.
    from ai_edge_litert import model_runtime_info_pb2  # noqa: PLC0415

    # protobuf ships no types.
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped] # noqa: PLC0415

    if len(data) > _MAX_BYTES:
        raise EvidenceError("the model runtime info is over 256 MiB", next_step=_NEXT_STEP)
    details = model_runtime_info_pb2.ModelRuntimeDetails()
    try:
        details.ParseFromString(data)
    except DecodeError as error:
        raise EvidenceError(
            "the model runtime info is not a ModelRuntimeDetails message", next_step=_NEXT_STEP
        ) from error
    if not details.subgraphs:
        raise EvidenceError("the model runtime info names no graph", next_step=_NEXT_STEP)
    return RuntimeInfo(
        tuple(_subgraph(index, subgraph) for index, subgraph in enumerate(details.subgraphs)),
        source,
    )


def _subgraph(index: int, subgraph: Any) -> RuntimeSubgraph:
    nodes = {node.id: node for node in subgraph.nodes}
    originals = [node for node in subgraph.nodes if not _is_kernel(node)]
    kernels: list[RuntimeKernel] = []
    plain: list[str] = []
    plain_nodes: list[int] = []
    known = True
    for node_id in subgraph.execution_plan:
        node = nodes.get(node_id)
        if node is None:
            known = False
        elif _is_kernel(node):
            details = node.delegate_node_details
            known = known and all(i in nodes for i in details.tflite_node_ids_replaced)
            ids = tuple(details.tflite_node_ids_replaced)
            name = details.delegate_name or node.name or "unknown"
            kernels.append(RuntimeKernel(name, _names(nodes, ids), ids))
        else:
            plain.append(node.name)
            plain_nodes.append(node_id)
    counted = len(plain) + sum(len(kernel.ops) for kernel in kernels)
    return RuntimeSubgraph(
        index=index,
        name=subgraph.name,
        kernels=tuple(kernels),
        plain=tuple(plain),
        nodes_total=len(originals),
        consistent=known and counted == len(originals),
        plain_nodes=tuple(plain_nodes),
    )


def _is_kernel(node: Any) -> bool:
    return bool(node.WhichOneof("node_info") == "delegate_node_details")


def _names(nodes: dict[int, Any], ids: Iterable[int]) -> tuple[str, ...]:
    return tuple(nodes[node_id].name if node_id in nodes else "" for node_id in ids)
