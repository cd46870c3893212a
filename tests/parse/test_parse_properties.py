"""What must hold for any text: no surprise, no claim from less."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.parse.log import parse_joined, parse_log
from harness.verdict.explanation import explain_joined, explain_text
from harness.verdict.telling import tell

LOGS = sorted((Path(__file__).parent.parent / "data" / "parse").glob("*.log"))
WORDS = sorted({line for path in LOGS for line in path.read_text().splitlines()})
# Of a piece without its start nobody can tell what is missing.
FROM_THE_START = [path for path in LOGS if "STARTING!" in path.read_text()]
OUT = [line for line in WORDS if not line.startswith(("VERBOSE", "ERROR", "INFO: Created"))]
ERR = [line for line in WORDS if line not in OUT]
CLAIM = {"full": 3, "downgraded": 2, "partial": 2, "baseline": 1}


def claim(text):
    """Return what a text's last run claims: a share on the accelerator, or a CPU run as asked."""
    return CLAIM.get(str(explain_text(text, "x")[-1].document["verdict"]), 0)


def without_places(document):
    kept = {key: value for key, value in document.items() if key != "evidence"}
    kept["evidence"] = [
        (one["kind"], one["text"], one["deciding"], one["line"]) for one in document["evidence"]
    ]
    return kept


@pytest.mark.parametrize("path", FROM_THE_START, ids=lambda path: path.stem)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_cut_log_never_claims_more_than_the_whole(path, data):
    text = path.read_bytes()
    cut = data.draw(st.integers(0, len(text)))
    assert claim(text[:cut].decode(errors="replace")) <= claim(text.decode())


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    "prefix",
    ["07-14 13:16:26.182 23002 23002 I tflite  : ", "07-14 13:16:26.182 I/tflite  ( 5395): "],
)
def test_logcat_prefixes_change_nothing(path, prefix):
    plain = path.read_text()
    prefixed = "".join(f"{prefix}{line}\n" for line in plain.splitlines())
    pairs = zip(explain_text(plain, "x"), explain_text(prefixed, "x"), strict=True)
    for one, other in pairs:
        assert without_places(one.document) == without_places(other.document)


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
    ],
    ids=range(12),
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
