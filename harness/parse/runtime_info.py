"""What `--export_model_runtime_info` wrote: node-exact placement, after all delegates were applied.

Schema: tflite/profiling/proto/model_runtime_info.proto. The counting follows it: only nodes of the
execution plan run; the originals that a delegate replaced stay in the list of nodes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harness.errors import EvidenceError

_MAX_BYTES = 256 * 1024 * 1024
_CONTROL_FLOW = frozenset(
    {
        "IF",
        "WHILE",
        "CALL_ONCE",
        "STABLEHLO_COMPOSITE",
        "STABLEHLO_WHILE",
        "STABLEHLO_CASE",
    }
)
_NEXT_STEP = (
    "run the tool again; if the file comes out the same, its build writes no usable runtime info"
)


@dataclass(frozen=True)
class RuntimeKernel:
    """A delegate's node in the execution plan, and the operators it replaced with their ids."""

    delegate: str
    ops: tuple[str, ...]
    ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class RuntimeSubgraph:
    """One graph: its kernels, the operators on the interpreter's own kernels with ids, its nodes.

    `consistent` is False where the counts do not add up, as from opaque delegates, whose
    parameters the tool reads with the wrong layout.
    """

    index: int
    name: str
    kernels: tuple[RuntimeKernel, ...]
    plain: tuple[str, ...]
    nodes_total: int
    consistent: bool
    plain_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class RuntimeInfo:
    """Where each node of a model ran. `reachable` are the graphs that the run can have entered."""

    subgraphs: tuple[RuntimeSubgraph, ...]

    @property
    def reachable(self) -> tuple[RuntimeSubgraph, ...]:
        """The primary graph, and all others if it runs control flow on the CPU.

        The file does not say which body belongs to which operator. Bodies of an operator that a
        delegate took are run by the delegate, never by the interpreter, and are left out.
        """
        if not self.subgraphs:
            return ()
        primary, *others = self.subgraphs
        if not _CONTROL_FLOW.intersection(primary.plain):
            return (primary,)
        return (primary, *others)

    @property
    def nodes_total(self) -> int:
        """Original nodes of the reachable graphs."""
        return sum(subgraph.nodes_total for subgraph in self.reachable)

    @property
    def is_consistent(self) -> bool:
        """Whether the counts of the reachable graphs add up."""
        return all(subgraph.consistent for subgraph in self.reachable)


def read_runtime_info(data: bytes) -> RuntimeInfo:
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
        tuple(_subgraph(index, subgraph) for index, subgraph in enumerate(details.subgraphs))
    )


def _subgraph(index: int, subgraph: Any) -> RuntimeSubgraph:
    nodes = {node.id: node for node in subgraph.nodes}
    originals = [node for node in subgraph.nodes if not _is_kernel(node)]
    kernels: list[RuntimeKernel] = []
    plain: list[Any] = []
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
            plain.append(node)
    counted = len(plain) + sum(len(kernel.ops) for kernel in kernels)
    return RuntimeSubgraph(
        index=index,
        name=subgraph.name,
        kernels=tuple(kernels),
        plain=tuple(node.name for node in plain),
        nodes_total=len(originals),
        consistent=known and counted == len(originals),
        plain_ids=tuple(node.id for node in plain),
    )


def _is_kernel(node: Any) -> bool:
    return bool(node.WhichOneof("node_info") == "delegate_node_details")


def _names(nodes: dict[int, Any], ids: Iterable[int]) -> tuple[str, ...]:
    return tuple(nodes[node_id].name if node_id in nodes else "" for node_id in ids)
