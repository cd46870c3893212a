"""Real rounds on this machine until p50 is known well enough, cut short and resumed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from harness.deadline import Deadline
from harness.demo_models import paths
from harness.sweep.agenda import Agenda, course_of
from harness.sweep.folder import read_folder
from harness.sweep.observe import median_reader

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")

CALL = (
    *(sys.executable, "-m", "harness", "run", str(paths()[0]), "--device", "local"),
    *("--variant", "cpu-1t,cpu-4t,cpu-noxnn", "--quick"),
)
RULE = ("--rounds", "5", "--max-rounds", "8", "--precision", "0.1%")
"""A precision that no machine reaches in 8 rounds of 0.3 s, so that there is something to cut."""


def start(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )


def lines_of(out) -> int:
    found = list(out.glob("*/rounds.jsonl"))
    return found[0].read_bytes().count(b"\n") if found else 0


@pytest.mark.timeout(300)
def test_killed_among_the_rows_beyond_the_plan_it_goes_on_as_if_nobody_had_touched_it(tmp_path):
    chance = random.Random(7)
    process = start(*CALL, *RULE, "--out", str(tmp_path), "--json")
    for wanted in (20, 23):  # the plan has 3 probes and 15 rounds
        deadline = Deadline.after(120)
        while lines_of(tmp_path) < wanted and process.poll() is None and not deadline.passed:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3))
        assert process.poll() is None, "it ended before it could be cut"
        process.send_signal(signal.SIGKILL)
        process.communicate()
        (folder,) = tmp_path.iterdir()
        words = ("run", "--resume", str(folder), "--json")
        process = start(sys.executable, "-m", "harness", *words)
    out, _ = process.communicate(timeout=120)
    results = json.loads(out)

    sweep = read_folder(folder)
    made = [(one.cell, str(one.kind), one.index) for one in sweep.records if one.final]
    assert set(Counter(made).values()) == {1}
    # With these measured values an uncut sweep asks for these launches in this order, and no more.
    agenda = Agenda(course_of(sweep.manifest, "local"), (), median_reader(sweep))
    by_key = {(one.cell, str(one.kind), one.index): one for one in sweep.records if one.final}
    asked = []
    while (step := agenda.next()) is not None:
        asked.append((step.cell, str(step.kind), step.index))
        agenda.made(by_key[asked[-1]])
    assert asked == made
    assert results["sweep"]["complete"]
    assert {cell["stopped"]["why"] for cell in results["cells"]} <= {"precise", "round-budget"}
    assert max(index for _, _, index in made) == 8


@pytest.mark.timeout(120)
def test_a_time_budget_ends_a_sweep_early_and_every_cell_has_been_measured(tmp_path):
    process = start(*CALL, *RULE, "--budget", "1s", "--out", str(tmp_path), "--json")
    out, _ = process.communicate(timeout=100)
    results = json.loads(out)
    assert process.returncode == 4  # no cell has as many rounds as it should
    assert {cell["stopped"]["why"] for cell in results["cells"]} == {"time-budget"}
    assert {cell["rounds"] for cell in results["cells"]} == {1}
    assert results["sweep"]["complete"]
    assert results["sweep"]["budget_s"] == 1


def test_a_dry_run_counts_from_the_least_rounds_to_the_most(tmp_path):
    def minutes(*words):
        process = start(*CALL[:-1], *words, "--dry-run", "--json")
        return json.loads(process.communicate(timeout=60)[0])["minutes"]["local"]

    fixed, open_ended = minutes("--rounds", "5"), minutes("--rounds", "5", "--max-rounds", "15")
    assert fixed[0] == open_ended[0]
    assert open_ended[1] > 2 * fixed[1]
