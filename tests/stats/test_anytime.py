import itertools

import pytest

from harness.stats.anytime import FIRST_LOOK, depth, error_spent


def misses(signs):
    """Whether some look at these rounds, True for one below the median, misses it."""
    below = list(itertools.accumulate(map(int, signs)))
    return any(
        not depth(n) <= below[n - 1] <= n - depth(n) for n in range(FIRST_LOOK, len(below) + 1)
    )


@pytest.mark.parametrize("rounds", [6, 10, 14])
def test_the_error_of_all_looks_together_is_what_it_says_over_every_course_of_rounds(rounds):
    courses = list(itertools.product([False, True], repeat=rounds))
    share = sum(map(misses, courses)) / len(courses)
    assert share == pytest.approx(error_spent(rounds))
    assert share <= 0.05


def test_the_error_never_exceeds_five_percent_however_long_one_looks():
    assert error_spent(5) == 0
    assert all(error_spent(n) <= 0.05 for n in range(6, 400))
    assert error_spent(399) > 0.049


def test_more_rounds_reach_deeper_and_no_table_contradicts_another():
    depths = [depth(n) for n in range(1, 300)]
    assert depths == sorted(depths)
    assert [depth(n) for n in (5, 6, 9, 10, 15, 20)] == [1, 1, 1, 2, 3, 4]
    assert [depth(n) for n in range(1, 65)] == depths[:64]


def test_with_many_rounds_the_interval_narrows():
    assert depth(200) / 200 > depth(20) / 20 + 0.1
