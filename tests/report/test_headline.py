from __future__ import annotations

import sample
from hypothesis import given
from hypothesis import strategies as st

from harness.report.headline import accelerated, marks, plain, sentence
from harness.verdict.model import Placement, Status

FULL = sample.Case()
CPU = sample.Case(Placement.BASELINE, 8.0, nodes=(0, 64))


def say(*cases: tuple[str, sample.Case], phone: int = 0) -> str:
    made = [sample.cell(sample.PHONES[phone], sample.MODELS[0], n, c) for n, c in cases]
    return plain(sentence(made))


def test_a_silent_fallback_comes_first_with_its_denominator():
    said = say(("cpu-4t", CPU), ("gpu", FULL), ("nnapi", sample.NONE))
    assert said == "1 of 2 accelerated cells silently ran on the CPU."


def test_good_news_is_said_in_the_same_place():
    assert say(("cpu-4t", CPU), ("gpu", FULL)) == "No silent fallback seen in 1 accelerated cell."


def test_cells_that_cannot_be_judged_are_never_counted_as_good():
    unknown = sample.Case(Placement.UNKNOWN)
    assert say(("gpu", FULL), ("nnapi", unknown)) == (
        "No silent fallback seen in 2 accelerated cells, but one cannot be judged."
    )


def test_skipped_cells_are_in_no_denominator():
    assert say(("gpu", FULL), ("npu", sample.SKIP)) == (
        "No silent fallback seen in 1 accelerated cell."
    )


def test_a_sweep_whose_accelerators_were_all_skipped_says_so():
    assert say(("cpu-4t", CPU), ("npu", sample.SKIP)) == (
        "1 CPU cell measured: every accelerated cell was skipped."
    )


def test_nothing_measured_is_the_outcome_when_nothing_was():
    assert plain(sentence([])) == "Nothing was measured."
    failed = sample.Case(None, None, Status.FAILED, "crashed", nodes=(None, None))
    assert say(("cpu-4t", failed)) == "Nothing was measured: 1 failed."


def test_simulated_cells_are_counted_only_when_there_are_no_others():
    real = sample.cell(sample.PHONES[0], sample.MODELS[0], "gpu", FULL)
    simulated = sample.cell(sample.PHONES[3], sample.MODELS[0], "nnapi", sample.NONE)
    assert accelerated([real, simulated]) == (real,)
    assert plain(sentence([simulated])) == "The only simulated accelerated cell ran on the CPU."


def test_a_rehearsal_beside_a_real_cpu_speaks_of_the_simulated_accelerators():
    real = sample.cell(sample.PHONES[0], sample.MODELS[0], "cpu-4t", CPU)
    skipped = sample.cell(sample.PHONES[0], sample.MODELS[0], "npu", sample.SKIP)
    simulated = sample.cell(sample.PHONES[3], sample.MODELS[0], "gpu", FULL)
    said = plain(sentence([real, skipped, simulated]))
    assert said == "No silent fallback seen in 1 simulated accelerated cell."


def test_the_whole_sample_in_one_sentence():
    assert plain(sentence(sample.cells())) == (
        "1 of 16 accelerated cells gives wrong answers, four silently ran on the CPU, "
        "one is suspect, one failed, one took a lesser path and one cannot be judged."
    )


@given(st.lists(st.sampled_from(sample.cells()), max_size=12))
def test_every_counted_cell_has_exactly_one_mark(cells):
    assert sum(len(group.anchors) for group in marks(cells)) == len(accelerated(cells))
