from pathlib import Path

import pytest

from harness.bench.variant import Dialect
from harness.parse.log import parse_joined, parse_log
from harness.parse.model import Stats
from harness.parse.patterns import Code

LOGS = Path(__file__).parent.parent / "data" / "parse"


def read(name):
    return (LOGS / f"{name}.log").read_text()


def one(text):
    (run,) = parse_log(text, "x.log")
    return run


def test_figures_of_a_whole_run():
    run = one(read("android_gpu_full"))
    assert run.timed == Stats(198, 5010, 5044, 4881, 6020, 5033.25, 110, 4902, 5021, 5210)
    assert run.warmup is not None
    assert run.warmup.count == 96
    assert (run.init_us, run.first_inference_us) == (411250, 7120)
    assert (run.memory.init_mb, run.memory.overall_mb) == (61.5, 63.25)
    assert run.parameters["use gpu"] == "1"
    assert (run.started, run.finished, run.dialect) == (True, True, Dialect.INTERPRETER)


def test_events_carry_their_line():
    event = one(read("android_gpu_full")).first(Code.OPENCL_INIT)
    assert event is not None
    assert (event.source, event.line) == ("x.log", 13)


def test_crlf_and_nuls_change_nothing():
    text = read("android_gpu_partial")
    mangled = one(text.replace("\n", "\r\n").replace("GPU", "GP\0U"))
    assert mangled == one(text)


def test_the_gpu_list_is_one_block():
    (block,) = one(read("android_gpu_partial")).unsupported
    assert [op.values[0] for op in block.ops] == ["CUSTOM Purr", "GATHER_ND"]
    assert (block.on_gpu, block.on_cpu) == (30, 12)


def test_no_operations_on_the_gpu_is_a_split_of_zero():
    text = (
        "ERROR: Following operations are not supported by GPU delegate:\n"
        "ADD: no\n"
        "No operations will run on the GPU, and all 7 operations will run on the CPU.\n"
    )
    (block,) = one(text).unsupported
    assert (block.on_gpu, block.on_cpu) == (0, 7)


def test_a_mean_in_exponent_form_is_read():
    run = one("count=50 first=1 curr=2 min=1 max=3 avg=1.24027e+06 std=2565\n")
    assert run.timed is not None
    assert run.timed.avg == 1240270.0


def test_all_same_stands_for_every_statistic():
    run = one("count=9 curr=5(all same) p5=5 median=5 p95=5\n")
    assert run.timed == Stats(9, 5, 5, 5, 5, 5, 0, 5, 5, 5)


def test_one_run_has_no_mean_of_its_own():
    run = one("count=1 curr=769 p5=769 median=769 p95=769\n")
    assert run.timed == Stats(count=1, first=769, curr=769, p5=769, p50=769, p95=769)


def test_nan_is_unknown():
    run = one("count=3 first=1 curr=1 min=1 max=1 avg=1 std=nan\n")
    assert run.timed is not None
    assert run.timed.std is None


def test_without_announcements_the_closing_line_tells_warm_up_from_runs():
    closing = "Inference timings in us: Init: 1, First inference: 9, Warmup (avg): 8, "
    warmup = "count=4 first=9 curr=7 min=7 max=9 avg=8 std=1\n"
    run = one(f"{warmup}{closing}Inference (avg): 5\n")
    assert run.warmup is not None
    assert run.warmup.avg == 8
    assert run.timed == Stats(avg=5)


def test_elder_closing_line_has_another_order():
    run = one("Average inference timings in us: Warmup: 146161, Init: 4452, no stats: 137722\n")
    assert run.timed == Stats(avg=137722)
    assert run.init_us == 4452


def test_litert_results_block_is_in_microseconds():
    run = one(read("litert_npu_on_cpu"))
    assert run.dialect is Dialect.COMPILED_MODEL
    assert run.timed == Stats(count=307, min=3100, max=4200, avg=3250, std=80)
    assert run.warmup == Stats(count=140, first=3900, avg=3500)
    assert run.init_us == 4800


def test_op_tables_are_no_figures_of_runs():
    run = one(read("cpu_profile"))
    assert run.timed is not None
    assert run.timed.avg == 5033.25
    assert [(row.node_type, row.average_ms) for row in run.profile] == [
        ("CONV_2D", 4.1),
        ("SOFTMAX", 0.9),
    ]
    assert run.profile[1].name == "[whisker/Softmax, tail]:1"


def test_lines_wrapped_by_a_terminal_are_put_together():
    text = read("android_gpu_full").replace("node, yielding 1", "node, yieldi\nng 1")
    replacing = one(text).first(Code.REPLACING)
    assert replacing is not None
    assert replacing.values[3] == "1"


def test_lines_wrapped_by_a_person_are_put_together():
    text = (
        "E tflite : 130 operations will run on the GPU, and the remaining 114\n"
        "           operations will run on the CPU.\n"
    )
    split = one(text).first(Code.GPU_SPLIT)
    assert split is not None
    assert split.number(1) == 114


def test_several_runs_in_one_text_come_in_order():
    names = ("android_gpu_full", "cpu_profile", "nnapi_flag_ignored", "invoke_failure")
    runs = parse_log("".join(read(name) for name in names))
    assert [run.index for run in runs] == [1, 2, 3, 4]
    assert [run.parameters.get("use gpu") for run in runs] == ["1", None, None, "1"]
    assert [len(run.profile) for run in runs] == [0, 2, 0, 0]


def test_tails_of_runs_without_a_start_are_runs():
    tail = (
        "count=50 first=1 curr=1 min=1 max=1 avg={0} std=0\n"
        "Inference timings in us: Init: 1, First inference: 1, Warmup (avg): 1, "
        "Inference (avg): {0}\n"
    )
    runs = parse_log(tail.format(10) + tail.format(20))
    assert [run.timed.avg for run in runs if run.timed] == [10, 20]


def test_runtime_lines_that_overtake_the_start_belong_to_the_run():
    text = "INFO: Created TensorFlow Lite delegate for GPU.\n" + read("android_gpu_full")
    assert len(parse_log(text)) == 1


def test_a_command_line_belongs_to_the_run_after_it():
    text = "$ adb shell /data/local/tmp/benchmark_model --graph=k.tflite --use_nnapi=true\n"
    first, second = parse_log(text + read("cpu_profile") + text + read("cpu_profile"))
    assert len(first.commands) == len(second.commands) == 1


def test_a_command_line_broken_by_its_shell_is_whole():
    text = "C:\\>.\\bin\\benchmark_model.exe ^\n --graph=k.tflite ^\n --use_npu=true\nINFO: x\n"
    (command,) = one(text).commands
    assert command.endswith("--use_npu=true")


def test_a_text_that_says_nothing_is_a_run_without_events():
    for text in ("", "hello\n", "\n\n"):
        assert one(text).events == ()


def test_joined_streams_are_one_run_and_know_their_stream():
    run = parse_joined([("INFO: STARTING!\n", "out"), ("ERROR: Benchmarking failed.\n", "err")])
    assert [(e.source, e.stream, e.line) for e in run.events] == [("out", 0, 1), ("err", 1, 1)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("First 5 operations will run on the GPU, and the remaining 3 on the CPU.", "GPU_SPLIT"),
        ("Applied NNAPI delegate, and the model graph will be completely executed w/ the delegate.",
         "TOOL_VERDICT"),
        ("Replacing 31 node(s) with delegate (Vx Delegate) node, yielding 1 partitions.",
         "REPLACING"),
        ("TfLiteQnnDelegate delegate: 357 nodes delegated out of 357 nodes with 1 partitions.",
         "DELEGATED_COUNT"),
        ("CoreML delegate: 3 nodes delegated out of 5 nodes, with 2 partitions.",
         "DELEGATED_COUNT"),
        ("Number of subgraphs:2 , 3 nodes delegated out of 5 nodes", "DELEGATED_COUNT"),
        ("Segmentation fault ", "CRASHED"),
        ("./run.sh: line 7:  1234 Killed     ./benchmark_model", "CRASHED"),
        ("/system/bin/sh: ./benchmark_model: not executable: 64-bit ELF file", "NOT_RUNNABLE"),
        ("/system/bin/sh: /data/local/tmp/benchmark_model: inaccessible or not found",
         "NOT_RUNNABLE"),
    ],
)  # fmt: skip
def test_a_line_means_what_its_source_prints_it_for(line, code):
    assert [event.code for event in one(line).events] == [Code[code]]


def logcat(message, level="I", limit=1023):
    """Write a message as logcat does: cut at its limit, each of its lines a line of the log."""
    prefix = f"08-21 12:00:00.123  9876  9876 {level} tflite  : "
    return "".join(f"{prefix}{line}\n" for line in message[:limit].split("\n"))


REFUSED = "\n".join(
    ["Following operations are not supported by GPU delegate:"]
    + [f"CUSTOM Purr{n}: Operation is not supported." for n in range(40)]
    + ["9 operations will run on the GPU, and the remaining 40 operations will run on the CPU."]
)


def test_a_message_of_several_lines_is_one_list_in_logcat():
    (block,) = one(logcat(REFUSED, "E", limit=9999)).unsupported
    assert len(block.ops) == 40
    assert (block.on_gpu, block.on_cpu) == (9, 40)


def test_a_message_that_logcat_cut_has_lost_its_split():
    text = logcat(REFUSED, "E") + logcat("Created 1 GPU delegate kernels.")
    (block,) = one(text).unsupported
    assert 15 < len(block.ops) < 40
    assert block.split is None


def test_lines_of_the_tool_within_the_list_do_not_end_it():
    lines = REFUSED.split("\n")
    text = "\n".join([*lines[:5], "INFO: Initialized session in 3ms.", "", "$ ", *lines[5:]])
    (block,) = one(text).unsupported
    assert len(block.ops) == 40
    assert block.on_gpu == 9


def test_a_statistics_line_that_the_end_of_the_log_breaks_is_none():
    head = (
        "INFO: STARTING!\nINFO: Running benchmark for at least 1 iterations\n"
        "INFO: count=3 first=1 curr=1 min=1 max=1 avg=1 std=0\n"
        "INFO: Running benchmark for at least 9 iterations\n"
    )
    assert not one(f"{head}INFO: count=19 first=5 curr=5 min=5").finished
    assert not one(f"{head}INFO: count=1").finished
    assert one(f"{head}INFO: count=1 curr=5").finished
    assert one(f"{head}INFO: count=9 curr=5(all same)").finished


def test_a_json_document_of_runs_is_read_with_its_lines():
    text = '{"runs": [\n {"log": "INFO: STARTING!\\nINFO: Graph: [a]\\n"},\n'
    text += ' {"log": "INFO: STARTING!\\nINFO: Graph: [b]\\n"}]}\n'
    runs = parse_log(text)
    assert [run.parameters["graph"] for run in runs] == ["a", "b"]
    assert [run.events[0].line for run in runs] == [2, 3]
