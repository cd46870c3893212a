"""The proto of `--model_runtime_info_output_file`: which node ran where.

As `tflite/profiling/model_runtime_info.cc` writes it after allocation: every node of the model and
every delegate kernel, and the execution plan. The schema is the wheel's.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.virtual.tool.graph import Graph


def runtime_info(graph: Graph, *, builtin_codes: Mapping[str, int]) -> bytes:
    """Return the serialised ModelRuntimeDetails of a model's primary subgraph."""
    from ai_edge_litert import model_runtime_info_pb2 as schema  # noqa: PLC0415 (protobuf is slow)

    details = schema.ModelRuntimeDetails()
    subgraph = details.subgraphs.add(
        subgraph_id=0, subgraph_type=schema.RuntimeSubgraph.TFLITE_SUBGRAPH, name="main"
    )
    owner = {node_id: kernel.id for kernel in graph.plan for node_id in kernel.replaced}
    for node in graph.nodes:
        entry = subgraph.nodes.add(
            id=node.id,
            name=node.op,
            type=str(builtin_codes.get(node.op, node.op)),
            inputs=[tensor for tensor in node.inputs if tensor >= 0],
            outputs=node.outputs,
        )
        if node.id in owner:
            entry.delegated_to_node_id = owner[node.id]
    for kernel in graph.plan:
        if kernel.delegate is None:
            continue
        entry = subgraph.nodes.add(
            id=kernel.id,
            name=kernel.delegate,
            type=kernel.delegate,
            inputs=kernel.inputs,
            outputs=kernel.outputs,
        )
        entry.delegate_node_details.delegate_name = kernel.delegate
        entry.delegate_node_details.tflite_node_ids_replaced.extend(kernel.replaced)
    subgraph.execution_plan.extend(node.id for node in graph.plan)
    serialised: bytes = details.SerializeToString()
    return serialised
