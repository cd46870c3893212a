from __future__ import annotations

import re

import numpy as np
import pytest
from ai_edge_litert import model_runtime_info_pb2 as schema
from launching import launch
from little_models import chain

X = np.linspace(-1, 1, 8, dtype=np.float32)
WHOLE = chain(["ADD", "TANH", "MUL", "LOGISTIC"])
CUT = chain(["ADD", "TANH", "MUL", "ATAN2", "ADD", "LOGISTIC"])
QUICK = ("--graph=model.tflite", "--num_runs=20", "--min_secs=0", "--warmup_min_secs=0")
FED = (
    *QUICK,
    "--input_layer=input",
    "--input_layer_shape=1,8",
    "--input_layer_value_files=input:x.bin",
    "--output_filepath=out.bin",
)
INFO = ("--export_model_runtime_info=true", "--model_runtime_info_output_file=info.pb")


def outputs(name: str, *argv: str) -> np.ndarray:
    done = launch(name, WHOLE, *FED, *argv, files={"x.bin": X.tobytes()})
    assert done.status == 0, done.text
    return np.frombuffer(done.files["out.bin"], np.float32)


def test_every_launch_says_that_it_is_simulated_and_on_which_phone() -> None:
    assert (
        "INFO: SIMULATED by harness virtual phone SIM8SHIBA001\n"
        in launch("pixel-8", WHOLE, *QUICK).text
    )


def test_a_run_prints_two_series_and_their_summary() -> None:
    text = launch("pixel-8", WHOLE, *QUICK).text
    counts = re.findall(
        r"^INFO: count=(\d+).* p5=(\d+) median=(\d+) p95=(\d+)$", text, re.MULTILINE
    )
    assert [count[0] for count in counts] == ["1", "20"]
    low, middle, high = map(int, counts[1][1:])
    assert low <= middle <= high
    assert re.search(
        r"^INFO: Inference timings in us: Init: \d+, First inference: ", text, re.MULTILINE
    )


def test_tool_lines_go_to_stdout_and_runtime_lines_to_stderr() -> None:
    done = launch("pixel-8", CUT, *QUICK, "--use_gpu=true")
    streams = {re.sub(r"^[A-Z]+: ", "", text.rstrip("\n")): stream for stream, text in done.said}
    assert streams["GPU delegate created."] == "out"
    assert streams["Created TensorFlow Lite delegate for GPU."] == "err"
    assert streams["ATAN2: Operation is not supported."] == "err"


def test_the_runtime_info_decodes_and_its_counts_add_up() -> None:
    done = launch("pixel-8", CUT, *QUICK, *INFO, "--use_gpu=true")
    (graph,) = schema.ModelRuntimeDetails.FromString(done.files["info.pb"]).subgraphs
    nodes = {node.id: node for node in graph.nodes}
    planned = [nodes[i] for i in graph.execution_plan]
    taken = {
        node.delegate_node_details.delegate_name: list(
            node.delegate_node_details.tflite_node_ids_replaced
        )
        for node in planned
        if node.WhichOneof("node_info") == "delegate_node_details"
    }
    assert taken == {"TfLiteGpuDelegateV2": [0, 1, 2], "TfLiteXNNPackDelegate": [4, 5]}
    assert [node.name for node in planned if not node.HasField("delegate_node_details")] == [
        "ATAN2"
    ]
    assert nodes[0].type == "0"  # BuiltinOperator_ADD
    assert nodes[0].delegated_to_node_id == planned[0].id


def test_cpu_outputs_are_litert_s_own_and_nnapi_that_took_nothing_gives_the_same_bits() -> None:
    constant = np.linspace(0.5, 1.5, 8, dtype=np.float32)
    expected = 1 / (1 + np.exp(-np.tanh(X + constant) * constant))
    cpu = outputs("pixel-6")
    np.testing.assert_allclose(cpu, expected, rtol=1e-3)
    assert outputs("pixel-6", "--use_nnapi=true").tobytes() == cpu.tobytes()


def test_gpu_outputs_are_rounded_as_asked_and_nonsense_on_the_wrong_phone() -> None:
    cpu = outputs("pixel-8")
    half = np.max(np.abs(outputs("pixel-8", "--use_gpu=true") - cpu))
    full = np.max(
        np.abs(outputs("pixel-8", "--use_gpu=true", "--gpu_precision_loss_allowed=false") - cpu)
    )
    assert 0 < full < 1e-5 < half < 5e-3
    assert np.max(np.abs(outputs("redmi-10", "--use_gpu=true") - cpu)) > 0.05
    assert outputs("redmi-10").tobytes() == cpu.tobytes()


def test_launches_of_one_seed_repeat_and_differ_among_themselves() -> None:
    def median(times: int, seed: int) -> str:
        return re.findall(
            r"median=(\d+)",
            launch("pixel-8", CUT, *QUICK, "--use_gpu=true", times=times, seed=seed).text,
        )[-1]

    assert median(2, 1) == median(2, 1)
    assert len({median(1, 1), median(2, 1), median(1, 2)}) > 1


@pytest.mark.parametrize(
    ("argv", "status", "says"),
    [
        (("--help",), 1, "usage: "),
        (("--use_gpu=yes",), 1, "Failed to parse flag 'use_gpu' against argv '--use_gpu=yes'"),
        (("--graph=gone.tflite",), 1, "Failed to load model gone.tflite"),
        (("--graph=x.bin",), 1, "The model is not a valid Flatbuffer buffer"),
        (("--use_hexagon=true",), 0, "WARN: Unconsumed cmdline flags: --use_hexagon=true"),
        (("--input_layer=input", "--input_layer_shape=8"), 1, "should have 2 dimensions!"),
        (
            (
                "--input_layer=input",
                "--input_layer_shape=1,9",
                "--input_layer_value_files=input:x.bin",
            ),
            134,
            "The size of x.bin is 32 bytes. It should be 36 bytes.",
        ),
    ],
)
def test_bad_calls_end_as_those_of_the_real_tool(
    argv: tuple[str, ...], status: int, says: str
) -> None:
    done = launch("pixel-8", WHOLE, *argv, *QUICK, files={"x.bin": X.tobytes()})
    assert done.status == status
    assert says in done.text
