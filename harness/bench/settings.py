"""Run settings: what every timed round is told, and how many rounds there are."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

from harness.bench.samples import SHORT_LAUNCHES, SampleSource
from harness.device.cores import CoreClass
from harness.stats.stopping import Precision

OFF = ("off", "none", "0")
MOST_PRECISION = 0.5
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*(%?)", re.ASCII)
_HOW = "write a share of p50 such as 2% or 0.02, at most 50%, or off"

SUSTAINED_LAUNCH_S = 15.0
"""How long one launch of a sustained series is timed."""

LONGEST_SERIES_S = 86_400.0

INIT_PAIRS = 3
"""Pairs of a cold and a warm launch where they are asked for without a number."""


class RunSettings(BaseModel):
    """Sent with every round and recorded, since the tool's own defaults differ by version.

    Seconds are wall time of the timed part (`min_secs`, `max_secs`) and of the warm-up. A round
    makes at least `num_runs` invocations and goes on until `min_secs`, unless `max_secs` ends it.

    A cell has `rounds` rounds at the least. With a `precision` it has more, until the 95 % interval
    of its p50 reaches no further than that share of its centre to either side, and `max_rounds` at
    the most. `budget_s` ends the rounds of a device after so many seconds of its worker. 0 is none:
    without a precision, as in every record that does not name it, `rounds` is the exact number.

    `samples` names further sources of single invocations, with `short_launches` of the short ones;
    `cores` the classes of cores to bind each variant to. After the rounds come `init_pairs` of a
    cold and a warm launch, and launches back to back for `sustain_s` seconds of the device's clock.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_runs: int = Field(default=50, ge=1)
    min_secs: float = Field(default=1.0, ge=0)
    max_secs: float = Field(default=30.0, gt=0)
    warmup_runs: int = Field(default=1, ge=0)
    warmup_min_secs: float = Field(default=0.5, ge=0)
    rounds: int = Field(default=5, ge=1)
    max_rounds: int = Field(default=15, ge=1)
    precision: float = Field(default=0.0, ge=0, le=MOST_PRECISION)
    budget_s: float = Field(default=0.0, ge=0)
    samples: tuple[SampleSource, ...] = (SampleSource.TOOL,)
    short_launches: int = Field(default=SHORT_LAUNCHES, ge=1)
    cores: tuple[CoreClass, ...] = ()
    sustain_s: float | None = Field(default=None, gt=0)
    init_pairs: int = Field(default=0, ge=0)

    @property
    def sustained(self) -> RunSettings:
        """What one launch of a sustained series is told: to time for long and to do little else.

        An eighth of the series at the most, so that a short one has points too; at 15 s the start
        of a process is a small part. The device is warm, so one run is warm-up enough.
        """
        long_s = min(SUSTAINED_LAUNCH_S, max(1.0, (self.sustain_s or 0.0) / 8))
        return self.model_copy(
            update={
                "num_runs": 1,
                "min_secs": long_s,
                "max_secs": max(self.max_secs, 2 * long_s),
                "warmup_runs": 1,
                "warmup_min_secs": 0.0,
            }
        )

    @property
    def init_only(self) -> RunSettings:
        """What a cold or warm launch is told: one first inference, and one more."""
        return self.model_copy(
            update={"num_runs": 1, "min_secs": 0.0, "warmup_runs": 1, "warmup_min_secs": 0.0}
        )

    @property
    def stopping(self) -> Precision:
        """When a cell has rounds enough."""
        if not self.precision:
            return Precision(None, self.rounds, self.rounds)
        return Precision(self.precision, self.rounds, max(self.rounds, self.max_rounds))


DEFAULT = RunSettings(precision=0.02)
"""Where nobody says otherwise: rounds until p50 is known within 2 %."""

QUICK = RunSettings(
    num_runs=20, min_secs=0.3, max_secs=10.0, warmup_min_secs=0.2, rounds=3, short_launches=10
)
"""For a first look: fewer and shorter rounds, no interval."""


def parse_precision(text: str) -> float:
    """Read `2%`, `0.02` or `off` (0.0): how far the interval of p50 may reach to either side.

    Raises:
        ValueError: it is none of these; the message says how to write one.
    """
    word = text.strip().lower()
    if word in OFF:
        return 0.0
    found = _SHARE.fullmatch(word)
    if found is None:
        raise ValueError(f"'{text}' is no precision; {_HOW}")
    share = float(found[1]) / (100 if found[2] else 1)
    if share > MOST_PRECISION:
        raise ValueError(f"'{text}' is out of range; {_HOW}")
    return share
