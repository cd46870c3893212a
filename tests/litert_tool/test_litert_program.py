"""The tool as users have it: the packed file, in a process of its own, on real models."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import model_runtime_info_pb2
from ai_edge_litert.interpreter import Interpreter

from harness.bench.helptext import parse_help
from harness.demo_models import paths
from harness.litert_tool import bundle

MODELS = Path(__file__).parents[1] / "data" / "model"
MOBILE, POLAR = paths()
QUICK = ("--num_runs=5", "--min_secs=0", "--warmup_runs=2", "--warmup_min_secs=0")


@pytest.fixture(scope="session")
def tool(tmp_path_factory):
    return bundle(folder=tmp_path_factory.mktemp("tool with spaces"))


@pytest.fixture
def run(tool, tmp_path):
    def call(*arguments):
        binary = str(tool.files[tool.binary].path)
        return subprocess.run(
            [binary, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    return call


def test_the_packed_tool_has_the_same_bytes_wherever_it_is_made(tool, tmp_path):
    assert bundle(folder=tmp_path).sha256 == tool.sha256
    assert bundle("x86_64", "/usr/bin/python3", folder=tmp_path).sha256 != tool.sha256


def test_its_help_lists_what_it_has_and_nothing_of_other_accelerators(run, tool):
    answer = run("--help")
    assert answer.returncode == 1
    assert set(parse_help(answer.stdout + answer.stderr).defaults) == tool.flags
    assert not {"use_gpu", "use_nnapi", "enable_op_profiling"} & tool.flags


def test_samples_statistics_and_outputs_are_those_of_one_real_run(run, tmp_path):
    image = np.random.default_rng(3).uniform(size=(1, 32, 32, 1)).astype(np.float32)
    (tmp_path / "x.bin").write_bytes(image.tobytes())
    answer = run(
        f"--graph={MOBILE}",
        *QUICK,
        "--input_layer=image",
        "--input_layer_shape=1,32,32,1",
        "--input_layer_value_files=image:x.bin",
        "--samples_file=s.json",
        "--output_filepath=o.bin",
        "--num_threads=1",
    )
    assert answer.returncode == 0, answer.stderr
    samples = json.loads((tmp_path / "s.json").read_text())
    assert (len(samples["warmup"]), len(samples["timed"])) == (2, 5)
    whole = sorted(int(value) for value in samples["timed"])
    assert re.search(r"count=5 .* min=(\d+) ", answer.stdout)[1] == str(whole[0])
    assert re.findall(r"median=(\d+)", answer.stdout)[1] == str(whole[2])
    assert min(samples["timed"]) > 10, "no model of this size runs in ten microseconds"
    interpreter = Interpreter(str(MOBILE), num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    interpreter.invoke()
    expected = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    assert (tmp_path / "o.bin").read_bytes() == expected.tobytes()


def _placement(path):
    details = model_runtime_info_pb2.ModelRuntimeDetails.FromString(path.read_bytes())
    (graph,) = details.subgraphs
    nodes = {node.id: node for node in graph.nodes}
    kernels = [n for n in graph.nodes if n.WhichOneof("node_info") == "delegate_node_details"]
    taken = [len(n.delegate_node_details.tflite_node_ids_replaced) for n in kernels]
    plain = [nodes[i].name for i in graph.execution_plan if nodes[i] not in kernels]
    return len(graph.nodes) - len(kernels), taken, plain


@pytest.mark.parametrize(
    ("model", "flag", "expected"),
    [
        (MOBILE, "--num_threads=2", (34, [34], 0)),
        (MOBILE, "--use_xnnpack=false", (34, [], 34)),
        (POLAR, "--num_threads=2", (40, [21, 18], 1)),
    ],
)
def test_runtime_info_accounts_for_every_node(run, tmp_path, model, flag, expected):
    answer = run(
        f"--graph={model}",
        *QUICK,
        flag,
        "--export_model_runtime_info=true",
        "--model_runtime_info_output_file=m.pb",
    )
    assert answer.returncode == 0, answer.stderr
    total, taken, plain = _placement(tmp_path / "m.pb")
    assert (total, sum(taken), len(plain)) == (expected[0], sum(expected[1]), expected[2])
    assert len(taken) == len(expected[1])
    if model == POLAR:
        assert plain == ["ATAN2"]


def test_of_control_flow_nothing_is_claimed(run, tmp_path):
    answer = run(
        f"--graph={MODELS / 'loop.tflite'}",
        *QUICK,
        "--export_model_runtime_info=true",
        "--model_runtime_info_output_file=m.pb",
    )
    assert answer.returncode == 0, answer.stderr
    assert "placement cannot be told exactly" in answer.stdout
    assert not (tmp_path / "m.pb").exists()


def test_the_verdict_follows_what_xnnpack_took(run):
    assert "completely executed" in run(f"--graph={MOBILE}", *QUICK, "--use_xnnpack=true").stdout
    partly = run(f"--graph={POLAR}", *QUICK, "--use_xnnpack=1").stdout
    assert "partially executed by the delegate w/ 2 delegate kernels." in partly
    assert "executed by" not in run(f"--graph={POLAR}", *QUICK).stdout


def test_a_flag_that_it_lacks_comes_back_unconsumed(run):
    answer = run(f"--graph={MOBILE}", *QUICK, "--use_gpu=true")
    assert answer.returncode == 0
    assert "WARN: Unconsumed cmdline flags: --use_gpu=true\n" in answer.stdout


def test_signatures_must_be_chosen_and_then_run_alone(run, tmp_path):
    model = f"--graph={MODELS / 'two_signatures.tflite'}"
    refused = run(model, *QUICK)
    assert refused.returncode == 1
    assert "ERROR:  #> Signature key: decode\nERROR:  #> Signature key: encode" in refused.stderr
    (tmp_path / "x.bin").write_bytes(np.array([1, 2, 3, 4], np.float32).tobytes())
    chosen = run(
        model,
        *QUICK,
        "--signature_to_run_for=encode",
        "--input_layer=x",
        "--input_layer_shape=1,4",
        "--input_layer_value_files=x:x.bin",
        "--output_filepath=o.bin",
    )
    assert "INFO: Using signature: encode" in chosen.stdout
    assert np.frombuffer((tmp_path / "o.bin").read_bytes(), np.float32).tolist() == [2, 4, 6, 8]
    listed = run(model, "--list_signatures=true")
    assert (listed.returncode, "Signature key: encode" in listed.stdout) == (0, True)


def test_a_dynamic_input_takes_the_shape_it_is_given(run, tmp_path):
    answer = run(
        f"--graph={MODELS / 'dynamic_size.tflite'}",
        *QUICK,
        "--input_layer=x",
        "--input_layer_shape=5,4,3",
        "--output_filepath=o.bin",
    )
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "o.bin").stat().st_size == 5 * 4 * 3 * 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Please specify the name of your TF Lite input file with --graph"),
        (("--graph=none.tflite",), "Failed to load model none.tflite"),
        ((f"--graph={MODELS / 'make_models.py'}",), "Failed to load model"),
        ((f"--graph={MOBILE}", "--use_xnnpack=True"), "Failed to parse flag 'use_xnnpack'"),
        ((f"--graph={MOBILE}", "--num_threads=-5"), "Failed to set thread number"),
        ((f"--graph={MODELS / 'custom.tflite'}",), "unresolved custom op: MatrixDeterminant"),
        (
            (f"--graph={MOBILE}", "--input_layer=i", "--input_layer_shape=1,3"),
            "Input tensor #0 should have 4 dimensions!",
        ),
        (
            (
                f"--graph={MOBILE}",
                "--input_layer=i",
                "--input_layer_shape=1,32,32,1",
                "--input_layer_value_files=i:none.bin",
            ),
            "Failed to read the input_layer_value_file:none.bin",
        ),
        ((f"--graph={MOBILE}", *QUICK, "--output_filepath=no/such/o.bin"), "Failed to write"),
    ],
)
def test_errors_are_told_as_the_stock_tool_tells_them(run, arguments, words):
    answer = run(*arguments)
    assert answer.returncode == 1
    assert words in answer.stderr
    assert answer.stderr.endswith("ERROR: Benchmarking failed.\n")
    assert "Traceback" not in answer.stderr


def test_max_secs_ends_a_series_that_would_go_on(run):
    answer = run(
        f"--graph={MOBILE}", "--num_runs=100000000", "--max_secs=0.2", "--warmup_min_secs=0"
    )
    assert answer.returncode == 0
    assert 2 <= int(re.findall(r"count=(\d+)", answer.stdout)[1]) < 100_000
