"""A sweep that is killed with -9 again and again ends as if nobody had touched it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from harness.deadline import Deadline
from harness.sweep.folder import read_folder
from harness.sweep.journal import NAME
from harness.sweep.record import RoundRecord

POINTS = int(os.environ.get("HARNESS_KILL_POINTS", "3"))

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")


def start(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "harness", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )


def lines_of(folder: Path) -> int:
    journal = folder / NAME
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def the_folder(out: Path) -> Path:
    deadline = Deadline.after(60)
    while not (found := list(out.glob("*/sweep.json"))):
        assert not deadline.passed, "the sweep did not begin"
        time.sleep(0.05)
    return found[0].parent


def kill_somewhere(process: subprocess.Popen[bytes], folder: Path, chance: random.Random) -> bool:
    """Kill after some more launches, at no launch's end in particular; False if it ended first."""
    wanted = lines_of(folder) + chance.randint(0, 8)
    deadline = Deadline.after(60)
    while lines_of(folder) < wanted and process.poll() is None and not deadline.passed:
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.4))
    ended = process.poll() is not None
    if not ended:
        process.send_signal(signal.SIGKILL)
    process.wait()
    return not ended


def children_of_labs() -> list[str]:
    """Command lines of what a demo of this test would leave: its phones and its adb server."""
    mine = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"HARNESS_TEST_RUN={os.environ['HARNESS_TEST_RUN']}".encode() in entry.read_bytes():
                mine.append((entry.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    own = str(os.getpid())
    return [one for one in mine if one and "pytest" not in one and own not in one]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_many_points_a_demo_loses_and_doubles_no_round(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_TEST_RUN", f"{os.getpid()}-{time.time_ns()}")
    chance = random.Random(20)
    process = start("demo", "--quick", "--out", str(tmp_path))
    folder = the_folder(tmp_path)
    kills = 0
    while kills < POINTS and kill_somewhere(process, folder, chance):
        kills += 1
        process = start("run", "--resume", str(folder))
    assert kills == POINTS
    assert process.wait(timeout=180) == 0

    sweep = read_folder(folder)
    planned = [
        (step.cell, step.kind, step.index)
        for steps in sweep.manifest.schedule.values()
        for step in steps
    ]
    made = Counter((one.cell, one.kind, one.index) for one in sweep.records if one.final)
    assert set(made.values()) == {1}
    assert sorted(made) == sorted(planned)
    for record in sweep.records:
        assert record.output is None or (folder / record.output).is_file()
    raw = (folder / NAME).read_bytes().splitlines()
    assert [RoundRecord.model_validate_json(line) for line in raw] == list(sweep.records)
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert results["sweep"]["complete"]
    assert {cell["validity"] for cell in results["cells"] if cell["status"] == "ok"} <= {
        "valid",
        "invalid",
    }
    if sys.platform == "linux":
        deadline = Deadline.after(15)
        while children_of_labs() and not deadline.passed:
            time.sleep(0.2)
        assert children_of_labs() == []
