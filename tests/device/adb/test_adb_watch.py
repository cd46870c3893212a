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


NOW = "08-21 12:00:00.000"


def counters(active_ns: int) -> bytes:
    """A phone's answer to the question for its counters."""
    found = {"uid": "2000", "gpuwork": TABLE.format(f"{active_ns} 0")}
    return "".join(f"\n{_MARK}{name}\n{text}\n" for name, text in found.items()).encode()


def said(when: str, active_ns: int, now: str = NOW) -> dict[str, str]:
    """What a phone says around a job, as sections."""
    table = TABLE.format(f"{active_ns} 0")
    return {f"{when}.uid": "2000", f"{when}.now": now, f"{when}.gpuwork": table}


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


def watched(phone, into, *, before=1, after=2, now=NOW, status=0, pid=77, **job):
    heard = {} if before is None else said("before", before, now)
    home = {} if after is None else said("after", after)
    watch = Watch(phone, Job("j", ("tool",), **job), heard)
    ended = JobResult(status, into / "output.log", {}, datetime.now(UTC), 1.0)
    return watch.complete(ended, pid, home, into, Deadline.after(9))


def test_the_growth_of_a_counter_takes_no_question_beside_the_launch_itself(tmp_path):
    phone = Phone([])
    assert watched(phone, tmp_path, before=100, after=175).counters == {"gpu_active_ns": 75}
    assert phone.asked == []


def test_a_counter_that_should_have_moved_is_looked_at_again_as_drivers_tell_late(tmp_path):
    ask = {"before": 100, "after": 100, "expects": ("gpu_active_ns",)}
    late = watched(Phone([counters(160)]), tmp_path, **ask)
    assert late.counters == {"gpu_active_ns": 60}
    idle = watched(Phone([counters(100)]), tmp_path, **ask)
    assert idle.counters == {"gpu_active_ns": 0}


def test_a_counter_of_which_nothing_is_expected_is_not_waited_for(tmp_path):
    phone = Phone([])
    assert watched(phone, tmp_path, before=100, after=100).counters == {"gpu_active_ns": 0}
    assert phone.asked == []


@pytest.mark.parametrize("lost", ["before", "after"])
def test_counters_that_were_not_told_cost_nothing_but_themselves(tmp_path, lost):
    result = watched(Phone([]), tmp_path, **{"before": 100, "after": 175, lost: None})
    assert (result.exit_status, result.counters) == (0, {})


def test_a_link_that_is_lost_at_the_second_look_costs_the_counters_and_not_the_result(tmp_path):
    gone = DeviceUnavailableError("gone", context=DeviceContext("phone", "x"))
    ask = {"before": 100, "after": 100, "expects": ("gpu_active_ns",)}
    result = watched(Phone([gone]), tmp_path, **ask)
    assert (result.exit_status, result.counters) == (0, {})


def test_a_probes_log_comes_home_and_only_of_its_process(tmp_path):
    phone = Phone([b"--------- beginning of main\n" + LINE])
    result = watched(phone, tmp_path, log=True)
    assert result.files["logcat.txt"].read_bytes().endswith(LINE)
    assert "--pid=77" in phone.asked[0]
    assert "-T '08-21 12:00:00.000'" in phone.asked[0]


def test_a_crash_brings_home_what_was_written_about_it_and_no_other_programs(tmp_path):
    phone = Phone([LINE, CRASHES])
    result = watched(phone, tmp_path, status=139, pid=5120)
    assert set(result.files) == {"logcat.txt", "crash.txt"}
    assert "--pid" not in phone.asked[1]
    lines = result.files["crash.txt"].read_bytes().splitlines()
    assert len(lines) == 16
    assert {line.split()[2] for line in lines} == {b"5120", b"5140"}
    assert not any(b"cameraserver" in line for line in lines)


@pytest.mark.parametrize("log", [b"", b"--------- beginning of main\n"])
def test_a_log_without_an_entry_is_no_file(tmp_path, log):
    assert watched(Phone([log]), tmp_path, log=True).files == {}
    assert not (tmp_path / "logcat.txt").exists()


@pytest.mark.parametrize("now", ["", "x'; reboot; '", "08-21 12:00:00.000; reboot"])
def test_a_phone_that_does_not_tell_the_time_is_asked_for_no_log(tmp_path, now):
    phone = Phone([])
    assert watched(phone, tmp_path, status=139, now=now).files == {}
    assert not any("reboot" in command for command in phone.asked)


def test_a_job_whose_process_is_unknown_has_no_log_of_its_own(tmp_path):
    phone = Phone([])
    assert watched(phone, tmp_path, status=None, pid=None).files == {}


@given(st.binary(), st.integers(0, 9999))
def test_any_crash_log_is_read_without_an_error(log, pid):
    assert set(crash_of(log, pid).split(b"\n")) <= {b"", *log.split(b"\n")}
