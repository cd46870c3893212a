"""What a ratio of times allows to be said, given how much the device differs from itself. Pure."""

from __future__ import annotations

from enum import StrEnum


class Claim(StrEnum):
    """What may be said of a cell against its baseline. UNKNOWN is neither a gain nor a loss."""

    FASTER = "faster"
    SLOWER = "slower"
    SAME = "same"
    UNKNOWN = "unknown"


def claim(low: float | None, high: float | None, floor: float | None) -> Claim:
    """Judge the interval of a speed-up: it must lie beyond 1, and beyond the noise floor.

    Args:
        low: the interval's lower end, above 1 is faster; None where there is none.
        high: its upper end.
        floor: the relative noise floor, 0.03 is 3 %; None where it was never measured.
    """
    if low is None or high is None or floor is None:
        return Claim.UNKNOWN
    reach = 1.0 + floor
    if low > reach:
        return Claim.FASTER
    if high < 1.0 / reach:
        return Claim.SLOWER
    if low >= 1.0 / reach and high <= reach:
        return Claim.SAME
    return Claim.UNKNOWN
