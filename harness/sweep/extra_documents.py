"""What results.json says of percentiles, and of a cell beyond its rounds: series, starts, cores."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from harness.device.cores import CoreClass
from harness.sweep.document import Document
from harness.verdict.cache_use import CacheUse


class PercentileDoc(Document):
    """A percentile in ms. Bounds speak of the timed invocations, ci of the next process."""

    value: float | None
    method: Literal["exact", "tool", "interpolated", "bounded"]
    bound_low: float | None = None
    bound_high: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None


class SampledReading(StrEnum):
    """What of a point may have been read while the tool ran."""

    CELSIUS = "celsius"
    CEILING_SHARE = "ceiling_share"


class SustainedPointDoc(Document):
    """A piece of a series: its middle in seconds from the start on the device's clock.

    `p50_ms` is the median of `count` invocations. `celsius` and `ceiling_share` (the lowest share
    of its clock that any CPU may reach, 0 to 1) are the readings next to it: of its own time where
    they were sampled, else those before the launch that it lies in.
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
    launches. `sensor` says which temperature `celsius` is, `sampled` which readings of the points
    were made while the tool ran, `longest_pause_s` the most that the device rested between two
    launches. `reason` says why a series is short or has no change.
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
    sampled: list[SampledReading] = []
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


class OverheadDoc(Document):
    """A traced launch's median over that of the rounds, with the range of one more round's.

    The interval (95 %) is of what an untraced launch would have shown by chance: a ratio that lies
    above it, or above 1.05, is time that tracing took. Null where there are too few rounds.
    """

    ratio: float
    low: float | None = None
    high: float | None = None


class SamplesDoc(Document):
    """Percentiles of known invocations, in ms; `count` of them from `launches` processes.

    `valid_for` says which invocations these are. `with_overhead`: tracing took a part of the time
    (null: cannot be told).
    """

    p50: PercentileDoc
    p90: PercentileDoc
    p95: PercentileDoc
    count: int
    launches: int
    valid_for: str
    overhead: OverheadDoc | None = None
    with_overhead: bool | None = None


class ExactDoc(Document):
    """Percentiles beside the rounds' own, from single invocations; `reason` tells what lacks."""

    short: SamplesDoc | None = None
    traced: SamplesDoc | None = None
    reason: str | None = None


class CoresDoc(Document):
    """The cores that a cell's rounds ran on: the class asked for, its CPUs, and the kernel's word.

    `allowed` are the kernel's lists of what the tool might use, one for each that was seen; empty
    where a device does not tell. `notes` say what is off about it.
    """

    asked: CoreClass | None
    cpus: list[int] = []
    allowed: list[str] = []
    notes: list[str] = []


class WhyStopped(StrEnum):
    """Why a cell has no more rounds."""

    PRECISE = "precise"
    ROUND_BUDGET = "round-budget"
    TIME_BUDGET = "time-budget"
    FIXED = "fixed"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class StoppedDoc(Document):
    """Why a cell has as many rounds as it has.

    `target` and `achieved`: how far the interval of p50 may reach, and reaches, to either side as a
    share of its centre. Without a target the number of rounds was fixed.
    """

    why: WhyStopped
    target: float | None
    achieved: float | None
    rounds_least: int
    rounds_most: int
