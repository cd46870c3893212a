import random

from hypothesis import given
from hypothesis import strategies as st

from harness.stats.clocks import Clocks, two_clocks

TIMES = st.lists(st.floats(1.0, 1e6), min_size=0, max_size=20)


def test_two_groups_are_found_in_any_order():
    found = two_clocks([1200, 1000, 1005, 1210, 1002, 1195, 998])
    assert isinstance(found, Clocks)
    assert (found.fast, found.slow) == (4, 3)
    assert round(found.ratio, 2) == 1.20


def test_one_round_apart_is_no_group_and_five_rounds_are_too_few():
    assert two_clocks([1000, 1001, 1002, 1003, 1004, 1500]) is None
    assert two_clocks([1000, 1001, 1002, 1500, 1501]) is None


def test_groups_nearer_than_five_percent_are_one():
    assert two_clocks([1000.0] * 5 + [1045.0] * 5) is None
    assert two_clocks([1000.0] * 5 + [1055.0] * 5) is not None


def test_noise_of_one_clock_is_seldom_taken_for_two():
    chance = random.Random(2)
    for rounds, most in ((6, 0.09), (10, 0.02), (20, 0.005)):
        called = [
            two_clocks([chance.lognormvariate(7, 0.08) for _ in range(rounds)]) for _ in range(1000)
        ]
        assert sum(one is not None for one in called) / 1000 < most


@given(TIMES)
def test_groups_are_whole_and_of_two_or_more(times):
    found = two_clocks(times)
    if found is not None:
        assert found.fast + found.slow == len(times)
        assert min(found.fast, found.slow) >= 2
        assert found.ratio > 1.05
