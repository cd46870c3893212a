"""Figures of the tool's result file beside those it printed: they complete, or they contradict."""

from __future__ import annotations

import math
from dataclasses import fields, replace

from harness.bench.variant import Dialect
from harness.parse.model import Stats, ToolRun
from harness.parse.result_file import ResultFile
from harness.verdict.model import Evidence, EvidenceKind

_SIX_DIGITS = 1e-5  # C++ streams print a mean with six significant digits
_FLOAT_US = 0.01  # the file has 32-bit floats
_CUT_US = 1.0  # deviations are cut to whole microseconds
_HUNDREDTH_MS = 10.0  # LiteRT's block prints milliseconds with two decimals


def completed(run: ToolRun, result: ResultFile | None) -> tuple[ToolRun, tuple[Evidence, ...]]:
    """Return the run with the figures that only its result file has, and what to say about it.

    What was printed stays. A file that says something else is of no use: it may be of another run.
    A run that printed no figures did not come to its end; a file does not make it whole.
    """
    if result is None or run.timed is None:
        return run, ()
    coarse = run.dialect is Dialect.COMPILED_MODEL
    printed = {**_known(run.timed), **_beside(run.init_us, run.first_inference_us)}
    filed = {**_known(result.timed), **_beside(result.init_us, result.first_inference_us)}
    apart = [
        f"{name} {printed[name]:.6g} and {filed[name]:.6g}"
        for name in printed.keys() & filed.keys()
        if not _is_close(name, printed[name], filed[name], coarse=coarse)
    ]
    if apart:
        text = f"the output and the result file differ: {', '.join(sorted(apart))} µs"
        return run, (Evidence(EvidenceKind.RESULT_FILE, text, result.source),)
    missing = [name for name in filed if name not in printed]
    if not missing:
        return run, ()
    whole = replace(
        run,
        timed=_filled(run.timed, result.timed),
        init_us=run.init_us if run.init_us is not None else result.init_us,
        first_inference_us=run.first_inference_us
        if run.first_inference_us is not None
        else result.first_inference_us,
    )
    text = f"from the result file, since the output lacks it: {', '.join(missing)}"
    return whole, (Evidence(EvidenceKind.RESULT_FILE, text, result.source),)


def _is_close(name: str, printed: float, filed: float, *, coarse: bool) -> bool:
    if name == "count":
        return printed == filed
    slack = _HUNDREDTH_MS if coarse else _CUT_US if name == "std" else _FLOAT_US
    return math.isclose(printed, filed, rel_tol=_SIX_DIGITS, abs_tol=slack)


def _known(stats: Stats) -> dict[str, float]:
    values = {one.name: getattr(stats, one.name) for one in fields(stats) if one.name != "curr"}
    return {name: value for name, value in values.items() if value is not None}


def _beside(init_us: float | None, first_inference_us: float | None) -> dict[str, float]:
    values = {"init": init_us, "first_inference": first_inference_us}
    return {name: value for name, value in values.items() if value is not None}


def _filled(printed: Stats, filed: Stats) -> Stats:
    lacking = {name: getattr(filed, name) for name in _known(filed) if name not in _known(printed)}
    return replace(printed, **lacking)
