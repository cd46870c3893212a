"""A file of operator times in any of its forms: CSV, the printed table, or a proto.

Schema of the proto: tflite/profiling/proto/profiling_info.proto.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.errors import EvidenceError
from harness.parse.model import ProfileRow
from harness.parse.profile import MAX_ROWS, read_profile_text

_MAX_BYTES = 16 * 1024 * 1024
_TABLE_MARKS = (b"node type", b"Profiling Info for ")
_US_PER_MS = 1000.0
_NEXT_STEP = "give the file of --op_profiling_output_file, or a log with the printed table"


def read_profile_file(data: bytes, source: str) -> tuple[ProfileRow, ...]:
    """Read a profile's bytes, which come from a device; at least one row.

    Raises:
        EvidenceError: it holds no times of operators in regular runs.
    """
    if len(data) > _MAX_BYTES:
        raise EvidenceError(f"{source}: the profile is over 16 MiB", next_step=_NEXT_STEP)
    if any(mark in data for mark in _TABLE_MARKS):
        rows = read_profile_text(data.decode("utf-8", "replace"), source)
    else:
        rows = _read_proto(data, source)
    if not rows:
        raise EvidenceError(f"{source}: no operator of a regular run in it", next_step=_NEXT_STEP)
    return rows


def _read_proto(data: bytes, source: str) -> tuple[ProfileRow, ...]:
    # protobuf is slow to import, and most runs have no such file.
    from ai_edge_litert import profiling_info_pb2  # noqa: PLC0415

    # protobuf ships no types.
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped] # noqa: PLC0415

    profile = profiling_info_pb2.BenchmarkProfilingData()
    try:
        profile.ParseFromString(data)
    except DecodeError as error:
        raise EvidenceError(
            f"{source}: neither a table of operators nor a BenchmarkProfilingData message",
            next_step=_NEXT_STEP,
        ) from error
    # `delegate_profiles` are left out, as the printed table `Delegate internal` is.
    return tuple(_rows(profile.runtime_profile, source))


def _rows(profile: Any, source: str) -> Iterator[ProfileRow]:
    left = MAX_ROWS
    for graph in profile.subgraph_profiles:
        for op in graph.per_op_profiles[:left]:
            row = _row(op, max(0, graph.subgraph_index), source)
            left -= 1
            if row is not None:
                yield row


def _row(op: Any, graph: int, source: str) -> ProfileRow | None:
    stat = op.inference_microseconds
    if stat.count <= 0 or stat.sum < 0 or op.times_called < 0:
        return None
    average_ms = stat.sum / stat.count / _US_PER_MS  # `avg` is cut to whole microseconds
    return ProfileRow(
        node_type=op.node_type,
        name=op.name,
        average_ms=average_ms,
        times_called=op.times_called,
        line=None,
        text=f"{op.node_type} {average_ms:.6g} ms, {op.times_called} times: {op.name}",
        source=source,
        graph=graph,
    )
