from pathlib import Path

import pytest

from harness.verdict.explanation import explain_joined, explain_text

LOG = (Path(__file__).parent.parent / "data" / "parse" / "litert_gpu_full.log").read_text()
KERNEL = "Initializing WebGPU-based API from graph."
REFUSED = (
    "ERROR: Following operations are not supported by GPU delegate:\nPURR: no\n"
    "9 operations will run on the GPU, and the remaining 1 operations will run on the CPU.\n"
)


def verdict(text):
    (explanation,) = explain_text(text, "x")
    return str(explanation.document["verdict"])


def before(line, more):
    """Put lines before the one that holds these words."""
    lines = LOG.splitlines(keepends=True)
    place = next(n for n, one in enumerate(lines) if line in one)
    return "".join([*lines[:place], more, *lines[place:]])


def without(*words):
    return "".join(
        line for line in LOG.splitlines(keepends=True) if not any(word in line for word in words)
    )


def test_a_kernel_and_no_refused_operator_in_a_whole_log_are_full():
    (explanation,) = explain_text(LOG, "x")
    (deciding,) = [one for one in explanation.document["evidence"] if one["deciding"]]
    assert explanation.document["verdict"] == "full"
    assert (deciding["kind"], deciding["line"]) == ("litert-api-initialized", 12)
    assert "no operator was refused between lines 1 and 17" in deciding["text"]


@pytest.mark.parametrize(
    "text",
    [
        without(KERNEL),
        without("Model: "),
        without("Running "),
        without("Fully accelerated"),
        LOG.replace("Fully accelerated:     True", "Fully accelerated:     False"),
        before("Model loaded", "I0 x.cc:1] LITERT_GPU_DEBUG_EXCLUDE_NODES set to 1\n"),
        before("Model loaded", "VERBOSE: Replacing 3 out of 9 node(s) with delegate "
               "(TfLiteXNNPackDelegate) node, yielding 3 partitions for subgraph 0 (main).\n"),
    ],
    ids=["no kernel", "no beginning", "no runs", "no claim", "False", "held back", "XNNPACK"],
)  # fmt: skip
def test_whatever_is_missing_or_against_it_leaves_it_unknown(text):
    assert verdict(text) != "full"


def test_a_refused_operator_makes_it_partial():
    assert verdict(before(KERNEL, REFUSED)) == "partial"


def test_a_run_without_the_cpu_is_full_for_its_only_accelerator():
    assert verdict(without(KERNEL).replace("GPU | CPU", "GPU")) == "full"
    assert verdict(LOG.replace("GPU | CPU", "NPU | GPU").replace(KERNEL, "")) != "full"


def test_without_the_cpu_a_run_that_did_not_come_to_figures_says_nothing():
    log = LOG.replace("GPU | CPU", "GPU")
    assert verdict(log[: log.index("=====")]) == "failed"


def test_the_results_may_be_on_another_stream():
    logged, block = LOG.split("\n\n")
    joined = explain_joined([(block, "out"), (logged, "err")])
    assert joined.document["verdict"] == "full"
    cut = explain_joined([(block, "out"), (logged[: logged.index("Running")], "err")])
    assert cut.document["verdict"] == "unknown"
