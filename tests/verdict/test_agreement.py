import pytest
from evidence_files import result_file

from harness.parse.log import parse_log
from harness.parse.result_file import read_result_file
from harness.verdict.agreement import completed
from harness.verdict.model import EvidenceKind

PERCENTILES = " p5=563 median=579 p95=675"
PRINTED = (
    "INFO: STARTING!\n"
    f"INFO: count=314 first=581 curr=574 min=558 max=775 avg=595.185 std=38{PERCENTILES}\n"
    "INFO: Inference timings in us: Init: 4006, First inference: 904, Warmup (avg): 605.519, "
    "Inference (avg): 595.185\n"
)
FILED = {
    "avg": 0.595184684,
    "min": 0.558,
    "max": 0.775,
    "std": 0.038,
    "p50": 0.579,
    "p5": 0.563,
    "p95": 0.675,
    "init": 4.006,
    "first_inference": 0.904,
}


def together(text, milliseconds, runs=314):
    (run,) = parse_log(text, "x.log")
    result = read_result_file(result_file(milliseconds, runs=runs), "result.pb")
    return completed(run, result)


def test_a_file_that_agrees_adds_nothing():
    run, notes = together(PRINTED, FILED)
    assert (run, notes) == (parse_log(PRINTED, "x.log")[0], ())


def test_percentiles_that_the_output_lacks_are_the_files():
    run, (note,) = together(PRINTED.replace(PERCENTILES, ""), FILED)
    assert (run.timed.p5, run.timed.p50, run.timed.p95) == (563.0, 579.0, 675.0)
    assert (run.timed.first, run.timed.curr, run.timed.avg) == (581.0, 574.0, 595.185)
    assert (note.kind, note.source) == (EvidenceKind.RESULT_FILE, "result.pb")
    assert note.text == "from the result file, since the output lacks it: p5, p50, p95"


def test_initialisation_is_completed_too():
    lines = PRINTED.splitlines(keepends=True)
    run, _ = together("".join(lines[:2]), FILED)
    assert (run.init_us, run.first_inference_us) == (4006.0, 904.0)


@pytest.mark.parametrize(("name", "ms"), [("max", 0.9), ("avg", 0.5953), ("init", 5.0)])
def test_a_file_that_differs_is_told_and_not_used(name, ms):
    text = PRINTED.replace(PERCENTILES, "")
    run, (note,) = together(text, {**FILED, name: ms})
    assert run == parse_log(text, "x.log")[0]
    assert "differ" in note.text
    assert name in note.text


def test_another_count_is_a_difference():
    _, (note,) = together(PRINTED, FILED, runs=999)
    assert "count 314 and 999" in note.text


def test_an_output_without_figures_is_not_made_whole():
    run, notes = together("INFO: STARTING!\n", FILED)
    assert (run.timed, run.finished, notes) == (None, False, ())


def test_without_a_file_nothing_changes():
    (run,) = parse_log(PRINTED, "x.log")
    assert completed(run, None) == (run, ())


def test_a_results_block_has_two_decimals_only():
    text = "========== BENCHMARK RESULTS ==========\nInference (avg): 0.60 ms (314 runs)\n"
    run, (note,) = together(text, FILED)
    assert (run.timed.p95, run.timed.avg) == (675.0, 600.0)
    assert "p95" in note.text
