"""Why each cell has the rounds that it has, from folders as sweeps leave them."""

import json

import pytest
from folders import CPU, GPU_FULL, Writer, log

from harness.sweep.folder import read_folder
from harness.sweep.results import build

CALM = [1000, 1010, 990, 1005, 995, 1000]
NOISY = [1000, 1100, 900, 1050, 950, 1000]
ADAPTIVE = {"precision": 0.02, "max_rounds": 8}


def judged(writer: Writer):
    results = build(read_folder(writer.write()))
    return results, {cell.variant.name: cell for cell in results.cells}


def test_a_precise_cell_says_how_precise_and_by_which_rule(tmp_path):
    writer = Writer(tmp_path, settings=ADAPTIVE)
    writer.add("cpu-4t", log(*CPU), CALM)
    results, cells = judged(writer)
    stopped = cells["cpu-4t"].stopped
    assert (stopped.why, stopped.target) == ("precise", 0.02)
    # At the first look the interval is all of CALM: 990 to 1010 around 1000.
    assert stopped.achieved == pytest.approx(0.01)
    assert (stopped.rounds_least, stopped.rounds_most) == (5, 8)
    assert results.sweep.complete


def test_a_noisy_cell_that_had_all_rounds_stopped_at_its_round_budget(tmp_path):
    writer = Writer(tmp_path, settings=ADAPTIVE)
    writer.add("cpu-4t", log(*CPU), [*CALM, 1000, 1000])
    writer.add("gpu", log(*GPU_FULL), [*NOISY, 1100, 900])
    results, cells = judged(writer)
    assert cells["gpu"].stopped.why == "round-budget"
    assert cells["gpu"].stopped.achieved > 0.05
    assert (cells["gpu"].rounds, cells["gpu"].validity) == (8, "valid")
    assert results.sweep.complete


def test_a_noisy_cell_without_its_further_rounds_was_interrupted_and_its_sweep_is_not_whole(
    tmp_path,
):
    writer = Writer(tmp_path, settings=ADAPTIVE)
    writer.add("cpu-4t", log(*CPU), CALM)
    writer.add("gpu", log(*GPU_FULL), NOISY)
    results, cells = judged(writer)
    assert cells["cpu-4t"].stopped.why == "precise"
    assert cells["gpu"].stopped.why == "interrupted"
    assert cells["gpu"].validity == "valid"  # it has what every cell has at the least
    assert not results.sweep.complete


def test_rounds_that_a_time_budget_kept_away_are_no_interruption(tmp_path):
    writer = Writer(tmp_path, settings={**ADAPTIVE, "budget_s": 3})
    writer.add("cpu-4t", log(*CPU), CALM[:2])
    results, cells = judged(writer)
    stopped = cells["cpu-4t"].stopped
    assert (stopped.why, stopped.achieved) == ("time-budget", None)
    assert cells["cpu-4t"].validity_reasons == ["fewer_rounds_than_planned"]
    assert results.sweep.complete


def test_a_cell_that_failed_says_so_and_a_skipped_one_nothing(tmp_path):
    writer = Writer(tmp_path, settings=ADAPTIVE)
    writer.add("cpu-4t", log(*CPU), CALM)
    writer.add("gpu", "ERROR: Benchmarking failed.\n", [], exit_status=1)
    writer.skip("nnapi", "tool-lacks-flag: --use_nnapi")
    _, cells = judged(writer)
    assert (cells["gpu"].stopped.why, cells["gpu"].stopped.achieved) == ("failed", None)
    assert cells["nnapi"].stopped is None


def test_a_tool_that_prints_no_median_leaves_the_number_of_rounds_fixed(tmp_path):
    text = log(*CPU).replace(" p5=950 median=1000 p95=1060", "")
    assert text != log(*CPU)
    writer = Writer(tmp_path, settings=ADAPTIVE)
    writer.add("cpu-4t", text, [])
    for index in range(1, 6):
        writer._launch("cpu-4t", "round", index, text, 0, {}, {})
    results, cells = judged(writer)
    stopped = cells["cpu-4t"].stopped
    assert (stopped.why, stopped.target, stopped.achieved) == ("fixed", 0.02, None)
    assert results.sweep.complete


def test_a_row_that_a_cell_was_not_part_of_keeps_its_place_empty(tmp_path):
    writer = Writer(tmp_path, settings=ADAPTIVE)
    writer.add("cpu-1t", log(*CPU), [*CALM, None, 1000])
    writer.add("cpu-4t", log(*CPU), [2 * one for one in CALM])
    writer.add("gpu", log(*GPU_FULL), [500, 505, 495, 700, 500, 500, 500, 500])
    _, cells = judged(writer)
    assert cells["cpu-1t"].round_medians_ms == [1.0, 1.01, 0.99, 1.005, 0.995, 1.0, None, 1.0]
    assert len(cells["cpu-4t"].round_medians_ms) == 6
    speedup = cells["gpu"].speedup_vs_cpu  # from the seven rows that both have
    assert speedup.ci_low < speedup.value < speedup.ci_high


def test_a_folder_of_an_older_version_is_one_of_a_fixed_number_of_rounds(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), CALM)
    writer.add("gpu", log(*GPU_FULL), NOISY[:4])
    manifest = tmp_path / "sweep.json"
    writer.write()
    data = json.loads(manifest.read_text(encoding="utf-8"))
    for key in ("max_rounds", "precision", "budget_s"):
        del data["settings"][key]
    for key in ("rounds_most", "precision", "budget_s"):
        del data["sweep"][key]
    manifest.write_text(json.dumps(data), encoding="utf-8")
    results = build(read_folder(tmp_path))
    cells = {cell.variant.name: cell for cell in results.cells}
    assert (cells["cpu-4t"].stopped.why, cells["cpu-4t"].stopped.target) == ("fixed", None)
    assert cells["cpu-4t"].stopped.rounds_most == 5
    assert (cells["gpu"].stopped.why, cells["gpu"].validity) == ("interrupted", "incomplete")
    assert not results.sweep.complete


def test_the_command_of_a_cell_asks_for_its_rounds_by_the_same_rule(tmp_path):
    writer = Writer(tmp_path, settings={**ADAPTIVE, "budget_s": 1800})
    writer.add("cpu-4t", log(*CPU), CALM)
    _, cells = judged(writer)
    words = "--rounds 5 --max-rounds 8 --precision 2% --budget 1800s"
    assert words in cells["cpu-4t"].commands[0]
    (tmp_path / "fixed").mkdir()
    fixed = Writer(tmp_path / "fixed", rounds=3)
    fixed.add("cpu-4t", log(*CPU), CALM[:3])
    assert "--rounds 3 --seed" in judged(fixed)[1]["cpu-4t"].commands[0]


def test_the_command_of_a_cell_asks_for_its_single_invocations(tmp_path):
    writer = Writer(tmp_path, settings={**ADAPTIVE, "samples": ["tool", "short", "traced"]})
    writer.add("cpu-4t", log(*CPU), CALM)
    assert "--samples short,traced --seed" in judged(writer)[1]["cpu-4t"].commands[0]
