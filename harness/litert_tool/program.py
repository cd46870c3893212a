"""The tool itself: read flags, load, allocate, warm up, time, tell; as benchmark_model.cc does."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from harness.litert_tool import flags, lines
from harness.litert_tool.feeds import Feed, read_feeds, value_of
from harness.litert_tool.flags import Parsed
from harness.litert_tool.memory import peak_mb
from harness.litert_tool.options import TABLE
from harness.litert_tool.placement import kernel_count, plan_length, read_placement
from harness.litert_tool.runtime_info import runtime_info
from harness.litert_tool.session import Session, ToolError, model_size, open_session

_XNNPACK = "XNNPACK"


def main(argv: Sequence[str]) -> int:
    """Run the tool with `argv` (its name first) and return the exit status."""
    tell(lines.info(lines.STARTING))
    parsed = flags.parse(argv[1:], TABLE)
    for name, argument in parsed.errors:
        complain(lines.bad_flag(name, argument))
    if parsed.wants_usage:
        complain(flags.usage("benchmark_model", TABLE), lines.FAILED)
        return 1
    try:
        _run(parsed)
    except ToolError as error:
        complain(*error.texts, lines.FAILED)
        return 1
    return 0


def tell(text: str, stream: TextIO | None = None) -> None:
    """Print one line at once: the runtime's own lines come between ours."""
    print(text, file=stream or sys.stdout, flush=True)


def complain(*texts: str) -> None:
    """Print error lines."""
    for text in texts:
        tell(lines.error(text), sys.stderr)


@dataclass(frozen=True)
class Series:
    """Runs of one kind, each timed on its own."""

    nanoseconds: list[int]

    @property
    def statistics(self) -> lines.Statistics:
        """The same in whole microseconds, as the stock tool counts."""
        return lines.Statistics(tuple(value // 1000 for value in self.nanoseconds))

    @property
    def microseconds(self) -> list[float]:
        """The same with nanosecond steps, in order of time."""
        return [value / 1000 for value in self.nanoseconds]


def _run(parsed: Parsed) -> None:
    values = parsed.values
    tell(lines.info(f"LiteRT version: ai-edge-litert {version('ai-edge-litert')}"))
    if parsed.unconsumed:
        tell(lines.warn(lines.unconsumed(parsed.unconsumed)))
    for text in flags.echo(parsed, TABLE):
        tell(lines.info(text))
    if not values["graph"]:
        raise ToolError(lines.NO_GRAPH)
    before_mb = peak_mb()
    start = time.perf_counter_ns()
    session = _load(parsed)
    if values["list_signatures"]:
        for key in session.signatures:
            tell(lines.info(f" #> Signature key: {key}"))
        return
    feeds = _prepare(session, parsed)
    init_us = (time.perf_counter_ns() - start) // 1000
    init_mb = peak_mb()
    if "use_xnnpack" in parsed.given and values["use_xnnpack"]:
        _judge(session)
    tell(lines.info(lines.model_size(model_size(str(values["graph"])))))
    tell(lines.info(lines.session_ready(init_us)))
    _export_runtime_info(session, parsed)
    refill = refiller(session, feeds)
    warmup = run_series(session, refill, parsed, "warmup_runs", "warmup_min_secs")
    timed = run_series(session, refill, parsed, "num_runs", "min_secs")
    _export(session, parsed, warmup, timed)
    first = warmup.statistics.samples[:1] or (0,)
    averages = warmup.statistics.average, timed.statistics.average
    tell(lines.info(lines.timings(init_us, first[0], *averages)))
    if before_mb is not None and init_mb is not None:
        tell(lines.info(lines.MEMORY_NOTE))
        overall_mb = (peak_mb() or init_mb) - before_mb
        tell(lines.info(lines.footprint(init_mb - before_mb, overall_mb)))


def _load(parsed: Parsed) -> Session:
    values = parsed.values
    graph, threads = str(values["graph"]), int(values["num_threads"])
    kept_out = "use_xnnpack" in parsed.given and not values["use_xnnpack"]
    if threads < -1:
        tell(lines.info(lines.loaded_model(graph)))
        raise ToolError(
            "num_threads should be >= 0 or just -1 to let TFLite runtime set the value.",
            "Failed to set thread number",
        )
    session = open_session(
        graph,
        # The runtime takes 0 for one thread (tflite/core/interpreter.h); the wheel refuses it.
        threads=None if threads == -1 else max(1, threads),
        xnnpack=not kept_out,
    )
    tell(lines.info(lines.loaded_model(graph)))
    return session


def _prepare(session: Session, parsed: Parsed) -> list[Feed]:
    signature, keys = str(parsed.values["signature_to_run_for"]), session.signatures
    if (signature and signature not in keys) or (not signature and len(keys) > 1):
        raise ToolError(*lines.choose_signature(keys))
    if signature:
        tell(lines.info(lines.using_signature(signature)))
        session.choose(signature)
    feeds, warnings = read_feeds(session, parsed.values)
    for text in warnings:
        tell(lines.warn(text))
    for feed, tensor in zip(feeds, session.inputs, strict=True):
        if feed.shape is not None and feed.shape != tuple(tensor["shape"]):
            session.resize(tensor["index"], feed.shape)
    session.allocate()
    return feeds


def _judge(session: Session) -> None:
    """Print the stock tool's verdict where the interpreter tells enough for it."""
    tell(lines.info(lines.delegate_created(_XNNPACK)))
    if session.subgraph == 0:
        operators = session.operators()
        kernels = kernel_count(operators)
        # One kernel that is the whole plan has every node; only then is a look inside needed.
        placement = read_placement(session) if kernels == 1 else None
        whole = plan_length(operators, placement) == 1
        tell(lines.info(lines.verdict(_XNNPACK, kernels, whole_plan=whole)))


def _export_runtime_info(session: Session, parsed: Parsed) -> None:
    path = str(parsed.values["model_runtime_info_output_file"])
    if not parsed.values["export_model_runtime_info"] or not path:
        return
    placement = read_placement(session)
    if placement is None:
        tell(lines.warn("Model runtime info is not written: placement cannot be told exactly."))
        return
    _write(path, runtime_info(placement))


def open_fed(parsed: Parsed) -> tuple[Session, list[tuple[int, Any]]]:
    """Load a model as the flags say, and return it with the value of each input by its index.

    Raises:
        ToolError: the model or an input is refused.
    """
    session = _load(parsed)
    return session, _values(session, _prepare(session, parsed))


def _values(session: Session, feeds: Sequence[Feed]) -> list[tuple[int, Any]]:
    return [
        (tensor["index"], value_of(feed, tensor, seed))
        for seed, (feed, tensor) in enumerate(zip(feeds, session.inputs, strict=True))
    ]


def refiller(session: Session, feeds: Sequence[Feed]) -> Callable[[], None]:
    """Return the call that puts the inputs in place, before each run as in the stock tool."""
    ready = _values(session, feeds)

    def refill() -> None:
        for index, value in ready:
            session.feed(index, value)

    return refill


def run_series(
    session: Session, refill: Callable[[], None], parsed: Parsed, runs_flag: str, secs_flag: str
) -> Series:
    """Run until both minima are met or `max_secs` is over, and print the statistics.

    Raises:
        ToolError: a run failed; what was timed until then is printed first.
    """
    runs, secs = int(parsed.values[runs_flag]), float(parsed.values[secs_flag])
    max_secs, delay = float(parsed.values["max_secs"]), float(parsed.values["run_delay"])
    tell(lines.info(lines.running(runs, secs, max_secs)))
    series, failure = Series([]), None
    invoke, clock, took = session.invoker(), time.perf_counter_ns, series.nanoseconds
    now = clock()
    enough, too_long = now + int(secs * 1e9), now + int(max_secs * 1e9)
    while (len(took) < runs or now < enough) and now <= too_long:
        refill()
        try:
            start = clock()
            invoke()
            took.append(clock() - start)
        except (RuntimeError, ValueError) as error:
            failure = ToolError(*str(error).splitlines())
            break
        if delay > 0:
            time.sleep(delay)
        now = clock()
    tell(lines.info(series.statistics.line()))
    tell("")
    if failure is not None:
        raise failure
    return series


def _export(session: Session, parsed: Parsed, warmup: Series, timed: Series) -> None:
    outputs, samples = (str(parsed.values[name]) for name in ("output_filepath", "samples_file"))
    if outputs:
        _write(outputs, b"".join(session.fetch(one["index"]) for one in session.outputs))
    if samples:
        document = {
            "schema": 1,
            "unit": "us",
            "warmup": warmup.microseconds,
            "timed": timed.microseconds,
        }
        _write(samples, json.dumps(document).encode())


def _write(path: str, data: bytes) -> None:
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise ToolError(f"Failed to write {path}: {error.strerror}") from error
