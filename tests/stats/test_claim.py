"""What an interval and a noise floor allow to be said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.claim import Claim, claim


@pytest.mark.parametrize(
    ("low", "high", "floor", "said"),
    [
        (1.10, 1.20, 0.05, Claim.FASTER),
        (1.02, 1.20, 0.05, Claim.UNKNOWN),  # beyond 1, and not beyond the noise
        (0.70, 0.80, 0.05, Claim.SLOWER),
        (0.97, 1.03, 0.05, Claim.SAME),
        (1.01, 1.04, 0.05, Claim.SAME),  # a difference, and one that its noise explains
        (0.80, 1.20, 0.05, Claim.UNKNOWN),
        (9.0, 10.0, None, Claim.UNKNOWN),
        (None, None, 0.05, Claim.UNKNOWN),
    ],
)
def test_a_claim_needs_an_interval_beyond_one_and_beyond_the_noise(low, high, floor, said):
    assert claim(low, high, floor) is said


@given(st.floats(0.1, 10), st.floats(0.0, 5), st.floats(0, 2))
def test_swapping_the_sides_swaps_the_claim(low, width, floor):
    high = low + width
    swapped = {Claim.FASTER: Claim.SLOWER, Claim.SLOWER: Claim.FASTER}
    before = claim(low, high, floor)
    after = claim(1 / high, 1 / low, floor)
    if not any(abs(end * (1 + floor) - 1) < 1e-9 or abs(end - 1 - floor) < 1e-9
               for end in (low, high, 1 / low, 1 / high)):  # fmt: skip
        assert after is swapped.get(before, before)


@given(st.floats(0.1, 10), st.floats(0, 5), st.floats(0, 1), st.floats(0, 1))
def test_more_noise_never_makes_a_claim(low, width, floor, more):
    loud = claim(low, low + width, floor + more)
    if loud in (Claim.FASTER, Claim.SLOWER):
        assert claim(low, low + width, floor) is loud
