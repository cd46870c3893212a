"""What results.json says of a cell beyond its rounds: a sustained series, cold and warm starts."""

from __future__ import annotations

from harness.sweep.document import Document
from harness.verdict.cache_use import CacheUse


class SustainedPointDoc(Document):
    """A piece of a series: its middle in seconds from the start on the device's clock.

    `p50_ms` is the median of `count` invocations. `celsius` and `ceiling_share` (the lowest share
    of its clock that any CPU may reach, 0 to 1) are those before the launch that it lies in.
    """

    t_s: float
    p50_ms: float
    count: int
    celsius: float | None = None
    ceiling_share: float | None = None


class SustainedDoc(Document):
    """Latency under load without a pause, minute 1 against the last.

    `window_s` is what was compared at either end: 60 s, or a third of a shorter series. `change`
    is the last over the first, less 1. `exact`: from every invocation, not from medians of
    launches. `sensor` says which temperature `celsius` is, `longest_pause_s` the most that the
    device rested between two launches. `reason` says why a series is short or has no change.
    """

    planned_s: float
    duration_s: float
    launches: int
    window_s: float
    points: list[SustainedPointDoc]
    first_minute_ms: float | None
    last_minute_ms: float | None
    change: float | None
    throttled_after_s: float | None
    exact: bool
    sensor: str | None
    longest_pause_s: float | None
    reason: str | None


class InitFigureDoc(Document):
    """The median of one figure over the launches of a kind, with the least and the most, in ms."""

    value: float
    low: float
    high: float
    rounds: int


class InitSideDoc(Document):
    """Cold or warm launches: to be ready, and the first inference after that."""

    init_ms: InitFigureDoc | None = None
    first_inference_ms: InitFigureDoc | None = None


class CacheLineDoc(Document):
    """A fact about a cache: `source` is a raw file, relative to the folder of the sweep."""

    source: str
    line: int | None
    text: str


class InitDoc(Document):
    """Starting with an empty compiled cache, and with the one that a launch before had filled.

    `cache` says whether the warm launches used it, and `evidence` what shows that. `files` are
    those of the cache with their sizes in bytes. `page_cache_dropped`: whether the device forgot
    before each cold launch which files it had read; null: nothing shows it.
    """

    cold: InitSideDoc | None = None
    warm: InitSideDoc | None = None
    cache: CacheUse
    page_cache_dropped: bool | None = None
    files: dict[str, int] = {}
    evidence: list[CacheLineDoc] = []
    reason: str | None = None
