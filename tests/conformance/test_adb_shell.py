"""The shell of a real adbd, through a real adb server."""

from __future__ import annotations

import io
import os
import signal
import threading
import time

import pytest

from harness.deadline import Deadline
from harness.device.adb.shell import Shell, quoted
from harness.errors import DeviceCommandError, DeviceTimeoutError, DeviceUnavailableError


def soon() -> Deadline:
    return Deadline.after(20)


def test_streams_and_status_arrive_apart(shell):
    done = shell.run("echo out; echo err >&2; exit 7", soon())
    assert (done.stdout, done.stderr, done.status) == (b"out\n", b"err\n", 7)


@pytest.mark.parametrize(
    ("command", "status"),
    [("kill -SEGV $$", 139), ("./missing", 127), ("/etc/phone.prop", 126), ("exit 255", 255)],
)
def test_statuses_follow_the_shell(shell, command, status):
    assert shell.run(command, soon()).status == status


def test_a_steady_drip_does_not_outlive_the_deadline(shell):
    begun = time.monotonic()
    with pytest.raises(DeviceTimeoutError) as caught:
        shell.run("while :; do echo drip; sleep 0.1; done", Deadline.after(1))
    assert time.monotonic() - begun < 3
    assert caught.value.next_step


def test_a_program_that_reads_its_input_meets_its_end(shell):
    assert shell.run("cat; echo done", soon()).stdout == b"done\n"


def test_bytes_pass_unchanged_in_both_directions(shell):
    payload = bytes(range(256)) * 8192
    done = shell.run("cat", soon(), stdin=io.BytesIO(payload))
    assert done.stdout == payload


@pytest.mark.parametrize(
    "word", ["a b", "it's", "$HOME `id` $(id)", "-n", "*", "ü\u202e", "a\nb", "\\", ";reboot", ""]
)
def test_a_quoted_word_arrives_as_it_is(shell, word):
    assert shell.run(f"printf %s {quoted(word)}", soon()).stdout == word.encode()


def test_a_refusal_carries_the_record(shell):
    with pytest.raises(DeviceCommandError, match="No such file") as caught:
        shell.check("cat /no/such/file", soon())
    assert caught.value.context.exit_status == 1
    assert caught.value.context.command == "cat /no/such/file"


def test_a_command_too_long_for_adb_is_refused_by_name(shell):
    with pytest.raises(DeviceCommandError, match="too long"):
        shell.check("echo " + "x" * 70_000, soon())


def test_a_server_killed_under_a_command_is_a_lost_link(adb, shell):
    killer = threading.Timer(0.5, os.kill, (adb.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(DeviceUnavailableError, match="lost"):
        shell.run("sleep 5", soon())
    killer.join()


def test_a_phone_that_is_not_there_is_unavailable(adb):
    with pytest.raises(DeviceUnavailableError, match="not found"):
        Shell(adb.server, "NOSUCH", "NOSUCH").run("true", soon())


def test_a_server_that_is_gone_says_how_to_start_one(adb, shell):
    adb.stop()
    with pytest.raises(DeviceUnavailableError, match="no adb server") as caught:
        shell.run("true", soon())
    assert "adb start-server" in caught.value.next_step
