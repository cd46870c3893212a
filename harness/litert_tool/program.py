"""The tool itself: read flags, load, allocate, warm up, time, tell; as benchmark_model.cc does."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from harness.litert_tool import flags, lines
from harness.litert_tool.flags import Parsed
from harness.litert_tool.memory import peak_mb
from harness.litert_tool.options import TABLE
from harness.litert_tool.placement import kernel_count, plan_length, read_placement
from harness.litert_tool.runtime_info import runtime_info
from harness.litert_tool.series import (
    complain,
    export,
    input_values,
    prepare,
    refiller,
    run_series,
    sum_up,
    tell,
    tell_memory,
    write,
)
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
    feeds = prepare(session, parsed)
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
    export(session, parsed, warmup, timed)
    sum_up(init_us, warmup, timed)
    tell_memory(before_mb, init_mb)


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
    write(path, runtime_info(placement))


def open_fed(parsed: Parsed) -> tuple[Session, list[tuple[int, Any]]]:
    """Load a model as the flags say, and return it with the value of each input by its index.

    Raises:
        ToolError: the model or an input is refused.
    """
    session = _load(parsed)
    return session, input_values(session, prepare(session, parsed))
