"""The lab as it is configured: devices.yaml checked, resolved and frozen."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from harness.bench.settings import DEFAULT, RunSettings
from harness.bench.variant import BUILT_IN, Variant
from harness.device.controls import ControlName
from harness.errors import ConfigError, UnknownNameError, UsageError
from harness.lab.address import AdbServer, server_of_environment
from harness.lab.expect import covered
from harness.lab.loader import Location, Tree, load_yaml
from harness.lab.policy_section import PolicySection
from harness.lab.schema import (
    DeviceSection,
    LabFile,
    ModelSection,
    SweepSection,
    ToolSection,
    VariantSection,
)
from harness.lab.section import nearest
from harness.lab.selector import parse_selectors

DEFAULT_PATH = Path("devices.yaml")
_T = TypeVar("_T")
_SHOWN = 5  # further errors told after the first
_OURS = "Value error, "  # pydantic's prefix


@dataclass(frozen=True)
class LabConfig:
    """devices.yaml, resolved: paths are absolute, `variants` are those of the file alone.

    `path` is None when there is no file; then every section is empty and `adb_servers` holds the
    server that adb itself would ask.
    """

    path: Path | None = None
    adb_servers: tuple[AdbServer, ...] = ()
    devices: Mapping[str, DeviceSection] = field(default_factory=dict)
    models: Mapping[str, ModelSection] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)
    tools: Mapping[str, ToolSection] = field(default_factory=dict)
    sweeps: Mapping[str, SweepSection] = field(default_factory=dict)
    settings: RunSettings = DEFAULT
    policy: PolicySection = field(default_factory=PolicySection)
    controls: tuple[ControlName, ...] | None = None

    def device(self, device_id: str) -> DeviceSection:
        """Return what the file says about a device; nothing is said about an unlisted one."""
        return self.devices.get(device_id) or DeviceSection()

    def variant(self, name: str) -> Variant:
        """Return a variant of the file or a built-in one.

        Raises:
            UnknownNameError: neither has the name.
        """
        return _named("variant", name, {**BUILT_IN, **self.variants})

    def sweep(self, name: str) -> SweepSection:
        """Return a sweep by name.

        Raises:
            UnknownNameError: the file has none of that name.
        """
        return _named("sweep", name, self.sweeps)

    def settings_for(self, device_id: str, sweep: SweepSection | None = None) -> RunSettings:
        """Return the run settings of a device in a sweep: file, then sweep, then device."""
        given = sweep.given_settings if sweep else {}
        return self.settings.model_copy(update=given | self.device(device_id).settings.given)

    def policy_given(self, device_id: str, sweep: SweepSection | None = None) -> dict[str, Any]:
        """Return the limits that the file states: its own, then the device's, then the sweep's."""
        own = self.device(device_id).policy.given
        return self.policy.given | own | (sweep.policy.given if sweep else {})

    def controls_for(
        self, device_id: str, sweep: SweepSection | None = None
    ) -> tuple[ControlName, ...] | None:
        """Return which settings of a device to hold: device, else sweep, else file; else None."""
        own = self.device(device_id).controls
        of_sweep = sweep.controls if sweep is not None else None
        return next((one for one in (own, of_sweep, self.controls) if one is not None), None)


def load_config(path: Path | None = None) -> LabConfig:
    """Read the lab's file: `path`, else ./devices.yaml if it is there, else none at all.

    Raises:
        ConfigError: the file has a wrong key or value; names file, line and key.
        UsageError: a variable that names adb's server is set to no address.
    """
    if path is None and DEFAULT_PATH.is_file():
        path = DEFAULT_PATH
    if path is None:
        return LabConfig(adb_servers=(server_of_environment(os.environ),))
    tree = load_yaml(path)
    try:
        lab = LabFile.model_validate(tree.data)
    except ValidationError as error:
        raise _config_error(tree, error) from None
    _check_names(tree, lab)
    folder = path.resolve().parent
    variants = _variants(tree, lab, folder)
    return LabConfig(
        path=path,
        adb_servers=lab.adb_servers or (server_of_environment(os.environ),),
        devices=lab.devices,
        models={
            name: _located_model(model, folder).model_copy(
                update={
                    "expect": covered(
                        tree, ("models", name, "expect"), model.expect, {**BUILT_IN, **variants}
                    )
                }
            )
            for name, model in lab.models.items()
        },
        variants=variants,
        tools={
            name: tool.model_copy(update={"paths": tuple(folder / p for p in tool.paths)})
            for name, tool in lab.tools.items()
        },
        sweeps=lab.sweeps,
        settings=DEFAULT.model_copy(update=lab.settings.given),
        policy=lab.policy,
        controls=lab.controls,
    )


def _named(kind: str, name: str, known: Mapping[str, _T]) -> _T:
    if name in known:
        return known[name]
    raise UnknownNameError(f"no {kind} is called '{name}'", next_step=nearest(name, list(known)))


# --- errors of the file ---------------------------------------------------------------------------


def _config_error(tree: Tree, error: ValidationError) -> ConfigError:
    """Turn what pydantic found into one error: the first by line, with the others after it."""
    found = sorted((_place_and_message(e, tree) for e in error.errors()), key=lambda f: f[0])
    errors = [tree.error(message, place) for _, place, message in found]
    others = [f"also {e.message}" for e in errors[1 : 1 + _SHOWN]]
    if len(errors) > 1 + _SHOWN:
        others.append(f"and {len(errors) - 1 - _SHOWN} more")
    _, place, message = found[0]
    return tree.error("\n  ".join([message, *others]), place, next_step="correct the file")


def _place_and_message(error: ErrorDetails, tree: Tree) -> tuple[int, Location, str]:
    place: Location = tuple(step for step in error["loc"] if step != "[key]")
    context: dict[str, Any] = error.get("ctx") or {}
    if "key" in context:
        place = (*place, context["key"])
    elif error["loc"] and not _stands(place, tree):
        # Pydantic names branches of a union as if they were keys.
        while place and not _stands(place, tree) and error["type"] != "missing":
            place = place[:-1]
    message = error["msg"].removeprefix(_OURS)
    if error["type"] == "missing":
        message = "is needed and not given"
    if error["type"] in ("model_type", "dict_type"):
        message = "should hold keys with values, one a line"
    if error["type"] == "string_type" and isinstance(error["input"], (int, float)):
        message = f"should be text: write it in quotes, '{error['input']}'"
    return tree.line_of(place) or 0, place, message


def _stands(place: Location, tree: Tree) -> bool:
    return place in tree.lines


# --- names that refer to each other ---------------------------------------------------------------


def _check_names(tree: Tree, lab: LabFile) -> None:
    """Refuse names that refer to nothing, aliases given twice, and selectors that cannot be read.

    Raises:
        ConfigError: the first such name.
    """
    variants = [*BUILT_IN, *lab.variants]
    for place, name, known in _references(lab, variants):
        if name not in known:
            raise tree.error(f"no '{name}' is known; {nearest(name, known)}", place)
    for name in lab.variants:
        if name in BUILT_IN:
            raise tree.error(
                "is the name of a built-in variant",
                ("variants", name),
                next_step=f"choose another name and write 'extends: {name}'",
            )
    _check_aliases(tree, lab)
    for name, sweep in lab.sweeps.items():
        for i, text in enumerate(sweep.devices):
            try:
                parse_selectors((text,))
            except UsageError as error:
                place = ("sweeps", name, "devices", i)
                raise tree.error(error.message, place, next_step=error.next_step) from None


def _check_aliases(tree: Tree, lab: LabFile) -> None:
    owners = {serial: serial for serial in lab.devices}
    for serial, device in lab.devices.items():
        if device.alias is None:
            continue
        if owners.get(device.alias, serial) != serial:
            raise tree.error(
                f"'{device.alias}' already names {owners[device.alias]}",
                ("devices", serial, "alias"),
                next_step="give each phone an alias of its own",
            )
        owners[device.alias] = serial


def _references(lab: LabFile, variants: list[str]) -> Iterator[tuple[Location, str, list[str]]]:
    for name, sweep in lab.sweeps.items():
        for i, model in enumerate(sweep.models):
            yield ("sweeps", name, "models", i), model, list(lab.models)
        for i, variant in enumerate(sweep.variants):
            yield ("sweeps", name, "variants", i), variant, variants
    for serial, device in lab.devices.items():
        for i, variant in enumerate(device.exclude_variants):
            yield ("devices", serial, "exclude_variants", i), variant, variants
    for name, own in lab.variants.items():
        if own.extends is not None:
            yield ("variants", name, "extends"), own.extends, variants


# --- resolution -----------------------------------------------------------------------------------


def _located_model(model: ModelSection, folder: Path) -> ModelSection:
    inputs = {
        name: entry.model_copy(update={"file": folder / entry.file}) if entry.file else entry
        for name, entry in model.inputs.items()
    }
    return model.model_copy(update={"path": folder / model.path, "inputs": inputs})


def _variants(tree: Tree, lab: LabFile, folder: Path) -> dict[str, Variant]:
    """Resolve the file's variants, each after the one it extends."""
    done: dict[str, Variant] = {}

    def resolve(name: str, path: tuple[str, ...]) -> Variant:
        if name in BUILT_IN:
            return BUILT_IN[name]
        if name in path:
            raise tree.error(
                f"extends itself, by way of {' -> '.join((*path, name))}",
                ("variants", name, "extends"),
            )
        if name not in done:
            section = lab.variants[name]
            base = resolve(section.extends, (*path, name)) if section.extends else None
            if base is None and section.accelerator is None:
                raise tree.error("needs 'accelerator' or 'extends'", ("variants", name))
            done[name] = _variant(name, section, base, folder)
        return done[name]

    return {name: resolve(name, ()) for name in lab.variants}


def _variant(name: str, section: VariantSection, base: Variant | None, folder: Path) -> Variant:
    accelerator = section.accelerator
    if base is None:
        assert accelerator is not None  # noqa: S101 (the caller has refused it)
        base = Variant(name, accelerator)
    flags = {**base.flags, **section.flags}
    return replace(
        base,
        name=name,
        accelerator=accelerator or base.accelerator,
        flags={flag: value for flag, value in flags.items() if value is not None},
        environment={**base.environment, **section.environment},
        push=base.push + tuple(str(folder / path) for path in section.push),
        dialect=section.dialect or base.dialect,
        cores=section.cores or base.cores,
        description=section.description if section.description is not None else base.description,
    )
