import pytest

from harness.bench.variant import Accelerator
from harness.parse.log import parse_log
from harness.verdict.implausible import CACHE_BYTES, Work, least_time
from harness.verdict.judge import judge
from harness.verdict.model import FindingKind

GPU, CPU = Accelerator.GPU, Accelerator.CPU


def test_weights_that_caches_hold_cost_no_time():
    assert least_time(Work(0, CACHE_BYTES, is_float32=True), CPU).ms == 0


def test_reading_a_gigabyte_of_weights_takes_milliseconds_and_half_of_it_in_half_precision():
    work = Work(0, 1_000_000_000, is_float32=True)
    assert least_time(work, CPU).ms == pytest.approx(6.04, rel=1e-2)
    assert least_time(work, GPU).ms == pytest.approx(2.92, rel=1e-2)
    assert least_time(Work(0, 1_000_000_000, is_float32=False), GPU).ms > 6
    assert "160 GB/s" in least_time(work, CPU).text


def test_arithmetic_bounds_where_memory_does_not():
    bound = least_time(Work(300_000_000, 14_000_000, is_float32=True), GPU)
    assert bound.ms == pytest.approx(0.0075)
    assert "multiply-accumulates" in bound.text


# As the Python tool of LiteRT writes; figures and names are made up.
PYTHON_GPU = """\
2026-01-01 00:00:00 INFO benchmark_litert_model: Model:           kittens.tflite
2026-01-01 00:00:00 INFO benchmark_litert_model: Accelerators:    GPU | CPU
I0000 00:00:00.000000   11 delegate_kernel.cc:984] Initializing WebGPU-based API from graph.

========================================
 BENCHMARK RESULTS
========================================
Model initialization:  400.00 ms
Warmup (first):        8.00 ms
Warmup (avg):          8.00 ms (1 runs)
Inference (avg):       0.15 ms (10 runs)
Inference (min):       0.12 ms
Inference (max):       0.30 ms
Inference (median):    0.14 ms
Fully accelerated:     True
========================================
"""


def kinds(text, **known):
    (run,) = parse_log(text, "x.log")
    return [finding.kind for finding in judge(run, **known).findings]


def test_the_python_tools_time_of_a_whole_run_on_the_gpu_is_the_hand_over():
    assert kinds(PYTHON_GPU) == [FindingKind.IMPLAUSIBLE]


def test_its_times_on_the_cpu_and_in_parts_are_left_alone():
    gpu_line = "Initializing WebGPU-based API from graph."
    on_cpu = PYTHON_GPU.replace("GPU | CPU", "CPU").replace(gpu_line, "")
    assert kinds(on_cpu) == []
    in_parts = PYTHON_GPU.replace("True", "False")
    assert kinds(in_parts) == []


def test_no_back_end_that_started_means_no_hand_over():
    silent = PYTHON_GPU.replace("Initializing WebGPU-based API from graph.", "")
    assert FindingKind.IMPLAUSIBLE not in kinds(silent)


def test_another_tool_that_prints_the_same_claim_is_left_alone():
    other = "\n".join(line for line in PYTHON_GPU.splitlines() if "(median)" not in line)
    assert kinds(other) == []
