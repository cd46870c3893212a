"""The properties of test_parse_properties.py, on every public log and every capture.

Marked corpus: without the folders nothing is checked. The samples are small, so that all of them
take about a minute; which points and orders they are is seeded by the log's name.
"""

import json
import os
import zlib
from pathlib import Path

import mangle
import pytest

from harness.verdict.explanation import explain_joined, explain_text

pytestmark = pytest.mark.corpus

LARGEST = 100_000  # characters; one log's tables of 20,000 rows add nothing
CUTS = 40

# Logs of apps that never came to figures: cut before the app gives up or the driver fails, they
# are the excerpts that people paste, of which others in the corpus are rightly called partial.
WITHOUT_AN_END = ("080_", "084_", "085_")
# A person broke these lines by hand, or a shell: what stands between the pieces parts them.
BROKEN_BY_HAND = ("078_", "079_", "084_")
BETWEEN_LINES = {"logcat long", "JSON lines"}


def public_logs():
    value = os.environ.get("HARNESS_CORPUS")
    for line in (Path(value) / "index.jsonl").read_text().splitlines() if value else ():
        name = json.loads(line)["file"]
        text = (Path(value) / "logs" / name).read_bytes().decode(errors="replace")
        if len(text) <= LARGEST:
            yield name, text.replace("\r\n", "\n").removesuffix("\n") + "\n"


def captures():
    value = os.environ.get("HARNESS_CAPTURES")
    for folder in (Path(value), Path(value).parent / "captures_litert") if value else ():
        for entry in (folder / "index.jsonl").read_text().splitlines() if folder.exists() else ():
            name = json.loads(entry)["name"]
            streams = [
                (folder / name / one).read_bytes().decode(errors="replace")
                for one in ("stdout.txt", "stderr.txt")
            ]
            yield f"{folder.name}/{name}", streams


LOGS = dict(public_logs())
CAPTURES = dict(captures())
TEXTS = {**LOGS, **{name: "".join(streams) for name, streams in CAPTURES.items()}}
each_log = pytest.mark.parametrize("name", LOGS or ["HARNESS_CORPUS is not set"])
each_capture = pytest.mark.parametrize("name", CAPTURES or ["HARNESS_CAPTURES is not set"])
each_text = pytest.mark.parametrize("name", TEXTS or ["HARNESS_CORPUS is not set"])


@pytest.fixture(autouse=True)
def given(name):
    if name not in TEXTS:
        pytest.skip(f"{name}: these logs are not read")


def said(text):
    return mangle.said(explain_text(text, "x"))


def seed(name):
    return zlib.crc32(name.encode())


def points(text, name):
    """Return where to cut: at ends of lines, and anywhere."""
    chance = mangle.rng(seed(name))
    ends = [at for at, character in enumerate(text) if character == "\n"]
    anywhere = [chance.randrange(len(text)) for _ in range(CUTS)] if text else []
    return sorted({*chance.sample(ends, min(CUTS, len(ends))), *anywhere})


@each_log
def test_a_cut_log_never_claims_more_than_the_whole(name):
    text = LOGS[name]
    whole = mangle.claim(explain_text(text, "x"))
    for cut in points(text, name):
        assert mangle.claim(explain_text(text[cut:], "x")) <= whole, cut
        if not name.startswith(WITHOUT_AN_END):
            assert mangle.claim(explain_text(text[:cut], "x")) <= whole, cut


@each_capture
@pytest.mark.parametrize("stream", [0, 1], ids=["stdout", "stderr"])
def test_a_capture_with_a_cut_stream_never_claims_more(name, stream):
    streams = CAPTURES[name]
    whole = mangle.claim([explain_joined([(text, "x") for text in streams])])
    for cut in points(streams[stream], name):
        for part in (streams[stream][:cut], streams[stream][cut:]):
            texts = [(part if n == stream else text, "x") for n, text in enumerate(streams)]
            assert mangle.claim([explain_joined(texts)]) <= whole, cut


@each_text
def test_prefixes_and_encodings_change_nothing(name):
    text = TEXTS[name]
    expected = said(text)
    litert = (
        "captures_litert" in name
    )  # its lines come with stamps of their own, and never logcat's
    for kind, dress in mangle.PREFIXES.items():
        by_hand = name.startswith(BROKEN_BY_HAND) and kind in BETWEEN_LINES
        if not by_hand and not (litert and "logcat" in kind):
            assert said(mangle.with_prefix(text, dress)) == expected, kind
    for kind, encode in mangle.ENCODED.items():
        if not (name.startswith(BROKEN_BY_HAND) and kind in BETWEEN_LINES):
            assert said(encode(text)) == expected, kind


@each_text
def test_broken_and_doubled_lines_change_nothing(name):
    text = TEXTS[name]
    expected = said(text)
    for width in (80, 100, 132):
        for words in (True, False):
            assert said(mangle.wrapped(text, width, words=words)) == expected, (width, words)
    assert said(mangle.each_line_twice(text)) == expected
    if text.count("\n") > 1 and "missing_model" not in name:  # which is one line, and no more
        assert said(text.removesuffix("\n") + "\n" + text) == expected * 2


@each_text
def test_lines_of_others_change_nothing(name):
    if name.startswith(BROKEN_BY_HAND):
        pytest.skip("a line of others would stand within a broken line")
    for turn in range(3):
        text = mangle.with_noise(TEXTS[name], mangle.rng(seed(name) + turn))
        assert said(text) == said(TEXTS[name])


@each_capture
def test_the_order_of_two_streams_changes_nothing(name):
    out, err = CAPTURES[name]
    expected = mangle.said([explain_joined([(out, "x"), (err, "x")])])
    for turn in range(6):
        assert said(mangle.interleaved(out, err, mangle.rng(seed(name) + turn))) == expected
    if "missing_model" not in name:
        assert said(out + err + out + err) == expected * 2
        assert said(err + out + err + out) == expected * 2
