"""Ctrl-C, SIGTERM and two harnesses at once, on this machine with real LiteRT."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from harness.deadline import Deadline
from harness.demo_models import paths
from harness.lab.lease import lease

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")

MODEL = str(paths()[0])


def start(tmp_path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "harness", "run", MODEL, "--device", "local"),
            *("--variant", "cpu-1t", "--out", str(tmp_path), *words),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def wait_for_rounds(tmp_path, count: int) -> None:
    deadline = Deadline.after(60)
    while not deadline.passed:
        journals = list(tmp_path.glob("*/rounds.jsonl"))
        if journals and journals[0].read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.05)
    raise AssertionError("no round came")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_one_signal_drains_and_keeps_what_was_measured(tmp_path, number, code):
    process = start(tmp_path, "--rounds", "50", "--quick")
    wait_for_rounds(tmp_path, 2)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "once more stops at once" in err
    assert "--resume" in out
    (folder,) = tmp_path.iterdir()
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert not results["sweep"]["complete"]
    assert results["cells"][0]["rounds"] >= 1
    assert results["cells"][0]["validity"] == "incomplete"
    assert (folder / "report.html").is_file()
    lines = (folder / "rounds.jsonl").read_bytes()
    assert lines.endswith(b"\n")


def test_a_second_signal_stops_at_once_and_the_sweep_can_go_on(tmp_path):
    process = start(tmp_path, "--rounds", "3")
    wait_for_rounds(tmp_path, 1)
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    (folder,) = tmp_path.iterdir()
    again = subprocess.run(
        [sys.executable, "-m", "harness", "run", "--resume", str(folder), "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert json.loads(again.stdout)["sweep"]["complete"], again.stderr


def test_a_device_that_another_harness_measures_on_is_left_alone(tmp_path):
    with lease("local", purpose="somebody else's sweep"):
        process = start(tmp_path, "--quick", "--json")
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    error = json.loads(out)["error"]
    assert "somebody else's sweep" in error["message"]
    assert error["next"]
    assert list(tmp_path.iterdir()) == []
