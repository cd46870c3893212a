"""The compiled-model tool as users have it, on the CPU and on an NPU that is not there."""

import json
import re
import subprocess
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from harness.bench.helptext import parse_help
from harness.bench.variant import Accelerator, Dialect
from harness.demo_models import paths
from harness.litert_tool import bundle_compiled
from harness.parse.log import parse_log
from harness.verdict.judge import judge
from harness.verdict.model import FindingKind, Placement

MODELS = Path(__file__).parents[1] / "data" / "model"
MOBILE = paths()[0]
QUICK = ("--num_runs=5", "--min_secs=0", "--warmup_runs=2", "--warmup_min_secs=0")


@pytest.fixture(scope="session")
def tool(tmp_path_factory):
    return bundle_compiled(folder=tmp_path_factory.mktemp("tool with spaces"))


@pytest.fixture
def run(tool, tmp_path):
    def call(*arguments):
        binary = str(tool.files[tool.binary].path)
        return subprocess.run(
            [binary, *arguments],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    return call


def by_interpreter(model, values, signature=None):
    """Return the outputs' raw bytes as the plain interpreter computes them."""
    interpreter = Interpreter(str(model))
    if signature is not None:
        found = interpreter.get_signature_runner(signature)(**values)
        return b"".join(found[name].tobytes() for name in sorted(found))
    interpreter.allocate_tensors()
    for details, value in zip(interpreter.get_input_details(), values, strict=True):
        if tuple(details["shape"]) != value.shape:
            interpreter.resize_tensor_input(details["index"], value.shape)
            interpreter.allocate_tensors()
        interpreter.set_tensor(details["index"], value)
    interpreter.invoke()
    outputs = interpreter.get_output_details()
    return b"".join(interpreter.get_tensor(one["index"]).tobytes() for one in outputs)


def given(tmp_path, *values):
    """Write the values of inputs and return the flags that name them."""
    for number, value in enumerate(values):
        (tmp_path / f"{number}.bin").write_bytes(value.tobytes())
    names = [f"input{number}" for number in range(len(values))]
    return (
        f"--input_layer={','.join(names)}",
        f"--input_layer_shape={':'.join(','.join(map(str, one.shape)) for one in values)}",
        "--input_layer_value_files="
        + ",".join(f"{name}:{number}.bin" for number, name in enumerate(names)),
    )


def test_its_help_lists_what_it_has_and_is_of_its_dialect(run, tool):
    answer = run("--help")
    parsed = parse_help(answer.stdout)
    assert answer.returncode == 1
    assert parsed.flags == tool.flags
    assert parsed.dialect is tool.dialect is Dialect.COMPILED_MODEL


def test_samples_statistics_and_outputs_are_those_of_one_real_run(run, tmp_path):
    image = np.random.default_rng(3).uniform(size=(1, 32, 32, 1)).astype(np.float32)
    answer = run(
        f"--graph={MOBILE}",
        *QUICK,
        *given(tmp_path, image),
        "--samples_file=s.json",
        "--output_filepath=o.bin",
        "--num_threads=1",
    )
    assert answer.returncode == 0, answer.stdout
    samples = json.loads((tmp_path / "s.json").read_text())
    assert (len(samples["warmup"]), len(samples["timed"])) == (2, 5)
    whole = sorted(int(value) for value in samples["timed"])
    assert re.findall(r"median=(\d+)", answer.stdout)[1] == str(whole[2])
    assert f"Inference (min):      {whole[0] / 1000:.2f} ms" in answer.stdout
    assert min(samples["timed"]) > 10, "no model of this size runs in ten microseconds"
    assert (tmp_path / "o.bin").read_bytes() == by_interpreter(MOBILE, [image])
    (seen,) = parse_log(answer.stdout)
    assert (seen.dialect, seen.finished) == (Dialect.COMPILED_MODEL, True)
    assert (seen.timed.count, seen.timed.p50) == (5, whole[2])
    assert judge(seen, exit_status=0).placement is Placement.BASELINE


CHANCE = np.random.default_rng(5)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("counts", [np.array([[1, 2, 3, 4]], np.int32)]),
        ("int16x8", [CHANCE.integers(-999, 999, (1, 8, 8, 3)).astype(np.int16)]),
        ("int8", [CHANCE.integers(-99, 99, (1, 8, 8, 3)).astype(np.int8)]),
        ("loop", [np.array([[1, 2, 3, 4]], np.float32)]),
        ("dynamic_size", [CHANCE.normal(size=(2, 3, 3)).astype(np.float32)]),
        ("angle", [CHANCE.normal(size=(1, 8)).astype(np.float32) for _ in range(2)]),
    ],
)
def test_it_gives_the_interpreters_outputs_for_every_type_and_shape(run, tmp_path, name, values):
    model = MODELS / f"{name}.tflite"
    answer = run(f"--graph={model}", *QUICK, *given(tmp_path, *values), "--output_filepath=o.bin")
    assert answer.returncode == 0, answer.stdout
    assert (tmp_path / "o.bin").read_bytes() == by_interpreter(model, values)


def with_all_values_as_outputs(model):
    """Return a model with every operator's output put out, last first; named in another order."""
    packed = schema.ModelT.InitFromPackedBuf(model.read_bytes(), 0)
    graph, signature = packed.subgraphs[0], packed.signatureDefs[0]
    graph.outputs = [int(one.outputs[0]) for one in reversed(graph.operators)]
    entries = [schema.TensorMapT() for _ in graph.outputs]
    for number, (entry, index) in enumerate(zip(entries, graph.outputs, strict=True)):
        entry.name, entry.tensorIndex = f"y{(number + 2) % len(entries)}", index
    signature.outputs = sorted(entries, key=lambda one: one.name)
    builder = flatbuffers.Builder(1024)
    builder.Finish(packed.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def test_outputs_are_in_the_models_order_whatever_the_signature_calls_them(run, tmp_path):
    model = tmp_path / "many.tflite"
    model.write_bytes(with_all_values_as_outputs(MODELS / "angle.tflite"))
    values = [CHANCE.normal(size=(1, 8)).astype(np.float32) for _ in range(2)]
    answer = run(f"--graph={model}", *QUICK, *given(tmp_path, *values), "--output_filepath=o.bin")
    assert answer.returncode == 0, answer.stdout
    plain = by_interpreter(model, values)
    assert len(plain) > 2 * 4 * 8
    assert (tmp_path / "o.bin").read_bytes() == plain


def test_a_signature_is_asked_for_and_run(run, tmp_path):
    model, value = MODELS / "two_signatures.tflite", np.array([[1, 2, 3, 4]], np.float32)
    asked = run(f"--graph={model}", *QUICK)
    assert asked.returncode == 1
    assert "Signature key: encode" in asked.stdout
    answer = run(
        f"--graph={model}",
        *QUICK,
        "--signature_to_run_for=encode",
        *given(tmp_path, value),
        "--output_filepath=o.bin",
    )
    assert answer.returncode == 0, answer.stdout
    assert (tmp_path / "o.bin").read_bytes() == by_interpreter(model, {"x": value}, "encode")


def test_an_npu_that_is_not_there_runs_on_the_cpu_and_is_found_out(run):
    answer = run(f"--graph={MOBILE}", *QUICK, "--use_npu=true", "--compile_alone=true")
    assert answer.returncode == 0, answer.stdout
    assert "Fully accelerated:     True" in answer.stdout
    assert "NPU-only compilation: refused" in answer.stdout
    (seen,) = parse_log(answer.stdout)
    judgement = judge(seen, requested=Accelerator.NPU, exit_status=0)
    assert judgement.placement is Placement.NONE
    assert FindingKind.TOOL_VERDICT_CONTRADICTED in {one.kind for one in judgement.findings}


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (("--use_npu=true", "--use_cpu=false", "--require_full_delegation=true"), "full-"),
        (("--require_full_delegation=true",), "full-delegation-refused"),
        (("--use_cpu=false", "--require_full_delegation=true"), "benchmark-failed"),
        (("--gpu-precision=fp16",), "bad-flag"),
    ],
)
def test_what_cannot_be_done_fails_with_its_reason(run, flags, reason):
    answer = run(f"--graph={MOBILE}", *QUICK, *flags)
    assert answer.returncode == 1
    (seen,) = parse_log(answer.stdout)
    assert judge(seen, exit_status=1).reason.startswith(reason)


@pytest.mark.parametrize(
    ("name", "reason"), [("flex", "allocation-failed"), ("gone", "model-not-loaded")]
)
def test_a_model_that_cannot_be_run_fails_loudly(run, name, reason):
    answer = run(f"--graph={MODELS / name}.tflite", *QUICK)
    assert answer.returncode == 1
    (seen,) = parse_log(answer.stdout)
    assert judge(seen, exit_status=1).reason == reason
