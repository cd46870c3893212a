"""The `policy:` of devices.yaml: limits that a device must keep before a timed launch."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from harness.device.base import Screen
from harness.durations import parse_duration
from harness.lab.section import Section

OFF, ANY = "off", "any"


def _is_off(value: Any) -> bool:
    return value == OFF or value is False  # YAML 1.1 reads off as false; 0 is a number


def _or_off(value: Any) -> Any:
    """Return None for `off`; an empty value is more likely forgotten than meant."""
    if value is None:
        raise PydanticCustomError("empty", "has no value; write 'off' to switch the gate off")
    return None if _is_off(value) else value


def _share(value: Any) -> Any:
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return float(value.strip().removesuffix("%")) / 100
        except ValueError:
            raise PydanticCustomError("share", "not a share such as 0.9 or '90%'") from None
    return _or_off(value)


def _seconds(value: Any) -> Any:
    """Read `10m`; a bare number could mean seconds or minutes. `off` is 0."""
    if _is_off(value):
        return 0.0
    if not isinstance(value, str):
        raise PydanticCustomError("duration", "a duration is written with its unit: 90s, 10m, 1h")
    try:
        return parse_duration(value)
    except ValueError as error:
        raise PydanticCustomError("duration", "{why}", {"why": str(error)}) from None


def _screen(value: Any) -> Any:
    return None if value == ANY or _is_off(value) else value


Degrees = Annotated[Annotated[float, Field(ge=-20, le=100)] | None, BeforeValidator(_or_off)]
Rise = Annotated[Annotated[float, Field(ge=0, le=50)] | None, BeforeValidator(_or_off)]
Status = Annotated[Annotated[int, Field(ge=0, le=6)] | None, BeforeValidator(_or_off)]
Percent = Annotated[Annotated[float, Field(ge=0, le=100)] | None, BeforeValidator(_or_off)]
Megabytes = Annotated[Annotated[float, Field(ge=0, le=1e6)] | None, BeforeValidator(_or_off)]
Share = Annotated[Annotated[float, Field(ge=0, le=1)] | None, BeforeValidator(_share)]
Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=86400)]
State = Annotated[Screen | None, BeforeValidator(_screen)]


class PolicySection(Section):
    """What a device must be like before a timed launch: [preflight](preflight.md).

    What is not said here keeps its default; `off` switches a gate off.
    """

    max_temperature: Degrees = Field(38.0, description="Highest battery or skin temperature in °C.")
    max_rise: Rise = Field(
        3.0, description="How far above its own rest a surface may be that is over 35 °C, in K."
    )
    max_thermal_status: Status = Field(
        0, description="Highest thermal status that the phone may report, 0 to 6."
    )
    clocks_at_rest: bool = Field(
        default=True, description="Whether clock ceilings must be back where they are at rest."
    )
    min_battery: Percent = Field(30.0, description="Lowest charge of the battery in percent.")
    min_free_mb: Megabytes = Field(16.0, description="Least free storage in MB.")
    min_memory_mb: Megabytes = Field(256.0, description="Least available memory in MB.")
    min_idle: Share = Field(
        0.9, description="Least idle share of all CPUs, such as 0.9 or `90%`; labels, never stops."
    )
    screen: State = Field(None, description="`awake`, `asleep`, `dozing`, `dreaming`, or `any`.")
    settle_after_boot: Seconds = Field(180.0, description="Least time since it booted.")
    min_gap: Seconds = Field(0.0, description="Least pause between two timed launches.")
    cooldown: Seconds = Field(
        600.0, description="Longest wait before one launch; `off` waits for nothing."
    )

    @property
    def given(self) -> dict[str, Any]:
        """The limits that the file states; None is a gate that it switches off."""
        return self.model_dump(exclude_unset=True)
