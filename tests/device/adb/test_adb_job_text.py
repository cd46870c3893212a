from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb.job import SCRIPT, launch_command, parse_end
from harness.device.base import Job

WORDS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))))


def test_the_result_line_gives_status_and_seconds():
    end = parse_end("boot x\nstatus=139 start=100.25 end=103.50\n")
    assert (end.status, end.seconds) == (139, 3.25)


@pytest.mark.parametrize("text", ["", "status= start= end=", "status=1", "status=1 start=. end=."])
def test_a_result_that_is_not_whole_is_unknown(text):
    assert parse_end(text).seconds is None


@given(st.text())
def test_any_result_is_read_without_an_error(text):
    parse_end(text)


@given(WORDS)
def test_every_word_of_a_command_arrives_as_it_is(words):
    text = launch_command(Job("n", ("tool", *words)), "/f", "/s/job.sh")
    start = text.index("setsid sh ") + len("setsid sh ")
    parts = shlex.split(text[start : text.rindex(" </dev/null")])
    assert parts[:4] == ["/s/job.sh", "600", "3000000", "1000000"]
    assert parts[4:] == ["tool", *words]


@pytest.mark.parametrize("name", ["a b", "", "1A", "A=B", "A;reboot"])
def test_what_is_no_environment_name_is_refused(name):
    with pytest.raises(ValueError, match="environment"):
        launch_command(Job("n", ("tool",), {name: "x"}), "/f", "/s")


def test_the_script_keeps_to_what_android_7_has():
    text = SCRIPT.read_text()
    for newer in ("timeout ", "stdbuf", "realpath", "nproc", "--"):
        code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        assert newer not in code
