"""The GPU of this machine, for real, if only in software: what a sweep says of where nodes ran."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.demo_models import paths
from harness.litert_tool import bundle_compiled

pytestmark = [pytest.mark.local_gpu, pytest.mark.usefixtures("vulkan")]

MODELS = Path(__file__).parents[1] / "data" / "model"
MOBILE, POLAR = paths()


def kinds(cell):
    return {one["kind"] for one in cell["findings"]}


def software(cell):
    return "software" in cell["backend"].lower()


def deciding(cell):
    return [one["kind"] for one in cell["evidence"] if one["deciding"]]


def outputs(cell):
    return next(one["text"] for one in cell["evidence"] if one["kind"] == "outputs")


def test_a_model_that_fits_is_placed_in_full_with_right_outputs_and_exact_times(sweep):
    done = sweep(MOBILE, "cpu-1t,gpu,npu")
    assert done.code == 0, done.output
    gpu = done.cells["gpu"]
    assert (gpu["status"], gpu["placement"]) == ("ok", "full")
    assert (gpu["nodes_on_accelerator"], gpu["nodes_total"]) == (34, 34)
    assert deciding(gpu) == ["compiled-alone"]
    assert gpu["tool"]["name"] == "litert-compiled"
    assert gpu["tool"]["dialect"] == "compiled-model"
    assert gpu["backend"].startswith("webgpu on ")
    assert ("software_device" in kinds(gpu)) is software(gpu)
    assert "wrong_output" not in kinds(gpu)
    assert outputs(gpu).startswith(("outputs same", "outputs close"))
    assert gpu["latency_ms"]["p90"]["method"] == "exact"
    assert done.cells["cpu-1t"]["tool"]["dialect"] == "interpreter"


def test_an_npu_that_is_not_there_is_none_against_the_tools_own_words(sweep):
    npu = sweep(MOBILE, "cpu-1t,npu").cells["npu"]
    assert (npu["status"], npu["placement"], npu["verdict"]) == ("ok", "none", "none")
    assert "tool_verdict_contradicted" in kinds(npu)
    assert npu["nodes_on_accelerator"] == 0


def test_an_operation_left_behind_makes_it_partial_with_counts_and_reason(sweep):
    done = sweep(MODELS / "embedding.tflite", "cpu-1t,gpu", "--input-range", "ids=0,49")
    gpu = done.cells["gpu"]
    assert (gpu["placement"], gpu["nodes_on_accelerator"], gpu["nodes_total"]) == ("partial", 1, 2)
    assert deciding(gpu) == ["gpu-split"]
    assert [one["op"] for one in gpu["unsupported_ops"]] == ["GATHER"]
    assert gpu["unsupported_ops"][0]["reason"]
    assert "GPU-only compilation: refused" in done.log("gpu")
    assert "wrong_output" not in kinds(gpu)


def test_a_model_of_which_it_takes_nothing_is_none(sweep):
    gpu = sweep(MODELS / "int16x8.tflite", "cpu-1t,gpu").cells["gpu"]
    assert (gpu["placement"], gpu["nodes_on_accelerator"], gpu["nodes_total"]) == ("none", 0, 4)
    assert len(gpu["unsupported_ops"]) == 4


def test_a_loop_runs_partly_on_the_gpu_and_is_never_called_full(sweep):
    gpu = sweep(MODELS / "loop.tflite", "cpu-1t,gpu").cells["gpu"]
    assert (gpu["status"], gpu["placement"]) == ("ok", "partial")
    assert [one["op"] for one in gpu["unsupported_ops"]] == ["WHILE"]
    assert "wrong_output" not in kinds(gpu)


def test_an_int8_model_is_placed_in_full_with_right_outputs(sweep):
    gpu = sweep(MODELS / "int8.tflite", "cpu-1t,gpu").cells["gpu"]
    assert (gpu["placement"], gpu["nodes_on_accelerator"]) == ("full", gpu["nodes_total"])
    assert outputs(gpu).startswith(("outputs same", "outputs close"))


def test_a_real_model_with_wrong_outputs_is_found_out_and_fails_its_gate(sweep, pose_detection):
    done = sweep(pose_detection, "cpu-1t,gpu", "--fail-on", "wrong_output")
    gpu = done.cells["gpu"]
    assert (gpu["status"], gpu["placement"], gpu["verdict"]) == ("ok", "partial", "wrong")
    assert "wrong_output" in kinds(gpu)
    assert gpu["speedup_vs_cpu"] is None
    assert kinds(done.cells["cpu-1t"]) == set()
    assert done.code == 1, done.output


def test_gpu_is_among_the_variants_that_nobody_named(tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "harness", "run", str(MOBILE), "--device", "local"),
            *("--dry-run", "--out", str(tmp_path)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"\bgpu\b", done.stdout)
    assert not re.search(r"\bnpu\b", done.stdout)


def run_tool(folder, vulkan, *flags):
    tool = bundle_compiled(folder=folder, environment=vulkan.environment)
    return subprocess.run(
        [str(tool.files[tool.binary].path), "--num_runs=2", "--min_secs=0", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


ALONE = ("--use_gpu=true", "--use_cpu=false", "--require_full_delegation=true")


def test_without_the_cpu_it_says_so_where_every_node_fits_and_fails_where_not(tmp_path, vulkan):
    fits = run_tool(tmp_path, vulkan, f"--graph={POLAR}", *ALONE)
    assert fits.returncode == 0, fits.stdout
    assert "GPU-only compilation: ok" in fits.stdout
    fails = run_tool(tmp_path, vulkan, f"--graph={MODELS / 'embedding.tflite'}", *ALONE)
    assert fails.returncode == 1
    assert "Some ops are not accelerated" in fails.stdout


_TIMED = """
import statistics, sys, time
import numpy as np
from harness.litert_tool.compiled.session import Choice, CompiledSession
from harness.litert_tool.session import open_session

session = CompiledSession(
    Choice(gpu=True).compile(sys.argv[1]), open_session(sys.argv[1], threads=1, xnnpack=False)
)
session.allocate()
session.feed(session.inputs[0]["index"], np.zeros(session.inputs[0]["shape"], np.float32))
whole, model = session.invoker(), session.model
inputs, outputs = session._order

def left_after(call):
    call()
    start = time.perf_counter_ns()
    session.fetch(session.outputs[0]["index"])
    return time.perf_counter_ns() - start

whole()
pairs = [
    (left_after(lambda: model.run_by_index(0, inputs, outputs)), left_after(whole))
    for _ in range(15)
]
print("MEDIANS", *(statistics.median(column) for column in zip(*pairs)))
"""


def test_what_is_timed_waits_for_the_gpu_and_a_run_alone_does_not():
    done = subprocess.run(
        [sys.executable, "-c", _TIMED, str(MOBILE)], capture_output=True, text=True, check=True
    )
    line = next(one for one in done.stdout.splitlines() if one.startswith("MEDIANS"))
    after_run, after_what_is_timed = (float(word) for word in line.split()[1:])
    # On a software adapter a read after a run alone waits for 30 times what a copy takes.
    assert after_run > 3 * after_what_is_timed
