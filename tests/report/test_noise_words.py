"""What the pages say of a ratio that noise explains, and of the floors that it was held against."""

import pytest
import sample

from harness.report import figures
from harness.report.details import cell_details
from harness.report.folder import SweepData
from harness.report.grid import grid_cell
from harness.report.trust import trust
from harness.stats.claim import Claim
from harness.sweep.documents import NoiseFloorDoc


def cell(variant="gpu", *, claim=Claim.UNKNOWN, floor=None, p50=8.2):
    made = sample.cell(sample.PHONES[0], sample.MODELS[0], variant, sample.Case(p50=p50))
    noise = floor and NoiseFloorDoc(
        relative=floor, pairs=3, measured="2026-01-01T00:00:00+00:00", variant_kind="gpu"
    )
    speedup = made.speedup_vs_cpu.model_copy(update={"claim": claim})
    return made.model_copy(update={"noise_floor": noise, "speedup_vs_cpu": speedup})


@pytest.mark.parametrize(
    ("claim", "floor", "against", "slower"),
    [
        (Claim.SLOWER, 0.02, "cpu-4t", True),
        (Claim.SAME, 0.05, "cpu-4t, within noise", False),
        (Claim.UNKNOWN, 0.05, "cpu-4t, within noise", False),
        (Claim.UNKNOWN, None, "cpu-4t", True),
    ],
)
def test_what_noise_explains_is_shown_as_neither_gain_nor_loss(claim, floor, against, slower):
    shown = grid_cell(cell(claim=claim, floor=floor))
    assert shown.against == against
    assert shown.slower is slower


def details(shown):
    return str(cell_details(shown, SweepData(sample.results([shown]))))


def test_the_details_name_the_claim_and_the_floor_with_its_comparisons():
    text = details(cell(claim=Claim.SAME, floor=0.05))
    assert "the same, within its noise" in text
    assert "3 A/A comparisons on 2026-01-01" in text
    assert "5.0 %" in text
    assert "noise" not in details(cell())


def test_variants_that_differ_by_less_than_noise_are_a_tie():
    near, far = cell(p50=8.2, floor=0.08), cell("gpu-fp32", p50=8.7, floor=0.01)
    assert figures.tied(near, far)
    assert not figures.tied(cell(p50=8.2, floor=0.02), far)
    loud = cell("gpu-fp32", p50=8.7, floor=0.2)
    assert not figures.tied(cell(p50=8.2), loud)  # one side alone says nothing of both


def test_the_trust_table_shows_floors_or_that_there_is_none():
    known, none = (SweepData(sample.results([cell(floor=one)])) for one in (0.034, None))
    assert [one.noise for one in trust(known)] == [("gpu 3.4 %",)]
    assert [one.noise for one in trust(none)] == [()]
