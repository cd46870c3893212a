import sample

from harness.report.details import cell_details
from harness.report.doubts import suspicion_facts
from harness.report.folder import load_sweep
from harness.sweep.documents import CorroboratorDoc, RatioDoc, SuspicionDoc


def with_suspicion(reason="its times are those of cpu-4t, and a counter agrees", against="cpu-4t"):
    found = SuspicionDoc(
        verdict="suspect",
        reason=reason,
        against=against,
        ratio=RatioDoc(value=1.004, ci_low=0.97, ci_high=1.04),
        corroborators=[CorroboratorDoc(kind="counters", says="cpu", text="it grew by 0 s")],
    )
    return sample.cells()[1].model_copy(update={"suspicion": found})


def test_the_drawer_says_what_the_test_came_to_and_what_beside_the_time():
    facts = dict(suspicion_facts(with_suspicion()))
    assert "looks like the CPU: its times are those of cpu-4t" in facts["CPU in disguise"]
    assert "1.00 times the time of cpu-4t, 0.97 to 1.04 at 90 %" in facts["CPU in disguise"]
    assert facts["counters"] == "it grew by 0 s"


def test_a_cell_that_was_not_tested_has_no_line():
    assert suspicion_facts(sample.cells()[1]) == []


def test_the_lines_stand_in_the_drawer_with_hostile_names_made_visible(tmp_path):
    cell = with_suspicion(against=sample.OVERRIDE)
    results = sample.results()
    results = results.model_copy(update={"cells": [cell]})
    data = load_sweep(sample.write(tmp_path / "s", results))
    facts = dict(cell_details(data.cells[0], data)["facts"])
    assert "\u202e" not in facts["CPU in disguise"]
    assert "looks like the CPU" in facts["CPU in disguise"]
