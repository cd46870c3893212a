"""Lines against the real tool's; figures in the examples are of runs of the stock tool on Linux."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.litert_tool import lines
from harness.litert_tool.lines import ReplacingForm, Statistics

CAPTURES = os.environ.get("HARNESS_CAPTURES")


@pytest.mark.parametrize(
    ("samples", "line"),
    [
        ((), "count=0 p5=0 median=0 p95=0"),
        ((919,), "count=1 curr=919 p5=919 median=919 p95=919"),
        ((7, 7, 7), "count=3 curr=7(all same) p5=7 median=7 p95=7"),
        (
            (4768, 5508),
            (
                "count=2 first=4768 curr=5508 min=4768 max=5508 avg=5138 std=370 "
                "p5=4768 median=5508 p95=5508"
            ),
        ),
        (
            (15, 1, 0),
            "count=3 first=15 curr=0 min=0 max=15 avg=5.33333 std=6 p5=0 median=1 p95=15",
        ),
    ],
)
def test_the_count_line_has_the_real_tools_forms(samples, line):
    assert Statistics(samples).line() == line


def test_older_tools_print_no_percentiles():
    assert Statistics((1, 3)).line(percentiles=False).endswith("avg=2 std=1")


def test_large_means_come_in_exponent_form():
    assert lines.timings(1406991, 2614585, 2614585, 2493.44).endswith(
        "Warmup (avg): 2.61458e+06, Inference (avg): 2493.44"
    )


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=80))
def test_printed_percentiles_are_samples_in_order(samples):
    line = Statistics(tuple(samples)).line()
    p5, median, p95 = (int(re.search(rf"{k}=(\d+)", line)[1]) for k in ("p5", "median", "p95"))
    assert {p5, median, p95} <= set(samples)
    assert min(samples) <= p5 <= median <= p95 <= max(samples)


@pytest.mark.parametrize(
    ("form", "nodes", "end"),
    [
        (ReplacingForm.NO_TOTAL, "5", "."),
        (ReplacingForm.WHOLE_GRAPH, "5 out of 11", " for the whole graph."),
        (ReplacingForm.SUBGRAPH, "5 out of 11", " for subgraph 0."),
        (ReplacingForm.NAMED_SUBGRAPH, "5 out of 11", " for subgraph 0 (main)."),
    ],
)
def test_partition_lines_follow_the_version(form, nodes, end):
    assert lines.replacing(5, 11, "TfLiteGpuDelegateV2", 2, form=form) == (
        f"Replacing {nodes} node(s) with delegate (TfLiteGpuDelegateV2) node, "
        f"yielding 2 partitions{end}"
    )


@pytest.mark.parametrize(
    ("kernels", "whole", "word"),
    [(0, False, "will not be"), (1, True, "completely"), (1, False, "partially"),
     (2, True, "partially executed by the delegate w/ 2 delegate kernels.")],
)  # fmt: skip
def test_the_verdict_says_completely_only_of_one_kernel_that_is_the_plan(kernels, whole, word):
    assert word in lines.verdict("GPU", kernels, whole_plan=whole)


def test_the_gpu_block_has_other_words_when_nothing_goes_to_the_gpu():
    assert lines.gpu_unsupported([("ATAN2", "Operation is not supported.")], 5, 6)[-1] == (
        "5 operations will run on the GPU, and the remaining 6 operations will run on the CPU."
    )
    assert lines.gpu_unsupported([], 0, 1)[-1] == (
        "No operations will run on the GPU, and all 1 operations will run on the CPU."
    )


_NUMBER = r"[\d.]+(?:e\+\d+)?"
_SHAPES = [
    re.compile(re.sub(r"\d+(?:\\\.\d+)?", lambda _: _NUMBER, re.escape(text)))
    for text in (
        lines.info(lines.session_ready(4201)),
        lines.info(lines.running(1, 0.5, 150)),
        lines.info(lines.timings(1, 2, 3.5, 4.5)),
        lines.info(lines.footprint(1.5, 2.5)),
        lines.info(lines.peak_footprint(1.5)),
        lines.info(lines.model_size(5000)),
        lines.info(lines.gpu_kernels(1)),
        lines.info(lines.memory_status(1, 2, 3)[1]),
        *map(lines.info, (lines.STARTING, lines.MEMORY_NOTE, lines.GPU_CREATED)),
        *map(lines.error, (lines.FAILED, lines.NO_GRAPH, lines.PLAN_RESTORED)),
        lines.error(lines.choose_signature([])[0]),
        lines.error(lines.node_failed(11, "TfLiteGpuDelegateV2", "prepare")),
        lines.info(lines.verdict("GPU", 1, whole_plan=True)),
        lines.info(lines.verdict("GPU", 1, whole_plan=False)),
        lines.info(lines.verdict("XNNPACK", 0, whole_plan=False)),
        lines.gpu_unsupported([], 5, 6)[-1],
    )
]


@pytest.mark.corpus
@pytest.mark.skipif(not CAPTURES, reason="HARNESS_CAPTURES is not set")
def test_every_template_is_a_line_that_the_real_tool_wrote():
    written = [
        line
        for path in Path(CAPTURES or "").glob("*/std*.txt")
        for line in path.read_text(errors="replace").splitlines()
    ]
    for shape in _SHAPES:
        assert any(shape.fullmatch(line) for line in written), shape.pattern
