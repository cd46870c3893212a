"""Durations as people write them: 90s, 10m, 1.5h."""

from __future__ import annotations

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|min|m|h)", re.ASCII)


def parse_duration(text: str) -> float:
    """Return the seconds of a duration such as `90s`, `10m` or `1h`.

    Raises:
        ValueError: it is not a number with a unit; the message says how to write one.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is no duration; write a number and a unit: 90s, 10m, 1h")
    return float(match[1]) * _UNITS[match[2]]
