"""LiteRT's own benchmark: when its lines do suffice for `full`.

`Fully accelerated: True` counts XNNPACK and proves nothing. Two things do prove it, both found true
in every one of 180 runs on a GPU (45 models, with and without nodes held back), against what the
runtime's C API says (`LiteRtCompiledModelIsNonCpuFullyAccelerated`) and against creation without
the CPU:

1. The CPU was not among the accelerators, and the model ran: LiteRT refuses to leave a node.
2. A GPU kernel was initialised, the tool says `Fully accelerated: True`, and on that stream, from
   the tool's first line to the start of its runs, there is neither the list of refused operators,
   which the delegate prints whenever it leaves one, nor a debug variable that holds nodes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.bench.variant import Accelerator
from harness.parse.model import Event
from harness.parse.patterns import Code
from harness.verdict.failure import as_evidence
from harness.verdict.kernels import kernel_serves
from harness.verdict.model import Placement
from harness.verdict.reading import Case, Reading, by_line

_AGAINST = (
    Code.UNSUPPORTED,
    Code.UNSUPPORTED_OP,
    Code.GPU_SPLIT,
    Code.GPU_LIMITED,
    Code.GPU_UNREGISTERED,
    Code.APPLY_FAILED,
)


def read_accelerated(case: Case) -> Reading | None:
    """Read a whole run of LiteRT's Python tool; None unless it proves `full`."""
    if not case.is_compiled_model or not case.run.finished:
        return None
    return _without_cpu(case) or _on_the_gpu(case)


def _without_cpu(case: Case) -> Reading | None:
    """Read a run whose only accelerator was the one that was asked for."""
    event = case.run.first(Code.LITERT_ACCELERATORS)
    if event is None or (event.values[0] or "").strip().lower() != str(case.requested):
        return None
    return by_line(Placement.FULL, event)


def _on_the_gpu(case: Case) -> Reading | None:
    run = case.run
    said = {event.values[0] for event in run.find(Code.FULLY_ACCELERATED)}
    if case.requested is not Accelerator.GPU or said != {"True"} or run.find(*_AGAINST):
        return None
    if any(not kernel_serves(e.values[2] or "", case.requested) for e in run.find(Code.REPLACING)):
        return None
    stretch = _stretch(run.events)
    started = next((e for e in stretch if e.code is Code.LITERT_API_INIT), None)
    if started is None:
        return None
    evidence = as_evidence(started, deciding=True)
    whole = f"no operator was refused between lines {stretch[0].line} and {stretch[-1].line}"
    return Reading(Placement.FULL, replace(evidence, text=f"{evidence.text} (and {whole})"))


def _stretch(events: Sequence[Event]) -> Sequence[Event]:
    """Return the logger's stream from the tool's first line to where it begins to run the model.

    Empty unless both are there: whatever the delegate had to say stands between them.
    """
    first = next((e for e in events if e.code is Code.PYTHON_MODEL), None)
    stream = [e for e in events if first is not None and e.stream == first.stream]
    codes = [event.code for event in stream]
    if Code.RUNNING not in codes:
        return ()
    return stream[codes.index(Code.PYTHON_MODEL) : codes.index(Code.RUNNING) + 1]
