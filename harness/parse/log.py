"""From the text of a log to runs of the tool: `parse_log` and `parse_joined`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.bench.variant import Dialect
from harness.parse.figures import read_figures
from harness.parse.lines import Line, split_lines
from harness.parse.matching import Match
from harness.parse.model import Event, ToolRun, UnsupportedBlock
from harness.parse.patterns import (
    COMMAND,
    DEVICE_COUNTER_READ,
    UNSUPPORTED_OP,
    Code,
)
from harness.parse.profile import read_profile
from harness.parse.runs import TOOL_LINES, split_runs
from harness.parse.state_dump import read_state
from harness.parse.wraps import Read, unwrap

_LITERT_MARKS = (
    "benchmark_litert_model",
    "compiled_model.cc:",
    "accelerator_registry.cc:",
    "litert/runtime",
    "[environment.cc:",
)
_LITERT_CODES = frozenset(
    {
        Code.HARNESS_TOOL,
        Code.LITERT_ACCELERATORS,
        Code.LITERT_API_INIT,
        Code.LITERT_PARTITIONED,
        Code.PLUGINS_APPLIED,
        Code.PLUGINS_FAILED,
        Code.RESULTS_START,
        Code.RESULT,
    }
)
_INTERPRETER_CODES = frozenset(
    {
        Code.STARTING,
        Code.LOG_PARAMS,
        Code.PROVIDER_CREATED,
        Code.RUNNING,
        Code.TIMINGS,
        Code.TOOL_VERDICT,
        Code.TOOL_VERDICT_NONE,
        Code.LABEL_APPLIED,
    }
)
_START_CODES = frozenset(
    {Code.STARTING, Code.LOG_PARAMS, Code.APK_ARGS, Code.PYTHON_MODEL, Code.RUNNING}
)


@dataclass(frozen=True)
class _Text:
    """One text, read: its lines and its events in order, and each event's place among the lines."""

    source: str
    lines: tuple[Line, ...]
    events: tuple[Event, ...]
    places: tuple[int, ...]
    may_be_litert: bool

    def part(self, span: range, *, is_first: bool, is_last: bool) -> _Text:
        """Return the text of one run: its events, and the lines up to the next run's first."""
        begin = 0 if is_first else self.places[span.start]
        end = len(self.lines) if is_last else self.places[span.stop]
        return _Text(
            self.source,
            self.lines[begin:end],
            self.events[span.start : span.stop],
            self.places[span.start : span.stop],
            self.may_be_litert,
        )


def parse_log(text: str, source: str = "") -> tuple[ToolRun, ...]:
    """Read one text, in which lines are in the order they were printed.

    Returns the runs in order, at least one: a text that says nothing is a run without events.
    """
    read = _read(text, source, stream=0)
    spans = split_runs(read.events)
    return tuple(
        _build(index, [read.part(span, is_first=index == 1, is_last=index == len(spans))])
        for index, span in enumerate(spans, start=1)
    )


def parse_joined(texts: Sequence[tuple[str, str]]) -> ToolRun:
    """Read the output streams of one run, as (text, source); their mutual order is unknown."""
    return _build(1, [_read(text, source, n) for n, (text, source) in enumerate(texts)])


def _read(text: str, source: str, stream: int) -> _Text:
    read = tuple(unwrap(tuple(split_lines(text))))
    found = tuple(_events(read, source, stream))
    return _Text(
        source,
        tuple(line for line, _ in read),
        tuple(event for _, event in found),
        tuple(place for place, _ in found),
        may_be_litert=any(mark in text for mark in _LITERT_MARKS),
    )


def _events(read: Sequence[Read], source: str, stream: int) -> Iterator[tuple[int, Event]]:
    """Yield the lines that mean something, each with its position among all."""
    header: Line | None = None  # of the GPU's list of refused operators, while it lasts
    counter_read = False
    for position, (line, plainly) in enumerate(read):
        text = line.text
        if plainly is None and counter_read and text.isdecimal():
            matched: Match | None = (Code.DEVICE_COUNTER, (text[:18],))
        else:
            matched = plainly or _match_in_context(line, header)
        if "inference_count" in text and DEVICE_COUNTER_READ.search(text) is not None:
            counter_read = True
        elif matched is not None:
            counter_read = False
        if matched is None:
            continue
        code, values = matched
        # The tool's own lines come on another stream, and may stand within the list.
        if code is Code.UNSUPPORTED:
            header = line
        elif code is not Code.UNSUPPORTED_OP and code not in TOOL_LINES:
            header = None
        yield position, Event(code, line.number, text, values, source, stream)


def _match_in_context(line: Line, header: Line | None) -> Match | None:
    # The list is one message of several lines: only its header has a severity word.
    if header is not None and (not line.worded or line.depth < header.depth):
        match = UNSUPPORTED_OP.match(line.text)
        if match is not None:
            return Code.UNSUPPORTED_OP, match.groups()
    if "-" in line.text and ("enchmark" in line.text or "label_image" in line.text):
        command = COMMAND.search(line.text)
        if command is not None:
            return Code.COMMAND, (line.text,)
    return None


def _build(index: int, texts: Sequence[_Text]) -> ToolRun:
    events = tuple(event for text in texts for event in text.events)
    figures = read_figures(events)
    states = [state for text in texts if (state := read_state(text.lines, text.source))]
    parameters = {
        (event.values[0] or "").lower(): event.values[1] or ""
        for event in events
        if event.code is Code.PARAMETER
    }
    return ToolRun(
        source=texts[0].source if texts else "",
        index=index,
        dialect=_dialect(events, texts),
        events=events,
        parameters=parameters,
        unconsumed=tuple(
            flag
            for event in events
            if event.code is Code.UNCONSUMED
            for flag in (event.values[0] or "").split()
        ),
        commands=tuple(
            event.text for event in events if event.code in (Code.COMMAND, Code.APK_ARGS)
        ),
        nnapi_devices=_nnapi_devices(events),
        warmup=figures.warmup,
        timed=figures.timed,
        init_us=figures.init_us,
        first_inference_us=figures.first_inference_us,
        memory=figures.memory,
        unsupported=tuple(_blocks(events)),
        profile=tuple(row for text in texts for row in read_profile(text.lines, text.source)),
        state=states[-1] if states else None,
        started="graph" in parameters or any(event.code in _START_CODES for event in events),
        finished=figures.timed is not None,
    )


def _dialect(events: Iterable[Event], texts: Iterable[_Text]) -> Dialect | None:
    codes = {event.code for event in events}
    litert_kernel = any(
        event.code is Code.REPLACING and (event.values[2] or "").startswith(("LITERT_", "Dispatch"))
        for event in events
    )
    if codes & _LITERT_CODES or litert_kernel:
        return Dialect.COMPILED_MODEL
    if any(
        mark in line.raw
        for text in texts
        if text.may_be_litert
        for line in text.lines
        for mark in _LITERT_MARKS
    ):
        return Dialect.COMPILED_MODEL
    return Dialect.INTERPRETER if codes & _INTERPRETER_CODES else None


def _nnapi_devices(events: Iterable[Event]) -> tuple[str, ...] | None:
    for event in events:
        listed = None
        if event.code is Code.NNAPI_DEVICES:
            listed = event.values[0]
        elif event.code is Code.PARAMETER and "nnapi accel" in (event.values[0] or "").lower():
            listed = event.values[2]  # the echo of the 2020 tool: `[x] (Available: a,b)`
        if listed is not None:
            return tuple(name.strip() for name in listed.split(",") if name.strip())
    return None


def _blocks(events: Iterable[Event]) -> Iterator[UnsupportedBlock]:
    block: UnsupportedBlock | None = None
    for event in events:
        if block is not None and event.stream != block.header.stream:
            # One message of one stream: what another says is no part of it.
            yield block
            block = None
        if event.code is Code.UNSUPPORTED:
            if block is not None:
                yield block
            block = UnsupportedBlock(event, ())
        elif event.code is Code.UNSUPPORTED_OP and block is not None:
            block = replace(block, ops=(*block.ops, event))
        elif event.code is Code.GPU_SPLIT:
            yield _split(block or UnsupportedBlock(event, ()), event)
            block = None
    if block is not None:
        yield block


def _split(block: UnsupportedBlock, event: Event) -> UnsupportedBlock:
    if event.number(0) is None:  # "No operations ..., and all m ..."
        return replace(block, split=event, on_gpu=0, on_cpu=event.number(3))
    return replace(block, split=event, on_gpu=event.number(0), on_cpu=event.number(1))
