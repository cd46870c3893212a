"""Durations as people write them."""

from __future__ import annotations

import pytest

from harness.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("10min", 600), ("1.5h", 5400), (" 250 ms ", 0.25)],
)
def test_a_number_with_a_unit_is_seconds(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "10", "m", "-5s", "1e3s", "10 weeks", "٣s", "1" * 40 + "s"])
def test_anything_else_is_refused_with_how_to_write_one(text):
    with pytest.raises(ValueError, match="90s"):
        parse_duration(text)
