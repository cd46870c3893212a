import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.verdict.explanation import explain_joined, explain_text
from harness.verdict.telling import tell

LOGS = Path(__file__).parent.parent / "data" / "parse"
STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def told(name):
    (explanation,) = explain_text((LOGS / f"{name}.log").read_text(), f"{name}.log")
    return tell(explanation)


def test_the_verdict_comes_first_and_the_deciding_line_is_marked():
    lines = told("android_gpu_partial").splitlines()
    assert lines[1].startswith("PARTIAL  ")
    (marked,) = [n for n, line in enumerate(lines) if line.startswith("  > ")]
    assert re.match(r"  >    16 \| Replacing 30 out of 42 ", lines[marked])
    assert lines[marked + 1].strip() == "|   30 of 42 nodes go to the GPU; this decides"


def test_lines_are_read_in_order_with_their_numbers():
    numbers = [
        int(n) for n in re.findall(r"^  [ >] +(\d+) \|", told("android_gpu_full"), re.MULTILINE)
    ]
    assert numbers == sorted(numbers)
    assert len(numbers) > 8


def test_each_log_of_a_joined_run_is_named_where_its_lines_begin():
    streams = [("INFO: STARTING!\n", "out.txt"), ("ERROR: Benchmarking failed.\n", "err.txt")]
    text = tell(explain_joined(streams))
    assert re.search(r"STARTING!\n.*\n  err\.txt\n  > +1 \| Benchmarking failed\.", text)


def test_what_is_missing_is_named_with_what_would_tell():
    text = told("signature_bug")
    assert "--export_model_runtime_info=true" in text
    assert "--use_xnnpack=false" in text
    (tail,) = explain_text("INFO: count=9 first=1 curr=1 min=1 max=9 avg=5 std=1\n", "x")
    assert "--requested gpu" in tell(tail)


def test_a_run_that_is_as_it_should_be_gets_no_advice():
    assert "fallback-causes" not in told("android_gpu_full")
    assert "fallback-causes.md" in told("nnapi_flag_ignored")


def test_both_sides_of_a_contradiction_are_shown():
    text = (LOGS / "android_gpu_partial.log").read_text().replace("partially", "completely")
    (explanation,) = explain_text(text.replace(" w/ 1 delegate kernels", ""), "x")
    assert "the tool claims full (line 19), and the evidence says partial (line 16)" in tell(
        explanation
    )
    (finding,) = explanation.document["findings"]
    assert [one["line"] for one in finding["evidence"]] == [19, 16]


def test_two_delegates_of_one_run_are_both_reported():
    text = (LOGS / "android_gpu_partial.log").read_text()
    xnnpack = "INFO: Use gpu: [1]\nINFO: Use xnnpack: [1]\n"
    (explanation,) = explain_text(text.replace("INFO: Use gpu: [1]\n", xnnpack), "x")
    gpu, cpu = explanation.document["delegates"]
    shares = [tuple(one.values())[:3] for one in (gpu, cpu)]
    assert shares == [("gpu", "partial", 30), ("xnnpack", "partial", 9)]
    assert (gpu["tool_says"], cpu["tool_says"]) == ("partial", None)
    assert "gpu: partial, 30 nodes; the tool says partial" in tell(explanation)


HOSTILE = "\x1b]0;owned\x07\x9b31m\u202e\u200b\t\x08[bold]x[/bold]"


@pytest.mark.parametrize(
    "text",
    [
        f"ERROR: Failed to load model {HOSTILE}",
        f"WARN: Unconsumed cmdline flags: --use_gpu{HOSTILE}",
        f"INFO: Replacing 3 out of 9 node(s) with delegate ({HOSTILE})",
        f"ERROR: Following operations are not supported by GPU delegate:\nADD: {HOSTILE}",
    ],
)
def test_text_of_a_log_is_shown_and_steers_nothing(text):
    for explanation in explain_text(f"{text}\nINFO: STARTING!\n", f"a{HOSTILE}\nb"):
        shown = tell(explanation)
        assert not STEERS.search(shown)
        assert "[bold]" in shown


@given(st.text(max_size=200))
def test_whatever_is_told_steers_nothing(text):
    for line in (
        text,
        f"ERROR: Failed to load model {text}",
        f"WARN: Unconsumed cmdline flags: {text}",
    ):
        for explanation in explain_text(line, text):
            assert not STEERS.search(tell(explanation))


def test_a_long_reading_is_cut_and_keeps_the_deciding_line():
    lines = "".join(
        f"VERBOSE: Replacing {n} out of 99 node(s) with delegate (TfLiteGpuDelegateV2) node, "
        f"yielding 3 partitions for subgraph {n}.\n"
        for n in range(90)
    )
    (explanation,) = explain_text(lines, "x")
    text = tell(explanation)
    assert "and 50 more lines" in text
    assert "this decides" in text
