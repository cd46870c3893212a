"""What a cause is, and the closed set of their keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PAGE = "docs/reference/fallback-causes.md"
"""The page that docs/generate_fallback_causes.py makes of the table."""


class CauseKey(StrEnum):
    """Why a model did not run where, or as, it was asked to. Order: what a reader is told first."""

    # the answer itself is wrong
    WRONG_OUTPUT = "wrong-output"
    WRONG_OUTPUT_CPU = "wrong-output-cpu"
    HALF_PRECISION = "half-precision"
    # the request never became a delegate
    PROVIDER_NOT_BUILT = "provider-not-built"
    FLAG_SYNTAX = "flag-syntax"
    TOOL_LIBRARY_MISSING = "tool-library-missing"
    PLATFORM_UNSUPPORTED = "platform-unsupported"
    PLUGIN_MISSING = "plugin-missing"
    HEXAGON_LIBRARY_MISSING = "hexagon-library-missing"
    NNAPI_LIBRARY_MISSING = "nnapi-library-missing"
    API_LEVEL = "api-level"
    DISPATCH_LIBRARY_MISSING = "dispatch-library-missing"
    COMPILER_PLUGIN_FAILED = "compiler-plugin-failed"
    NOT_CREATED = "not-created"
    XNNPACK_ABSENT = "xnnpack-absent"
    # nodes were taken away again
    PLAN_RESTORED = "plan-restored"
    RESET_AFTER_ALLOCATION = "reset-after-allocation"
    DYNAMIC_TENSORS = "dynamic-tensors"
    # what a delegate does not take
    SIGNATURE_ORDER = "signature-order"
    NNAPI_REFERENCE_ONLY = "nnapi-reference-only"
    FLOAT16_MODEL_ON_NNAPI = "float16-model-on-nnapi"
    FLOAT_ON_INTEGER_NPU = "float-on-integer-npu"
    INTEGER_ON_FLOAT_NPU = "integer-on-float-npu"
    CONTROL_FLOW = "control-flow"
    FLEX_OP = "flex-op"
    CUSTOM_OP = "custom-op"
    OP_UNSUPPORTED = "op-unsupported"
    OP_TYPE_OR_SHAPE = "op-type-or-shape"
    OP_VERSION = "op-version"
    OP_RUNTIME_INPUTS = "op-runtime-inputs"
    OP_REFUSED = "op-refused"
    FLOAT16_WEIGHTS = "float16-weights"
    QUANTIZED_WEIGHTS_ON_GPU = "quantized-weights-on-gpu"
    PARTITION_LIMIT = "partition-limit"
    CLAIMED_NOTHING = "claimed-nothing"
    LEFT_BEHIND = "left-behind"
    # a lesser path than the one asked for
    OPENCL_MISSING = "opencl-missing"
    OPENGL_USED = "opengl-used"
    NNAPI_REFERENCE = "nnapi-reference"
    PLUGIN_CPU_BACKEND = "plugin-cpu-backend"
    DRIVER_IDLE = "driver-idle"
    PRECISION_LOST = "precision-lost"
    LESSER_PATH = "lesser-path"
    SOFTWARE_GPU = "software-gpu"
    # not known
    NNAPI_DEVICE_OPEN = "nnapi-device-open"
    LITERT_LINES_ONLY = "litert-lines-only"
    UNDECIDED = "undecided"
    # claimed, but doubtful
    SUSPECT = "suspect"
    IMPLAUSIBLE = "implausible"
    CONTRADICTED = "contradicted"
    FLAG_IGNORED = "flag-ignored"
    OUTLIER = "outlier"
    # failed
    REBOOTS_DEVICE = "reboots-device"
    DEVICE_LOST = "device-lost"
    LIMIT = "limit"
    STAGING = "staging"
    CRASHED = "crashed"
    TOOL_BROKEN = "tool-broken"
    BAD_FLAG = "bad-flag"
    MODEL_NOT_LOADED = "model-not-loaded"
    NO_GPU = "no-gpu"
    NNAPI_DEVICE_ABSENT = "nnapi-device-absent"
    FULL_DELEGATION_REFUSED = "full-delegation-refused"
    DELEGATE_FAILED = "delegate-failed"
    FAILED = "failed"
    # numbers that may not be used
    THROTTLED = "throttled"
    NOT_COOLED = "not_cooled"
    BACKGROUND_LOAD = "background_load"
    SETTINGS_CHANGED = "settings_changed"
    DRIFT = "drift"
    BIMODAL = "bimodal"
    NOISY = "noisy"
    TOO_SHORT = "too_short"
    INCOMPLETE = "incomplete"
    INVALID = "invalid"


@dataclass(frozen=True)
class Cause:
    """One cause, as it is told everywhere.

    Attributes:
        key: its name in documents; an anchor of docs/reference/fallback-causes.md.
        title: a few words.
        looks: how it shows in the output of a run, or elsewhere.
        why: what happens, in one or two sentences.
        advice: what to do about it.
        source: where in TensorFlow Lite, LiteRT or this program it is decided.
    """

    key: CauseKey
    title: str
    looks: str
    why: str
    advice: str
    source: str

    @property
    def anchor(self) -> str:
        """Where the documentation tells of it."""
        return f"{PAGE}#{self.key}"
