"""The one table of causes, and which of them a judgement shows.

The texts stand in cause_requests, cause_nodes and cause_runs; the report, `harness explain` and
docs/reference/fallback-causes.md take them from here.
"""

from __future__ import annotations

from harness.bench.variant import Accelerator
from harness.parse.patterns import Code
from harness.verdict.cause_facts import Facts, Seen
from harness.verdict.cause_key import Cause, CauseKey
from harness.verdict.cause_nodes import NODES
from harness.verdict.cause_requests import REQUESTS
from harness.verdict.cause_runs import RUNS
from harness.verdict.failure import FailureReason
from harness.verdict.model import EvidenceKind, FindingKind, Judgement, Placement, Status, WhyLeft

CAUSES: dict[CauseKey, Cause] = {
    key: next(cause for cause in (*REQUESTS, *NODES, *RUNS) if cause.key is key) for key in CauseKey
}
"""Every cause by its key, in the order of the keys."""

DOWNGRADES = (
    CauseKey.OPENCL_MISSING,
    CauseKey.OPENGL_USED,
    CauseKey.NNAPI_REFERENCE,
    CauseKey.PLUGIN_CPU_BACKEND,
    CauseKey.DRIVER_IDLE,
    CauseKey.PRECISION_LOST,
    CauseKey.LESSER_PATH,
)
"""Causes of a path that is less than the one asked for, whatever the placement is."""

FAILURES: dict[str, CauseKey] = {
    "reboots-device": CauseKey.REBOOTS_DEVICE,
    "device-rebooted": CauseKey.REBOOTS_DEVICE,
    "device-lost": CauseKey.DEVICE_LOST,
    "device-unavailable": CauseKey.DEVICE_LOST,
    "device-timeout": CauseKey.DEVICE_LOST,
    "limit": CauseKey.LIMIT,
    "timeout": CauseKey.LIMIT,
    "staging": CauseKey.STAGING,
    "storage-full": CauseKey.STAGING,
    FailureReason.CRASHED: CauseKey.CRASHED,
    FailureReason.LINK_ERROR: CauseKey.TOOL_BROKEN,
    FailureReason.NOT_RUNNABLE: CauseKey.TOOL_BROKEN,
    FailureReason.BAD_FLAG: CauseKey.BAD_FLAG,
    FailureReason.MODEL_NOT_LOADED: CauseKey.MODEL_NOT_LOADED,
    FailureReason.NO_GPU: CauseKey.NO_GPU,
    FailureReason.FULL_DELEGATION_REFUSED: CauseKey.FULL_DELEGATION_REFUSED,
    FailureReason.DELEGATE_FAILED: CauseKey.DELEGATE_FAILED,
    FailureReason.ALLOCATION_FAILED: CauseKey.DELEGATE_FAILED,
    FailureReason.INVOKE_FAILED: CauseKey.DELEGATE_FAILED,
}
"""Reasons of a failed run, the tool's and the harness's, that have a cause of their own."""

_SILENT: tuple[tuple[str, CauseKey], ...] = (
    (Code.GPU_UNREGISTERED, CauseKey.TOOL_LIBRARY_MISSING),
    (Code.NPU_UNREGISTERED, CauseKey.TOOL_LIBRARY_MISSING),
    (Code.HEXAGON_LIBRARY, CauseKey.HEXAGON_LIBRARY_MISSING),
    (Code.NNAPI_LIBRARY, CauseKey.NNAPI_LIBRARY_MISSING),
    (Code.NNAPI_API_LEVEL, CauseKey.API_LEVEL),
    (Code.DISPATCH_MISSING, CauseKey.DISPATCH_LIBRARY_MISSING),
    (Code.PLUGINS_FAILED, CauseKey.COMPILER_PLUGIN_FAILED),
    (Code.PLUGIN_ERRORS, CauseKey.COMPILER_PLUGIN_FAILED),
    (Code.PLAN_RESTORED, CauseKey.PLAN_RESTORED),
    (Code.DYNAMIC_RESET, CauseKey.RESET_AFTER_ALLOCATION),
    (Code.DYNAMIC_TENSORS, CauseKey.DYNAMIC_TENSORS),
    (Code.APP_FELL_BACK, CauseKey.DELEGATE_FAILED),
    (Code.DEVICE_COUNTER, CauseKey.DRIVER_IDLE),
)
"""Evidence that names its cause wherever it decides, or stands beside a run that took nothing."""

_REASONS: tuple[tuple[str, CauseKey], ...] = (
    ("tensor type/shape isn't compatible", CauseKey.OP_TYPE_OR_SHAPE),
    ("Operation is not supported", CauseKey.OP_UNSUPPORTED),
    ("Max version supported", CauseKey.OP_VERSION),
    ("runtime input", CauseKey.OP_RUNTIME_INPUTS),
)
_ABOUT_TYPES = {
    CauseKey.OP_TYPE_OR_SHAPE,
    CauseKey.OP_RUNTIME_INPUTS,
    CauseKey.OP_VERSION,
    CauseKey.OP_REFUSED,
}
_TOOL_SPOKE = frozenset(FailureReason) - {
    FailureReason.CRASHED,
    FailureReason.BAD_FLAG,
    FailureReason.LINK_ERROR,
    FailureReason.NOT_RUNNABLE,
}
"""Failures about which the tool's own lines may say more than the reason does."""
_CONTROL_FLOW = frozenset({"IF", "WHILE", "CALL_ONCE", "STABLEHLO_WHILE", "STABLEHLO_CASE"})
_PLUGINS = (Accelerator.EXTERNAL, Accelerator.STABLE_DELEGATE)


def causes_of(judgement: Judgement, facts: Facts | None = None) -> tuple[Cause, ...]:
    """Return why a run did not do what it was asked to; nothing for one that did.

    The causes of its placement or failure come first, those of a lesser path after them, then what
    explains a wrong output. Where evidence gives no reason, the cause says so (`claimed-nothing`,
    `left-behind`, `undecided`); what a device computes in is taken from its name, and only where
    it took nothing.
    """
    seen = Seen(judgement, facts or Facts())
    keys: list[CauseKey] = []
    if judgement.status is Status.FAILED:
        keys += _failed(seen)
    elif judgement.placement is Placement.NONE:
        keys += _none(seen)
    elif judgement.placement is Placement.PARTIAL:
        keys += _within_model(seen) or [CauseKey.LEFT_BEHIND]
    elif judgement.placement is Placement.UNKNOWN:
        keys += _unknown(seen)
    elif _signature_order(seen) and seen.found(FindingKind.TOOL_VERDICT_CONTRADICTED):
        keys.append(CauseKey.SIGNATURE_ORDER)
    if seen.found(FindingKind.DOWNGRADED):
        keys += _lesser(seen)
    if seen.found(FindingKind.WRONG_OUTPUT) and _may_be_half(seen):
        keys.append(CauseKey.HALF_PRECISION)
    return tuple(CAUSES[key] for key in dict.fromkeys(keys))


def _failed(seen: Seen) -> list[CauseKey]:
    found: list[CauseKey] = []
    named = (
        (Code.DYNAMIC_TENSORS, CauseKey.DYNAMIC_TENSORS),
        (Code.NN_NO_DEVICE, CauseKey.NNAPI_DEVICE_ABSENT),
        (Code.DISPATCH_MISSING, CauseKey.DISPATCH_LIBRARY_MISSING),
        (Code.FLEX_MISSING, CauseKey.FLEX_OP),
        (Code.CUSTOM_MISSING, CauseKey.CUSTOM_OP),
    )
    reason = seen.judgement.reason or ""
    if reason in _TOOL_SPOKE or reason.startswith("exit-"):
        found += [key for code, key in named if seen.has(code)]
        if seen.has(Code.OPENCL_MISSING) and not seen.has(Code.OPENGL_INIT):
            found.append(CauseKey.OPENCL_MISSING)
    if reason == FailureReason.FULL_DELEGATION_REFUSED:
        nothing = seen.has(Code.UNCONSUMED, Code.NOT_CREATED)
        found += [*_request(seen), *_operations(seen)] if nothing else _operations(seen)
    return [*found, FAILURES.get(reason, CauseKey.FAILED)]


def _none(seen: Seen) -> list[CauseKey]:
    found = _request(seen)
    if not found:
        found = [key for code, key in _SILENT if seen.decided(code)]
        found += [key for code, key in _SILENT if seen.has(code) and _concerns(code, seen)]
    if not found and seen.applied_no_plugin:
        found = [CauseKey.COMPILER_PLUGIN_FAILED]
    if not found and seen.decided("never-created"):
        found = [_never_created(seen)]
    if not found and seen.requested is Accelerator.NNAPI:
        found = _nnapi_none(seen)
    found = found or _types(seen)
    return found or _within_model(seen) or [CauseKey.CLAIMED_NOTHING]


def _request(seen: Seen) -> list[CauseKey]:
    """Name what became of a request for which no delegate was made."""
    if seen.decided(Code.UNCONSUMED) or (
        seen.found(FindingKind.FLAG_IGNORED) and seen.request_is_unconsumed
    ):
        bare = seen.requests_without_value
        return [CauseKey.FLAG_SYNTAX if bare else CauseKey.PROVIDER_NOT_BUILT]
    for text in seen.texts(Code.NOT_CREATED):
        if "must be set for" in text:
            return [CauseKey.FLAG_SYNTAX]
        if "Hexagon" in text:
            return [CauseKey.HEXAGON_LIBRARY_MISSING]
        if "support library" in text or "stable" in text:
            return [CauseKey.PLUGIN_MISSING]
        return [CauseKey.PLATFORM_UNSUPPORTED]
    return []


def _concerns(code: str, seen: Seen) -> bool:
    """Whether a line that decides nothing by itself still is about what was asked for."""
    if code == Code.GPU_UNREGISTERED:
        return seen.requested is Accelerator.GPU
    if code == Code.NPU_UNREGISTERED:
        return seen.requested is Accelerator.NPU and not seen.has(Code.PLUGINS_FAILED)
    if code in (Code.NNAPI_LIBRARY, Code.NNAPI_API_LEVEL):
        return seen.requested is Accelerator.NNAPI
    return code not in (Code.DEVICE_COUNTER, Code.APP_FELL_BACK)


def _never_created(seen: Seen) -> CauseKey:
    if seen.requested is Accelerator.XNNPACK:
        return CauseKey.XNNPACK_ABSENT
    return CauseKey.PLUGIN_MISSING if seen.requested in _PLUGINS else CauseKey.NOT_CREATED


def _nnapi_none(seen: Seen) -> list[CauseKey]:
    level = seen.facts.api_level
    if level is not None and level < seen.FIRST_NNAPI:
        return [CauseKey.API_LEVEL]
    if seen.only_reference:
        return [CauseKey.NNAPI_REFERENCE_ONLY]
    if seen.facts.precision == "float16":
        return [CauseKey.FLOAT16_MODEL_ON_NNAPI]
    return []


def _within_model(seen: Seen) -> list[CauseKey]:
    """Name what in the model, or in its types, the delegate did not take."""
    found: list[CauseKey] = []
    if _signature_order(seen):
        found.append(CauseKey.SIGNATURE_ORDER)
    found += _operations(seen)
    if seen.has(Code.DYNAMIC_TENSORS):
        found.append(CauseKey.DYNAMIC_TENSORS)
    return found


def _types(seen: Seen) -> list[CauseKey]:
    """Name a model's type that does not fit the device, where nothing was taken."""
    precision = seen.facts.precision or ""
    if precision in ("float32", "float16") and seen.computes_integers_only:
        return [CauseKey.FLOAT_ON_INTEGER_NPU]
    if precision in ("int8", "int16x8") and seen.computes_floats_only:
        return [CauseKey.INTEGER_ON_FLOAT_NPU]
    return []


def _operations(seen: Seen) -> list[CauseKey]:
    ops = seen.judgement.unsupported_ops
    refused = [one for one in ops if one.cause is WhyLeft.REFUSED]
    found: list[CauseKey] = []
    names = {one.op.removeprefix("CUSTOM ") for one in ops} | seen.facts.control_flow
    if names & _CONTROL_FLOW:
        found.append(CauseKey.CONTROL_FLOW)
    if any(name.startswith("Flex") for name in names):
        found.append(CauseKey.FLEX_OP)
    reasons: list[CauseKey] = []
    for one in refused:
        if one.op.startswith("CUSTOM ") and not one.op.startswith("CUSTOM Flex"):
            found.append(CauseKey.CUSTOM_OP)
        elif one.op == "DEQUANTIZE" and not one.reason:
            reasons.append(CauseKey.FLOAT16_WEIGHTS)
        elif not one.op.startswith(("DELEGATE ", "CUSTOM ")) and one.op not in _CONTROL_FLOW:
            reasons.append(_reason(one.reason))
    hybrid = seen.facts.precision in ("dynamic", "int16x8")
    if seen.requested is Accelerator.GPU and hybrid and _ABOUT_TYPES & set(reasons):
        found.append(CauseKey.QUANTIZED_WEIGHTS_ON_GPU)
    found += sorted(set(reasons), key=list(CauseKey).index)
    if any(one.cause is WhyLeft.DROPPED for one in ops) or seen.reached_its_limit:
        found.append(CauseKey.PARTITION_LIMIT)
    return found


def _reason(text: str) -> CauseKey:
    return next((key for part, key in _REASONS if part in text), CauseKey.OP_REFUSED)


def _unknown(seen: Seen) -> list[CauseKey]:
    if _signature_order(seen):
        return [CauseKey.SIGNATURE_ORDER]
    if seen.requested is Accelerator.NNAPI and seen.nnapi_may_use_cpu:
        return [CauseKey.NNAPI_DEVICE_OPEN]
    if seen.facts.control_flow and seen.has(Code.TOOL_VERDICT, Code.TOOL_VERDICT_NONE):
        return [CauseKey.CONTROL_FLOW]
    litert = seen.facts.is_compiled_model or seen.has(Code.FULLY_ACCELERATED)
    return [CauseKey.LITERT_LINES_ONLY if litert else CauseKey.UNDECIDED]


def _signature_order(seen: Seen) -> bool:
    """Whether default XNNPACK was applied before the delegate that was asked for."""
    if seen.requested in (None, Accelerator.XNNPACK, Accelerator.CPU):
        return False
    if any(one.op == "DELEGATE TfLiteXNNPackDelegate" for one in seen.judgement.unsupported_ops):
        return True
    claims = seen.has(Code.TOOL_VERDICT)
    return claims and seen.has(Code.USING_SIGNATURE) and not seen.is_off("use_xnnpack")


def _lesser(seen: Seen) -> list[CauseKey]:
    backend = (seen.judgement.backend or "").lower()
    found: list[CauseKey] = []
    if "opengl" in backend:
        found.append(
            CauseKey.OPENCL_MISSING if seen.has(Code.OPENCL_MISSING) else CauseKey.OPENGL_USED
        )
    elif "nnapi-reference" in backend:
        found.append(CauseKey.NNAPI_REFERENCE)
    elif "(cpu)" in backend:
        found.append(CauseKey.PLUGIN_CPU_BACKEND)
    if seen.has(EvidenceKind.DEVICE_IDLE) or (seen.has(Code.DEVICE_COUNTER) and not seen.counted):
        found.append(CauseKey.DRIVER_IDLE)
    if any(e.kind is EvidenceKind.PRECISION for f in seen.judgement.findings for e in f.evidence):
        found.append(CauseKey.PRECISION_LOST)
    return found or [CauseKey.LESSER_PATH]


def _may_be_half(seen: Seen) -> bool:
    return seen.requested is Accelerator.GPU and not seen.is_off("gpu_precision_loss_allowed")
