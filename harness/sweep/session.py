"""A sweep from request to reports, and its resume: here the stages follow each other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.bench.caches import caching
from harness.bench.policy import default_policy
from harness.bench.runner import CellSetup
from harness.bench.tool import Tool
from harness.bench.variant import Variant
from harness.device.base import Bundle, LocalFile
from harness.errors import UnknownNameError, UsageError
from harness.files import sha256_of, write_json
from harness.lab.lease import lease
from harness.report import write_reports
from harness.sweep.agenda import course_of
from harness.sweep.documents import ResultsDoc, SkippedDeviceDoc
from harness.sweep.folder import MANIFEST, RESULTS, SweepFolder, read_folder
from harness.sweep.host_reference import make_host_outputs
from harness.sweep.journal import Journal
from harness.sweep.models import PreparedModel, bundle_of
from harness.sweep.observe import median_reader
from harness.sweep.prepare import Bench, Request, new_sweep_id, open_benches, write_plan
from harness.sweep.progress import Progress
from harness.sweep.record import Manifest, ManifestCell, ManifestDevice
from harness.sweep.results import build, record_gates
from harness.sweep.run import Context, Station, Stop, raw_folder, run_stations


@dataclass(frozen=True)
class Outcome:
    """A finished sweep: its folder, the judged results and the report's path."""

    folder: Path
    results: ResultsDoc
    report: Path


@dataclass(frozen=True)
class Audience:
    """Who hears of a sweep, and who may stop it."""

    progress: Progress
    stop: Stop


def run_sweep(
    request: Request, out: Path, audience: Audience, *, sweep_id: str | None = None
) -> Outcome:
    """Plan, measure, judge and report.

    Raises:
        NothingToMeasureError: no device could be opened, or there is no tool for any.
    """
    sweep_id = sweep_id or new_sweep_id()
    root = out / sweep_id
    with open_benches(request, sweep_id) as (benches, left_out):
        manifest = write_plan(request, benches, left_out, sweep_id)
        root.mkdir(parents=True, exist_ok=True)
        models = [model.saved_in(root) for model in request.models]
        manifest = manifest.model_copy(update={"models": [model.manifest for model in models]})
        write_json(root / MANIFEST, manifest.to_json())
        return _measure(SweepFolder(root, manifest, ()), models, benches, audience)


def resume_sweep(root: Path, request: Request, audience: Audience) -> Outcome:
    """Go on with a sweep that was cut short: what the journal holds is kept, the rest is run.

    `request` names the devices of the manifest as they are found now, and its models. A device
    that is not there now is left out; its launches stay open for another resume. Its gates are
    added to those of the sweep.

    Raises:
        UsageError: a tool or a model is not what it was.
    """
    folder = read_folder(root)
    with open_benches(request, folder.manifest.sweep.id) as (benches, left_out):
        sweep = folder.manifest.sweep
        known = {one.id: one for one in (*sweep.skipped_devices, *request.skipped, *left_out)}
        planned = set(folder.devices)
        now_missing = [
            one for one in known.values() if one.id not in planned or _absent(one, benches)
        ]
        gates = list(dict.fromkeys((*sweep.gates, *request.gates)))
        if gates != sweep.gates:
            record_gates(root, gates)
        sweep = sweep.model_copy(update={"skipped_devices": now_missing, "gates": gates})
        devices = [_with_cooldown(one, request.cooldown) for one in folder.manifest.devices]
        update = {"sweep": sweep, "devices": devices}
        folder = replace(folder, manifest=folder.manifest.model_copy(update=update))
        for bench in benches:
            _same_tools(folder, bench)
        return _measure(folder, request.models, benches, audience)


def plan_only(request: Request) -> Manifest:
    """Return the manifest of a sweep without running it; devices are opened and let go."""
    sweep_id = new_sweep_id()
    with open_benches(request, sweep_id) as (benches, left_out):
        return write_plan(request, benches, left_out, sweep_id)


def _measure(
    folder: SweepFolder,
    models: Sequence[PreparedModel],
    benches: Sequence[Bench],
    audience: Audience,
) -> Outcome:
    """Run what is left, then judge and report, also when the running was cut short."""
    audience.progress.sweep_started(folder.manifest)
    stations = [_station(folder, models, bench) for bench in benches]
    with lease(f"sweep-{folder.manifest.sweep.id}", purpose="running the sweep"):
        try:
            make_host_outputs(folder.root, folder.manifest, audience.stop.event)
            with Journal(folder.root) as journal:
                context = Context(folder.root, journal, audience.progress, audience.stop)
                run_stations(context, stations, folder.records)
        finally:
            outcome = _conclude(folder)
    audience.progress.finished(outcome.results)
    return outcome


def _conclude(folder: SweepFolder) -> Outcome:
    whole = replace(read_folder(folder.root), manifest=folder.manifest)
    results = build(whole)
    write_json(folder.root / RESULTS, results.to_json())
    return Outcome(folder.root, results, write_reports(folder.root))


def _station(folder: SweepFolder, models: Sequence[PreparedModel], bench: Bench) -> Station:
    cells = [cell for cell in folder.manifest.cells if cell.device == bench.device.id]
    runnable = [cell for cell in cells if cell.skip_reason is None]
    by_hash = {model.manifest.sha256: model for model in models}
    return Station(
        device=bench.device,
        course=course_of(folder.manifest, bench.device.id),
        median_us=median_reader(folder),
        setups={cell.id: _setup(folder, cell, by_hash, bench) for cell in runnable},
        folders={
            cell.id: raw_folder(
                folder.root, cell.device, folder.models[cell.model].name, cell.variant
            )
            for cell in runnable
        },
        policy=folder.devices[bench.device.id].policy or default_policy(bench.device.kind),
        wish=bench.wish,
    )


def _setup(
    folder: SweepFolder, cell: ManifestCell, models: Mapping[str, PreparedModel], bench: Bench
) -> CellSetup:
    planned = folder.variants[cell.variant]
    variant = Variant(
        name=planned.name,
        accelerator=planned.accelerator,
        flags=planned.flags,
        environment=planned.environment,
        push=tuple(planned.push),
        dialect=planned.dialect,
        cores=planned.cores,
    )
    model, tool = models[cell.model], _tool(cell, bench)
    return CellSetup(
        variant=variant,
        tool=tool,
        model=model.bundle,
        model_file=model.file_name,
        settings=folder.settings_of(cell.device),
        inputs=model.inputs_bundle(folder.root),
        input_flags=model.manifest.input_flags,
        push=_pushed(variant),
        cache_flags=caching(variant, tool).flags,
        cache_key=_cache_key(folder, cell),
        cpus=tuple(cell.cpus),
    )


def _cache_key(folder: SweepFolder, cell: ManifestCell) -> str:
    """Name a cell's cache on a device, where those of other sweeps may lie beside it."""
    name = f"{folder.manifest.sweep.id}/{cell.id}"
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _tool(cell: ManifestCell, bench: Bench) -> Tool:
    return next(tool for tool in bench.tools.values() if tool.sha256 == cell.tool)


def _pushed(variant: Variant) -> Bundle | None:
    """Bundle the files a variant brings along.

    Raises:
        UsageError: one of them is missing.
    """
    if not variant.push:
        return None
    paths = [Path(one) for one in variant.push]
    for path in paths:
        if not path.is_file():
            raise UsageError(
                f"variant {variant.name} pushes {path}, which is not a file",
                next_step="mend its push: list in devices.yaml",
            )
    return bundle_of({path.name: LocalFile(path, sha256_of(path)) for path in paths})


def _with_cooldown(device: ManifestDevice, cooldown: float | None) -> ManifestDevice:
    if cooldown is None:
        return device
    policy = device.policy or default_policy(device.kind)
    return device.model_copy(update={"policy": policy.model_copy(update={"cooldown": cooldown})})


def _same_tools(folder: SweepFolder, bench: Bench) -> None:
    have = {tool.sha256 for tool in bench.tools.values()}
    for cell in folder.manifest.cells:
        if cell.device == bench.device.id and cell.skip_reason is None and cell.tool not in have:
            name = folder.tools[cell.tool].name if cell.tool is not None else "?"
            raise UnknownNameError(
                f"the tool {name} of this sweep is not the one that is here now",
                next_step="start a new sweep, since one sweep must not mix two tools",
            )


def _absent(one: SkippedDeviceDoc, benches: Sequence[Bench]) -> bool:
    return all(bench.device.id != one.id for bench in benches)
