"""A series that is stopped or killed, and begun anew on resume; on this machine with real LiteRT.

The compiled cache of the second test is XNNPACK's own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from harness.bench.command import LaunchKind
from harness.deadline import Deadline
from harness.demo_models import paths
from harness.sweep.journal import read_journal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")

SUSTAINED = LaunchKind.SUSTAINED


def harness(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "harness", "run", *words, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def sweep(tmp_path, *words: str) -> subprocess.Popen[str]:
    options = ("--device", "local", "--quick", "--rounds", "1", "--out", str(tmp_path))
    return harness(str(paths()[0]), *options, *words)


def made(folder) -> list[int]:
    return [one.index for one in read_journal(folder) if one.kind is SUSTAINED]


def wait_for_series(tmp_path):
    deadline = Deadline.after(60)
    while not deadline.passed:
        for journal in tmp_path.glob("*/rounds.jsonl"):
            if made(journal.parent):
                return journal.parent
        time.sleep(0.05)
    raise AssertionError("no launch of a series came")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_series_that_was_cut_is_begun_anew(tmp_path, number):
    process = sweep(tmp_path, "--variant", "cpu-1t", "--sustain", "6s")
    folder = wait_for_series(tmp_path)
    process.send_signal(number)
    process.communicate(timeout=60)
    before = made(folder)
    if number is signal.SIGINT:
        cell = json.loads((folder / "results.json").read_text())["cells"][0]
        assert cell["sustained"]["reason"] == "cut-short"
        assert process.returncode == 130
    out, _ = harness("--resume", str(folder)).communicate(timeout=120)
    results = json.loads(out)
    found = results["cells"][0]["sustained"]
    assert results["sweep"]["complete"]
    assert found["reason"] is None
    assert found["duration_s"] >= 6
    after = made(folder)[len(before) :]
    assert after == list(range(1, len(after) + 1))
    assert found["launches"] == len(after)
    assert found["exact"]


def test_a_start_with_xnnpacks_own_cache_is_warm(tmp_path):
    out, _ = sweep(
        tmp_path, "--variant", "cpu-compiled", "--variant", "cpu-1t", "--init", "cold,warm"
    ).communicate(timeout=120)
    cells = {cell["variant"]["name"]: cell["init"] for cell in json.loads(out)["cells"]}
    found = cells["cpu-compiled"]
    assert (found["cache"], found["page_cache_dropped"], found["reason"]) == ("used", False, None)
    assert found["files"]["xnnpack"] > 100_000
    assert found["cold"]["init_ms"]["rounds"] == found["warm"]["init_ms"]["rounds"] == 3
    assert cells["cpu-1t"]["cold"] is None
    assert cells["cpu-1t"]["reason"] == "tool-lacks-flag: --xnnpack_weight_cache_file_path"
