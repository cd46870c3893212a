"""Run settings: what every timed round is told."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

SUSTAINED_LAUNCH_S = 15.0
"""How long one launch of a sustained series is timed."""

LONGEST_SERIES_S = 86_400.0

INIT_PAIRS = 3
"""Pairs of a cold and a warm launch where they are asked for without a number."""


class RunSettings(BaseModel):
    """Sent with every round and recorded, since the tool's own defaults differ by version.

    Seconds are wall time of the timed part (`min_secs`, `max_secs`) and of the warm-up. A round
    makes at least `num_runs` invocations and goes on until `min_secs`, unless `max_secs` ends it.
    After the rounds come `init_pairs` of a cold and a warm launch, and launches back to back for
    `sustain_s` seconds of the device's clock.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_runs: int = Field(default=50, ge=1)
    min_secs: float = Field(default=1.0, ge=0)
    max_secs: float = Field(default=30.0, gt=0)
    warmup_runs: int = Field(default=1, ge=0)
    warmup_min_secs: float = Field(default=0.5, ge=0)
    rounds: int = Field(default=5, ge=1)
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


QUICK = RunSettings(num_runs=20, min_secs=0.3, max_secs=10.0, warmup_min_secs=0.2, rounds=3)
"""For a first look: fewer and shorter rounds, no interval."""
