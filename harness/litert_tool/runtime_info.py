"""The `ModelRuntimeDetails` message of `--model_runtime_info_output_file`, for what really ran.

The schema is the wheel's, from `tflite/profiling/proto/model_runtime_info.proto`. Tensors ("edges")
are left out: the interpreter does not tell how it allocated them.
"""

from __future__ import annotations

from harness.litert_tool.placement import XNNPACK_KERNEL, Placement
from harness.model.schema import BUILTIN_NAMES


def runtime_info(placement: Placement) -> bytes:
    """Serialise which node ran in which kernel; the only delegate of the wheel is XNNPACK."""
    from ai_edge_litert import model_runtime_info_pb2 as schema  # noqa: PLC0415  probes only

    details = schema.ModelRuntimeDetails()
    graph = details.subgraphs.add(
        subgraph_id=0, subgraph_type=schema.RuntimeSubgraph.TFLITE_SUBGRAPH, name="main"
    )
    owner = {index: one.node.index for one in placement.kernels for index in one.replaced}
    for node in placement.nodes:
        known = node.name in BUILTIN_NAMES
        entry = graph.nodes.add(
            id=node.index,
            name=node.name,
            type=str(BUILTIN_NAMES.index(node.name)) if known else node.name,
            inputs=node.inputs,
            outputs=node.outputs,
        )
        if node.index in owner:
            entry.delegated_to_node_id = owner[node.index]
    for kernel in placement.kernels:
        entry = graph.nodes.add(
            id=kernel.node.index,
            name=XNNPACK_KERNEL,
            type=XNNPACK_KERNEL,
            inputs=kernel.node.inputs,
            outputs=kernel.node.outputs,
        )
        entry.delegate_node_details.delegate_name = XNNPACK_KERNEL
        entry.delegate_node_details.tflite_node_ids_replaced.extend(kernel.replaced)
    graph.execution_plan.extend(placement.plan)
    data: bytes = details.SerializeToString()
    return data
