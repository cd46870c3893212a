"""Jobs on a real adbd with real mksh and toybox: detached, capped, limited, brought home."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from reaching import open_adb_device

from harness.deadline import Deadline
from harness.device.adb import job
from harness.device.adb.link import come_back
from harness.device.adb.server import Server
from harness.device.adb.staging import JOBS
from harness.device.base import Job
from harness.errors import DeviceRebootedError, DeviceTimeoutError

COUNT_TO_THREE = ("sh", "-c", "for i in 1 2 3; do echo $i; sleep 1; done")


def soon(seconds: float = 30) -> Deadline:
    return Deadline.after(seconds)


def nothing_is_left(shell) -> bool:
    """Whether no job folder and no process of a job is on the phone."""
    done = shell.run(f"ls -A {JOBS}; pidof sleep job.sh yes head tail", soon())
    return done.stdout.strip() == b""


def after(seconds: float, action, *words) -> threading.Timer:
    timer = threading.Timer(seconds, action, words)
    timer.start()
    return timer


def test_stdout_and_stderr_come_home_in_their_order(device, shell, tmp_path):
    script = "for i in 1 2 3; do echo out $i; echo err $i >&2; done; exit 4"
    result = device.run(Job("order", ("sh", "-c", script)), tmp_path, soon())
    assert result.output.read_text() == "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n"
    assert (result.exit_status, result.limited, result.truncated) == (4, False, False)
    assert nothing_is_left(shell)


def test_a_job_has_its_environment_its_folder_and_its_files(device, phone, tmp_path):
    script = 'printf %s "$WORD" >made; pwd; cat'
    work = Job("a b/c", ("sh", "-c", script), {"WORD": "it's $HOME; `id`"}, ("made", "missing"))
    result = device.run(work, tmp_path, soon())
    assert result.files["made"].read_text() == "it's $HOME; `id`"
    assert set(result.files) == {"made"}
    assert result.output.read_text().startswith(f"{JOBS}/a_b_c-")
    assert result.boot_id == phone.boot_id


@pytest.mark.parametrize(
    ("script", "status"), [("kill -SEGV $$", 139), ("kill -KILL $$", 137), ("exec ./none", 127)]
)
def test_an_end_by_signal_or_shell_has_its_status(device, tmp_path, script, status):
    assert device.run(Job("end", ("sh", "-c", script)), tmp_path, soon()).exit_status == status


def test_the_phones_own_clock_times_a_job(device, tmp_path):
    result = device.run(Job("nap", ("sleep", "1.5")), tmp_path, soon())
    assert 1.5 <= result.seconds < 2.5


def test_the_limit_ends_the_whole_group_by_the_phones_clock(device, shell, tmp_path):
    work = Job("limit", ("sh", "-c", "sleep 99 & echo begun; sleep 98"), limit_s=2)
    result = device.run(work, tmp_path, soon())
    assert result.limited
    assert result.exit_status == 143
    assert 1.5 <= result.seconds < 4
    assert nothing_is_left(shell)


def test_a_program_deaf_to_term_is_killed(device, shell, tmp_path):
    work = Job("deaf", ("sh", "-c", "trap '' TERM; while :; do sleep 1; done"), limit_s=1)
    result = device.run(work, tmp_path, soon())
    assert (result.exit_status, result.limited) == (137, True)
    assert nothing_is_left(shell)


def test_what_a_job_left_running_ends_with_it(device, shell, tmp_path):
    work = Job("orphan", ("sh", "-c", "sleep 77 & exit 0"))
    begun = time.monotonic()
    assert device.run(work, tmp_path, soon()).exit_status == 0
    assert time.monotonic() - begun < 5
    assert nothing_is_left(shell)


def test_endless_output_keeps_its_head_and_tail_and_fills_nothing(device, shell, tmp_path):
    script = "echo first; yes; true"
    work = Job("flood", ("sh", "-c", script), limit_s=3, output_cap=200_000)
    result = device.run(work, tmp_path, soon())
    text = result.output.read_bytes()
    assert result.truncated
    assert text.startswith(b"first\ny\n")
    assert b"[harness: output was cut here on the device]" in text
    assert len(text) < 210_000
    assert nothing_is_left(shell)


def test_output_below_the_cap_is_whole(device, tmp_path):
    result = device.run(Job("seq", ("seq", "1", "20000")), tmp_path, soon())
    assert result.output.read_text() == "".join(f"{i}\n" for i in range(1, 20001))
    assert not result.truncated


def test_a_job_outlives_a_disconnect(adb, device, phone, shell, tmp_path):
    drop = after(1, adb.server.ask, f"host:disconnect:{phone.addresses[0]}", soon())
    result = device.run(Job("drop", COUNT_TO_THREE), tmp_path, soon())
    drop.join()
    assert (result.exit_status, result.output.read_text()) == (0, "1\n2\n3\n")
    assert nothing_is_left(shell)


def test_an_adb_server_killed_in_mid_round_loses_nothing(adb, device, shell, tmp_path):
    kill = after(1, os.kill, adb.pid, signal.SIGKILL)
    result = device.run(Job("kill", COUNT_TO_THREE), tmp_path, soon())
    kill.join()
    assert (result.exit_status, result.output.read_text()) == (0, "1\n2\n3\n")
    assert 3 <= result.seconds < 4
    assert nothing_is_left(shell)


def test_a_server_that_is_not_ours_is_waited_for_and_not_started(adb, phone, shell, tmp_path):
    theirs = Server(adb.server.host, adb.server.port)  # the same server, not ours to revive
    device = open_adb_device(theirs, phone.addresses[0])
    os.kill(adb.pid, signal.SIGKILL)
    with pytest.raises(DeviceTimeoutError):
        come_back(device.shell, soon(2))
    assert not theirs.listening()
    back = after(1, adb.start, soon())
    come_back(device.shell, soon())
    back.join()
    assert device.run(Job("back", ("true",)), tmp_path, soon()).exit_status == 0


def test_a_silent_link_is_found_out_and_the_result_collected(
    device, phone, shell, tmp_path, monkeypatch
):
    """The phone forgets the connection while the cable is out: no end of it is ever told."""
    monkeypatch.setattr(job, "_GRACE_SECONDS", 3.0)

    def cut() -> None:
        phone.link(up=False)
        phone.forget_connections()

    timers = [after(1, cut), after(2, lambda: phone.link(up=True))]
    begun = time.monotonic()
    result = device.run(Job("silent", COUNT_TO_THREE, limit_s=5), tmp_path, soon(90))
    assert time.monotonic() - begun < 20
    for timer in timers:
        timer.join()
    assert (result.exit_status, result.output.read_text()) == (0, "1\n2\n3\n")
    assert nothing_is_left(shell)


def test_a_reboot_under_a_job_is_told_from_a_lost_link(device, phone, tmp_path):
    before = phone.boot_id

    def reboot() -> None:
        phone.shut_down()
        phone.boot()

    timer = after(1, reboot)
    with pytest.raises(DeviceRebootedError):
        device.run(Job("reboot", COUNT_TO_THREE), tmp_path, soon())
    timer.join()
    assert phone.boot_id != before


def test_a_deadline_leaves_nothing_running(device, shell, tmp_path):
    with pytest.raises(DeviceTimeoutError):
        device.run(Job("late", ("sleep", "66")), tmp_path, soon(2))
    assert nothing_is_left(shell)


def test_an_interrupt_leaves_nothing_running(device, shell, tmp_path):
    after(1, os.kill, os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        device.run(Job("stop", ("sleep", "65")), tmp_path, soon())
    assert nothing_is_left(shell)


@pytest.mark.parametrize(
    "name", ["../../etc/x", "-rf", "a;reboot", "ü\u202e\x1b[2J", "", "x" * 300]
)
def test_a_jobs_name_is_never_shell_or_path(device, shell, tmp_path, name):
    assert device.run(Job(name, ("true",)), tmp_path, soon()).exit_status == 0
    assert nothing_is_left(shell)


BUSY = "import time\nwhile time.process_time() < {}: pass"
CUT = 0.02  # the shell cuts user and system time to hundredths of a second


def test_the_shells_times_tell_the_cpu_time_of_a_busy_program(device, tmp_path):
    busy = device.run(Job("busy", ("python3", "-c", BUSY.format(1.0))), tmp_path, soon())
    assert 1.0 - CUT <= busy.cpu_seconds < 1.5
    idle = device.run(Job("idle", ("sleep", "1.5")), tmp_path, soon())
    assert idle.seconds >= 1.5
    assert idle.cpu_seconds < 0.2


def test_cpu_time_is_of_everything_that_a_program_waited_for(device, tmp_path):
    one = f"python3 -c '{BUSY.format(0.6)}'"
    job = Job("two", ("sh", "-c", f"{one} & {one}; wait"), {"A": "B"})
    assert 1.2 - CUT <= device.run(job, tmp_path, soon()).cpu_seconds < 2.0


@pytest.mark.parametrize("script", ["kill -SEGV $$", "exit 3"])
def test_a_failed_program_has_its_cpu_time_too(device, tmp_path, script):
    job = Job("failed", ("sh", "-c", f"python3 -c '{BUSY.format(0.5)}'; {script}"))
    assert 0.5 - CUT <= device.run(job, tmp_path, soon()).cpu_seconds < 1.0


def test_the_limit_leaves_the_cpu_time_of_what_it_ended(device, tmp_path):
    job = Job("limit", ("python3", "-c", "while True: pass"), limit_s=2)
    result = device.run(job, tmp_path, soon())
    assert result.limited
    assert result.cpu_seconds > 0.5


def test_a_phone_without_a_log_or_counters_leaves_them_out(device, tmp_path):
    job = Job("bare", ("sh", "-c", "kill -SEGV $$"), log=True, expects=("gpu_active_ns",))
    begun = time.monotonic()
    result = device.run(job, tmp_path, soon())
    assert (result.exit_status, result.counters, dict(result.files)) == (139, {}, {})
    assert time.monotonic() - begun < 3


def test_a_service_that_hangs_after_the_job_costs_its_answer_and_not_the_result(
    device, shell, tmp_path, monkeypatch
):
    monkeypatch.setattr(job, "_GRACE_SECONDS", 3.0)
    script = "[ -f /data/local/tmp/asked ] && sleep 60; touch /data/local/tmp/asked"
    shell.check(f"echo '#!/system/bin/sh\n{script}' >/system/bin/dumpsys", soon())
    begun = time.monotonic()
    result = device.run(Job("hang", ("echo", "hi"), limit_s=1), tmp_path, soon())
    assert (result.exit_status, result.output.read_text()) == (0, "hi\n")
    assert 3 < time.monotonic() - begun < 12


def test_logcats_words_arrive_as_they_are(device, shell, tmp_path):
    """A stand-in that answers with what it was asked: the chroot has no log daemon."""
    script = "echo 08-21 12:00:01.100 1 1 I x: $# $*"
    make = f"echo '{script}' >/system/bin/logcat && chmod 755 /system/bin/logcat"
    shell.check(make, soon())
    result = device.run(Job("log", ("true",), log=True), tmp_path, soon())
    words = result.files["logcat.txt"].read_text().split(": ", 1)[1].split()
    assert words[0] == "8"
    assert words[1:5] == ["-d", "-v", "threadtime", "-T"]
    assert words[7:9] == ["-b", "main,system,crash"]
    assert words[9].startswith("--pid=")
