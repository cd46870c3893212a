"""The order of rounds: rows of a Williams design (E. J. Williams, Aust. J. Sci. Res. 2, 1949).

In n rows each of n cells stands at every place once, and the next n rows run backwards. No cell
keeps to the cool start or to the hot end, and neighbours change.
"""

from __future__ import annotations

from collections.abc import Sequence


def turn(order: Sequence[str], row: int) -> list[str]:
    """Return row `row` (from 0) of the design over `order`."""
    n = len(order)
    if not n:
        return []
    found = [order[(place + row) % n] for place in _zigzag(n)]
    return found[::-1] if (row // n) % 2 else found


def order_of(first: Sequence[str]) -> list[str]:
    """Return the order whose design has `first` for its row 0."""
    return [cell for _, cell in sorted(zip(_zigzag(len(first)), first, strict=True))]


def _zigzag(n: int) -> list[int]:
    return [place // 2 if place % 2 == 0 else n - 1 - place // 2 for place in range(n)]
