"""A system trace of the tool: its sections by process and thread, from perfetto or from atrace.

perfetto's file is protobuf (protos/perfetto/trace/trace_packet.proto and ftrace/*.proto of its
repository): a Trace of packets, of which bundles of kernel events carry what programs wrote into
the kernel's trace marker. atrace prints the same events as the kernel does. What a program writes
is `B|pid|name` and `E|pid` (system/core libcutils, trace.h); each E ends its thread's last B.

A trace that lost events is told as such: a lost mark makes two sections one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.errors import EvidenceError
from harness.parse.wire import Value, read_fields

INVOKE = "Invoke@0/0"
"""What the interpreter calls an invocation of its first graph: tag@event/graph, of TensorFlow's
tflite/profiling/atrace_profiler.cc."""

# Numbers of fields: TracePacket, FtraceEventBundle, FtraceEvent, PrintFtraceEvent, and the two
# kinds of statistics that tell of losses.
_PACKET = 1
_BUNDLE, _PROCESSES_STATS, _BUFFERS_STATS, _COMPRESSED = 1, 34, 35, 50
_EVENT, _LOST = 2, 3
_TIMESTAMP, _THREAD, _PRINT = 1, 2, 3
_TEXT = 2
_PHASE, _CPU_STATS, _OVERRUN, _DROPPED, _CPU = 1, 2, 3, 8, 1
_BUFFER_STATS = 1
_BUFFER_LOSSES: Mapping[int, str] = {
    3: "the trace buffer was overwritten",
    18: "the trace buffer was full",
    19: "the tracer lost packets",
}
_END_OF_TRACE = 2

_LINE = re.compile(
    r"-(?P<thread>\d{1,10})\s{1,9}(?:\([^()]{1,12}\)\s{1,9})?\[\d{1,4}\]\s{1,9}(?:\S{1,8}\s{1,9})?"
    r"(?P<seconds>\d{1,12})\.(?P<fraction>\d{1,9}):\s{1,9}$"
)
_MARK = "tracing_mark_write: "
_LOST_LINE = re.compile(r"^CPU:\d{1,4} \[LOST (\d{1,18}) EVENTS\]", re.MULTILINE)
_OVERWRITTEN = re.compile(
    r"^# entries-in-buffer/entries-written: (\d{1,18})/(\d{1,18})", re.MULTILINE
)


@dataclass(frozen=True)
class Section:
    """A span of a thread; times in ns of the trace's clock. `depth` 0 is inside of no other."""

    pid: int
    thread: int
    name: str
    start_ns: int
    duration_ns: int
    depth: int


@dataclass(frozen=True)
class Trace:
    """What was recorded, in order of starts, and in words what was lost (empty: nothing)."""

    sections: tuple[Section, ...]
    losses: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Mark:
    at_ns: int
    thread: int
    text: str


def read_trace(data: bytes, source: str = "trace") -> Trace:
    """Read a trace of either kind.

    Raises:
        EvidenceError: it is neither.
    """
    if b"\0" not in data[:4096] and (b"TRACE:" in data[:4096] or b"# tracer:" in data[:4096]):
        return _read_text(data.decode("utf-8", "replace"))
    try:
        return _read_perfetto(data)
    except EvidenceError as error:
        raise EvidenceError(
            f"{source} is no trace: {error.message}", next_step="run the sweep again"
        ) from error


def invocations(trace: Trace) -> Mapping[int, tuple[Section, ...]]:
    """Return the invocations of the model's first graph by process, in order of time."""
    found: dict[int, list[Section]] = defaultdict(list)
    ends: dict[tuple[int, int], int] = {}
    for one in trace.sections:
        key = (one.pid, one.thread)
        # One inside of another is control flow at work, not an invocation of its own.
        if one.name == INVOKE and one.start_ns >= ends.get(key, 0):
            found[one.pid].append(one)
            ends[key] = one.start_ns + one.duration_ns
    return {pid: tuple(sections) for pid, sections in found.items()}


def _read_perfetto(data: bytes) -> Trace:
    marks: list[_Mark] = []
    losses: dict[str, None] = {}
    kernel: dict[tuple[int, int], dict[bool, int]] = defaultdict(dict)
    for packet in _messages(read_fields(data), _PACKET):
        for number, value in read_fields(packet):
            if number == _COMPRESSED:
                raise EvidenceError("its packets are compressed", next_step="trace without that")
            if not isinstance(value, bytes):
                continue
            if number == _BUNDLE:
                marks += _bundle(value, losses)
            elif number == _PROCESSES_STATS:
                _kernel_losses(value, kernel)
            elif number == _BUFFERS_STATS:
                losses |= dict.fromkeys(_buffer_losses(value))
    for (_, counter), phases in kernel.items():
        if phases.get(True, 0) > phases.get(False, 0):
            what = "overran" if counter == _OVERRUN else "dropped events"
            losses[f"a buffer of the kernel {what}"] = None
    return Trace(_sections(marks), tuple(losses))


def _messages(fields: Iterable[tuple[int, Value]], wanted: int) -> Iterator[bytes]:
    for number, value in fields:
        if number == wanted and isinstance(value, bytes):
            yield value


def _bundle(data: bytes, losses: dict[str, None]) -> list[_Mark]:
    marks = []
    for number, value in read_fields(data):
        if number == _LOST and value:
            losses["the kernel lost events of a CPU"] = None
        if number == _EVENT and isinstance(value, bytes):
            mark = _event(value)
            if mark is not None:
                marks.append(mark)
    return marks


def _event(data: bytes) -> _Mark | None:
    at = thread = 0
    text: str | None = None
    for number, value in read_fields(data):
        if number == _TIMESTAMP and isinstance(value, int):
            at = value
        elif number == _THREAD and isinstance(value, int):
            thread = value
        elif number == _PRINT and isinstance(value, bytes):
            for inner in _messages(read_fields(value), _TEXT):
                text = inner.decode("utf-8", "replace")
    return None if text is None else _Mark(at, thread, text)


def _kernel_losses(data: bytes, into: dict[tuple[int, int], dict[bool, int]]) -> None:
    """Note counters of lost events at the start and at the end: they count since long before."""
    fields = list(read_fields(data))
    at_end = (_PHASE, _END_OF_TRACE) in fields
    for stats in _messages(fields, _CPU_STATS):
        values = {number: value for number, value in read_fields(stats) if isinstance(value, int)}
        for counter in (_OVERRUN, _DROPPED):
            into[values.get(_CPU, 0), counter][at_end] = values.get(counter, 0)


def _buffer_losses(data: bytes) -> Iterator[str]:
    for stats in _messages(read_fields(data), _BUFFER_STATS):
        for number, value in read_fields(stats):
            if number in _BUFFER_LOSSES and value:
                yield _BUFFER_LOSSES[number]


def _read_text(text: str) -> Trace:
    marks = []
    for line in text.splitlines():
        head, found, written = line.partition(_MARK)
        match = _LINE.search(head) if found else None
        if match is not None:
            at = int(match["seconds"]) * 10**9 + int(match["fraction"].ljust(9, "0"))
            marks.append(_Mark(at, int(match["thread"]), written))
    losses = ["the kernel lost events of a CPU"] if _LOST_LINE.search(text) else []
    for kept, written_ in _OVERWRITTEN.findall(text):
        if int(written_) > int(kept):
            losses.append("the trace buffer was overwritten")
    return Trace(_sections(marks), tuple(dict.fromkeys(losses)))


def _sections(marks: Sequence[_Mark]) -> tuple[Section, ...]:
    """Pair beginnings with ends, thread by thread; what has only one of the two is left out."""
    found: list[Section] = []
    open_of: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for mark in sorted(marks, key=lambda one: one.at_ns):
        stack = open_of[mark.thread]
        kind, _, rest = mark.text.rstrip("\n\0").partition("|")
        if kind == "B":
            pid, _, name = rest.partition("|")
            if pid.isascii() and pid.isdigit() and len(pid) <= 10:  # noqa: PLR2004 (32 bits)
                stack.append((mark.at_ns, int(pid), name))
        elif kind == "E" and stack:
            start, number, name = stack.pop()
            found.append(Section(number, mark.thread, name, start, mark.at_ns - start, len(stack)))
    return tuple(sorted(found, key=lambda one: (one.start_ns, one.depth)))
