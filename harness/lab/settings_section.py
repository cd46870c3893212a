"""What devices.yaml may say of run settings: how rounds are made, and what follows them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from harness.bench.samples import SampleSource
from harness.bench.settings import INIT_PAIRS, LONGEST_SERIES_S, OFF, parse_precision
from harness.device.cores import CoreClass
from harness.durations import parse_duration
from harness.lab.section import Section

MOST_BUDGET_S = 7 * 24 * 3600.0


def listed(value: Any) -> Any:
    """Take `none,partial` for a list, as the command line does."""
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


def _precision(value: Any) -> Any:
    """Read `2%`, `0.02` or `off`, which YAML of old takes for false."""
    try:
        return parse_precision("off" if value is False else str(value))
    except ValueError as error:
        raise PydanticCustomError("precision", "{why}", {"why": str(error)}) from None


def _duration(value: Any) -> Any:
    """Read `30m`, or `off`, in seconds."""
    if value is False or str(value) in OFF:
        return 0.0
    try:
        return parse_duration(str(value))
    except ValueError as error:
        raise PydanticCustomError("duration", "{why}", {"why": str(error)}) from None


def _seconds(value: Any) -> Any:
    """Take `10m` for its seconds; what is no text pydantic reads."""
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value)
    except ValueError as error:
        raise PydanticCustomError("duration", "{why}", {"why": str(error)}) from None


def _with_unit(value: Any) -> Any:
    """Take `10m` for its seconds; a bare number could mean minutes."""
    return None if value is None else _seconds(str(value))


Seconds = Annotated[float, BeforeValidator(_seconds)]
UnitSeconds = Annotated[float, BeforeValidator(_with_unit)]

PrecisionShare = Annotated[float, BeforeValidator(_precision)]
BudgetSeconds = Annotated[float, BeforeValidator(_duration), Field(ge=0, le=MOST_BUDGET_S)]


class SettingsSection(Section):
    """Run settings. What is not said here keeps its default."""

    num_runs: int | None = Field(
        None, ge=1, le=1_000_000, description="At least this many timed invocations a round."
    )
    min_secs: float | None = Field(
        None, ge=0, le=3600, description="Time at least this long, in seconds."
    )
    max_secs: float | None = Field(
        None, gt=0, le=3600, description="Stop timing after this long, in seconds."
    )
    warmup_runs: int | None = Field(
        None, ge=0, le=1_000_000, description="At least this many untimed invocations first."
    )
    warmup_min_secs: float | None = Field(
        None, ge=0, le=3600, description="Warm up at least this long, in seconds."
    )
    rounds: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="Timed process launches a cell, the sampling unit: at the least so many, and "
        "exactly so many with `precision: off`.",
    )
    max_rounds: int | None = Field(
        None, ge=1, le=1000, description="At the most so many rounds; never fewer than `rounds`."
    )
    precision: PrecisionShare | None = Field(
        None,
        description="Make more rounds until the 95 % interval of a cell's p50 reaches no further "
        "than this to either side, such as `2%` or `0.02`; `off` for exactly `rounds`.",
    )
    budget: BudgetSeconds | None = Field(
        None,
        description="Begin no round that would end later than this after the device's first "
        "launch, such as `30m`, shared evenly by models; probes and each cell's first round are "
        "made in any case. `off`: no limit.",
    )

    @model_validator(mode="after")
    def _least_before_most(self) -> Self:
        if self.rounds and self.max_rounds and self.max_rounds < self.rounds:
            raise PydanticCustomError("rounds", "max_rounds is less than rounds")
        return self

    sustain_s: Seconds | None = Field(
        None,
        ge=1,
        le=LONGEST_SERIES_S,
        description="After the rounds, run each cell back to back for so long: seconds, or `10m`. "
        "See [sustained](../how-to/sustained.md).",
    )
    init_pairs: int | None = Field(
        None,
        ge=0,
        le=50,
        description="Pairs of a cold and a warm launch a cell, after the rounds; `--init` makes "
        f"{INIT_PAIRS}.",
    )
    samples: Annotated[tuple[SampleSource, ...], BeforeValidator(listed)] | None = Field(
        None,
        description="Where single invocations come from: `tool` (the lines of the rounds, always), "
        "`short` (many launches of three invocations), `traced` (one under the system's trace). "
        "See [exact percentiles](../explanation/exact-percentiles.md).",
    )
    short_launches: int | None = Field(
        None, ge=1, le=1000, description="Short launches a cell, where `samples` has `short`."
    )
    cores: Annotated[tuple[CoreClass, ...], BeforeValidator(listed)] | None = Field(
        None,
        description="Classes of cores, `big`, `mid`, `little` or `all`: each variant is bound to "
        "each of them, unless it has a `cores` of its own.",
    )

    @property
    def given(self) -> dict[str, Any]:
        """The settings that the file states, by the names of RunSettings."""
        stated = self.model_dump(exclude_none=True)
        return {"budget_s" if key == "budget" else key: v for key, v in stated.items()}
