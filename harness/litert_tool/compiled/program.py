"""The tool itself: read flags, compile, make buffers, warm up, time, tell."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.metadata import version

from harness.litert_tool import flags, lines
from harness.litert_tool.compiled import lines as own
from harness.litert_tool.compiled.alone import Outcome, compile_alone
from harness.litert_tool.compiled.options import COMPILE_ALONE, PRECISIONS, TABLE, WEIGHT_CACHE
from harness.litert_tool.compiled.session import Choice, CompiledSession
from harness.litert_tool.flags import Parsed
from harness.litert_tool.memory import peak_mb
from harness.litert_tool.series import (
    complain,
    export,
    prepare,
    refiller,
    run_series,
    sum_up,
    tell,
    tell_memory,
)
from harness.litert_tool.session import ToolError, model_size, open_session

_ALONE_AT_LEAST_S = 60.0
_ALONE_PER_INIT = 5.0


def main(argv: Sequence[str]) -> int:
    """Run the tool with `argv` (its file first) and return the exit status."""
    tell(lines.info(lines.STARTING))
    parsed = flags.parse(argv[1:], TABLE)
    for name, argument in parsed.errors:
        complain(lines.bad_flag(name, argument))
    if parsed.wants_usage:
        complain(flags.usage("benchmark_model", TABLE), lines.FAILED)
        return 1
    try:
        _run(argv, parsed)
    except ToolError as error:
        complain(*error.texts, lines.FAILED)
        return 1
    return 0


def _run(argv: Sequence[str], parsed: Parsed) -> None:
    values, graph = parsed.values, str(parsed.values["graph"])
    tell(lines.info(own.tool(version("ai-edge-litert"))))
    if parsed.unconsumed:
        tell(lines.warn(lines.unconsumed(parsed.unconsumed)))
    for text in flags.echo(parsed, TABLE):
        tell(lines.info(text))
    if not graph:
        raise ToolError(lines.NO_GRAPH)
    choice = _choice(parsed)
    plain = open_session(graph, threads=1, xnnpack=False)
    if values["list_signatures"]:
        for key in plain.signatures:
            tell(lines.info(f" #> Signature key: {key}"))
        return
    tell(lines.info(own.accelerators(choice.names)))
    tell(lines.info(own.loading(graph)))
    before_mb, start = peak_mb(), time.perf_counter_ns()
    session = CompiledSession(choice.compile(graph), plain)
    feeds = prepare(session, parsed)
    init_us = (time.perf_counter_ns() - start) // 1000
    init_mb = peak_mb()
    tell(lines.info(own.fully_accelerated(claimed=session.model.is_fully_accelerated())))
    tell(lines.info(lines.model_size(model_size(graph))))
    tell(lines.info(lines.session_ready(init_us)))
    refill = refiller(session, feeds)
    warmup = run_series(session, refill, parsed, "warmup_runs", "warmup_min_secs")
    timed = run_series(session, refill, parsed, "num_runs", "min_secs")
    if timed.nanoseconds:
        export(session, parsed, warmup, timed)
    sum_up(init_us, warmup, timed)
    tell_memory(before_mb, init_mb)
    for text in own.results(init_us, warmup.statistics, timed.statistics):
        tell(lines.info(text))
    _tell_alone(argv, parsed, choice, init_us)


def _choice(parsed: Parsed) -> Choice:
    """Read the flags as `CreateCompiledModelOptions` does (benchmark_litert_model.cc)."""
    values = parsed.values
    full, precision = bool(values["require_full_delegation"]), str(values["gpu-precision"])
    if values["use_cpu"] and full:
        raise ToolError(own.INCOMPATIBLE)
    if precision not in PRECISIONS:
        raise ToolError(lines.bad_flag("gpu-precision", f"--gpu-precision={precision}"))
    choice = Choice(
        cpu=bool(values["use_cpu"]) or not full,
        gpu=bool(values["use_gpu"]),
        npu=bool(values["use_npu"]),
        threads=max(0, int(values["num_threads"])),
        fp32=precision == "fp32",
        dispatch_library_path=str(values["dispatch_library_path"]),
        compiler_plugin_path=str(values["compiler_plugin_library_path"]),
        weight_cache=str(values[WEIGHT_CACHE]),
    )
    if not choice.names:
        raise ToolError(own.NOTHING)
    return choice


def _tell_alone(argv: Sequence[str], parsed: Parsed, choice: Choice, init_us: int) -> None:
    """Tell if one accelerator has every node; of two together neither could be named."""
    others = [name for name in choice.names if name != "CPU"]
    if len(others) != 1:
        return
    if not choice.cpu:
        tell(lines.info(own.alone(others[0], Outcome.OK)))
    elif parsed.values[COMPILE_ALONE]:
        limit_s = max(_ALONE_AT_LEAST_S, _ALONE_PER_INIT * init_us / 1e6)
        tell(lines.info(own.alone(others[0], compile_alone(argv, limit_s))))
