from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from harness.sweep.design import order_of, turn

ORDERS = st.integers(1, 9).flatmap(lambda n: st.permutations([f"c{i}" for i in range(n)]))


@given(ORDERS, st.integers(0, 40))
def test_in_as_many_rows_as_cells_each_stands_once_at_every_place_from_any_row_on(order, first):
    n = len(order)
    block = first // n * n
    rows = [turn(order, row) for row in range(block, block + n)]
    for place in range(n):
        assert Counter(row[place] for row in rows) == Counter(order)


@given(ORDERS)
def test_the_order_is_known_from_its_first_row(order):
    assert order_of(turn(order, 0)) == order


def test_two_cells_go_back_and_forth_so_that_a_drift_cancels():
    assert [turn(["a", "b"], row) for row in range(4)] == [
        ["a", "b"],
        ["b", "a"],
        ["b", "a"],
        ["a", "b"],
    ]


def test_nothing_has_no_row():
    assert turn([], 3) == []
    assert order_of([]) == []
