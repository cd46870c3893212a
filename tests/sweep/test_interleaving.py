"""The order of a plan's rounds against a phone that gets slower: benchmarks/interleaving.py."""

import random

import pytest

from benchmarks.interleaving import ROUNDS, compare, in_blocks, interleaved


def test_blocks_mistake_a_drift_of_the_phone_for_a_difference_of_five_percent():
    found = compare(in_blocks, 2, sweeps=60)
    assert found.bias == pytest.approx(0.05, abs=0.005)
    assert found.mistaken > 0.95


@pytest.mark.parametrize("variants", [2, 5])
def test_interleaved_rounds_show_no_difference_where_there_is_none(variants):
    found = compare(interleaved, variants, sweeps=200)
    assert abs(found.bias) < 0.003
    assert found.mistaken < 0.10


@pytest.mark.parametrize("variants", [2, 5])
def test_an_even_drift_is_the_same_for_every_variant(variants):
    middles = interleaved(variants, random.Random(3)).mean(axis=1)
    assert middles == pytest.approx([middles[0]] * variants)


def test_every_round_has_a_place_of_its_own():
    for variants in (2, 5):
        places = interleaved(variants, random.Random(1))
        assert sorted(places.ravel().tolist()) == list(range(variants * ROUNDS))
