from __future__ import annotations

import pytest
import sample
from hypothesis import given
from hypothesis import strategies as st

from harness.report import choice, figures, words
from harness.sweep.extra_documents import PercentileDoc
from harness.verdict.model import FindingKind, Placement, Validity


def shown(**values: object) -> str:
    found = figures.figure(PercentileDoc.model_validate(values))
    return f"{found.mark}{found.text}" if found else "none"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"value": 5.281, "method": "exact"}, "5.28"),
        ({"value": 5.281, "method": "tool"}, "5.28"),
        ({"value": 5.281, "method": "interpolated"}, "\N{ALMOST EQUAL TO}5.28"),
        (
            {"value": None, "method": "bounded", "bound_low": 5.1, "bound_high": 5.4},
            "5.10\N{EN DASH}5.40",
        ),
        (
            {"value": 5.2, "method": "bounded", "bound_low": 5.1, "bound_high": 5.4},
            "5.10\N{EN DASH}5.40",
        ),
        (
            {"value": None, "method": "bounded", "bound_high": 5.4},
            "\N{LESS-THAN OR EQUAL TO}5.40",
        ),
        (
            {"value": None, "method": "bounded", "bound_low": 5.1},
            "\N{GREATER-THAN OR EQUAL TO}5.10",
        ),
        ({"value": None, "method": "bounded"}, "none"),
    ],
)
def test_a_percentile_shows_how_it_is_known(values, text):
    assert shown(**values) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1,234"), (150.4, "150"), (15.04, "15.0"), (5.046, "5.05"), (0.94, "0.940"),
     (0.0312, "0.0312"), (None, "unknown")],
)  # fmt: skip
def test_milliseconds_have_three_digits(value, text):
    assert words.ms(value) == text


@given(st.floats(min_value=1e-6, max_value=1e6))
def test_milliseconds_stay_within_a_percent_of_the_truth(value):
    assert float(words.ms(value).replace(",", "")) == pytest.approx(value, rel=0.01)


def gpu(**changes: object):
    return sample.cell(sample.PHONES[0], sample.MODELS[0], "gpu", sample.Case(**changes))


def test_wrong_answers_are_struck_out_and_have_no_speed_up():
    wrong = gpu(findings=[sample.finding(FindingKind.WRONG_OUTPUT, "Wrong.")])
    assert figures.is_void(wrong)
    assert figures.speedup(wrong) == ""


def test_only_valid_right_and_known_cells_may_be_chosen():
    honest = [c for c in sample.cells() if figures.is_honest(c)]
    assert {c.verdict for c in honest} == {"full", "partial", "downgraded", "baseline"}
    assert not figures.is_honest(gpu(validity=Validity.INVALID))
    assert not figures.is_honest(gpu(placement=Placement.NONE))
    assert not figures.is_honest(gpu(findings=[sample.finding(FindingKind.IMPLAUSIBLE, "No.")]))


def test_the_fastest_cell_is_not_chosen_when_its_answers_are_wrong():
    wrong = gpu(p50=0.5, findings=[sample.finding(FindingKind.WRONG_OUTPUT, "Wrong.")])
    right = sample.cell(
        sample.PHONES[0], sample.MODELS[0], "cpu-4t", sample.Case(Placement.BASELINE, 8.0)
    )
    assert choice.winners([wrong, right]) == (right,)


def test_overlapping_intervals_are_a_tie_and_a_lesser_path_comes_last():
    downgraded = gpu(p50=2.10, findings=[sample.OPENGL])
    full = sample.cell(sample.PHONES[0], sample.MODELS[0], "gpu-fp32", sample.Case(p50=2.11))
    slow = sample.cell(sample.PHONES[0], sample.MODELS[0], "nnapi", sample.Case(p50=3.0))
    assert choice.winners([downgraded, full, slow]) == (full, downgraded)


def test_ties_count_for_each_variant():
    assert choice.tally(sample.cells()[:3]) == (
        "gpu wins 1 of 1 pair of device and model",
        "gpu-fp32 1",
    )
