from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb.job import SAMPLER, SCRIPT, launch_command, parse_allowed, parse_end
from harness.device.base import Job

WORDS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))))


def test_the_result_line_gives_status_and_seconds():
    end = parse_end("boot x\nstatus=139 start=100.25 end=103.50\n")
    assert (end.status, end.seconds) == (139, 3.25)


def test_the_result_line_gives_the_commands_pid_and_cpu_time_and_not_the_shells():
    times = "0m09.00s 0m09.00s 1m02.50s 0m00.25s"
    end = parse_end(f"boot x\nstatus=0 start=1.0 end=2.0 pid=4711 cpu={times}\n")
    assert (end.pid, end.cpu_seconds) == (4711, 62.75)


@pytest.mark.parametrize(
    "rest",
    ["", " pid= cpu=", " pid=x cpu=0m00.00s 0m00.00s", " pid= cpu=a b c d", " cpu=1s 2s 3s 4s",
     " cpu=0m00.00s 0m00.00s 0m01.00s 0m00.00sx", " cpu=1m0.0.0s 0m0s 0m0..5s 0m0s"],
)  # fmt: skip
def test_cpu_time_that_the_shell_did_not_tell_is_unknown(rest):
    end = parse_end(f"status=0 start=1.0 end=2.0{rest}\n")
    assert (end.status, end.pid, end.cpu_seconds) == (0, None, None)


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
    assert parts[:6] == ["/s/job.sh", "600", "3000000", "1000000", "-", ""]
    assert parts[6:] == ["tool", *words]


def test_a_bound_job_tells_its_cpus_as_a_mask_that_toybox_takes():
    text = launch_command(Job("n", ("tool",), cpus=(4, 5, 6, 7)), "/f", "/s/job.sh")
    assert "/s/job.sh 600 3000000 1000000 f0 '' tool" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0-7\n", "0-7"),
        ("4-7\n4-7\n", "4-7"),
        ("4-7\n4-6\n", "4-7, then 4-6"),
        ("", None),
        ("\x1b[2J\n", None),
        ("4,6-7\n", "4,6-7"),
    ],
)
def test_where_a_program_might_run_is_told_as_the_kernel_writes_it(text, told):
    assert parse_allowed(text) == told


@pytest.mark.parametrize("name", ["a b", "", "1A", "A=B", "A;reboot"])
def test_what_is_no_environment_name_is_refused(name):
    with pytest.raises(ValueError, match="environment"):
        launch_command(Job("n", ("tool",), {name: "x"}), "/f", "/s")


@pytest.mark.parametrize("script", [SCRIPT, SAMPLER], ids=lambda path: path.name)
def test_the_scripts_keep_to_what_android_7_has(script):
    text = script.read_text()
    for newer in ("timeout ", "stdbuf", "realpath", "nproc", "--"):
        code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        assert newer not in code
