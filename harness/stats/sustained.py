"""Latency under sustained load: minute 1 against the last, and from when on it is slower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

MINUTE_S = 60.0

SLOWER = 1.10
"""From here on a device counts as throttled: the bound at which androidx.benchmark pauses."""

_PARTS = 3


@dataclass(frozen=True)
class Moment:
    """A time of the series: `t_s` seconds from its start on the device's clock, `us` a latency.

    The latency is an invocation's, or the median of a launch whose middle is at `t_s`.
    """

    t_s: float
    us: float


@dataclass(frozen=True)
class Endurance:
    """How a device stood a load. Latencies in microseconds; `change` is last over first, less 1.

    `window_s` is what was compared at either end: a minute, or a third of a shorter series.
    `slower_after_s` is when it became slower for longer than a hiccup; None: it never did, or
    there is nothing to compare with.
    """

    window_s: float
    first_us: float | None
    last_us: float | None
    change: float | None
    slower_after_s: float | None


def endurance(series: Sequence[Moment], pieces: Sequence[Moment], duration_s: float) -> Endurance:
    """Compare the two ends of a series.

    Args:
        series: its latencies in order of time.
        pieces: medians of its pieces, as they are shown: of launches, or of seconds of it.
        duration_s: how long it went on, in seconds of the device's clock.
    """
    window = MINUTE_S if duration_s >= 2 * MINUTE_S else duration_s / _PARTS
    first = _median([one.us for one in series if one.t_s <= window])
    last = _median([one.us for one in series if one.t_s >= duration_s - window])
    known = first is not None and last is not None and first > 0
    return Endurance(
        window_s=window,
        first_us=first,
        last_us=last,
        change=last / first - 1.0 if known and first and last is not None else None,
        slower_after_s=_slower_after(pieces, first * SLOWER) if first else None,
    )


def binned(series: Sequence[Moment], width_s: float) -> list[tuple[float, float, int]]:
    """Return the middle, median and count of every `width_s` seconds that hold a latency."""
    bins: dict[int, list[float]] = {}
    for one in series:
        bins.setdefault(int(one.t_s / width_s), []).append(one.us)
    return [
        ((number + 0.5) * width_s, median(found), len(found))
        for number, found in sorted(bins.items())
    ]


def _slower_after(pieces: Sequence[Moment], bound_us: float) -> float | None:
    """Return the first of two slower pieces in a row from which on most are slower.

    One alone is a hiccup, and what passes was no heat.
    """
    for number, (one, following) in enumerate(pairwise(pieces)):
        slow = one.us >= bound_us and following.us >= bound_us
        if slow and median(later.us for later in pieces[number:]) >= bound_us:
            return one.t_s
    return None


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None
