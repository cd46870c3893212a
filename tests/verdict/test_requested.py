import pytest

from harness.parse.log import parse_log
from harness.verdict.requested import ignored_flags, requested_accelerators


def asked(text):
    return [str(one) for one in requested_accelerators(parse_log(text)[0])]


ECHO = "INFO: Log parameter values verbosely: [0]\nINFO: Graph: [k.tflite]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ECHO, ["cpu"]),
        (ECHO + "INFO: Use gpu: [0]\n", ["cpu"]),
        (ECHO + "INFO: Use xnnpack: [1]\nINFO: Use gpu: [1]\n", ["gpu", "xnnpack"]),
        (ECHO + "Use nnapi : [1]\n", ["nnapi"]),
        (ECHO + "INFO: External delegate path: []\n", ["cpu"]),
        (ECHO + "INFO: Delegate settings file path: [a.json]\n", ["stable_delegate"]),
        ("WARN: Unconsumed cmdline flags: --use_gpu\n" + ECHO, ["gpu"]),
        ("WARN: Unconsumed cmdline flags: --use_xnnpack\n" + ECHO, ["cpu"]),
        ("WARN: Unconsumed cmdline flags: --use_GPU=true\n" + ECHO, ["gpu"]),
        ("WARN: Unconsumed cmdline flags: --use-gpu=true\n" + ECHO, ["gpu"]),
        ("WARN: Unconsumed cmdline flags: --use_gpu true\n" + ECHO, ["gpu"]),
        ("WARN: Unconsumed cmdline flags: --use_gpu false\n" + ECHO, ["cpu"]),
        ("$ ./benchmark_model --graph=k --use_gpu=false --use_nnapi=true\n", ["nnapi"]),
        ("$ ./benchmark_model --graph=k\n", ["cpu"]),
        ("INFO: Accelerators:    NPU | CPU\n", ["npu"]),
        ("INFO: Accelerators:    CPU\n", ["cpu"]),
        ("INFO: Applied GPU delegate.\n", ["gpu"]),
        ("Replacing 9 node(s) with delegate (TfLiteXNNPackDelegate) node, yielding 1 partitions.\n",
         ["cpu"]),
        ("Replacing 9 node(s) with delegate (Vx Delegate) node, yielding 1 partitions.\n",
         ["external"]),
        ("count=9 first=1 curr=1 min=1 max=1 avg=1 std=0\n", []),
        ("", []),
    ],
)  # fmt: skip
def test_the_request_is_read_from_what_the_text_shows(text, expected):
    assert asked(text) == expected


@pytest.mark.parametrize(
    ("unconsumed", "echoed", "ignored"),
    [
        ("--use_GPU=true", "", ["--use_GPU=true"]),
        ("--use_gpu true --purr", "", ["--use_gpu true", "--purr"]),
        ("--graph /data/k.tflite", "", ["--graph /data/k.tflite"]),
        ("--use_gpu=true", "INFO: Use gpu: [0]\n", ["--use_gpu=true"]),
        ("--use_gpu=false", "INFO: Use gpu: [1]\n", ["--use_gpu=false"]),
        ("--use_gpu=true", "INFO: Use gpu: [1]\n", []),
        ("--num_threads=4", "INFO: Num threads: [1]\n", ["--num_threads=4"]),
        ("--num_threads=4", "INFO: Num threads: [4]\n", []),
    ],
)
def test_a_flag_is_ignored_unless_its_value_is_echoed(unconsumed, echoed, ignored):
    (run,) = parse_log(f"WARN: Unconsumed cmdline flags: {unconsumed}\n{ECHO}{echoed}")
    assert list(ignored_flags(run)) == ignored
