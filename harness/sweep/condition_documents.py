"""Under which conditions a cell was measured, as results.json names it."""

from __future__ import annotations

from harness.stats.energy import WhyNoEnergy
from harness.sweep.document import Document


class TemperatureDoc(Document):
    """One sensor in °C: at the first sample, at the last, and the highest."""

    sensor: str
    start: float
    end: float
    max: float


class SamplesDoc(Document):
    """What the device wrote down of itself while the tool ran; what it could not read is absent.

    `temperature` is the hottest thermal zone, `battery` the battery's sensor. By cpufreq policy:
    `lowest_ceiling` is the lowest share of the hardware's clock that was allowed, 0 to 1,
    `mean_khz` the mean of the clocks after the first sample, `ceiling_fell` those whose ceiling
    sank. `peak_memory_kb` is the tool's VmHWM at the last sample: what it took after that is not in
    it.
    """

    samples: int
    temperature: TemperatureDoc | None = None
    battery: TemperatureDoc | None = None
    lowest_ceiling: dict[str, float] = {}
    mean_khz: dict[str, int] = {}
    ceiling_fell: list[str] = []
    peak_memory_kb: int | None = None


class RoundConditionsDoc(SamplesDoc):
    """One timed round, by its index."""

    round: int


class ConditionsDoc(SamplesDoc):
    """A cell: its rounds together, and each by itself."""

    rounds: list[RoundConditionsDoc] = []


class EnergyValueDoc(Document):
    """A value with its interval."""

    value: float
    low: float
    high: float


class EnergyDoc(Document):
    """What an inference took out of the battery in mJ, the whole device's share; or why not."""

    per_inference_mj: EnergyValueDoc | None = None
    reason: WhyNoEnergy | None = None
    discharging_s: float = 0.0
