"""What a command prints: one document, and nothing in it that a terminal acts on."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cli.render import emit_json, emit_text


def printed(document):
    stream = io.StringIO()
    emit_json(document, stream)
    return stream.getvalue()


@given(st.text())
def test_a_document_is_read_back_and_steers_no_terminal(text):
    out = printed({"text": text})
    assert json.loads(out) == {"text": text}
    assert all(one.isprintable() or one == "\n" for one in out)


@pytest.mark.parametrize(
    "steering", ["\x1b[31m", "\x9b31m", "\u202e", "\x07", "\ud800", "\U000e0001"]
)
def test_what_steers_a_terminal_is_shown_as_its_code(steering):
    assert "\\u" in printed([steering])


def test_letters_of_all_alphabets_stay_as_they_are():
    assert "µs, größer, 猫" in printed(["µs, größer, 猫"])


def test_text_for_people_shows_controls_too():
    stream = io.StringIO()
    emit_text("a\x1b[2Jb\u202e", stream)
    assert stream.getvalue() == "a\\x1b[2Jb\\u202e\n"
