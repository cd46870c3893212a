import math
import random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.noise_floor import CONFIDENCE, QUANTILE, cut, noise_floor

SERIES = st.lists(st.floats(100.0, 200.0), min_size=1, max_size=8)
PAIRS = st.lists(st.tuples(SERIES, SERIES), min_size=3, max_size=12)


def pair(chance, noise, rounds=5):
    return tuple([chance.lognormvariate(7, noise) for _ in range(rounds)] for _ in range(2))


def share_that_holds(draw, pairs, trials=400):
    """How often the floor is above the true QUANTILE of A/A differences."""
    chance = random.Random(6)
    many = [draw(chance) for _ in range(8000)]
    truth = sorted(abs(math.log(median(a) / median(b))) for a, b in many)
    right = math.expm1(truth[int(QUANTILE * len(truth))])
    floors = [noise_floor([draw(chance) for _ in range(pairs)]) for _ in range(trials)]
    return sum(one.relative >= right for one in floors) / trials


@pytest.mark.parametrize("pairs", [3, 5, 10, 30])
def test_the_floor_is_above_nineteen_of_twenty_comparisons_as_often_as_it_says(pairs):
    assert share_that_holds(lambda chance: pair(chance, 0.02), pairs) > CONFIDENCE - 0.04


def test_with_many_pairs_it_supposes_no_shape():
    def draw(chance):
        return tuple(
            [
                chance.lognormvariate(7, 0.01) * (1.2 if chance.random() < 0.25 else 1)
                for _ in range(5)
            ]
            for _ in range(2)
        )

    assert share_that_holds(draw, 10) < 0.8  # the page says so: ten cannot show such tails
    assert share_that_holds(draw, 60) > CONFIDENCE - 0.03
    wild = [([100.0], [150.0])] * 3
    assert noise_floor([([100.0], [100.0 + n % 10]) for n in range(400)] + wild).relative < 0.1
    assert noise_floor([([100.0], [100.0 + n % 10]) for n in range(44)] + wild).relative > 0.49


def test_two_pairs_are_unknown_and_broken_pairs_do_not_count():
    good = ([100.0, 101.0], [102.0, 103.0])
    assert noise_floor([good, good]) is None
    assert noise_floor([good, good, ([], [1.0]), ([0.0], [1.0])]) is None
    assert noise_floor([good] * 3).pairs == 3


def test_few_pairs_pay_for_what_they_do_not_know():
    good = ([100.0], [102.0])
    few, many = noise_floor([good] * 3), noise_floor([good] * 30)
    assert few.relative > 1.5 * many.relative > 0.03


def test_a_long_series_is_cut_into_comparisons_as_a_sweep_makes_them():
    a, b = [float(n) for n in range(1, 18)], [float(n) for n in range(101, 118)]
    pieces = cut(a, b, 5)
    assert len(pieces) == 3
    assert pieces[2] == ([11.0, 12, 13, 14, 15], [111.0, 112, 113, 114, 115])


@given(PAIRS)
def test_no_difference_that_was_seen_exceeds_the_floor_and_the_sides_do_not_matter(pairs):
    floor = noise_floor(pairs)
    turned = noise_floor([(b, a) for a, b in pairs])
    assert turned.relative == pytest.approx(floor.relative)
    for a, b in pairs:
        assert median(a) / median(b) <= (1 + floor.relative) * (1 + 1e-9)
