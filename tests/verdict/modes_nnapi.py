"""Modes of NNAPI: silent exits of the delegate, its devices, its reference."""

from __future__ import annotations

import tool_text as t
from fallback_modes import Mode

from harness.bench.variant import Accelerator

ASKED = Accelerator.NNAPI
ECHO = ("Use NNAPI: [1]",)
NEW = (t.NNAPI_NEW, t.created("NNAPI"))
KERNEL = "TfLiteNnapiDelegate"


def silent(*lines: str, echo: tuple[str, ...] = ()) -> str:
    """Return a run in which the delegate claims nothing, with lines before its creation."""
    return t.interpreter(*lines, *NEW, t.though("NNAPI"), t.XNNPACK, echo=(*ECHO, *echo))


NNAPI: tuple[Mode, ...] = (
    Mode(
        "nnapi-api-level",
        "Android is older than NNAPI",
        ASKED,
        silent("nnapi error: requires android sdk version to be at least 27"),
        "none",
        "tool-verdict-none",
        "api-level",
    ),
    Mode(
        "nnapi-api-level-of-the-phone",
        "The same without the line on standard error: the phone's API level tells",
        ASKED,
        silent(),
        "none",
        "tool-verdict-none",
        "api-level",
        facts={"api_level": 26},
    ),
    Mode(
        "nnapi-library-missing",
        "libneuralnetworks cannot be opened",
        ASKED,
        silent("nnapi error: unable to open library libneuralnetworks.so"),
        "none",
        "tool-verdict-none",
        "nnapi-library-missing",
    ),
    Mode(
        "nnapi-isolated-process",
        "NNAPI is barred from an isolated process",
        ASKED,
        silent("NNAPI is disabled in an isolated process"),
        "none",
        "tool-verdict-none",
        "nnapi-library-missing",
    ),
    Mode(
        "nnapi-only-reference",
        "The only device is the CPU reference, which is ruled out: the delegate claims nothing",
        ASKED,
        silent(echo=("NNAPI accelerators available: [nnapi-reference]",)),
        "none",
        "tool-verdict-none",
        "nnapi-reference-only",
    ),
    Mode(
        "nnapi-too-few-devices",
        "The CPU is allowed and there is no other device: the delegate steps aside",
        ASKED,
        silent(echo=("Disable NNAPI cpu: [0]", "NNAPI accelerators available: [nnapi-reference]")),
        "none",
        "tool-verdict-none",
        "nnapi-reference-only",
    ),
    Mode(
        "nnapi-driver-takes-nothing",
        "No node passes the driver's list of supported operations; reasons are compiled out",
        ASKED,
        silent(echo=("NNAPI accelerators available: [eden-drv,nnapi-reference]",)),
        "none",
        "tool-verdict-none",
        "claimed-nothing",
    ),
    Mode(
        "nnapi-cached-decision",
        "A cached decision says: nothing",
        ASKED,
        silent(echo=("Directory for delegate serialization: [/data/local/tmp/cache]",)),
        "none",
        "tool-verdict-none",
        "claimed-nothing",
    ),
    Mode(
        "nnapi-float16-model",
        "A float16 model that is not supported whole is not taken at all",
        ASKED,
        silent(),
        "none",
        "tool-verdict-none",
        "float16-model-on-nnapi",
        facts={"precision": "float16"},
    ),
    Mode(
        "nnapi-float-on-integer-device",
        "A float model on a device for integers",
        ASKED,
        silent(echo=("NNAPI accelerator name: [google-edgetpu]",)),
        "none",
        "tool-verdict-none",
        "float-on-integer-npu",
        facts={"precision": "float32"},
    ),
    Mode(
        "nnapi-integer-on-float-device",
        "A quantized model on a device for floats",
        ASKED,
        silent(echo=("NNAPI accelerator name: [qti-gpu]",)),
        "none",
        "tool-verdict-none",
        "integer-on-float-npu",
        facts={"precision": "int8"},
    ),
    Mode(
        "nnapi-limit-of-pieces",
        "As many pieces as are allowed (apps: three), the rest on the CPU",
        ASKED,
        t.interpreter(
            *NEW,
            t.partially("NNAPI", 3),
            t.XNNPACK,
            echo=(*ECHO, "Max number of delegated partitions: [3]"),
        ),
        "partial",
        "tool-verdict",
        "partition-limit",
    ),
    Mode(
        "nnapi-device-absent",
        "The named device is not there: the tool fails aloud",
        ASKED,
        t.interpreter(
            *NEW,
            "ERROR: Could not find the specified NNAPI accelerator: paw. Must be one of: "
            "{eden-drv,nnapi-reference}.",
            echo=ECHO,
            end=("ERROR: Failed to apply NNAPI delegate.", t.FAILED),
        ),
        "failed",
        "apply-failed",
        "nnapi-device-absent",
        exit_status=1,
    ),
    Mode(
        "nnapi-no-devices",
        "No device at all: the tool fails aloud",
        ASKED,
        t.interpreter(
            *NEW,
            "ERROR: NNAPI delegate requested but no accelerators available.",
            echo=ECHO,
            end=("ERROR: Failed to apply NNAPI delegate.", t.FAILED),
        ),
        "failed",
        "apply-failed",
        "nnapi-device-absent",
        exit_status=1,
    ),
    Mode(
        "nnapi-compilation-fails",
        "The driver's compiler fails",
        ASKED,
        t.interpreter(
            *NEW,
            "ERROR: NN API returned error ANEURALNETWORKS_OP_FAILED at line 1005 while completing "
            "NNAPI compilation.",
            f"ERROR: Node number 42 ({KERNEL}) failed to prepare.",
            t.RESTORED,
            echo=ECHO,
            end=("ERROR: Failed to apply NNAPI delegate.", t.FAILED),
        ),
        "failed",
        "apply-failed",
        "delegate-failed",
        exit_status=1,
    ),
    Mode(
        "nnapi-computation-fails",
        "The driver fails at run time",
        ASKED,
        t.interpreter(
            *NEW,
            t.completely("NNAPI"),
            echo=ECHO,
            end=(
                (
                    "ERROR: NN API returned error ANEURALNETWORKS_OP_FAILED at line 1131 while "
                    "running computation."
                ),
                f"ERROR: Node number 42 ({KERNEL}) failed to invoke.",
                t.FAILED,
            ),
        ),
        "failed",
        "invoke-failed",
        "delegate-failed",
        exit_status=1,
    ),
    Mode(
        "nnapi-reference-named",
        "The CPU reference was named",
        ASKED,
        t.interpreter(
            *NEW,
            t.replacing(42, 42, KERNEL, 1),
            t.completely("NNAPI"),
            echo=(*ECHO, "NNAPI accelerator name: [nnapi-reference]"),
        ),
        "downgraded",
        "replacing",
        "nnapi-reference",
        ("downgraded",),
    ),
    Mode(
        "nnapi-reference-only-and-taken",
        "The CPU reference is the only device, and nodes were taken",
        ASKED,
        t.interpreter(
            *NEW,
            t.replacing(42, 42, KERNEL, 1),
            t.completely("NNAPI"),
            echo=(*ECHO, "NNAPI accelerators available: [nnapi-reference]"),
        ),
        "downgraded",
        "replacing",
        "nnapi-reference",
        ("downgraded",),
    ),
    Mode(
        "nnapi-may-choose-the-cpu",
        "No device named and the CPU allowed: NNAPI may fall back in full, unseen",
        ASKED,
        t.interpreter(
            *NEW,
            t.replacing(42, 42, KERNEL, 1),
            t.completely("NNAPI"),
            echo=(*ECHO, "Disable NNAPI cpu: [0]"),
        ),
        "unknown",
        None,
        "nnapi-device-open",
        truth="none",
        looks="INFO: Disable NNAPI cpu: [0]",
    ),
    Mode(
        "nnapi-vendor-device",
        "A vendor's device: full, to the driver",
        ASKED,
        t.interpreter(
            *NEW,
            t.replacing(42, 42, KERNEL, 1),
            t.completely("NNAPI"),
            echo=(*ECHO, "NNAPI accelerator name: [eden-drv]"),
        ),
        "full",
        "replacing",
    ),
    Mode(
        "nnapi-driver-idle",
        "All nodes to the driver, whose counter of inferences does not move",
        ASKED,
        t.interpreter(
            *NEW,
            t.replacing(42, 42, KERNEL, 1),
            t.completely("NNAPI"),
            echo=(*ECHO, "NNAPI accelerator name: [npu0]"),
            end=(*t.FIGURES, "$ cat /sys/class/npu/npu0/inference_count", "0"),
        ),
        "downgraded",
        "replacing",
        "driver-idle",
        ("downgraded",),
    ),
    Mode(
        "nnapi-driver-on-its-own-cpu",
        "The vendor's driver takes all nodes and runs them on its own CPU",
        ASKED,
        t.interpreter(
            *NEW,
            t.replacing(42, 42, KERNEL, 1),
            t.completely("NNAPI"),
            echo=(*ECHO, "NNAPI accelerator name: [armnn]"),
        ),
        "full",
        "replacing",
        truth="downgraded",
        unseen="CPU time of the driver's process, NNAPI's trace, outputs, times",
    ),
)
