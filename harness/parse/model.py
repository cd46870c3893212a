"""What a log of the tool says, as values: events with their lines, figures with their units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from harness.bench.variant import Dialect
from harness.parse.patterns import Code
from harness.parse.state_dump import StateDump


@dataclass(frozen=True)
class Event:
    """One line that means something: `line` counts from 1 in `source`.

    `stream` tells which of several streams the line came on: order means something within one
    stream and nothing across two. `values` are the groups of the line's pattern.
    """

    code: Code
    line: int
    text: str
    values: tuple[str | None, ...] = ()
    source: str = ""
    stream: int = 0

    def number(self, index: int) -> int | None:
        """Return a group as an integer; None where it is missing."""
        value = self.values[index] if index < len(self.values) else None
        return int(value) if value is not None and value.isdecimal() else None


@dataclass(frozen=True)
class Stats:
    """A `count=` line, or a results block: times in µs, None where the tool printed nothing.

    p5, p50 and p95 are order statistics without interpolation (StatWithPercentiles in
    tsl/util/stats_calculator.h). Tools up to TensorFlow 2.18 print none of them.
    """

    count: int | None = None
    first: float | None = None
    curr: float | None = None
    min: float | None = None
    max: float | None = None
    avg: float | None = None
    std: float | None = None
    p5: float | None = None
    p50: float | None = None
    p95: float | None = None


@dataclass(frozen=True)
class Memory:
    """Memory in MB as the tool reports it."""

    init_mb: float | None = None
    overall_mb: float | None = None
    peak_mb: float | None = None


@dataclass(frozen=True)
class UnsupportedBlock:
    """The GPU delegate's list for one graph: what it refused, and the split in nodes.

    `on_gpu` and `on_cpu` are None when the closing line is missing (logcat cuts messages).
    """

    header: Event
    ops: tuple[Event, ...]
    split: Event | None = None
    on_gpu: int | None = None
    on_cpu: int | None = None


@dataclass(frozen=True)
class ProfileRow:
    """A row of the regular runs' operator table, in run order; `average_ms` is one call's time.

    `times_called` is per invocation of the model. `graph` is the graph whose plan the row is of.
    `line` is None where the row comes from a proto.
    """

    node_type: str
    name: str
    average_ms: float
    times_called: int
    line: int | None
    text: str
    source: str = ""
    graph: int = 0

    @property
    def total_ms(self) -> float:
        """Time of one invocation of the model: rows of several kernels of a name are merged."""
        return self.average_ms * self.times_called

    @property
    def is_delegates_own(self) -> bool:
        """Whether a delegate reports it of the inside of its kernel."""
        return self.name.startswith("Delegate/")

    @property
    def node_index(self) -> int | None:
        """The index of the node in its graph (`[outputs]:index`); None for other rows."""
        head, colon, index = self.name.rpartition("]:")
        is_node = bool(colon) and head.startswith("[") and index.isdecimal() and len(index) < 10  # noqa: PLR2004
        return int(index) if is_node else None


@dataclass(frozen=True)
class ToolRun:
    """One run of a tool, as far as its output shows it.

    `index` counts the runs of one text from 1. `parameters` are the echoed ones, by their label in
    lower case. `warmup` and `timed` are None when no such line was printed. `started` tells that
    the beginning of the output is there, `finished` that figures of timed runs are. `state` is the
    last whole dump of the interpreter's state.
    """

    source: str = ""
    index: int = 1
    dialect: Dialect | None = None
    events: tuple[Event, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    unconsumed: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    nnapi_devices: tuple[str, ...] | None = None
    warmup: Stats | None = None
    timed: Stats | None = None
    init_us: float | None = None
    first_inference_us: float | None = None
    memory: Memory = field(default_factory=Memory)
    unsupported: tuple[UnsupportedBlock, ...] = ()
    profile: tuple[ProfileRow, ...] = ()
    state: StateDump | None = None
    started: bool = False
    finished: bool = False

    def find(self, *codes: Code) -> tuple[Event, ...]:
        """Return the events of these codes, in the order of the text."""
        found = [one for code in codes for one in self._by_code.get(code, ())]
        if len(codes) > 1:
            found.sort(key=lambda one: one[0])
        return tuple(event for _, event in found)

    def first(self, *codes: Code) -> Event | None:
        """Return the first event of these codes, or None."""
        found = [self._by_code[code][0] for code in codes if code in self._by_code]
        return min(found, key=lambda one: one[0])[1] if found else None

    @cached_property
    def _by_code(self) -> dict[Code, list[tuple[int, Event]]]:
        """Events with their places, by code: judgement asks for many."""
        by_code: dict[Code, list[tuple[int, Event]]] = {}
        for place, event in enumerate(self.events):
            by_code.setdefault(event.code, []).append((place, event))
        return by_code


def events_by_code(events: Iterable[Event]) -> dict[Code, list[Event]]:
    """Sort events into lists by code; each list keeps the order of the text."""
    sorted_events: dict[Code, list[Event]] = {}
    for event in events:
        sorted_events.setdefault(event.code, []).append(event)
    return sorted_events
