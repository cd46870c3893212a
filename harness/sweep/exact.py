"""Exact percentiles of a cell beside those of its rounds: from short launches, from a trace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.bench.command import LaunchKind
from harness.bench.samples import SampleSource, no_trace_because
from harness.device.base import TRACE
from harness.errors import EvidenceError
from harness.parse.model import Stats
from harness.parse.trace import invocations, read_trace
from harness.stats.order import RoundTimes, pooled_percentile
from harness.stats.samples import all_of_few, overhead_of
from harness.sweep.extra_documents import ExactDoc, OverheadDoc, PercentileDoc, SamplesDoc
from harness.sweep.folder import SweepFolder
from harness.sweep.observe import Observation
from harness.sweep.record import ManifestCell, ManifestDevice
from harness.sweep.units import in_ms

_NS_PER_US = 1000.0
_MOST_TRACE = 256 << 20
_DEBUGGABLE_FROM = 31

SHORT_VALID_FOR = (
    "the first three invocations after the warm-up, over many processes: a device under longer "
    "load is warmer and slower"
)
TRACED_VALID_FOR = "one process while the system traced it"


def exact_document(
    folder: SweepFolder,
    cell: ManifestCell,
    seen: Sequence[Observation],
    medians_us: Sequence[float],
) -> ExactDoc | None:
    """Write down what single invocations of a cell tell; None where nobody asked for them.

    Args:
        folder: the sweep.
        cell: as it was planned.
        seen: its launches beside probe and rounds.
        medians_us: those of its rounds.
    """
    asked = set(folder.settings_of(cell.device).samples) - {SampleSource.TOOL}
    if not asked or cell.skip_reason is not None:
        return None
    reasons: list[str] = []
    short = traced = None
    if SampleSource.SHORT in asked:
        short, why = _short([one for one in seen if one.record.kind is LaunchKind.SHORT])
        reasons += [f"short: {why}"] if why else []
    if SampleSource.TRACED in asked:
        launches = [one for one in seen if one.record.kind is LaunchKind.TRACED]
        why = _not_traced(folder, cell)
        if why is None:
            device = folder.devices[cell.device]
            traced, why = _traced(launches, medians_us, device, folder.root)
        reasons += [f"traced: {why}"] if why else []
    return ExactDoc(short=short, traced=traced, reason="; ".join(reasons) or None)


def _not_traced(folder: SweepFolder, cell: ManifestCell) -> str | None:
    device, variant = folder.devices[cell.device], folder.variants[cell.variant]
    tool = folder.tools.get(cell.tool or "")
    dialect = tool.dialect if tool is not None else variant.dialect
    return no_trace_because(device.kind, variant.accelerator, dialect)


def _short(launches: Sequence[Observation]) -> tuple[SamplesDoc | None, str | None]:
    launches = [one for one in launches if not one.record.not_made]
    times = [own for one in launches if one.timed and (own := times_of(one)) is not None]
    if not times:
        why = "no such launch was made" if not launches else "none of them gave all of its times"
        return None, why
    left = len(launches) - len(times)
    pooled = [value for own in times for value in own]
    document = _samples(pooled, len(times), SHORT_VALID_FOR)
    return document, f"{left} of {len(launches)} launches gave no times" if left else None


def times_of(launch: Observation) -> tuple[float, ...] | None:
    """Return every timed invocation of a short launch, in us; None where some are unknown."""
    times = launch.times
    if times is not None and times.exact:
        return tuple(value for _, value in times.known)
    return _all(launch.stats) if launch.stats is not None else None


def _all(stats: Stats) -> tuple[float, ...] | None:
    return all_of_few(
        stats.count or 0,
        first=stats.first,
        last=stats.curr,
        minimum=stats.min,
        maximum=stats.max,
        middle=stats.p50,
        mean=stats.avg,
    )


def _traced(
    launches: Sequence[Observation],
    medians_us: Sequence[float],
    device: ManifestDevice,
    root: Path,
) -> tuple[SamplesDoc | None, str | None]:
    if not launches:
        return None, "no such launch was made"
    launch = launches[-1]
    if launch.record.failure is not None or not launch.timed:
        return None, launch.record.failure_message or "the launch failed"
    samples, why = _of_trace(launch, device, root)
    if samples is None:
        return None, why
    document = _samples(samples, 1, TRACED_VALID_FOR)
    found = overhead_of(_median(samples), medians_us)
    if found is None:
        return document, None
    overhead = OverheadDoc(
        ratio=round(found.ratio, 4),
        low=None if found.low is None else round(found.low, 4),
        high=None if found.high is None else round(found.high, 4),
    )
    update = {"overhead": overhead, "with_overhead": found.told}
    return document.model_copy(update=update), None


def _of_trace(
    launch: Observation, device: ManifestDevice, root: Path
) -> tuple[list[float] | None, str | None]:
    """Return the timed invocations in us, or why they cannot be told from the trace."""
    place = launch.record.files.get(TRACE)
    path = (root / place).resolve() if place is not None else None
    if path is None or not path.is_relative_to(root.resolve()) or not path.is_file():
        return None, "the device brought no trace home"
    if path.stat().st_size > _MOST_TRACE:
        return None, "the trace is too large"
    try:
        trace = read_trace(path.read_bytes(), place or "")
    except EvidenceError as error:
        return None, error.message
    if trace.losses:
        return None, f"the trace is not whole: {', '.join(trace.losses)}"
    by_process = invocations(trace)
    if not by_process:
        return None, _empty(device)
    if len(by_process) > 1:
        return None, "several processes of the trace ran a model at that time"
    (sections,) = by_process.values()
    return _timed_part([one.duration_ns / _NS_PER_US for one in sections], launch)


def _timed_part(
    durations: list[float], launch: Observation
) -> tuple[list[float] | None, str | None]:
    """Drop the warm-up; the tool's two counts must add up to what the trace has."""
    warmup = launch.run.warmup.count if launch.run.warmup is not None else None
    timed = launch.stats.count if launch.stats is not None else None
    if warmup is None or timed is None:
        return None, "the tool does not tell how many invocations were its warm-up"
    if len(durations) != warmup + timed:
        told = f"{warmup} of warm-up and {timed} timed"
        return None, f"the trace has {len(durations)} invocations, the tool tells of {told}"
    return durations[warmup:], None


def _empty(device: ManifestDevice) -> str:
    why = "the trace holds no invocation"
    api = device.profile.get("api_level")
    if isinstance(api, int) and api < _DEBUGGABLE_FROM:
        # system/core libcutils, include/cutils/trace.h: atrace_set_debuggable
        why += ": before Android 12 a program may write sections only where ro.debuggable is 1"
    return why


def _samples(times_us: Sequence[float], launches: int, valid_for: str) -> SamplesDoc:
    times = RoundTimes.from_samples(times_us)
    return SamplesDoc(
        p50=_percentile(times, 50),
        p90=_percentile(times, 90),
        p95=_percentile(times, 95),
        count=times.count,
        launches=launches,
        valid_for=valid_for,
    )


def _percentile(times: RoundTimes, percent: float) -> PercentileDoc:
    pooled = pooled_percentile([times], percent)
    assert pooled is not None  # noqa: S101 (there is at least one time)
    value = in_ms(pooled.high)
    return PercentileDoc(value=value, method=pooled.method.value, bound_low=value, bound_high=value)


def _median(times_us: Sequence[float]) -> float:
    value = RoundTimes.from_samples(times_us).value_at(50)
    assert value is not None  # noqa: S101 (every rank of samples is known)
    return value
