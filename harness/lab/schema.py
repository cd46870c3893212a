"""What devices.yaml may say, section by section: the rim where a file becomes checked data.

Every key is described here and nowhere else; docs/reference/devices-yaml.md is made from it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from harness.bench.settings import INIT_PAIRS, LONGEST_SERIES_S
from harness.bench.variant import Accelerator, Dialect
from harness.device.controls import ControlName, parse_controls
from harness.device.cores import CoreClass
from harness.errors import UnknownNameError
from harness.lab.address import AdbServer, parse_address
from harness.lab.policy_section import PolicySection
from harness.lab.section import Section, nearest
from harness.lab.settings_section import SettingsSection, UnitSeconds, listed
from harness.verdict.expectation import parse_expectation
from harness.verdict.gate import NAMES as GATES
from harness.verdict.gate import gate_name


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


def _controls(value: Any) -> Any:
    """Read names of controls, one or a list, as the command line does."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)) or not all(isinstance(one, str) for one in words):
        raise PydanticCustomError("controls", "a list of names of controls, or none")
    try:
        return parse_controls(words)
    except UnknownNameError as error:
        why = f"{error.message}; {error.next_step}"
        raise PydanticCustomError("controls", "{why}", {"why": why}) from None


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
Controls = Annotated[tuple[ControlName, ...] | None, BeforeValidator(_controls)]
GateName = Annotated[str, BeforeValidator(_gate)]


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
    policy: PolicySection = Field(
        PolicySection(), description="What this phone must be like; it wins over the file's."
    )
    controls: Controls = Field(
        None, description="[Controls](controls.md) of this phone; they win over all others."
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
    sustain: UnitSeconds | None = Field(
        None, ge=1, le=LONGEST_SERIES_S, description="Short for `settings: sustain_s`, as `10m`."
    )
    init: Annotated[tuple[Literal["cold", "warm"], ...], BeforeValidator(listed)] = Field(
        (),
        description=f"`[cold, warm]`: short for `settings: init_pairs: {INIT_PAIRS}`.",
    )
    fail_on: Annotated[tuple[GateName, ...], BeforeValidator(listed)] = Field(
        (),
        description="[Gates](gates.md) that the sweep is held to, such as `[none, wrong_output]`; "
        "`--fail-on` adds to them.",
    )
    settings: SettingsSection = Field(
        SettingsSection(), description="Run settings of this sweep; they win over the file's."
    )
    policy: PolicySection = Field(
        PolicySection(), description="What phones must be like in it; it wins over a phone's own."
    )
    controls: Controls = Field(
        None, description="[Controls](controls.md) of this sweep; they win over the file's."
    )

    @model_validator(mode="after")
    def _rounds_once(self) -> Self:
        if self.rounds is not None and self.settings.rounds is not None:
            raise PydanticCustomError("rounds", "rounds stands here and under settings; keep one")
        return self

    @model_validator(mode="after")
    def _extras_once(self) -> Self:
        if self.sustain is not None and self.settings.sustain_s is not None:
            raise PydanticCustomError(
                "sustain", "sustain stands here and as settings: sustain_s; keep one"
            )
        if self.init and self.settings.init_pairs is not None:
            raise PydanticCustomError(
                "init", "init stands here and as settings: init_pairs; keep one"
            )
        if self.init and set(self.init) != {"cold", "warm"}:
            raise PydanticCustomError(
                "init", "a warm launch needs a cold one before it: write [cold, warm]"
            )
        return self

    @property
    def given_settings(self) -> dict[str, Any]:
        """The run settings that the sweep states."""
        short = {
            "rounds": self.rounds,
            "sustain_s": self.sustain,
            "init_pairs": INIT_PAIRS if self.init else None,
        }
        return self.settings.given | {k: v for k, v in short.items() if v is not None}


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
    policy: PolicySection = Field(
        PolicySection(), description="What every phone must be like before a timed launch."
    )
    controls: Controls = Field(
        None,
        description="[Settings of the phones](controls.md) that are held while they are measured: "
        "`[stay_awake, governor]`, `default` for those that are held anyway, or `none`.",
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_sections_are_absent(cls, data: Any) -> Any:
        """A heading whose entries are all commented out reads as null; it says nothing."""
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data
