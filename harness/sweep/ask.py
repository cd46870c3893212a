"""From the words of a call and devices.yaml to a request: names looked up, phones found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.bench.tool import Tool
from harness.bench.toolbox import FetchPolicy, resolve_tool
from harness.bench.toolstore import add as add_tool
from harness.bench.variant import DEFAULT_NAMES, Dialect, Variant
from harness.deadline import Deadline
from harness.device.base import DeviceKind, DeviceState
from harness.device.controls import ControlName, ControlWish, parse_controls
from harness.device.vulkan import find_vulkan
from harness.errors import NothingToMeasureError, ToolError, UnknownNameError, UsageError
from harness.lab.config import LabConfig, load_config
from harness.lab.inventory import ListedDevice, list_devices, survey
from harness.lab.schema import SweepSection
from harness.lab.select import select
from harness.litert_tool import bundle, bundle_compiled
from harness.sweep.ask_policy import policies, written_cooldown
from harness.sweep.ask_settings import SettingWords, settings_by_device, settings_of
from harness.sweep.documents import SkippedDeviceDoc
from harness.sweep.folder import MANIFEST, read_folder
from harness.sweep.models import (
    ModelWords,
    PreparedModel,
    model_of_manifest,
    prepare_model,
    unique_names,
)
from harness.sweep.prepare import Request, ToolSource, skipped
from harness.sweep.record import ManifestVariant

LISTING_S = 30.0

LOCAL_NAMES = ("cpu-1t", "cpu-4t", "cpu-noxnn")
"""Variants of this machine unless others are named; `gpu` too where there is Vulkan."""


@dataclass(frozen=True)
class Words:
    """What a call of `harness run` said, unresolved."""

    models: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    tool: str | None = None
    sweep: str | None = None
    settings: SettingWords = field(default_factory=SettingWords)
    signature: str | None = None
    input_shapes: tuple[str, ...] = ()
    input_ranges: tuple[str, ...] = ()
    input_files: tuple[str, ...] = ()
    config: Path | None = None
    seed: int = 0
    out: Path = Path("reports")
    resume: str | None = None
    gates: tuple[str, ...] = ()
    cooldown: float | None = None
    controls: tuple[str, ...] = ()
    on_terminal: bool = False

    @property
    def sweep_folder(self) -> Path:
        """The folder of the sweep to go on with: given as it is, or as an id under `out`.

        Raises:
            UnknownNameError: neither is there.
        """
        word = self.resume or ""
        for folder in (self.out / word, Path(word)):
            if (folder / MANIFEST).is_file():
                return folder
        known = sorted(path.parent.name for path in self.out.glob(f"*/{MANIFEST}"))[-3:]
        raise UnknownNameError(
            f"there is no sweep '{word}' under {self.out}, and no such folder",
            next_step=f"name one of {', '.join(known)}" if known else "run a sweep first",
        )


@dataclass(frozen=True)
class Surroundings:
    """Where phones and tools are looked for: this host's, or the virtual lab's."""

    config: LabConfig
    tools: ToolSource


def ask(words: Words, policy: FetchPolicy) -> Request:
    """Resolve a call to a request.

    Raises:
        UsageError: a name, a file or an option is wrong.
        NothingToMeasureError: no device is usable.
    """
    config = load_config(words.config)
    section = config.sweep(words.sweep) if words.sweep is not None else None
    models = _models(words, config, section)
    variants = _variants(words, config, section)
    settings = settings_of(words.settings, config, section)
    called = parse_controls(words.controls) if words.controls else None
    found = survey(config, Deadline.after(LISTING_S))
    devices = found.devices
    selectors = words.devices or (section.devices if section else ())
    try:
        chosen = select(devices, selectors, known=config.devices, on_terminal=words.on_terminal)
    except NothingToMeasureError:
        if found.problems:  # that no adb server answers says more than that no phone is there
            raise found.problems[0] from None
        raise
    ready = [one for one in chosen if one.state is DeviceState.READY]
    # Nobody named devices: whatever is attached was meant, also what cannot be used.
    meant = chosen if selectors else [one for one in devices if one.kind is not DeviceKind.LOCAL]
    left_out = [skipped(one, one.detail, one.next_step) for one in meant if one not in ready]
    if not ready:
        raise _nothing_ready(left_out)
    return Request(
        devices=ready,
        models=models,
        variants=variants,
        settings=settings,
        tools=tool_source(config, words.tool or (section.tool if section else None), policy),
        seed=words.seed,
        skipped=left_out,
        command=_command(words),
        device_settings=settings_by_device(
            words.settings, config, section, [one.id for one in ready]
        ),
        excluded={one.id: frozenset(config.device(one.id).exclude_variants) for one in ready},
        gates=tuple(dict.fromkeys((*(section.fail_on if section else ()), *words.gates))),
        policies=policies(config, section, ready, words.cooldown),
        controls=_wishes(called, config, section, ready),
    )


def ask_again(words: Words, around: Surroundings) -> Request:
    """Resolve the call that goes on with a sweep: its own devices, models and variants.

    Raises:
        UsageError: a model of the sweep is gone or changed.
    """
    folder = read_folder(words.sweep_folder)
    manifest = folder.manifest
    found = {one.id: one for one in list_devices(around.config, Deadline.after(LISTING_S))}
    devices = [found[name] for name in folder.devices if name in found]
    ready = [one for one in devices if one.state is DeviceState.READY]
    gone = [_gone(name, folder.devices[name].model) for name in folder.devices if name not in found]
    return Request(
        devices=ready,
        models=[model_of_manifest(folder.root, one) for one in manifest.models],
        variants={None: [_variant(one) for one in manifest.variants]},
        settings=manifest.settings,
        tools=around.tools,
        seed=manifest.sweep.seed,
        skipped=[skipped(one, one.detail, one.next_step) for one in devices if one not in ready]
        + gone,
        lab=manifest.sweep.lab,
        gates=words.gates,
        cooldown=words.cooldown,
        controls={
            one.id: ControlWish(one.controls, asked=True)
            for one in manifest.devices
            if one.controls is not None
        },
    )


def surroundings(words: Words, policy: FetchPolicy) -> Surroundings:
    """Return the inventory and the tools of this host."""
    config = load_config(words.config)
    return Surroundings(config, tool_source(config, words.tool, policy))


def tool_source(config: LabConfig, named: str | None, policy: FetchPolicy) -> ToolSource:
    """Return how tools are found: this machine's own, the named one, or one of the store by ABI."""

    def find(listed: ListedDevice, dialect: Dialect) -> Tool:
        if listed.kind is DeviceKind.LOCAL:
            return _local(dialect)
        abis = listed.profile.abis if listed.profile is not None else ()
        if not abis:
            raise ToolError(
                f"{listed.id} does not say which ABI it has",
                next_step="name a tool for it with --tool",
            )
        return resolve_tool(
            abis[0],
            dialect,
            named=_named_tool(config, named or config.device(listed.id).tool),
            other_abis=abis[1:],
            policy=policy,
        )

    return find


def _local(dialect: Dialect) -> Tool:
    if dialect is Dialect.INTERPRETER:
        return bundle()
    return bundle_compiled(environment=find_vulkan().environment)


def _named_tool(config: LabConfig, name: str | None) -> str | None:
    """Return what the toolbox takes for a name: a tool of devices.yaml goes by its paths."""
    if name is None or name not in config.tools:
        return name
    section = config.tools[name]
    return add_tool(section.paths, abi=section.abi).name


def _models(words: Words, config: LabConfig, section: SweepSection | None) -> list[PreparedModel]:
    names = words.models or (section.models if section else ())
    if not names:
        raise UsageError(
            "no model was named",
            next_step="harness run MODEL.tflite, or --sweep with a name from devices.yaml",
        )
    options = ModelWords.parse(
        words.signature, words.input_shapes, words.input_ranges, words.input_files
    )
    return unique_names(
        [prepare_model(one, config.models.get(one), options, seed=words.seed) for one in names]
    )


def _variants(
    words: Words, config: LabConfig, section: SweepSection | None
) -> dict[DeviceKind | None, Sequence[Variant]]:
    names = _split(words.variants) or (section.variants if section else ())
    if names:
        return {None: [config.variant(name) for name in names]}
    return {
        None: [config.variant(name) for name in DEFAULT_NAMES],
        DeviceKind.LOCAL: [config.variant(name) for name in local_names()],
    }


def local_names() -> tuple[str, ...]:
    """Return the variants of this machine where none are named."""
    return (*LOCAL_NAMES, "gpu") if find_vulkan().usable else LOCAL_NAMES


def _wishes(
    called: tuple[ControlName, ...] | None,
    config: LabConfig,
    section: SweepSection | None,
    devices: Sequence[ListedDevice],
) -> Mapping[str, ControlWish]:
    """Return what somebody asked to be held: the call, else device, else sweep, else the file."""
    found = {}
    for one in devices:
        asked = called if called is not None else config.controls_for(one.id, section)
        if asked is not None:
            found[one.id] = ControlWish(asked, asked=True)
    return found


def _command(words: Words) -> list[str]:
    """Return the call as it can be typed again."""
    options = {
        "--device": words.devices,
        "--variant": words.variants,
        "--tool": (words.tool,),
        "--sweep": (words.sweep,),
        "--signature": (words.signature,),
        "--input-shape": words.input_shapes,
        "--input-range": words.input_ranges,
        "--input-file": words.input_files,
        "--config": (words.config,),
        "--seed": (words.seed,),
        "--fail-on": (",".join(words.gates) or None,),
        "--cooldown": (None if words.cooldown is None else written_cooldown(words.cooldown),),
        "--control": words.controls,
    }
    given = [
        part
        for option, values in options.items()
        for value in values
        if value is not None
        for part in (option, str(value))
    ]
    return ["harness", "run", *words.models, *given, *words.settings.options]


def _split(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for word in words for part in word.split(",") if part)


def _nothing_ready(left_out: Sequence[SkippedDeviceDoc]) -> NothingToMeasureError:
    if not left_out:
        return NothingToMeasureError(
            "no device is attached", next_step="see `harness devices`, or use --device local"
        )
    reasons = "; ".join(f"{one.id} is {one.state}: {one.reason}" for one in left_out)
    return NothingToMeasureError(f"no device is ready: {reasons}", next_step=left_out[0].next_step)


def _gone(name: str, model: str | None) -> SkippedDeviceDoc:
    return SkippedDeviceDoc(
        id=name,
        model=model,
        state=DeviceState.OFFLINE.value,
        reason="it is not attached now",
        next_step="attach it and resume the sweep again",
    )


def _variant(planned: ManifestVariant) -> Variant:
    return Variant(
        name=planned.name,
        accelerator=planned.accelerator,
        flags=planned.flags,
        environment=planned.environment,
        push=tuple(planned.push),
        dialect=planned.dialect,
        description=planned.description,
        expanded_from=planned.expanded_from,
        cores=planned.cores,
    )
