"""What `--result_file_path` wrote: the figures of a run as a BenchmarkResult message.

Schema: tflite/tools/benchmark/proto/benchmark_result.proto (LiteRT 2.1 and later; LiteRT's own tool
since 2.0). No wheel ships it, so its fields are listed here. It says nothing about delegates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

from harness.errors import EvidenceError
from harness.parse.model import Memory, Stats
from harness.parse.wire import read_fields

_MAX_BYTES = 1024 * 1024
_US_PER_MS = 1000.0
_KIB_PER_MIB = 1024.0
_LATENCY, _MEMORY, _MISC = 2, 3, 4
_LATENCY_FIELDS = {
    1: "avg",
    2: "min",
    3: "max",
    4: "std",
    5: "p50",
    6: "p5",
    7: "p95",
    8: "init",
    9: "first_inference",
    10: "warmup_avg",
}
_ORDERED = ("min", "p5", "p50", "p95", "max")
_FLOAT_DIGITS = 1e-6  # the message has 32-bit floats
_MAX_COUNT = 10**15


@dataclass(frozen=True)
class ResultFile:
    """The figures of a run: times in µs, None where the tool wrote none. `source` is the file.

    `timed` has no `first` and no `curr`; `warmup` has a count and a mean only. `throughput_mb_s` is
    the model's size over the mean time, in MB a second.
    """

    timed: Stats
    warmup: Stats
    init_us: float | None = None
    first_inference_us: float | None = None
    memory: Memory = field(default_factory=Memory)
    model_mb: float | None = None
    throughput_mb_s: float | None = None
    source: str = ""


def read_result_file(data: bytes, source: str = "") -> ResultFile:
    """Read the file's bytes, which come from a device.

    Raises:
        EvidenceError: they are no such message, or it has no latencies.
    """
    if len(data) > _MAX_BYTES:
        raise _unusable("is over 1 MiB")
    found: dict[int, dict[int, float]] = {_LATENCY: {}, _MEMORY: {}, _MISC: {}}
    for number, value in read_fields(data):
        if number in found and isinstance(value, bytes):
            found[number] |= _numbers(value)
    times = {
        name: round(found[_LATENCY][number] * _US_PER_MS, 3)
        for number, name in _LATENCY_FIELDS.items()
        if number in found[_LATENCY]
    }
    misc = found[_MISC]
    if "avg" not in times:
        raise _unusable("has no mean latency")
    order = [times[name] for name in _ORDERED if name in times]
    if any(a > b * (1 + _FLOAT_DIGITS) for a, b in pairwise(order)):
        raise _unusable("contradicts itself: its least, percentiles and most are out of order")
    return ResultFile(
        timed=Stats(
            count=_count(misc.get(2)),
            **{name: times.get(name) for name in ("avg", "std", *_ORDERED)},
        ),
        warmup=Stats(count=_count(misc.get(3)), avg=times.get("warmup_avg")),
        init_us=times.get("init"),
        first_inference_us=times.get("first_inference"),
        memory=_memory(found[_MEMORY]),
        model_mb=misc.get(1),
        throughput_mb_s=misc.get(4),
        source=source,
    )


def _numbers(data: bytes) -> dict[int, float]:
    """Return the fields of a flat message; what is no usable figure is left out."""
    found: dict[int, float] = {}
    for number, value in read_fields(data):
        if not isinstance(value, bytes) and math.isfinite(value) and value >= 0:
            found[number] = float(value)
    return found


def _memory(fields: dict[int, float]) -> Memory:
    init, overall = fields.get(1), fields.get(2)
    return Memory(
        init_mb=None if init is None else init / _KIB_PER_MIB,
        overall_mb=None if overall is None else overall / _KIB_PER_MIB,
        peak_mb=fields.get(3),
    )


def _count(value: float | None) -> int | None:
    return int(value) if value is not None and value <= _MAX_COUNT else None


def _unusable(why: str) -> EvidenceError:
    return EvidenceError(
        f"the result file {why}",
        next_step="use the figures that the tool printed, or run it again",
    )
