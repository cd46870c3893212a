"""Real LiteRT in a child process gives the host's outputs, once, and says when it cannot."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from folders import Writer

from harness.bench.command import PROBE_RUNS
from harness.sweep import host_reference
from harness.sweep.folder import read_folder
from harness.sweep.host_reference import make_host_outputs, read_host_outputs
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.record import ManifestCell

MODELS = Path(__file__).parents[1] / "data" / "model"


def planned(root, path, *, skip_reason=None, **words):
    """A sweep's manifest that plans one cell of a real model, its inputs saved."""
    Writer(root).write()
    manifest = read_folder(root).manifest
    model = prepare_model(str(path), None, ModelWords(**words), seed=5).saved_in(root).manifest
    cell = ManifestCell(
        id="c1", device="d", model=model.sha256, variant="v", tool=None, skip_reason=skip_reason
    )
    return manifest.model_copy(update={"models": [model], "cells": [cell]})


def made(root, path, **more):
    manifest = planned(root, path, **more)
    make_host_outputs(root, manifest, threading.Event())
    return read_host_outputs(root, manifest.models[0])


def interpreted(path, root, name, *, runs=1):
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(str(path), experimental_op_resolver_type=plain)
    interpreter.allocate_tensors()
    (detail,) = interpreter.get_input_details()
    (file,) = (root / "inputs" / name).iterdir()
    value = np.frombuffer(file.read_bytes(), detail["dtype"]).reshape(detail["shape"])
    for _ in range(runs):
        interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@pytest.mark.parametrize("name", ["float32", "int8", "dynamic"])
def test_the_outputs_are_the_plain_interpreters_for_the_saved_inputs(tmp_path, name):
    found = made(tmp_path, MODELS / f"{name}.tflite")
    expected = interpreted(MODELS / f"{name}.tflite", tmp_path, name)
    assert found.outputs == expected.tobytes()
    assert found.other is not None
    assert found.other != found.outputs
    assert [shape for _, shape in found.tensors] == [(1, 100)]
    assert found.version.startswith("ai-edge-litert ")


def test_the_real_shape_of_a_dynamic_output_is_kept(tmp_path):
    shapes = {"x": (4, 5, 3)}
    found = made(tmp_path, MODELS / "dynamic_size.tflite", shapes=shapes)
    assert [shape for _, shape in found.tensors] == [(4, 5, 3)]
    assert len(found.outputs) == 4 * 5 * 3 * 4


def test_a_comma_in_the_folder_of_the_sweep_does_no_harm(tmp_path):
    root = tmp_path / "a, b:c"
    root.mkdir()
    assert made(root, MODELS / "float32.tflite").outputs is not None


def test_a_signature_is_run_as_it_was_asked_for(tmp_path):
    found = made(tmp_path, MODELS / "two_signatures.tflite", signature="decode")
    assert [shape for _, shape in found.tensors] == [(1, 2)]


def test_a_model_that_litert_cannot_run_is_a_reason_in_its_own_words(tmp_path):
    found = made(tmp_path, MODELS / "custom.tflite")
    assert found.outputs is None
    assert "custom op" in found.reason


def test_what_was_kept_is_not_made_again(tmp_path):
    manifest = planned(tmp_path, MODELS / "float32.tflite")
    make_host_outputs(tmp_path, manifest, threading.Event())
    record = tmp_path / "reference" / "float32" / "host.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "litert": "0.1"}))
    make_host_outputs(tmp_path, manifest, threading.Event())
    assert read_host_outputs(tmp_path, manifest.models[0]).version == "ai-edge-litert 0.1"


def test_a_model_of_which_nothing_runs_is_left_alone(tmp_path):
    found = made(tmp_path, MODELS / "float32.tflite", skip_reason="no-tool")
    assert found.outputs is None
    assert not (tmp_path / "reference").exists()


def test_a_stop_leaves_nothing_so_that_a_resume_makes_it(tmp_path):
    manifest = planned(tmp_path, MODELS / "float32.tflite")
    stop = threading.Event()
    stop.set()
    make_host_outputs(tmp_path, manifest, stop)
    host_reference.make_outputs_of(tmp_path, manifest.models[0], stop)
    assert not (tmp_path / "reference").exists()


def test_a_child_ends_with_whoever_started_it(tmp_path):
    request = {"flags": [f"--graph={MODELS / 'float32.tflite'}"], "runs": 10**12, "other": ""}
    request |= {"outputs": str(tmp_path / "o"), "report": str(tmp_path / "r")}
    (tmp_path / "q").write_text(json.dumps(request))
    words = [sys.executable, "-m", "harness.litert_tool.reference", str(tmp_path / "q")]
    done = subprocess.run(words, input=b"", capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert not (tmp_path / "r").exists()


def test_a_child_that_takes_too_long_is_ended_and_that_is_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(host_reference, "MODEL_S", 0.0)
    found = made(tmp_path, MODELS / "float32.tflite")
    assert found.outputs is None
    assert "more than 0 s" in found.reason


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"invocations": 1, "outputs": 3}', b"\xff"])
def test_a_damaged_record_is_a_reason(tmp_path, damage):
    manifest = planned(tmp_path, MODELS / "float32.tflite")
    folder = tmp_path / "reference" / "float32"
    folder.mkdir(parents=True)
    (folder / "host.json").write_bytes(damage)
    found = read_host_outputs(tmp_path, manifest.models[0])
    assert found.outputs is None
    assert found.reason


def test_a_model_with_state_is_invoked_as_often_as_a_probe_does(tmp_path):
    path = tmp_path / "running.tflite"
    path.write_bytes(with_memory())
    manifest = planned(tmp_path, path)
    assert manifest.models[0].keeps_state
    make_host_outputs(tmp_path, manifest, threading.Event())
    found = read_host_outputs(tmp_path, manifest.models[0])
    assert found.invocations == PROBE_RUNS
    assert found.outputs == interpreted(path, tmp_path, "running", runs=PROBE_RUNS).tobytes()
    assert found.outputs != interpreted(path, tmp_path, "running", runs=1).tobytes()
    assert found.other is None


def with_memory() -> bytes:
    """An SVDF layer of 8 units that remembers 4 inputs of 2 values, in a variable tensor."""
    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version = 3
    chance = np.random.default_rng(2)

    def tensor(name, shape, values=None, *, variable=False):
        one, buffer = schema.TensorT(), schema.BufferT()
        one.name, one.shape, one.type = name, shape, schema.TensorType.FLOAT32
        one.isVariable = variable
        if values is not None:
            buffer.data = values.astype(np.float32).tobytes()
            model.buffers.append(buffer)
            one.buffer = len(model.buffers) - 1
        graph.tensors.append(one)

    model.buffers, graph.tensors = [schema.BufferT()], []
    tensor("x", [1, 2])
    tensor("features", [8, 2], chance.normal(size=(8, 2)))
    tensor("time", [8, 4], chance.normal(size=(8, 4)))
    tensor("memory", [1, 32], variable=True)
    tensor("y", [1, 8])
    code, node, options = schema.OperatorCodeT(), schema.OperatorT(), schema.SVDFOptionsT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.SVDF
    code.version, options.rank = 1, 1
    node.inputs, node.outputs = [0, 1, 2, -1, 3], [4]
    node.builtinOptionsType, node.builtinOptions = schema.BuiltinOptions.SVDFOptions, options
    model.operatorCodes, graph.operators = [code], [node]
    graph.inputs, graph.outputs, model.subgraphs = [0], [4], [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
