"""How reports say how many rounds there are and why no more."""

import io

import pytest
import sample

from harness.report.details import cell_details
from harness.report.folder import SweepData
from harness.report.markdown import render_markdown
from harness.report.stopped import ended, rule, tally
from harness.report.terminal import LineProgress
from harness.report.trust import trust
from harness.report.view import build_view
from harness.sweep.extra_documents import StoppedDoc


def stopped(why="precise", achieved=0.0131, target=0.02):
    return StoppedDoc(why=why, target=target, achieved=achieved, rounds_least=5, rounds_most=15)


def cells(*found):
    """Measured cells of one device with (rounds, why stopped)."""
    phone = sample.device("P1", soc=None)
    made = [sample.cell(phone, sample.MODELS[0], "gpu", sample.Case()) for _ in found]
    return [
        one.model_copy(update={"id": f"c{n}", "rounds": rounds, "stopped": why})
        for n, (one, (rounds, why)) in enumerate(zip(made, found, strict=True))
    ]


@pytest.mark.parametrize(
    ("doc", "text"),
    [
        (stopped(), "precise to ±1.3 %"),
        (stopped("round-budget", 0.06), "still ±6.0 %: round budget"),
        (stopped("time-budget", None), "still without an interval: time budget"),
        (stopped("interrupted", 0.04), "still ±4.0 %: interrupted"),
        (stopped("failed", None), "still without an interval: a launch failed for good"),
        (stopped("fixed", 0.01, None), "a fixed number, ±1.0 %"),
        (stopped("fixed", None, None), "a fixed number"),
        (stopped("fixed", None), "a fixed number, since its rounds tell no median"),
        (None, ""),
    ],
)
def test_a_cell_says_how_well_it_is_known_and_why_it_has_no_more_rounds(doc, text):
    assert ended(doc) == text


def test_a_device_says_how_many_of_its_cells_are_precise_and_how_far_the_others_are():
    made = cells(
        (5, stopped()),
        (7, stopped()),
        (15, stopped("round-budget", 0.04)),
        (15, stopped("round-budget", 0.06)),
        (3, stopped("time-budget", None)),
    )
    assert str(tally(made)) == (
        "3 to 15 rounds a cell, 2 of 5 precise to ±2.0 %, 2 still up to ±6.0 % (round budget), "
        "1 still without an interval (time budget)"
    )
    assert str(tally(cells((5, stopped("fixed", 0.01, None))))) == "5 rounds a cell"
    assert str(tally(cells((5, None)))) == ""


def test_the_trust_table_the_drawer_and_the_summary_say_it():
    made = cells((7, stopped()), (15, stopped("round-budget", 0.06)))
    document = sample.results(made)
    data = SweepData(document, sample.manifest(document), (), ())
    said = "7 to 15 rounds a cell, 1 of 2 precise to ±2.0 %, 1 still up to ±6.0 % (round budget)"
    assert [str(one.rounds) for one in trust(data)] == [said]
    lines = {name: (value, note) for name, value, note in cell_details(made[1], data)["times"]}
    assert lines["measured in"] == (
        "15 rounds",
        "still ±6.0 %: round budget; 250 timed invocations",
    )
    assert "1 of 2 precise to ±2.0 %" in render_markdown(build_view(data))


def test_the_page_names_the_rule_of_the_sweep():
    told = sample.results(rounds_most=15, precision=0.02, budget_s=1800.0)
    assert rule(told.sweep) == (
        "5 to 15 rounds a cell, until p50 is within ±2.0 %, within 30 min 0 s a device"
    )
    assert rule(sample.results().sweep) == "5 rounds a cell"
    provenance = dict(build_view(SweepData(told, sample.manifest(told), (), ())).provenance)
    assert provenance["order"].startswith("5 to 15 rounds a cell, until p50")


def test_a_line_counts_launches_of_at_most_and_fewer_once_cells_are_precise():
    document = sample.results()
    record = sample.rounds(document)[0]
    device = document.cells[0].device.id
    made = sample.manifest(document)
    step = {"cell": record.cell, "kind": "round"}
    schedule = {device: [{**step, "index": index} for index in range(1, 6)]}
    settings = {"rounds": 5, "max_rounds": 15, "precision": 0.02}
    plan = made.model_validate(made.to_json() | {"schedule": schedule, "settings": settings})
    stream = io.StringIO()
    progress = LineProgress(stream)
    progress.sweep_started(plan)
    assert "at most 15 launches" in stream.getvalue()
    progress.step_finished(device, record)
    assert "[1 of at most 15]" in stream.getvalue()
    progress.launches_ahead(device, 5)
    progress.step_finished(device, record)
    assert "[2 of at most 6]" in stream.getvalue()
