import pytest

from harness.parse.log import parse_log
from harness.verdict.explanation import explain_text
from harness.verdict.wholeness import lacks_beginning

START = "INFO: STARTING!\nINFO: Log parameter values verbosely: [0]\nINFO: Loaded model k.tflite\n"
SERIES = "INFO: Running benchmark for at least 9 iterations and at least 1 seconds\n"
FIGURES = (
    "INFO: count=9 first=1 curr=1 min=1 max=9 avg=5 std=1\n"
    "INFO: Inference timings in us: Init: 1, First inference: 1, Warmup (avg): 5, "
    "Inference (avg): 5\n"
)
END = SERIES + FIGURES


def completely(name):
    return (
        f"INFO: Explicitly applied {name} delegate, and the model graph will be completely "
        "executed by the delegate.\n"
    )


def replacing(nodes, total, kernel):
    return (
        f"VERBOSE: Replacing {nodes} out of {total} node(s) with delegate ({kernel}) node, "
        "yielding 3 partitions for subgraph 0.\n"
    )


def verdict(text, **known):
    (explanation,) = explain_text(text, "x", **known)
    return str(explanation.document["verdict"])


def test_a_stretch_without_its_first_lines_is_told_from_an_excerpt():
    assert lacks_beginning(parse_log(completely("GPU") + END)[0])
    assert not lacks_beginning(parse_log(START + END)[0])
    assert not lacks_beginning(parse_log(completely("GPU") + FIGURES)[0])


@pytest.mark.parametrize("claim", [completely("GPU"), replacing(9, 9, "TfLiteGpuDelegateV2")])
def test_full_needs_the_beginning_or_a_persons_choice_of_lines(claim):
    assert verdict(START + claim + END) == "full"
    assert verdict(claim + END) == "unknown"
    assert verdict(claim + FIGURES) == "full"


def test_a_part_without_the_beginning_is_still_a_part():
    assert verdict(replacing(5, 9, "TfLiteGpuDelegateV2") + END) == "partial"


@pytest.mark.parametrize("kernel", ["TfLiteNnapiDelegate", "TfLiteXNNPackDelegate"])
def test_what_the_flags_decide_is_unknown_without_them(kernel):
    name = "XNNPACK" if "XNN" in kernel else "NNAPI"
    text = replacing(5, 9, kernel) + completely(name).replace("completely", "partially") + END
    assert verdict(START + text) == "partial"
    assert verdict(text) == "unknown"


def test_taking_all_nodes_is_not_full_before_the_delegate_is_applied():
    taken = replacing(9, 9, "TfLiteGpuDelegateV2")
    assert verdict(taken) == "unknown"
    assert verdict(taken + completely("GPU")) == "full"


def test_litert_makes_its_kernels_after_it_counted_nodes():
    taken = replacing(5, 9, "LITERT_CL")
    assert verdict(taken) == "unknown"
    assert verdict(taken + FIGURES) == "partial"


def test_a_command_alone_is_no_cpu_run():
    assert verdict("$ ./benchmark_model --graph=k.tflite\n") == "unknown"
