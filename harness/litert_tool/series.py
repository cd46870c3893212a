"""What both tools do with a session: tell, feed, time, sum up, write; after benchmark_model.cc."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO

from harness.litert_tool import lines
from harness.litert_tool.feeds import Feed, read_feeds, value_of
from harness.litert_tool.flags import Parsed
from harness.litert_tool.memory import peak_mb
from harness.litert_tool.session import ToolError


class Runnable(Protocol):
    """A model that is loaded for one signature; details of tensors are those of LiteRT."""

    @property
    def signatures(self) -> tuple[str, ...]:
        """Keys of the model's signatures."""

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Details of the inputs, in the order of the subgraph."""

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """Details of the outputs, in the order of the subgraph."""

    def choose(self, signature: str) -> None:
        """Run this signature from here on."""

    def resize(self, index: int, shape: Sequence[int]) -> None:
        """Give an input another shape; takes effect when tensors are allocated."""

    def allocate(self) -> None:
        """Reserve memory."""

    def feed(self, index: int, value: Any) -> None:
        """Put a value into an input."""

    def invoker(self) -> Callable[[], None]:
        """Return the call to be timed."""

    def fetch(self, index: int) -> bytes:
        """Return an output's raw bytes."""


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


def prepare(session: Runnable, parsed: Parsed) -> list[Feed]:
    """Choose the signature, shape the inputs as the flags say, and allocate.

    Raises:
        ToolError: a signature is wanted, or shapes do not fit.
    """
    signature, keys = str(parsed.values["signature_to_run_for"]), session.signatures
    if (signature and signature not in keys) or (not signature and len(keys) > 1):
        raise ToolError(*lines.choose_signature(keys))
    if signature:
        tell(lines.info(lines.using_signature(signature)))
        session.choose(signature)
    feeds, warnings = read_feeds(session.inputs, parsed.values)
    for text in warnings:
        tell(lines.warn(text))
    for feed, tensor in zip(feeds, session.inputs, strict=True):
        if feed.shape is not None and feed.shape != tuple(tensor["shape"]):
            session.resize(tensor["index"], feed.shape)
    session.allocate()
    return feeds


def input_values(session: Runnable, feeds: Sequence[Feed]) -> list[tuple[int, Any]]:
    """Return the value of each input by its index."""
    return [
        (tensor["index"], value_of(feed, tensor, seed))
        for seed, (feed, tensor) in enumerate(zip(feeds, session.inputs, strict=True))
    ]


def refiller(session: Runnable, feeds: Sequence[Feed]) -> Callable[[], None]:
    """Return the call that puts the inputs in place, before each run as in the stock tool."""
    ready = input_values(session, feeds)

    def refill() -> None:
        for index, value in ready:
            session.feed(index, value)

    return refill


def run_series(
    session: Runnable, refill: Callable[[], None], parsed: Parsed, runs_flag: str, secs_flag: str
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


def sum_up(init_us: int, warmup: Series, timed: Series) -> None:
    """Print the closing line; the first inference is the first warm-up run."""
    first = warmup.statistics.samples[:1] or (0,)
    averages = warmup.statistics.average, timed.statistics.average
    tell(lines.info(lines.timings(init_us, first[0], *averages)))


def tell_memory(before_mb: float | None, init_mb: float | None) -> None:
    """Print how memory grew, where the system tells."""
    if before_mb is not None and init_mb is not None:
        tell(lines.info(lines.MEMORY_NOTE))
        overall_mb = (peak_mb() or init_mb) - before_mb
        tell(lines.info(lines.footprint(init_mb - before_mb, overall_mb)))


def export(session: Runnable, parsed: Parsed, warmup: Series, timed: Series) -> None:
    """Write the outputs of the last run and the samples, where the flags ask for them."""
    outputs, samples = (str(parsed.values[name]) for name in ("output_filepath", "samples_file"))
    if outputs:
        write(outputs, b"".join(session.fetch(one["index"]) for one in session.outputs))
    if samples:
        document = {
            "schema": 1,
            "unit": "us",
            "warmup": warmup.microseconds,
            "timed": timed.microseconds,
        }
        write(samples, json.dumps(document).encode())


def write(path: str, data: bytes) -> None:
    """Write a file.

    Raises:
        ToolError: it cannot be written.
    """
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise ToolError(f"Failed to write {path}: {error.strerror}") from error
