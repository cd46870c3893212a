"""What devices.yaml may say, section by section: the rim where a file becomes checked data.

Every key is described here and nowhere else; docs/reference/devices-yaml.md is made from it.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from harness.bench.samples import SampleSource
from harness.bench.variant import Accelerator, Dialect
from harness.device.cores import CoreClass
from harness.lab.address import AdbServer, parse_address
from harness.verdict.expectation import parse_expectation
from harness.verdict.gate import NAMES as GATES
from harness.verdict.gate import gate_name


def nearest(word: str, words: Sequence[str]) -> str:
    """Return a sentence that names what `word` was probably meant to be, out of `words`."""
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"it can be: {', '.join(words)}" if words else "there are none"


class Section(BaseModel):
    """A mapping of the file. An unknown key is refused together with the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, data: Any) -> Any:
        for key in data if isinstance(data, dict) else ():
            if key not in cls.model_fields:
                raise PydanticCustomError(
                    "unknown_key",
                    "unknown key; {hint}",
                    {"key": key, "hint": nearest(key, list(cls.model_fields))},
                )
        return data


def _flag_text(value: Any) -> Any:
    """Write a YAML value as the tool reads it: true, false, or the number's own digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value


def _flag_name(name: str) -> str:
    if not name.replace("_", "").replace("-", "").isalnum() or name.startswith("-"):
        raise PydanticCustomError("flag", "write a flag by its name alone, without '--' and '='")
    return name


def _server(value: Any) -> Any:
    if not isinstance(value, str):
        raise PydanticCustomError("server", "an adb server is written host:port, in one string")
    address = parse_address(value)
    if address is None:
        raise PydanticCustomError("server", "not host:port with a port from 1 to 65535")
    return address


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise PydanticCustomError("nul", "a NUL character cannot be part of it")
    return value


def _expectation(value: Any) -> Any:
    """Return an expectation as it is written down: what is no text or number pydantic refuses."""
    if not isinstance(value, (str, int, float)):
        return value
    try:
        return str(parse_expectation(str(value)))
    except ValueError as error:
        raise PydanticCustomError("expectation", "{why}", {"why": str(error)}) from None


def _gate(value: Any) -> Any:
    name = gate_name(value) if isinstance(value, str) else value
    if isinstance(name, str) and name not in GATES:
        raise PydanticCustomError(
            "gate",
            "no gate is called '{name}'; {hint}",
            {"name": value, "hint": nearest(name, GATES)},
        )
    return name


def _listed(value: Any) -> Any:
    """Take `none,partial` for a list, as the command line does."""
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


def _word(value: str) -> str:
    if any(c in ",&:" or c.isspace() or not c.isprintable() for c in value):
        raise PydanticCustomError("word", "a word has no spaces, commas, '&' and ':' in it")
    return value


Text = Annotated[str, Field(min_length=1), AfterValidator(_no_nul)]
Word = Annotated[Text, AfterValidator(_word)]
FilePath = Annotated[Path, BeforeValidator(lambda v: _no_nul(v) if isinstance(v, str) else v)]
FlagName = Annotated[str, AfterValidator(_flag_name)]
FlagValue = Annotated[Text | None, BeforeValidator(_flag_text)]
EnvironmentValue = Annotated[str, BeforeValidator(_flag_text), AfterValidator(_no_nul)]
Server = Annotated[AdbServer, BeforeValidator(_server)]
ExpectationText = Annotated[str, BeforeValidator(_expectation)]
GateName = Annotated[str, BeforeValidator(_gate)]


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
        None, ge=1, le=1000, description="Timed process launches a cell, the sampling unit."
    )
    samples: Annotated[tuple[SampleSource, ...], BeforeValidator(_listed)] | None = Field(
        None,
        description="Where single invocations come from: `tool` (the lines of the rounds, always), "
        "`short` (many launches of three invocations), `traced` (one under the system's trace). "
        "See [exact percentiles](../explanation/exact-percentiles.md).",
    )
    short_launches: int | None = Field(
        None, ge=1, le=1000, description="Short launches a cell, where `samples` has `short`."
    )
    cores: Annotated[tuple[CoreClass, ...], BeforeValidator(_listed)] | None = Field(
        None,
        description="Classes of cores, `big`, `mid`, `little` or `all`: each variant is bound to "
        "each of them, unless it has a `cores` of its own.",
    )

    @property
    def given(self) -> dict[str, Any]:
        """The settings that the file states."""
        return self.model_dump(exclude_none=True)


class DeviceSection(Section):
    """A phone, under its serial as `adb devices` and `ro.serialno` print it."""

    alias: Word | None = Field(None, description="A short name to select it by; unique.")
    tags: tuple[Word, ...] = Field((), description="Words to select it by, as `tag:word`.")
    quarantined: bool | Text = Field(
        default=False, description="`true` or a reason: the phone is shown and never measured on."
    )
    tool: Text | None = Field(None, description="The tool to use on it, by name.")
    exclude_variants: tuple[Text, ...] = Field(
        (), description="Variants that are not run on it; shown as skipped."
    )
    settings: SettingsSection = Field(
        SettingsSection(), description="Run settings of this phone alone; they win over all others."
    )

    @property
    def quarantine_reason(self) -> str | None:
        """Why it must not be measured on; None when it may."""
        if self.quarantined is True:
            return "quarantined in devices.yaml"
        return self.quarantined or None


class InputSection(Section):
    """One input of a model, under the name of its tensor."""

    shape: tuple[Annotated[int, Field(ge=1)], ...] | None = Field(
        None, min_length=1, description="Its shape, for an input with dynamic dimensions."
    )
    range: tuple[float, float] | None = Field(
        None, description="Lowest and highest value of the seeded random data, both included."
    )
    file: FilePath | None = Field(
        None, description="Raw little-endian data to feed instead of random values."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.range is not None and self.file is not None:
            raise PydanticCustomError("source", "give a range or a file, not both")
        if self.range is not None and self.range[0] > self.range[1]:
            raise PydanticCustomError("range", "the lowest value comes first")
        return self


class ModelSection(Section):
    """A model, under the name it has in reports and sweeps."""

    path: FilePath = Field(description="The .tflite file.")
    signature: Text | None = Field(None, description="The signature to run, where there are more.")
    inputs: dict[Text, InputSection] = Field(
        {}, description="Inputs that need a shape, a range or a file, by tensor name."
    )
    expect: dict[Text, ExpectationText] = Field(
        {},
        description="What a variant must reach with this model, at least: `full`, `partial`, a "
        "share of the nodes such as `'>= 0.9'` or `90%`, or `none` for a known fallback. By "
        "variant, or by accelerator where no variant has the name. See [gates](gates.md).",
    )


class VariantSection(Section):
    """A variant of your own. The names of built-in variants are taken."""

    extends: Text | None = Field(
        None, description="The variant to start from: a built-in one or another of this file."
    )
    accelerator: Accelerator | None = Field(
        None, description="What is asked for; needed unless `extends` says it."
    )
    flags: dict[FlagName, FlagValue] = Field(
        {}, description="Tool flags without dashes; null takes an inherited flag away."
    )
    environment: dict[Text, EnvironmentValue] = Field(
        {}, description="Environment variables of the tool's process."
    )
    push: tuple[FilePath, ...] = Field(
        (), description="Files laid beside the tool on the device, such as a delegate library."
    )
    cores: CoreClass | None = Field(
        None,
        description="The cores it is bound to: `big`, `mid`, `little`, or `all` for none, told "
        "apart by the phone's own clocks and capacities. Skipped where a phone has no such class.",
    )
    dialect: Dialect | None = Field(None, description="Which kind of benchmark_model it needs.")
    description: str | None = Field(None, description="One line for reports.")


class ToolSection(Section):
    """A benchmark_model with its libraries, under a name of your choice."""

    paths: tuple[FilePath, ...] = Field(
        min_length=1, description="The binary first, then each library that lies beside it."
    )
    abi: Text | None = Field(None, description="Android ABI; read from the binary if not given.")
    environment: dict[Text, EnvironmentValue] = Field(
        {}, description="Environment variables that the tool needs."
    )


class SweepSection(Section):
    """Cells that are run together, under a name."""

    models: tuple[Text, ...] = Field(min_length=1, description="Names under `models`.")
    devices: tuple[Text, ...] = Field(
        (), description="Selectors, joined by or; none: every phone that is ready."
    )
    variants: tuple[Text, ...] = Field(
        (), description="Built-in variants or names under `variants`; none: all built-in ones."
    )
    tool: Text | None = Field(None, description="The tool to use, by name.")
    rounds: int | None = Field(None, ge=1, le=1000, description="Short for `settings: rounds`.")
    fail_on: Annotated[tuple[GateName, ...], BeforeValidator(_listed)] = Field(
        (),
        description="[Gates](gates.md) that the sweep is held to, such as `[none, wrong_output]`; "
        "`--fail-on` adds to them.",
    )
    settings: SettingsSection = Field(
        SettingsSection(), description="Run settings of this sweep; they win over the file's."
    )

    @model_validator(mode="after")
    def _rounds_once(self) -> Self:
        if self.rounds is not None and self.settings.rounds is not None:
            raise PydanticCustomError("rounds", "rounds stands here and under settings; keep one")
        return self

    @property
    def given_settings(self) -> dict[str, Any]:
        """The run settings that the sweep states."""
        rounds = {} if self.rounds is None else {"rounds": self.rounds}
        return self.settings.given | rounds


class LabFile(Section):
    """devices.yaml as a whole; every section may be absent."""

    adb_servers: tuple[Server, ...] = Field(
        (), description="adb servers to ask, as host:port; none: the one adb itself would use."
    )
    devices: dict[Text, DeviceSection] = Field({}, description="What is known about each phone.")
    models: dict[Text, ModelSection] = Field({}, description="Models with their inputs.")
    variants: dict[Text, VariantSection] = Field({}, description="Variants of your own.")
    tools: dict[Text, ToolSection] = Field({}, description="Tools that lie on this host.")
    sweeps: dict[Text, SweepSection] = Field({}, description="What is run together.")
    settings: SettingsSection = Field(
        SettingsSection(), description="Run settings for all sweeps and phones."
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_sections_are_absent(cls, data: Any) -> Any:
        """A heading whose entries are all commented out reads as null; it says nothing."""
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data
