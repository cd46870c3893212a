"""What one launch shows: its raw files read and parsed, judged by itself, its times in order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from harness.bench.command import OUTPUTS, PROFILE, RESULT, RUNTIME_INFO, SAMPLES
from harness.bench.variant import Accelerator
from harness.device.base import CRASH_LOG, GPU_ACTIVE_NS, LOGCAT, NPU_INFERENCES, TELEMETRY
from harness.errors import EvidenceError
from harness.parse.cache_lines import CacheLine, read_cache_lines
from harness.parse.crash import Crash, read_crashes
from harness.parse.log import parse_joined
from harness.parse.logcat import only_news
from harness.parse.model import ProfileRow, Stats, ToolRun
from harness.parse.patterns import Code
from harness.parse.profile_file import read_profile_file
from harness.parse.result_file import read_result_file
from harness.parse.runtime_info import read_runtime_info
from harness.parse.telemetry import Telemetry, read_telemetry
from harness.stats.order import RoundTimes
from harness.sweep.folder import SweepFolder
from harness.sweep.record import ManifestModel, RoundRecord
from harness.verdict.agreement import completed
from harness.verdict.graph import GraphNode
from harness.verdict.judge import judge
from harness.verdict.model import Evidence, EvidenceKind, Judgement, Status
from harness.verdict.witness import Witness, witnessed

_T = TypeVar("_T")

RAW_TEXT_LIMIT = 16_000_000
"""Bytes of one output that are parsed; a phone caps far below this."""


@dataclass(frozen=True)
class Observation:
    """One launch: the fact, what the tool wrote, what the device saw of it, and what that shows.

    Times are in microseconds. `profile` are the rows of its file of operator times; a printed table
    is in `run`. `samples_us` are its timed invocations, where the tool tells them; `cache_lines`
    what a launch with a compiled cache says of that; `telemetry` what the device sampled of itself
    meanwhile.
    """

    record: RoundRecord
    run: ToolRun
    witness: Witness
    judgement: Judgement
    times: RoundTimes | None
    stats: Stats | None
    outputs: bytes | None
    profile: tuple[ProfileRow, ...] = ()
    samples_us: tuple[float, ...] = ()
    cache_lines: tuple[CacheLine, ...] = ()
    telemetry: Telemetry = field(default_factory=Telemetry)

    @property
    def timed(self) -> bool:
        """Whether the launch yielded timings that may be used."""
        ok = self.record.failure is None and self.judgement.status is Status.OK
        return ok and self.times is not None

    @property
    def median_us(self) -> float | None:
        """The median of a launch that is timed; None where the tool did not tell it."""
        return self.times.value_at(50) if self.timed and self.times is not None else None


def median_reader(folder: SweepFolder) -> Callable[[RoundRecord], float | None]:
    """Return what reads the median of a round of the sweep from its raw files, in microseconds."""
    cells = {cell.id: cell for cell in folder.manifest.cells}

    def read(record: RoundRecord) -> float | None:
        cell = cells[record.cell]
        requested = folder.variants[cell.variant].accelerator
        return observe(folder.root, record, folder.models[cell.model], requested).median_us

    return read


def observe(
    root: Path, record: RoundRecord, model: ManifestModel, requested: Accelerator
) -> Observation:
    """Read one launch's raw files; a file that is gone or damaged is evidence that is missing."""
    files = _Files(root, record)
    run = parse_joined(_streams(root, record))
    info = files.read(RUNTIME_INFO, EvidenceKind.RUNTIME_INFO, read_runtime_info)
    profile = files.read(PROFILE, Code.PROFILE, read_profile_file) or ()
    result = files.read(RESULT, EvidenceKind.RESULT_FILE, read_result_file)
    run, notes = completed(run, result)
    witness = _witness(root, record)
    judgement = judge(
        run,
        requested=requested,
        exit_status=record.exit_status,
        runtime_info=info,
        model_nodes=model.nodes,
        has_control_flow=model.has_control_flow,
        outline=model.outline,
        signature=model.signature,
        profile=profile,
        graph=graph_nodes(model),
    )
    seen = witnessed(judgement, run, requested, witness)
    samples = _samples(root, record)
    return Observation(
        record=record,
        run=run,
        witness=witness,
        judgement=replace(seen, evidence=(*seen.evidence, *files.unreadable, *notes)),
        times=RoundTimes.from_samples(samples) if samples else _printed(run.timed),
        stats=run.timed,
        outputs=_bytes(root, record.files.get(OUTPUTS)),
        profile=profile,
        samples_us=tuple(samples),
        cache_lines=read_cache_lines(_text(root, record.output)) if record.cache else (),
        telemetry=read_telemetry(_bytes(root, record.files.get(TELEMETRY)) or b""),
    )


class _Files:
    """The files that a launch left behind; those that cannot be read are told as evidence."""

    def __init__(self, root: Path, record: RoundRecord) -> None:
        self._root = root
        self._record = record
        self.unreadable: list[Evidence] = []

    def read(
        self, name: str, kind: Code | EvidenceKind, reader: Callable[[bytes, str], _T]
    ) -> _T | None:
        """Read one file; None where it is not there, is empty, or cannot be read."""
        place = self._record.files.get(name)
        data = _bytes(self._root, place)
        if not data or place is None:
            return None
        try:
            return reader(data, place)
        except EvidenceError as error:
            self.unreadable.append(Evidence(kind, f"not read: {error.message}", place))
            return None


def graph_nodes(model: ManifestModel) -> tuple[GraphNode, ...] | None:
    """Return the model's primary graph as the manifest has it; None in older sweeps.

    A manifest may have been edited: a graph that does not fit its own list of operators is none.
    """
    if model.operators is None:
        return None
    ops = model.operators.ops
    if any(not 0 <= op < len(ops) for op, _, _ in model.operators.nodes):
        return None
    return tuple(
        GraphNode(ops[op], tuple(inputs), tuple(outputs))
        for op, inputs, outputs in model.operators.nodes
    )


def _streams(root: Path, record: RoundRecord) -> list[tuple[str, str]]:
    """Return the tool's output and, as a second stream, what the device's log adds to it."""
    output = _text(root, record.output)
    streams = [(output, record.output or "")]
    log = record.files.get(LOGCAT)
    if log is not None:
        streams.append((only_news(_text(root, log), output), log))
    return streams


def _witness(root: Path, record: RoundRecord) -> Witness:
    return Witness(
        seconds=record.seconds or None,
        cpu_seconds=record.cpu_seconds,
        gpu_active_ns=record.counters.get(GPU_ACTIVE_NS),
        npu_inferences=record.counters.get(NPU_INFERENCES),
        crash=_crash(root, record),
        crash_source=record.files.get(CRASH_LOG, ""),
    )


def _crash(root: Path, record: RoundRecord) -> Crash | None:
    """Find the tool's own crash in the device's log: other programs crash too."""
    words = record.command.split()
    crashes = read_crashes(_text(root, record.files.get(CRASH_LOG)))
    return next((crash for crash in crashes if crash.process in words), None)


def _printed(stats: Stats | None) -> RoundTimes | None:
    if stats is None or not stats.count:
        return None
    if stats.min is None or stats.max is None:
        # Of a single invocation the tool prints nothing but its time.
        alone = stats.count == 1 and stats.first is not None
        return RoundTimes.from_samples([stats.first]) if alone and stats.first else None
    # A results block is no `count=` line: it is rounded, and LiteRT's own in Python interpolates.
    line = stats.curr is not None
    return RoundTimes.from_printed(
        stats.count,
        minimum=stats.min,
        maximum=stats.max,
        p5=stats.p5 if line else None,
        p50=stats.p50,
        p95=stats.p95 if line else None,
        ends=(stats.first, stats.curr) if line else (),
        average=stats.avg if line else None,
    )


def _samples(root: Path, record: RoundRecord) -> list[float]:
    data = _bytes(root, record.files.get(SAMPLES))
    if data is None:
        return []
    try:
        timed = json.loads(data)["timed"]
        return [float(value) for value in timed]
    except (ValueError, KeyError, TypeError):
        return []


def _text(root: Path, relative: str | None) -> str:
    return (_bytes(root, relative) or b"")[:RAW_TEXT_LIMIT].decode("utf-8", "replace")


def _bytes(root: Path, relative: str | None) -> bytes | None:
    if relative is None:
        return None
    path = (root / relative).resolve()
    # A journal may have been edited; what it names must lie in its own folder.
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        return None
    return path.read_bytes()
