"""Run settings: what every timed round is told."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from harness.bench.samples import SHORT_LAUNCHES, SampleSource
from harness.device.cores import CoreClass


class RunSettings(BaseModel):
    """Sent with every round and recorded, since the tool's own defaults differ by version.

    Seconds are wall time of the timed part (`min_secs`, `max_secs`) and of the warm-up. A round
    makes at least `num_runs` invocations and goes on until `min_secs`, unless `max_secs` ends it.
    `samples` names further sources of single invocations (rounds are always made), with
    `short_launches` of the short ones; `cores` the classes of cores to bind each variant to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_runs: int = Field(default=50, ge=1)
    min_secs: float = Field(default=1.0, ge=0)
    max_secs: float = Field(default=30.0, gt=0)
    warmup_runs: int = Field(default=1, ge=0)
    warmup_min_secs: float = Field(default=0.5, ge=0)
    rounds: int = Field(default=5, ge=1)
    samples: tuple[SampleSource, ...] = (SampleSource.TOOL,)
    short_launches: int = Field(default=SHORT_LAUNCHES, ge=1)
    cores: tuple[CoreClass, ...] = ()


QUICK = RunSettings(
    num_runs=20, min_secs=0.3, max_secs=10.0, warmup_min_secs=0.2, rounds=3, short_launches=10
)
"""For a first look: fewer and shorter rounds, no interval."""
