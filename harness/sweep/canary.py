"""Running the canary: a small model that comes with the harness, on one thread of the CPU.

It goes the way of every sweep (lease, staging, probe, rounds, judgement), in a folder of its own
that is thrown away; what is kept of it is a line in the device's log.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.bench.command import OUTPUTS
from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN, Accelerator
from harness.demo_models import paths
from harness.device.base import DeviceKind, Profile
from harness.errors import HarnessError
from harness.files import sha256_of
from harness.lab.canary_log import append_canary, read_canaries
from harness.lab.inventory import ListedDevice
from harness.lab.noise import current_floors, read_noise
from harness.sweep.documents import CellDoc
from harness.sweep.folder import MANIFEST, read_folder
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.prepare import Request, ToolSource, new_sweep_id
from harness.sweep.progress import SilentProgress
from harness.sweep.results import build
from harness.sweep.run import Stop
from harness.sweep.session import Audience, run_sweep
from harness.verdict.canary import CanaryKey, CanaryRun, CanaryVerdict, judge_canary
from harness.verdict.outputs import OutputVerdict

CANARY_S = 180.0
"""For all phones side by side; a phone that has not ended by then is unknown."""

VARIANT = "cpu-1t"
SETTINGS = RunSettings(num_runs=50, min_secs=0.5, max_secs=10.0, warmup_min_secs=0.2, rounds=3)


@dataclass(frozen=True)
class Canary:
    """One device's canary: the run, how it was judged, and the model's name."""

    device: str
    run: CanaryRun
    verdict: CanaryVerdict
    model: str


def run_canaries(
    devices: Sequence[ListedDevice], tools: ToolSource, *, seconds: float = CANARY_S
) -> tuple[Canary, ...]:
    """Run the canary on all devices side by side, judge each against its past, and note it there.

    A device that cannot be measured, or not in time, is `unknown` with the reason; it holds up the
    others for `seconds` at the most.
    """
    folder = Path(tempfile.mkdtemp(prefix="harness-canary-"))
    sweep_id, stop = new_sweep_id(), Stop()
    errors: list[HarnessError] = []

    def measure() -> None:
        try:
            run_sweep(
                _request(devices, tools),
                folder,
                Audience(SilentProgress(), stop),
                sweep_id=sweep_id,
            )
        except HarnessError as error:
            errors.append(error)

    # A daemon: a phone that hangs must not keep this process from ending.
    worker = threading.Thread(target=measure, name="canary", daemon=True)
    worker.start()
    worker.join(seconds)
    late = worker.is_alive()
    stop.ask()
    reason = errors[0].message if errors else "it did not end in time" if late else "not measured"
    try:
        runs = _runs(folder / sweep_id, devices, reason)
    finally:
        if not late:
            shutil.rmtree(folder, ignore_errors=True)
    return tuple(_noted(one, runs[one.id]) for one in devices)


def _request(devices: Sequence[ListedDevice], tools: ToolSource) -> Request:
    return Request(
        devices=devices,
        models=[prepare_model(str(paths()[0]), None, ModelWords(), seed=0)],
        variants={None: [BUILT_IN[VARIANT]]},
        settings=SETTINGS,
        tools=tools,
        command=["harness", "doctor"],
    )


def _runs(root: Path, devices: Sequence[ListedDevice], reason: str) -> dict[str, CanaryRun]:
    """Judge what there is of the sweep by now; a device without a cell gets the reason."""
    cells: Mapping[str, CellDoc] = {}
    reasons: dict[str, str] = {}
    if (root / MANIFEST).is_file():
        folder = read_folder(root)
        cells = {cell.device.id: cell for cell in build(folder).cells}
        reasons = {one.id: one.reason for one in folder.manifest.sweep.skipped_devices}
    model = sha256_of(paths()[0])
    return {
        one.id: _run(root, one, cells.get(one.id), model, reasons.get(one.id, reason))
        for one in devices
    }


def _run(
    root: Path, device: ListedDevice, cell: CellDoc | None, model: str, reason: str
) -> CanaryRun:
    fingerprint = (device.profile or Profile()).fingerprint
    tool = cell.tool.sha256 if cell is not None and cell.tool is not None else ""
    key = CanaryKey(fingerprint, tool, model, device.kind is DeviceKind.VIRTUAL)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    if cell is None:
        return CanaryRun(key, when, None, failure=reason)
    p50 = cell.latency_ms.p50 if cell.latency_ms is not None else None
    value = p50.value if p50 is not None else None
    why = cell.reason or (cell.next_step if value is None else None) or reason
    return CanaryRun(
        key,
        when,
        value,
        cell.outputs.verdict if cell.outputs is not None else OutputVerdict.UNKNOWN,
        _hash_of_outputs(root, cell),
        failure=why if value is None else "",
    )


def _hash_of_outputs(root: Path, cell: CellDoc) -> str | None:
    files = [root / place for place in cell.raw if Path(place).name == OUTPUTS]
    return sha256_of(files[0]) if files and files[0].is_file() else None


def _noted(device: ListedDevice, run: CanaryRun) -> Canary:
    """Judge a run against the device's past and add it to that."""
    simulated = run.key.simulated
    floors = current_floors(read_noise(device.id, simulated=simulated), run.key.fingerprint)
    floor = floors.get(Accelerator.CPU)
    past = read_canaries(device.id, simulated=simulated)
    verdict = judge_canary(past, run, floor.relative if floor is not None else None)
    append_canary(device.id, run, verdict.state, {"variant": VARIANT})
    return Canary(device.id, run, verdict, paths()[0].stem)
