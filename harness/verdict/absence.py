"""Silent fallbacks: the request never became a delegate, or its work was undone."""

from __future__ import annotations

from harness.bench.variant import Accelerator, Dialect
from harness.parse.model import Event
from harness.parse.patterns import Code
from harness.verdict.failure import gave_up_and_went_on
from harness.verdict.kernels import kernel_serves, provider_serves
from harness.verdict.model import Evidence, EvidenceKind, Placement
from harness.verdict.reading import Case, Reading, by_line
from harness.verdict.requested import LABELS, flag_accelerator, ignored_flags, is_on

_TAKES_NODES = (Code.REPLACING, Code.DELEGATED_COUNT)
_VERDICTS = (Code.TOOL_VERDICT, Code.TOOL_VERDICT_NONE)


def read_undone(case: Case) -> Reading | None:
    """Read the lines that take a delegate's nodes away again: a reverted plan, an app giving up."""
    gave_up = case.run.first(Code.APP_FELL_BACK)
    if gave_up is not None and gave_up_and_went_on(case.run):
        return by_line(Placement.NONE, gave_up, nodes=0)
    for event in case.run.find(Code.PLAN_RESTORED, Code.DYNAMIC_RESET):
        # In a run that goes on, default XNNPACK or a resize failed after the request was served,
        # and the whole plan went back to the CPU.
        if not _taken_again(case, event):
            return by_line(Placement.NONE, event, nodes=0)
    return None


def _taken_again(case: Case, revert: Event) -> bool:
    return any(
        event.stream == revert.stream
        and event.line > revert.line
        and kernel_serves(
            event.values[2 if event.code is Code.REPLACING else 0] or "", case.requested
        )
        for event in case.run.find(*_TAKES_NODES)
    )


def read_ignored_flag(case: Case) -> Reading | None:
    """Read the flags that the tool did not know: the run went on without them."""
    ignored = ignored_flags(case.run)
    if not any(flag_accelerator(flag) is case.requested for flag in ignored):
        return None
    if case.requested is Accelerator.XNNPACK and case.run.first(Code.XNNPACK_CREATED) is not None:
        return None  # the default stepped in
    event = case.run.first(Code.UNCONSUMED)
    return by_line(Placement.NONE, event, nodes=0) if event is not None else None


def read_not_created(case: Case) -> Reading | None:
    """Read a provider's warning that it made no delegate."""
    for event in case.run.find(Code.NOT_CREATED):
        if provider_serves(event.values[0] or "", case.requested):
            return by_line(Placement.NONE, event, nodes=0)
    return _litert_without_accelerator(case)


def _litert_without_accelerator(case: Case) -> Reading | None:
    if not case.is_compiled_model:
        return None
    run = case.run
    if case.requested is Accelerator.GPU:
        event = run.first(Code.GPU_UNREGISTERED)
        used = run.first(Code.LITERT_API_INIT, Code.UNSUPPORTED, Code.GPU_SPLIT)
        return by_line(Placement.NONE, event, nodes=0) if event and not used else None
    if case.requested is Accelerator.NPU:
        failed = run.first(Code.PLUGINS_FAILED) or run.first(Code.NPU_UNREGISTERED)
        if failed is None:
            failed = next((e for e in run.find(Code.PLUGINS_APPLIED) if e.number(0) == 0), None)
        return by_line(Placement.NONE, failed, nodes=0) if failed is not None else None
    return None


def read_absence(case: Case) -> Reading | None:
    """Read the missing `created` line of a request that was echoed.

    The tool names only the first delegate of a process, so that another's line voids this; then
    the verdict lines speak, of which each delegate that exists has one.
    """
    run = case.run
    if run.dialect is not Dialect.INTERPRETER or not run.started or not run.finished:
        return None
    if case.requested is Accelerator.XNNPACK:
        return _xnnpack_absence(case)
    label = next((label for label, to in LABELS.items() if to is case.requested), None)
    if (
        label is None
        or run.first(Code.LOG_PARAMS) is None
        or not is_on(run.parameters.get(label, ""))
    ):
        return None
    if any(provider_serves(e.values[0] or "", case.requested) for e in run.find(*_VERDICTS)):
        return None
    created = run.find(Code.PROVIDER_CREATED)
    if any(provider_serves(e.values[0] or "", case.requested) for e in created):
        return None
    if created and not run.find(*_VERDICTS):
        return None
    echo = next(e for e in run.find(Code.PARAMETER) if (e.values[0] or "").lower() == label)
    text = f"{echo.text} was echoed, and no delegate of that kind was created"
    evidence = Evidence(EvidenceKind.NEVER_CREATED, text, echo.source, echo.line, deciding=True)
    return Reading(Placement.NONE, evidence, nodes=0)


def _xnnpack_absence(case: Case) -> Reading | None:
    run = case.run
    if run.first(Code.XNNPACK_CREATED, Code.PROVIDER_CREATED, *_VERDICTS) is not None:
        return None
    if run.first(Code.LOG_PARAMS) is None:
        return None
    text = "no line says that XNNPACK was created"
    evidence = Evidence(EvidenceKind.NEVER_CREATED, text, run.source, None, deciding=True)
    return Reading(Placement.NONE, evidence)


def read_counter(case: Case) -> Reading | None:
    """Read a driver's count of inferences beside the run: zero means that it saw none."""
    counters = case.run.find(Code.DEVICE_COUNTER)
    if not counters or counters[-1].number(0) != 0 or not case.run.finished:
        return None
    return by_line(Placement.NONE, counters[-1], nodes=0)
