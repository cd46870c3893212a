"""One launch of one cell: stage, run, bring home, and write down what happened."""

from __future__ import annotations

import shlex
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.bench.cached import CachedLaunch
from harness.bench.command import COLLECTED, LaunchKind, Places, build_flags, fill, settings_of
from harness.bench.settings import RunSettings
from harness.bench.tool import Tool
from harness.bench.variant import Accelerator, Variant
from harness.deadline import Deadline
from harness.device.base import GPU_ACTIVE_NS, Bundle, Device, Health, Job, JobResult
from harness.errors import DeviceError, DeviceUnavailableError

INIT_ALLOWANCE_S = 600.0
"""For a first launch: GPU and NPU delegates may compile for minutes."""

MIN_INIT_ALLOWANCE_S = 60.0
STAGING_S = 900.0
MARGIN_S = 30.0
"""Between the device's own limit and the host's: time to bring the files home."""

SAMPLE_S, SHORT_SAMPLE_S = 1.0, 0.5
"""How often a device writes down its clocks and heat beside a timed launch: a short one would end
before it is seen at work (benchmarks/sampler_cost.py has what it costs)."""

_SHORT_S = 4.0

# What is watched in another way, or makes no figure, is left alone.
_SAMPLED = (LaunchKind.ROUND, LaunchKind.SUSTAINED)

# A TPU's driver asks its firmware as it is read; the GPU's tells with a delay.
_TOLD_LATE = {Accelerator.GPU: (GPU_ACTIVE_NS,)}


@dataclass(frozen=True)
class CellSetup:
    """What is staged and run for one cell.

    `inputs` are staged together; flags name them. `cache_flags` tell the tool of a compiled cache,
    which cold and warm launches have on the device under `cache_key`. `cpus` are those it is bound
    to; none leaves it free.
    """

    variant: Variant
    tool: Tool
    model: Bundle
    model_file: str
    settings: RunSettings
    inputs: Bundle | None = None
    input_flags: Mapping[str, str] = field(default_factory=dict)
    push: Bundle | None = None
    cache_flags: Mapping[str, str] = field(default_factory=dict)
    cache_key: str = ""
    cpus: tuple[int, ...] = ()


@dataclass(frozen=True)
class Launch:
    """What one launch left behind. Paths are absolute; `failure` is the harness's own reason.

    `cache` has the files of its compiled cache before and after, and whether the device dropped
    what it had read of files; empty where the launch had no cache.
    """

    started: datetime
    seconds: float
    command: str
    exit_status: int | None = None
    output: Path | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    truncated: bool = False
    limited: bool = False
    failure: str | None = None
    failure_message: str | None = None
    health: Health = field(default_factory=Health)
    cpu_seconds: float | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    cpus_allowed: str | None = None
    preflight: Mapping[str, object] = field(default_factory=dict)
    cache: Mapping[str, object] = field(default_factory=dict)
    spent_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def worth_another_try(self) -> bool:
        """Whether the cause was the link or the phone, not the model or the tool."""
        return self.failure in ("device-lost", "device-rebooted")


def launch(
    device: Device,
    setup: CellSetup,
    kind: LaunchKind,
    into: Path,
    *,
    init_allowance_s: float = INIT_ALLOWANCE_S,
    with_evidence: bool = True,
    health: Health | None = None,
) -> Launch:
    """Run one probe or round; device trouble comes back as a failed launch, never as an exception.

    `into` is emptied first: whatever lies there is of a launch that no journal speaks of. `health`
    is the device's state where it has just been read.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    blank = Launch(started=datetime.now(UTC), seconds=0.0, command="")
    began, spent = time.monotonic(), _Spent()
    cached = CachedLaunch(device, kind, setup.cache_key, setup.cache_flags)
    try:
        if health is None:
            health = device.health(Deadline.after(MARGIN_S))
            spent.until_now("preflight")
        job = _job(device, setup, kind, init_allowance_s, cached, with_evidence=with_evidence)
        spent.until_now("staging")
        blank = replace(blank, command=shown(job), health=health, cache=cached.facts)
        cached.begin()
        result = device.run(job, into, Deadline.after(job.limit_s + MARGIN_S))
        spent.until_now("collect", of_it=("tool", result.seconds))
        cached.end()
    except DeviceError as error:
        return replace(
            blank,
            failure=failure_code(error),
            failure_message=error.message,
            seconds=time.monotonic() - began,
            spent_s=spent.seconds,
        )
    return replace(_finished(blank, result), spent_s=spent.seconds)


class _Spent:
    """Where a worker's seconds go, one part after the other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.monotonic()

    def until_now(self, part: str, *, of_it: tuple[str, float] | None = None) -> None:
        """Book the time since the last call; what is `of_it` goes to a part of its own."""
        now = time.monotonic()
        gone, self._since = now - self._since, now
        if of_it is not None:
            name, seconds = of_it
            self.seconds[name] = round(seconds, 3)
            gone = max(0.0, gone - seconds)
        self.seconds[part] = round(gone, 3)


def learned_allowance(probe: Launch) -> float:
    """Return the init allowance of later rounds: three times what the whole probe took."""
    return min(INIT_ALLOWANCE_S, max(MIN_INIT_ALLOWANCE_S, 3 * probe.seconds))


def shown(job: Job) -> str:
    """Return the device command of a job as a person would type it."""
    settings = [f"{name}={value}" for name, value in job.env.items()]
    return shlex.join(["env", *settings, *job.argv] if settings else job.argv)


def _job(
    device: Device,
    setup: CellSetup,
    kind: LaunchKind,
    init_allowance_s: float,
    cached: CachedLaunch,
    *,
    with_evidence: bool,
) -> Job:
    staging = Deadline.after(STAGING_S)
    tool_folder = device.stage(setup.tool.bundle, staging)
    places = Places(
        graph=f"{device.stage(setup.model, staging)}/{setup.model_file}",
        push=device.stage(setup.push, staging) if setup.push is not None else "",
        input_flags=_input_flags(device, setup, staging),
        cache_flags=cached.flags(),
    )
    flags = build_flags(
        kind, setup.variant, setup.tool, setup.settings, places, with_evidence=with_evidence
    )
    environment = {**setup.tool.environment, **setup.variant.environment}
    own = settings_of(kind, setup.settings)
    longest_s = own.max_secs + own.warmup_min_secs
    least_s = own.min_secs + own.warmup_min_secs
    return Job(
        name=kind.value,
        argv=(f"{tool_folder}/{setup.tool.binary}", *flags),
        env={
            "LD_LIBRARY_PATH": tool_folder,
            **{name: fill(value, places.push) for name, value in environment.items()},
        },
        collect=COLLECTED,
        limit_s=init_allowance_s + (longest_s if kind is not LaunchKind.PROBE else 0) + MARGIN_S,
        log=kind is LaunchKind.PROBE,
        expects=_TOLD_LATE.get(setup.variant.accelerator, ()),
        cpus=setup.cpus,
        trace=kind is LaunchKind.TRACED,
        sample_s=_sample_s(kind, least_s),
    )


def _sample_s(kind: LaunchKind, least_s: float) -> float | None:
    if kind not in _SAMPLED:
        return None
    return SHORT_SAMPLE_S if least_s < _SHORT_S else SAMPLE_S


def _input_flags(device: Device, setup: CellSetup, staging: Deadline) -> dict[str, str]:
    folder = device.stage(setup.inputs, staging) if setup.inputs is not None else ""
    return {name: value.replace("{inputs}", folder) for name, value in setup.input_flags.items()}


def _finished(blank: Launch, result: JobResult) -> Launch:
    return replace(
        blank,
        started=result.started,
        seconds=result.seconds,
        exit_status=result.exit_status,
        output=result.output,
        files=result.files,
        truncated=result.truncated,
        limited=result.limited,
        cpu_seconds=result.cpu_seconds,
        counters=result.counters,
        cpus_allowed=result.cpus_allowed,
        failure="limit" if result.limited else None,
        failure_message="the device's own time limit ended it" if result.limited else None,
    )


def failure_code(error: DeviceError) -> str:
    """Return the harness's own reason for a launch that a device's trouble ended."""
    return "device-lost" if isinstance(error, DeviceUnavailableError) else error.code
