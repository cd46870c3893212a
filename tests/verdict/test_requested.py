import pytest

from harness.parse.log import parse_log
from harness.verdict.requested import requested_accelerators


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
