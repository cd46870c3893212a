"""A cell's causes and counted operations, from the manifest's own copy of the graph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from folders import CPU, GPU_FULL, NNAPI_NONE, Writer, log

from harness.files import write_json
from harness.model.inspect import inspect_model
from harness.sweep.folder import read_folder
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.observe import graph_nodes
from harness.sweep.record import ManifestModel, OperatorsDoc
from harness.sweep.results import build

MODELS = Path(__file__).parent.parent / "data" / "model"


def manifest_of(name):
    path = MODELS / f"{name}.tflite"
    return prepare_model(str(path), None, ModelWords(), seed=1).manifest


@pytest.mark.parametrize("name", ["float32", "float16", "custom", "loop", "angle"])
def test_the_manifest_keeps_every_node_of_the_primary_graph(name):
    info = inspect_model(MODELS / f"{name}.tflite")
    nodes = graph_nodes(manifest_of(name))
    assert [node.op for node in nodes] == [node.op for node in info.nodes]
    assert [node.outputs for node in nodes] == [node.outputs for node in info.nodes]


def test_constants_are_no_inputs_in_it():
    info = inspect_model(MODELS / "float16.tflite")
    nodes = graph_nodes(manifest_of("float16"))
    widened = [node for node in nodes if node.op == "DEQUANTIZE"]
    assert widened
    assert all(node.inputs == () for node in widened)
    constants = {tensor.index for tensor in info.primary.tensors if tensor.constant}
    assert not constants & {tensor for node in nodes for tensor in node.inputs}


def test_manifests_of_older_versions_have_no_graph_and_are_read():
    made = manifest_of("float32").to_json()
    del made["operators"]
    assert graph_nodes(ManifestModel.model_validate(made)) is None


def test_a_graph_that_does_not_fit_its_own_operators_is_none():
    broken = OperatorsDoc(ops=["ADD"], nodes=[(1, [0], [1])])
    assert graph_nodes(manifest_of("float32").model_copy(update={"operators": broken})) is None


MEDIANS = [1000, 1010, 990, 1005, 995]
GPU_CUT = (
    *GPU_FULL[:3],
    "ERROR: Following operations are not supported by GPU delegate:",
    "TOPK_V2: Operation is not supported.",
    "30 operations will run on the GPU, and the remaining 10 operations will run on the CPU.",
    *GPU_FULL[4:6],
    "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.",
)
CHAIN = OperatorsDoc(
    ops=["ADD", "MUL", "TOPK_V2"],
    nodes=[(0 if i < 30 else 2 if i == 30 else 1, [i], [i + 1]) for i in range(40)],
)


def cells_of(tmp_path, **device):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    writer.add("gpu", log(*GPU_CUT), MEDIANS)
    writer.add("nnapi", log(*NNAPI_NONE), MEDIANS)
    root = writer.write()
    manifest = json.loads((root / "sweep.json").read_text())
    manifest["models"][0]["operators"] = CHAIN.to_json()
    manifest["devices"][0]["profile"] = device
    write_json(root / "sweep.json", manifest)
    return {cell.variant.name: cell for cell in build(read_folder(root)).cells}


def test_a_cell_tells_its_causes_and_which_nodes_were_refused_or_dropped(tmp_path):
    cells = cells_of(tmp_path)
    assert cells["cpu-4t"].causes == []
    assert cells["gpu"].causes == ["op-unsupported", "partition-limit"]
    ops = {one.op: one for one in cells["gpu"].unsupported_ops}
    assert (ops["TOPK_V2"].cause, ops["TOPK_V2"].nodes) == ("refused", [30])
    mul = ops["MUL"]
    assert (mul.cause, mul.count, mul.of, mul.counted) == ("dropped", 9, 9, "computed")
    assert cells["nnapi"].causes == ["claimed-nothing"]


def test_a_phone_that_is_too_old_for_nnapi_is_told_from_its_profile(tmp_path):
    assert cells_of(tmp_path, api_level=26)["nnapi"].causes == ["api-level"]
