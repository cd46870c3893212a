"""What must hold for any text: no surprise, no claim from less, and no change by its way here."""

import json
from pathlib import Path

import mangle
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.parse.log import parse_joined, parse_log
from harness.parse.patterns import Code
from harness.parse.runs import TOOL_LINES
from harness.verdict.explanation import explain_joined, explain_text
from harness.verdict.telling import tell

LOGS = sorted((Path(__file__).parent.parent / "data" / "parse").glob("*.log"))
each_log = pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
WORDS = sorted({line for path in LOGS for line in path.read_text().splitlines()})
OUT = [line for line in WORDS if not line.startswith(("VERBOSE", "ERROR", "INFO: Created"))]
ERR = [line for line in WORDS if line not in OUT]


def said(text):
    return mangle.said(explain_text(text, "x"))


def streams(text):
    """Take a log apart into what the tool prints and what the runtime prints."""
    if "INFO benchmark_litert_model: " in text:  # its logger writes to stderr, its results do not
        logged, block = text.split("\n\n")
        return block, logged + "\n"
    runtime = {event.line for event in parse_log(text)[0].events if event.code not in TOOL_LINES}
    lines = list(enumerate(mangle.lines_of(text), start=1))
    return (
        "".join(f"{line}\n" for number, line in lines if number not in runtime),
        "".join(f"{line}\n" for number, line in lines if number in runtime),
    )


@each_log
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_cut_log_never_claims_more_than_the_whole(path, data):
    text = path.read_bytes()
    whole = mangle.claim(explain_text(text.decode(), "x"))
    cut = data.draw(st.integers(0, len(text)))
    for part in (text[:cut], text[cut:]):
        assert mangle.claim(explain_text(part.decode(errors="replace"), "x")) <= whole


@each_log
def test_without_the_timed_figures_nothing_is_claimed(path):
    text = path.read_text()
    figures = [
        event
        for event in parse_log(text)[0].events
        if event.code is Code.STATS or event.values[:1] == ("Inference (avg)",)
    ]
    if not figures:
        pytest.skip("this log has no figures")
    end = sum(len(line) + 1 for line in mangle.lines_of(text)[: figures[-1].line - 1])
    for cut in [*range(0, end, 23), end, end + len("INFO: count=1")]:
        (explanation,) = explain_text(text[:cut], "x")
        assert explanation.document["verdict"] in ("failed", "unknown"), cut


@each_log
@pytest.mark.parametrize("prefix", mangle.PREFIXES)
def test_prefixes_change_nothing(path, prefix):
    text = path.read_text()
    assert said(mangle.with_prefix(text, mangle.PREFIXES[prefix])) == said(text)


@each_log
@pytest.mark.parametrize("encoding", mangle.ENCODED)
def test_the_way_a_log_is_written_down_changes_nothing(path, encoding):
    text = path.read_text()
    assert said(mangle.ENCODED[encoding](text)) == said(text)


@each_log
@pytest.mark.parametrize("words", [True, False])
@given(width=st.integers(80, 160))
@settings(max_examples=20, deadline=None)
def test_broken_lines_change_nothing(path, words, width):
    text = path.read_text()
    assert said(mangle.wrapped(text, width, words=words)) == said(text)


@each_log
def test_a_log_twice_is_two_runs_and_its_lines_twice_are_one(path):
    text = path.read_text()
    if text.count("\n") > 1:  # of a single line the two are the same text
        assert said(text + text) == said(text) * 2
    assert said(mangle.each_line_twice(text)) == said(text)


@each_log
@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_a_runs_two_streams_changes_nothing(path, chance):
    text = path.read_text()
    commands = "".join(f"{line}\n" for line in mangle.lines_of(text) if line.startswith("$ "))
    merged = mangle.interleaved(*streams(text.replace(commands, "")), chance)
    assert said(commands + merged) == said(text)


@each_log
@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_lines_of_others_change_nothing(path, chance):
    text = path.read_text()
    assert said(mangle.with_noise(text, chance)) == said(text)


@each_log
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_log_without_some_of_its_lines_is_read(path, data):
    lines = mangle.lines_of(path.read_text())
    gone = data.draw(st.sets(st.integers(0, len(lines) - 1), max_size=len(lines)))
    text = "".join(f"{line}\n" for number, line in enumerate(lines) if number not in gone)
    for explanation in explain_text(text, "x"):
        assert tell(explanation)


@given(st.binary(max_size=3000))
@example(b"Replacing 99999999999999999999999999 out of 0 node(s) with delegate () node")
@example("count=١٢ first=٣".encode())
def test_no_bytes_raise(data):
    text = data.decode(errors="replace")
    for explanation in explain_text(text, "x"):
        json.dumps(explanation.document, allow_nan=False)
        assert tell(explanation)


@given(st.lists(st.sampled_from(WORDS), max_size=60))
@settings(max_examples=200, deadline=None)
def test_lines_in_any_order_are_judged(lines):
    for explanation in explain_text("\n".join(lines), "x"):
        document = explanation.document
        json.dumps(document, allow_nan=False)
        assert sum(one["deciding"] for one in document["evidence"]) <= 1
        nodes, total = document["nodes_on_accelerator"], document["nodes_total"]
        assert nodes is None or total is None or 0 <= nodes <= total


@given(st.lists(st.sampled_from(OUT), max_size=40), st.lists(st.sampled_from(ERR), max_size=40))
@settings(max_examples=100, deadline=None)
@example(
    ["30 operations will run on the GPU, and the remaining 12 operations will run on the CPU."],
    ["ERROR: Following operations are not supported by GPU delegate:"],
)
def test_the_order_of_two_streams_is_not_used(out, err):
    texts = [("\n".join(out), "out"), ("\n".join(err), "err")]
    one, other = explain_joined(texts).document, explain_joined(texts[::-1]).document
    assert (one["verdict"], one["placement"]) == (other["verdict"], other["placement"])


@pytest.mark.parametrize(
    "hostile",
    [
        "a" * 200_000,
        " " * 200_000 + "%",
        "[" * 200_000,
        "count=" * 40_000,
        "Replacing 1 node(s) with delegate (" * 5_000,
        ("[a] " * 1000 + "\n") * 50,
        ("1" * 4000 + ": [" + "x" * 90 + "\n") * 50,
        ("./run.sh: line 7: " * 200 + "\n") * 100,
        ("falling back fail " * 220 + "\n") * 100,
        "\n" * 200_000,
        "Replacing \n" * 20_000,
        "benchmark_model --" + "x" * 4000 + "\\\n",
        "benchmark_model -- \\\n" * 20_000,
        '{"a": "' + '\\"' * 100_000,
        '{"' * 100_000,
        "\\u12" * 50_000 + "\\n" * 3,
        "\r%" * 100_000,
        "\x1b[" * 100_000,
        "> " * 100_000,
        "12:00:00 " * 20_000,
        ("% " * 2000 + "\n") * 20,
        ("INFO: Initializing " * 4 + "\n") * 10_000,
    ],
    ids=range(22),
)
@pytest.mark.timeout(20)
def test_hostile_text_takes_linear_time(hostile):
    parse_log(hostile)
    parse_joined([(hostile, "out"), (hostile, "err")])


def test_stats_printed_twice_are_read_once():
    text = next(path for path in LOGS if path.stem == "android_gpu_full").read_text()
    doubled = "".join(
        f"{line}\n{line}\n" if "count=198" in line else f"{line}\n" for line in text.splitlines()
    )
    whole, twice = explain_text(text, "x"), explain_text(doubled, "x")
    assert [one.latency_us for one in whole] == [one.latency_us for one in twice]
