"""Does the local tool measure what a plain loop measures? Run: python benchmarks/local_overhead.py.

In one process, on one interpreter, the tool's own timed series and a bare loop around `invoke()`
take turns; who comes first alternates. The ratio of their medians is printed with its spread, and
the exit status is 1 if the median ratio is more than 3 % away from 1.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ai_edge_litert.interpreter import Interpreter

from harness.demo_models import paths
from harness.litert_tool import flags, series
from harness.litert_tool.feeds import Feed
from harness.litert_tool.options import TABLE
from harness.litert_tool.session import Session, open_session

TURNS = 31
RUNS = 200
BOUND = 0.03


def by_tool(session: Session, parsed: flags.Parsed) -> float:
    """Return the median of one series of the tool, in nanoseconds."""
    refill = series.refiller(session, [Feed()])
    with contextlib.redirect_stdout(io.StringIO()):
        timed = series.run_series(session, refill, parsed, "num_runs", "min_secs")
    return statistics.median(timed.nanoseconds)


def by_loop(interpreter: Interpreter) -> float:
    """Return the median of a bare loop, in nanoseconds."""
    took = []
    for _ in range(RUNS):
        start = time.perf_counter_ns()
        interpreter.invoke()
        took.append(time.perf_counter_ns() - start)
    return statistics.median(took)


def compare(model: Path) -> list[float]:
    """Return the ratios tool : loop, one a turn."""
    parsed = flags.parse([f"--graph={model}", f"--num_runs={RUNS}", "--min_secs=0"], TABLE)
    session = open_session(str(model), threads=1, xnnpack=True)
    session.allocate()
    tool: Callable[[], float] = lambda: by_tool(session, parsed)  # noqa: E731  two of a kind
    loop: Callable[[], float] = lambda: by_loop(session.interpreter)  # noqa: E731
    tool(), loop()  # neither is to pay for a cold start
    ratios = []
    for turn in range(TURNS):
        if turn % 2:
            second, first = loop(), tool()
        else:
            first, second = tool(), loop()
        ratios.append(first / second)
    return ratios


def main() -> int:
    """Print a line a model and return the exit status."""
    worst = 0.0
    for model in paths():
        ratios = compare(model)
        low, middle, high = statistics.quantiles(ratios, n=4)
        worst = max(worst, abs(middle - 1))
        print(
            f"{model.stem}: p50 by the tool / p50 by a plain loop = {middle:.4f} "
            f"(quartiles {low:.4f} to {high:.4f}, {TURNS} turns of {RUNS} runs)"
        )
    print(f"bound: 1 ± {BOUND}; {'held' if worst <= BOUND else 'MISSED'}")
    return int(worst > BOUND)


if __name__ == "__main__":
    sys.exit(main())
