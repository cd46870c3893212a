"""Judgement of one run: the highest kind of evidence that speaks decides, and it is named.

Order: failures; node-exact accounts (the runtime info's proto, a dump of the interpreter's state);
lines that undo a delegate's work; a compilation for the accelerator alone; partition lines; a
delegate's own counts; the tool's verdict; op tables; lines that say, or by their absence show, that
no delegate came to be. A lower kind never makes a placement better; operators on the CPU in an op
table make a claimed `full` worse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.bench.variant import Accelerator
from harness.model.outline import ModelOutline
from harness.parse.model import Event, ProfileRow, ToolRun
from harness.parse.patterns import Code
from harness.parse.runtime_info import RuntimeInfo
from harness.verdict.absence import (
    read_absence,
    read_counter,
    read_ignored_flag,
    read_not_created,
    read_undone,
)
from harness.verdict.accelerated import read_accelerated
from harness.verdict.account import account_doubts, read_account
from harness.verdict.alone import read_alone
from harness.verdict.backend import Backend, device_is_unknown, read_backend
from harness.verdict.claims import (
    claimed_kernels,
    read_counts,
    read_gpu,
    read_profile,
    read_tool_verdict,
    tool_verdict,
)
from harness.verdict.exact import known_total, read_replay
from harness.verdict.failure import as_evidence, find_failure
from harness.verdict.graph import GraphNode
from harness.verdict.implausible import hand_over_only
from harness.verdict.kernels import kernel_accelerator
from harness.verdict.left_behind import left_behind, listed_ops
from harness.verdict.model import (
    Evidence,
    Finding,
    FindingKind,
    Judgement,
    Placement,
    Status,
)
from harness.verdict.reading import Case, Reading
from harness.verdict.replay import read_partitions
from harness.verdict.requested import dropped_options, ignored_flags, requested_accelerators
from harness.verdict.rows import cpu_rows
from harness.verdict.wholeness import as_far_as_told

_EXACT = (read_account, read_undone, read_alone, read_replay)
_SUFFICE_FOR_LITERT = (read_account, read_alone)
_CLAIMS = (read_gpu, read_counts, read_tool_verdict)
_SILENCE = (read_profile, read_ignored_flag, read_not_created, read_absence, read_counter)
_RANK = {Placement.NONE: 0, Placement.PARTIAL: 1, Placement.FULL: 2}
_MAX_EVIDENCE = 200

_CPU_LINES = (
    Code.REPLACING,
    Code.XNNPACK_CREATED,
    Code.COMMAND,
    Code.LITERT_ACCELERATORS,
    Code.LOG_PARAMS,
)
_SHOWN = frozenset(
    {
        Code.UNCONSUMED,
        Code.NOT_CREATED,
        Code.PROVIDER_CREATED,
        Code.GPU_CREATED,
        Code.NNAPI_CREATED,
        Code.METAL_CREATED,
        Code.PLUGIN_CREATED,
        Code.XNNPACK_CREATED,
        Code.NNAPI_LIBRARY,
        Code.NNAPI_API_LEVEL,
        Code.HEXAGON_LIBRARY,
        Code.OPENCL_MISSING,
        Code.OPENCL_INIT,
        Code.OPENGL_INIT,
        Code.OPENGL_FALLBACK,
        Code.LITERT_API_INIT,
        Code.LITERT_ADAPTER,
        Code.GPU_ADAPTER_MISSING,
        Code.GPU_LIMITED,
        Code.GPU_KERNELS,
        Code.UNSUPPORTED,
        Code.GPU_SPLIT,
        Code.REPLACING,
        Code.DELEGATED_COUNT,
        Code.PLUGIN_LEFT_OP,
        Code.LITERT_PARTITIONED,
        Code.PLUGINS_APPLIED,
        Code.PLUGINS_FAILED,
        Code.PLUGIN_ERRORS,
        Code.DISPATCH_MISSING,
        Code.GPU_UNREGISTERED,
        Code.NPU_UNREGISTERED,
        Code.FULLY_ACCELERATED,
        Code.COMPILED_ALONE,
        Code.USING_SIGNATURE,
        Code.TOOL_VERDICT,
        Code.TOOL_VERDICT_NONE,
        Code.LABEL_APPLIED,
        Code.PLAN_RESTORED,
        Code.DYNAMIC_RESET,
        Code.DYNAMIC_TENSORS,
        Code.APP_FELL_BACK,
        Code.DEVICE_COUNTER,
        Code.NNAPI_DEVICES,
        Code.FLEX_MISSING,
        Code.CUSTOM_MISSING,
        Code.NN_CPU_FALLBACK,
        Code.NN_ERROR,
        Code.NN_NO_DEVICE,
        Code.GPU_ERROR,
        Code.PREPARE_FAILED,
        Code.INVOKE_FAILED,
        Code.APPLY_FAILED,
        Code.FULL_REFUSED,
        Code.ALLOCATE_FAILED,
        Code.MODEL_FAILED,
        Code.FLAG_FAILED,
        Code.RUN_FAILED,
        Code.CRASHED,
        Code.NOT_RUNNABLE,
        Code.LINK_FAILED,
        Code.BENCHMARK_FAILED,
    }
)


def judge(
    run: ToolRun,
    *,
    requested: Accelerator | None = None,
    exit_status: int | None = None,
    runtime_info: RuntimeInfo | None = None,
    model_nodes: int | None = None,
    has_control_flow: bool = False,
    outline: ModelOutline | None = None,
    signature: str | None = None,
    profile: tuple[ProfileRow, ...] = (),
    graph: Sequence[GraphNode] | None = None,
) -> Judgement:
    """Judge where a run's model ran, for the accelerator that was asked for.

    Args:
        run: what the tool printed.
        requested: what was asked for; None takes it from the output.
        exit_status: the tool's, None when unknown.
        runtime_info: the file of `--model_runtime_info_output_file`, if one was written.
        model_nodes: operators of the model's primary graph (or of all its graphs).
        has_control_flow: whether the model has IF, WHILE or CALL_ONCE.
        outline: the graphs of the model's file; the two before are for want of it.
        signature: the signature that was run, where the output does not name it.
        profile: rows of a file of operator times, if one was written.
        graph: nodes of the model's primary graph, by which operations left behind are counted.
    """
    asked = requested_accelerators(run)
    wanted = requested or (asked[0] if asked else None)
    failure = find_failure(run, exit_status)
    if failure is not None:
        return Judgement(
            Status.FAILED,
            None,
            findings=tuple(_ignored(run)),
            reason=str(failure.reason),
            unsupported_ops=listed_ops(run.unsupported),
            evidence=_evidence(run, failure.evidence),
        )
    if wanted is None:
        return Judgement(
            Status.OK, Placement.UNKNOWN, tuple(_ignored(run)), evidence=_evidence(run, None)
        )
    case = Case(
        run,
        wanted,
        asked,
        runtime_info,
        model_nodes,
        has_control_flow,
        outline=outline,
        signature=signature,
        profile=profile,
    )
    backend = read_backend(case)
    reading = _baseline(case) if wanted is Accelerator.CPU else _read(case)
    reading = as_far_as_told(case, reading)
    if device_is_unknown(case, reading.placement):
        reading = replace(reading, placement=Placement.UNKNOWN, evidence=None)
    findings = (
        *_ignored(run),
        *_contradicted(case, reading),
        *_lesser(case, reading, backend),
        *hand_over_only(case, reading),
    )
    return Judgement(
        Status.OK,
        reading.placement,
        findings,
        None,
        reading.nodes,
        reading.total if reading.total is not None else known_total(case, reading.placement),
        reading.kernels if reading.kernels is not None else claimed_kernels(case, reading),
        backend.name if reading.placement is not Placement.NONE else None,
        left_behind(case, account=reading.account, graph=graph),
        (*_evidence(run, reading.evidence), *account_doubts(case)),
    )


def _read(case: Case) -> Reading:
    """Take the first reading that speaks; LiteRT's lines suffice for `full` only if proven."""
    for read in _EXACT:
        reading = read(case)
        if reading is not None:
            return _capped(case, _by_profile(case, reading, read), read)
    reading = _read_claims(case)
    if reading is None:
        for read in _SILENCE:
            reading = read(case)
            if reading is not None:
                break
    return _capped(case, reading or Reading(Placement.UNKNOWN, None), None)


def _by_profile(case: Case, reading: Reading, source: Callable[[Case], Reading | None]) -> Reading:
    """Let operators on the CPU in an op table lower what partition lines call full."""
    if source is read_account or reading.placement is not Placement.FULL:
        return reading
    return read_profile(case) or reading


def _read_claims(case: Case) -> Reading | None:
    """Read what is claimed in words: the first that decides, made worse by those below it."""
    spoken = [reading for read in _CLAIMS if (reading := read(case)) is not None]
    decided = [reading for reading in spoken if reading.placement in _RANK]
    if not decided:
        return spoken[0] if spoken else None
    best, *lower = decided
    for reading in lower:
        if _RANK[reading.placement] < _RANK[best.placement] and not case.has_bodies:
            best = reading
    if best.placement is Placement.FULL and cpu_rows(case):
        return read_profile(case) or Reading(Placement.UNKNOWN, None)
    return best


def _capped(
    case: Case, reading: Reading, source: Callable[[Case], Reading | None] | None
) -> Reading:
    if source in _SUFFICE_FOR_LITERT or not case.is_compiled_model:
        return reading
    if reading.placement is Placement.FULL:
        proven = read_accelerated(case)
        if proven is not None:
            return replace(reading, evidence=proven.evidence)
        return replace(reading, placement=Placement.UNKNOWN, evidence=None)
    if reading.placement is Placement.UNKNOWN and not case.run.unsupported:
        return read_accelerated(case) or reading
    return reading


def _baseline(case: Case) -> Reading:
    """A CPU run has nothing to fall back from, unless an accelerator took nodes after all."""
    for partition in read_partitions(case.run.events):
        if not kernel_accelerator(partition.kernel).is_cpu:
            return Reading(Placement.UNKNOWN, as_evidence(partition.event, deciding=True))
    for event in case.run.find(Code.TOOL_VERDICT):
        if (event.values[0] or "").upper() not in ("XNNPACK", "YNNPACK"):
            return Reading(Placement.UNKNOWN, as_evidence(event, deciding=True))
    shown = case.run.first(*_CPU_LINES) or case.run.first(Code.PARAMETER, Code.TIMINGS, Code.STATS)
    counted = read_account(case)
    total = counted.total if counted is not None else None
    evidence = as_evidence(shown, deciding=True) if shown is not None else None
    return Reading(Placement.BASELINE, evidence, total=total)


def _ignored(run: ToolRun) -> list[Finding]:
    ignored = ignored_flags(run)
    event = run.first(Code.UNCONSUMED)
    if not ignored or event is None:
        return _dropped(run)
    message = f"the tool did not take {len(ignored)} of its flags: {' '.join(ignored)[:200]}"
    return [Finding(FindingKind.FLAG_IGNORED, message, (as_evidence(event),))]


def _dropped(run: ToolRun) -> list[Finding]:
    event = dropped_options(run)
    if event is None:
        return []
    message = "an option of the plug-in is not of the form name:value between `;` and was dropped"
    return [Finding(FindingKind.FLAG_IGNORED, message, (as_evidence(event),))]


def _contradicted(case: Case, reading: Reading) -> list[Finding]:
    """Compare the tool's own words with what was decided."""
    claimed = tool_verdict(case) or _litert_claim(case)
    if case.requested is Accelerator.CPU or reading.placement not in _RANK or claimed is None:
        return []
    said, event = claimed
    in_kernels = said is Placement.PARTIAL and reading.placement is Placement.FULL
    if said is reading.placement or in_kernels:
        return []
    claim = as_evidence(event)
    sides = (claim,) if reading.evidence is None else (claim, reading.evidence)
    places = [f" ({_place(one, claim.source)})" for one in sides]
    message = (
        f"the tool claims {said}{places[0]}, and the evidence says {reading.placement}"
        f"{''.join(places[1:])}"
    )
    return [Finding(FindingKind.TOOL_VERDICT_CONTRADICTED, message, sides)]


def _place(evidence: Evidence, home: str) -> str:
    """Name where evidence stands, and the file if it is not the tool's own words' file."""
    line = f"line {evidence.line}" if evidence.line is not None else evidence.kind
    return line if evidence.source in ("", home) else f"{line} of {evidence.source}"


def _litert_claim(case: Case) -> tuple[Placement, Event] | None:
    event = case.run.first(Code.FULLY_ACCELERATED)
    return (Placement.FULL, event) if event is not None and event.values[0] == "True" else None


def _lesser(case: Case, reading: Reading, backend: Backend) -> list[Finding]:
    counter = read_counter(case)
    found: list[tuple[FindingKind, str, Evidence | None]] = []
    if reading.placement is Placement.NONE or case.requested is Accelerator.CPU:
        return []
    if reading.placement is Placement.UNKNOWN and not case.run.finished:
        return []  # it may not have come to run at all
    if backend.lesser is not None:
        found.append((backend.kind, backend.lesser, backend.evidence))
    if counter is not None and counter.evidence is not None:
        quiet = replace(counter.evidence, deciding=False)
        found.append((FindingKind.DOWNGRADED, "the driver counted no inference", quiet))
    return [
        Finding(kind, text, (evidence,) if evidence is not None else ())
        for kind, text, evidence in found
    ]


def _evidence(run: ToolRun, deciding: Evidence | None) -> tuple[Evidence, ...]:
    """List what speaks of delegates in the order of the text, with the deciding line marked."""
    shown: list[Evidence] = []
    missing = deciding
    for event in run.events:
        if missing is not None and _is_line_of(event, missing):
            shown.append(missing)
            missing = None
        elif event.code in _SHOWN and len(shown) < _MAX_EVIDENCE:
            shown.append(as_evidence(event))
    return tuple(shown) if missing is None else (*shown, missing)


def _is_line_of(event: Event, evidence: Evidence) -> bool:
    same_line = (event.line, event.source) == (evidence.line, evidence.source)
    return same_line and event.code == evidence.kind
