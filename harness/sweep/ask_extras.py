"""The words of a call for what follows the rounds: `--sustain 10m`, `--init cold,warm`."""

from __future__ import annotations

from harness.bench.settings import INIT_PAIRS, LONGEST_SERIES_S
from harness.durations import parse_duration
from harness.errors import UsageError


def parse_sustain(text: str | None) -> float | None:
    """Return the seconds of a series; None where none is asked for.

    Raises:
        UsageError: it is no duration, or one that no series has.
    """
    if text is None:
        return None
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--sustain: {error}", next_step="for example --sustain 10m") from None
    if not 1 <= seconds <= LONGEST_SERIES_S:
        raise UsageError(
            f"--sustain {text} is not between 1 s and a day", next_step="for example --sustain 10m"
        )
    return seconds


def parse_init(text: str | None) -> int | None:
    """Return the number of pairs of cold and warm launches; None where none are asked for.

    Raises:
        UsageError: it is not both kinds: a warm launch needs the cache of a cold one before it.
    """
    if text is None:
        return None
    if {word.strip() for word in text.split(",") if word.strip()} != {"cold", "warm"}:
        raise UsageError(
            f"--init {text}: a warm launch needs the cache that a cold one fills, so both are made",
            next_step="write --init cold,warm",
        )
    return INIT_PAIRS
