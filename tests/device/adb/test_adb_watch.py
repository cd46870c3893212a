"""The watch over a job, told what a phone would answer: which questions it asks, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.deadline import Deadline
from harness.device.adb import watch as watching
from harness.device.adb.sections import _MARK
from harness.device.adb.shell import Completed
from harness.device.adb.watch import Watch, crash_of
from harness.device.base import Job, JobResult
from harness.errors import DeviceContext, DeviceUnavailableError

TABLE = (
    "GPU work information.\ngpu_id uid total_active_duration_ns total_inactive_duration_ns\n"
    "0 1000 9 9\n0 2000 {}\n"
)
CRASHES = (Path(__file__).parents[2] / "data" / "parse" / "crash.logcat").read_bytes()
LINE = b"08-21 12:00:01.100  77  77 I tflite  : STARTING!\n"


def counters(active_ns: int, now: str = "08-21 12:00:00.000") -> bytes:
    """A phone's answer to the question for its counters."""
    found = {"uid": "2000", "now": now, "gpuwork": TABLE.format(f"{active_ns} 0")}
    return "".join(f"\n{_MARK}{name}\n{text}\n" for name, text in found.items()).encode()


@dataclass
class Phone:
    """Answers in order to what is asked; an error is raised. `asked` keeps the questions."""

    answers: list[bytes | Exception]
    asked: list[str] = field(default_factory=list)

    def run(self, command, deadline, *, stdin=None, sink=None):
        assert not deadline.passed
        self.asked.append(command)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if sink is not None:
            sink(answer)
        return Completed(answer, b"", 0)


@pytest.fixture(autouse=True)
def _driver_that_tells_soon(monkeypatch):
    monkeypatch.setattr(watching, "LATENCY_S", 0.05)


def watched(phone, into, *, status=0, pid=77, **job):
    watch = Watch(phone, Job("j", ("tool",), **job))
    watch.begin(Deadline.after(9))
    ended = JobResult(status, into / "output.log", {}, datetime.now(UTC), 1.0)
    return watch.complete(ended, pid, into, Deadline.after(9))


def test_the_growth_of_a_counter_takes_one_question_before_and_one_after(tmp_path):
    phone = Phone([counters(100), counters(175)])
    assert watched(phone, tmp_path).counters == {"gpu_active_ns": 75}
    assert len(phone.asked) == 2


def test_a_counter_that_should_have_moved_is_looked_at_again_as_drivers_tell_late(tmp_path):
    late = Phone([counters(100), counters(100), counters(160)])
    assert watched(late, tmp_path, expects=("gpu_active_ns",)).counters == {"gpu_active_ns": 60}
    idle = Phone([counters(100), counters(100), counters(100)])
    assert watched(idle, tmp_path, expects=("gpu_active_ns",)).counters == {"gpu_active_ns": 0}


def test_a_counter_of_which_nothing_is_expected_is_not_waited_for(tmp_path):
    phone = Phone([counters(100), counters(100)])
    assert watched(phone, tmp_path).counters == {"gpu_active_ns": 0}
    assert len(phone.asked) == 2


@pytest.mark.parametrize("lost", [0, 1])
def test_a_link_that_is_lost_meanwhile_costs_the_counters_and_not_the_result(tmp_path, lost):
    answers = [counters(100), counters(175)]
    answers[lost] = DeviceUnavailableError("gone", context=DeviceContext("phone", "x"))
    result = watched(Phone(answers), tmp_path)
    assert (result.exit_status, result.counters) == (0, {})


def test_a_probes_log_comes_home_and_only_of_its_process(tmp_path):
    phone = Phone([counters(1), b"--------- beginning of main\n" + LINE, counters(2)])
    result = watched(phone, tmp_path, log=True)
    assert result.files["logcat.txt"].read_bytes().endswith(LINE)
    assert "--pid=77" in phone.asked[1]
    assert "-T '08-21 12:00:00.000'" in phone.asked[1]


def test_a_crash_brings_home_what_was_written_about_it_and_no_other_programs(tmp_path):
    phone = Phone([counters(1), LINE, CRASHES, counters(2)])
    result = watched(phone, tmp_path, status=139, pid=5120)
    assert set(result.files) == {"logcat.txt", "crash.txt"}
    assert "--pid" not in phone.asked[2]
    lines = result.files["crash.txt"].read_bytes().splitlines()
    assert len(lines) == 16
    assert {line.split()[2] for line in lines} == {b"5120", b"5140"}
    assert not any(b"cameraserver" in line for line in lines)


@pytest.mark.parametrize("log", [b"", b"--------- beginning of main\n"])
def test_a_log_without_an_entry_is_no_file(tmp_path, log):
    assert watched(Phone([counters(1), log, counters(2)]), tmp_path, log=True).files == {}
    assert not (tmp_path / "logcat.txt").exists()


@pytest.mark.parametrize("now", ["", "x'; reboot; '", "08-21 12:00:00.000; reboot"])
def test_a_phone_that_does_not_tell_the_time_is_asked_for_no_log(tmp_path, now):
    phone = Phone([counters(1, now), counters(2)])
    assert watched(phone, tmp_path, status=139).files == {}
    assert not any("reboot" in command for command in phone.asked)


def test_a_job_whose_process_is_unknown_has_no_log_of_its_own(tmp_path):
    phone = Phone([counters(1), counters(2)])
    assert watched(phone, tmp_path, status=None, pid=None).files == {}


@given(st.binary(), st.integers(0, 9999))
def test_any_crash_log_is_read_without_an_error(log, pid):
    assert set(crash_of(log, pid).split(b"\n")) <= {b"", *log.split(b"\n")}
