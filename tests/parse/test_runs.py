import pytest
from mangle import interleaved, rng

from harness.parse.log import parse_log
from harness.parse.patterns import Code
from harness.parse.runs import split_runs

OUT = (
    "INFO: STARTING!\nINFO: Log parameter values verbosely: [0]\nINFO: Graph: [k.tflite]\n"
    "INFO: Use gpu: [{gpu}]\nINFO: Loaded model k.tflite\n"
    "INFO: Initialized session in 1ms.\n"
    "INFO: Running benchmark for at least 1 iterations and at least 0.5 seconds\n"
    "INFO: count=9 first=1 curr=1 min=1 max=9 avg=5 std=1\n"
    "INFO: Running benchmark for at least 9 iterations and at least 1 seconds\n"
    "INFO: count=9 first=1 curr=1 min=1 max=9 avg=5 std=1\n"
    "INFO: Inference timings in us: Init: 1, First inference: 1, Warmup (avg): 5, "
    "Inference (avg): 5\n"
)
GPU = (
    "INFO: Created TensorFlow Lite delegate for GPU.\n"
    "ERROR: Following operations are not supported by GPU delegate:\nADD: no\n"
    "3 operations will run on the GPU, and the remaining 4 operations will run on the CPU.\n"
    "INFO: Initialized OpenCL-based API.\nINFO: Created 1 GPU delegate kernels.\n"
)
CPU = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"
FAILED_OUT = "".join(OUT.splitlines(keepends=True)[:5]).format(gpu=1)
FAILED_ERR = GPU + "ERROR: Failed to apply GPU delegate.\nERROR: Benchmarking failed.\n"
OUT_GPU, OUT_CPU = OUT.format(gpu=1), OUT.format(gpu=0)


def told(text):
    """Return of each run whether it asked for the GPU and whose lines of the runtime it has."""
    return [
        (
            run.parameters.get("use gpu") == "1",
            "G" if run.unsupported else "",
            "X" if any("XNNPACK" in event.text for event in run.events) else "",
        )
        for run in parse_log(text)
    ]


GPU_RUN, CPU_RUN = (True, "G", ""), (False, "", "X")


@pytest.mark.parametrize(
    "text",
    [
        OUT_GPU + GPU,
        GPU + OUT_GPU,
        *(interleaved(OUT_GPU, GPU, rng(seed)) for seed in range(20)),
    ],
)
def test_the_streams_of_a_run_may_stand_in_any_order(text):
    assert told(text) == [GPU_RUN]


@pytest.mark.parametrize(
    "text",
    [
        OUT_GPU + GPU + OUT_CPU + CPU,
        GPU + OUT_GPU + CPU + OUT_CPU,
        "$ ./benchmark_model --use_gpu=true\n" + OUT_GPU + GPU
        + "$ ./benchmark_model --graph=k\n" + CPU + OUT_CPU,
    ],
    ids=["out, err", "err, out", "commands"],
)  # fmt: skip
def test_the_lines_between_two_runs_go_where_the_text_puts_them(text):
    assert told(text) == [GPU_RUN, CPU_RUN]


def test_a_line_that_a_process_prints_once_is_of_the_next():
    created, rest = GPU.split("\n", 1)
    one = f"{created}\n{OUT_GPU}{rest}"
    other = f"{created}\n{OUT_GPU.replace('avg=5', 'avg=6')}{rest}"
    assert told(one + other) == [GPU_RUN, GPU_RUN]
    assert [len(run.find(Code.GPU_CREATED)) for run in parse_log(one + other)] == [1, 1]


@pytest.mark.parametrize(
    "text",
    [
        FAILED_OUT + FAILED_ERR,
        FAILED_ERR + FAILED_OUT,
        *(interleaved(FAILED_OUT, FAILED_ERR, rng(seed)) for seed in range(10)),
    ],
)
def test_a_failed_run_is_one_run_too(text):
    assert len(parse_log(text)) == 1
    assert len(parse_log(text + text)) == 2


def test_what_failed_before_a_whole_run_is_another():
    assert len(parse_log("ERROR: Benchmarking failed.\n" + OUT_CPU)) == 2
    assert len(parse_log("CANNOT LINK EXECUTABLE x\n" + OUT_CPU)) == 2


RESULTS = (
    "========== BENCHMARK RESULTS ==========\nInference (avg):       2.02 ms (20 runs)\n"
    "Inference (min):       1.90 ms\nFully accelerated:     True\n"
)
LOGGED = (
    "2025-04-01 09:00:00 INFO b: Model:           k.tflite\n"
    "2025-04-01 09:00:00 INFO b: Accelerators:    CPU\n"
    "2025-04-01 09:00:00 INFO b: Running 5 warmup iterations...\n"
    "2025-04-01 09:00:00 INFO b: Running {} benchmark iterations...\n"
)


def test_a_results_block_belongs_to_the_run_that_announced_as_many():
    assert len(parse_log(RESULTS + LOGGED.format(20))) == 1
    assert len(parse_log(RESULTS + LOGGED.format(30))) == 2
    assert len(parse_log(RESULTS + LOGGED.format(20) + RESULTS)) == 2
    first, second = parse_log((LOGGED + RESULTS).format(20) + LOGGED.format(20))
    assert first.finished
    assert not second.finished


def test_the_ranges_cover_every_event_once():
    events = parse_log(OUT_GPU)[0].events * 3
    ranges = split_runs(events)
    assert [n for one in ranges for n in one] == list(range(len(events)))
    assert split_runs(()) == (range(0),)


def test_an_excerpt_without_any_line_of_the_tool_may_stand_there_twice():
    excerpt = "VERBOSE: Replacing 3 out of 9 node(s) with delegate (X)\nERROR: No GPU detected.\n"
    assert len(parse_log(excerpt)) == 1
    assert len(parse_log(excerpt * 2)) == 2


def test_a_failure_between_two_runs_is_of_the_one_that_did_not_come_to_its_end():
    created, rest = FAILED_ERR.split("\n", 1)
    first, second = parse_log(f"{created}\n{FAILED_OUT}{rest}{CPU}{OUT_CPU}")
    assert first.first(Code.BENCHMARK_FAILED)
    assert not second.first(Code.BENCHMARK_FAILED)
    assert second.first(Code.XNNPACK_CREATED)
