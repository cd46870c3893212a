import os
import signal
import subprocess
import sys

import pytest

from harness.sweep.journal import NAME, Journal, read_journal
from harness.sweep.record import RoundRecord


def record(index: int, **more) -> RoundRecord:
    return RoundRecord(
        cell="c0001",
        kind="round",
        index=index,
        attempt=1,
        started="2026-01-01T00:00:00.000+00:00",
        seconds=1.0,
        exit_status=0,
        **more,
    )


def test_what_is_appended_is_read_back(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(record(1))
        journal.append(record(2, failure="limit"))
    assert read_journal(tmp_path) == (record(1), record(2, failure="limit"))


def test_a_journal_cut_at_any_byte_loses_the_torn_line_only(tmp_path):
    with Journal(tmp_path) as journal:
        for index in (1, 2, 3):
            journal.append(record(index))
    whole = (tmp_path / NAME).read_bytes()
    ends = [at + 1 for at, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole) + 1):
        (tmp_path / NAME).write_bytes(whole[:cut])
        kept = sum(end <= cut for end in ends)
        assert [one.index for one in read_journal(tmp_path)] == [1, 2, 3][:kept]
        with Journal(tmp_path) as journal:
            journal.append(record(9))
        assert [one.index for one in read_journal(tmp_path)] == [*[1, 2, 3][:kept], 9]


def test_a_damaged_line_in_the_middle_costs_that_line_alone(tmp_path):
    with Journal(tmp_path) as journal:
        for index in (1, 2, 3):
            journal.append(record(index))
    lines = (tmp_path / NAME).read_bytes().splitlines(keepends=True)
    lines[1] = b"\0" * 40 + b"\n"
    (tmp_path / NAME).write_bytes(b"".join(lines))
    assert [one.index for one in read_journal(tmp_path)] == [1, 3]


def test_a_missing_journal_is_an_empty_one(tmp_path):
    assert read_journal(tmp_path) == ()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
def test_a_line_is_on_disk_before_the_writer_may_die(tmp_path):
    program = (
        "import sys, pathlib, os, signal\n"
        "from harness.sweep.journal import Journal\n"
        "from harness.sweep.record import RoundRecord\n"
        "journal = Journal(pathlib.Path(sys.argv[1]))\n"
        "journal.append(RoundRecord.model_validate_json(sys.argv[2]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    line = record(7).model_dump_json(by_alias=True)
    done = subprocess.run(
        [sys.executable, "-c", program, os.fspath(tmp_path), line], check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL
    assert read_journal(tmp_path) == (record(7),)
