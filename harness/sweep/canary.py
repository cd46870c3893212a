"""Running the canary: a small model that comes with the harness, on one thread of the CPU.

It goes the way of every sweep (lease, preflight, staging, probe, rounds, judgement), in a folder of
its own that is thrown away; what is kept of it is a line in the device's log. Number of rounds,
limits and settings are the same whatever devices.yaml says, so that a phone meets its own past.
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
from harness.bench.policy import Policy, default_policy
from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN, Accelerator
from harness.deadline import Deadline
from harness.demo_models import paths
from harness.device.base import DeviceKind, Profile
from harness.device.controls import DEFAULT_CONTROLS, ControlName, ControlWish
from harness.errors import HarnessError
from harness.files import sha256_of
from harness.lab.canary_log import append_canary, read_canaries
from harness.lab.inventory import ListedDevice
from harness.lab.noise import current_floors, read_noise
from harness.stats.circumstances import ValidityReason
from harness.sweep.controlled import clocks_of
from harness.sweep.documents import CellDoc
from harness.sweep.folder import MANIFEST, read_folder
from harness.sweep.host_reference import FOLDER as HOST_OUTPUTS
from harness.sweep.host_reference import make_outputs_of
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
SETTINGS = RunSettings(
    num_runs=50, min_secs=0.5, max_secs=10.0, warmup_min_secs=0.2, rounds=3, precision=0.0
)

COOLDOWN_S = 20.0
"""Before each round at the most: three such waits leave most of CANARY_S for the rounds. A phone
that is warm for longer is no canary of its own past."""

_HEAT = (ValidityReason.NOT_COOLED, ValidityReason.THROTTLED)
"""Under these a time speaks of the heat, and is no sign of a sick phone."""


@dataclass(frozen=True)
class Canary:
    """One device's canary: the run, how it was judged, and the model's name."""

    device: str
    run: CanaryRun
    verdict: CanaryVerdict
    model: str


def run_canaries(
    devices: Sequence[ListedDevice],
    tools: ToolSource,
    controls: Mapping[str, tuple[ControlName, ...]] | None = None,
    *,
    seconds: float = CANARY_S,
    stop: Stop | None = None,
) -> tuple[Canary, ...]:
    """Run the canary on all devices side by side, judge each against its past, and note it there.

    Each device has a sweep of its own, so that one that hangs holds up no other; one that cannot be
    measured, is too warm, or does not end within `seconds`, is `unknown` with the reason. Once
    `stop` was asked, the launches under way end and none is begun. `controls` are the settings that
    devices.yaml lets be held of a device: those of them that are held by default are.
    """
    folder = Path(tempfile.mkdtemp(prefix="harness-canary-"))
    stop = stop or Stop()
    model = prepare_model(str(paths()[0]), None, ModelWords(), seed=0).saved_in(folder)
    make_outputs_of(folder, model.manifest, stop.event)
    sweeps = [
        _Sweep(one, folder / f"{n}", stop, wish_of((controls or {}).get(one.id)))
        for n, one in enumerate(devices)
    ]
    # Daemons: a phone that hangs must not keep this process from ending.
    threads = [
        threading.Thread(target=one.measure, args=(folder, tools), name="canary", daemon=True)
        for one in sweeps
    ]
    deadline = Deadline.after(seconds)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline.remaining))
    stop.ask()
    late = [thread.is_alive() for thread in threads]
    found = tuple(_noted(one, late=slow) for one, slow in zip(sweeps, late, strict=True))
    if not any(late):
        shutil.rmtree(folder, ignore_errors=True)
    return found


@dataclass
class _Sweep:
    """The canary's sweep of one device, in a folder of its own; `error` is why there is none."""

    device: ListedDevice
    out: Path
    stop: Stop
    wish: ControlWish
    error: str = ""

    def measure(self, shared: Path, tools: ToolSource) -> None:
        """Run it to its end; the host's outputs are those that were made for all."""
        sweep_id = new_sweep_id()
        request = Request(
            devices=[self.device],
            models=[prepare_model(str(paths()[0]), None, ModelWords(), seed=0)],
            variants={None: [BUILT_IN[VARIANT]]},
            settings=SETTINGS,
            tools=tools,
            command=["harness", "doctor"],
            policies={self.device.id: policy_of(self.device.kind)},
            controls={self.device.id: self.wish},
        )
        try:
            shutil.copytree(shared / HOST_OUTPUTS, self.out / sweep_id / HOST_OUTPUTS)
            audience = Audience(SilentProgress(), self.stop)
            run_sweep(request, self.out, audience, sweep_id=sweep_id)
        except HarnessError as error:
            self.error = error.message
        except OSError as error:
            self.error = f"this host cannot keep its files: {error}"

    def cell(self) -> tuple[Path, CellDoc | None]:
        """Judge what there is of it by now; its folder, and None without a cell."""
        for manifest in self.out.glob(f"*/{MANIFEST}"):
            return manifest.parent, build(read_folder(manifest.parent)).cells[0]
        return self.out, None


def policy_of(kind: DeviceKind) -> Policy:
    """Return the limits of a canary: those of its kind, with little patience.

    Work of other programs is not waited for: that it slows the phone down is an answer.
    """
    return default_policy(kind).model_copy(update={"cooldown": COOLDOWN_S, "min_idle": None})


def wish_of(allowed: tuple[ControlName, ...] | None) -> ControlWish:
    """Return what a canary holds: the defaults that devices.yaml allows; None: it says nothing."""
    names = DEFAULT_CONTROLS if allowed is None else allowed
    return ControlWish(tuple(one for one in DEFAULT_CONTROLS if one in names))


def _run(sweep: _Sweep, root: Path, cell: CellDoc | None, *, late: bool) -> CanaryRun:
    device = sweep.device
    fingerprint = (device.profile or Profile()).fingerprint
    tool = cell.tool.sha256 if cell is not None and cell.tool is not None else ""
    simulated = device.kind is DeviceKind.VIRTUAL
    key = CanaryKey(fingerprint, tool, sha256_of(paths()[0]), simulated)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    why = sweep.error or ("it did not end in time" if late else "it was not measured")
    if cell is None:
        return CanaryRun(key, when, None, failure=why)
    value, why = time_of(cell, why)
    return CanaryRun(
        key,
        when,
        value,
        cell.outputs.verdict if cell.outputs is not None else OutputVerdict.UNKNOWN,
        _hash_of_outputs(root, cell),
        failure=why,
    )


def time_of(cell: CellDoc, otherwise: str = "") -> tuple[float | None, str]:
    """Return the median in ms that may be held against others, or None and why there is none."""
    if cell.rounds < SETTINGS.rounds:  # the median of fewer is another measure
        why = cell.next_step or cell.reason or otherwise
        return None, f"{cell.rounds} of {SETTINGS.rounds} rounds: {why}"
    hot = next((one for one in cell.validity_notes if one.reason in _HEAT), None)
    if hot is not None:
        return None, f"{hot.message}: {hot.next_step}"
    p50 = cell.latency_ms.p50 if cell.latency_ms is not None else None
    value = p50.value if p50 is not None else None
    return value, "" if value is not None else otherwise


def _hash_of_outputs(root: Path, cell: CellDoc) -> str | None:
    files = [root / place for place in cell.raw if Path(place).name == OUTPUTS]
    return sha256_of(files[0]) if files and files[0].is_file() else None


def _noted(sweep: _Sweep, *, late: bool) -> Canary:
    """Judge a run against the device's past and add it to that."""
    device = sweep.device
    root, cell = sweep.cell()
    run = _run(sweep, root, cell, late=late)
    simulated = run.key.simulated
    controls = cell.controls if cell is not None else {}
    floors = current_floors(read_noise(device.id, simulated=simulated), run.key.fingerprint)
    like = (Accelerator.CPU, None, clocks_of(controls))
    floor = next((one for one in floors if (one.variant_kind, one.cores, one.clocks) == like), None)
    past = read_canaries(device.id, simulated=simulated)
    verdict = judge_canary(past, run, floor.relative if floor is not None else None)
    more = {"variant": VARIANT, "controls": controls}
    append_canary(device.id, run, verdict.state, more)
    return Canary(device.id, run, verdict, paths()[0].stem)
