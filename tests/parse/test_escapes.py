import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.parse.escapes import is_escaped, unescape

TEXT = 'INFO: a\nINFO: b \\ /data\nERROR: dlopen failed: library "x.so"\n\x1b[32mINFO: ü 😀\n'


@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_strings_are_read_as_json_reads_them(ascii_only):
    lines = unescape(json.dumps({"log": TEXT}, ensure_ascii=ascii_only))
    assert lines == ["log", *TEXT.splitlines()]


def test_escaped_slashes_and_tabs_are_read():
    assert unescape('"a\\/b\\tc\\nd"') == ["a/b\tc", "d"]


def test_a_backslash_before_an_n_is_no_newline():
    assert unescape('"C:\\\\new\\nnext"') == ["C:\\new", "next"]


def test_a_python_literal_is_read():
    line = repr(b"INFO: a\nINFO: b")
    assert is_escaped(line)
    assert unescape(line) == ["INFO: a", "INFO: b'"]


def test_a_windows_path_is_no_escaped_text():
    assert not is_escaped("Loaded model C:\\new\\name.tflite")


def test_half_of_a_pair_is_unreadable_and_no_more():
    assert unescape('"\\ud83d!"') == ["\ufffd!"]


@given(st.text(alphabet='"\\nu0d{}[]:, a', max_size=60))
def test_any_line_can_be_read_and_printed(line):
    "".join(unescape(line)).encode()
