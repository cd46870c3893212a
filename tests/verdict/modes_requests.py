"""Modes of failed runs, and of requests that never became a delegate."""

from __future__ import annotations

import tool_text as t
from fallback_modes import Mode

from harness.bench.variant import Accelerator

GPU, NNAPI, EXTERNAL = Accelerator.GPU, Accelerator.NNAPI, Accelerator.EXTERNAL
STABLE, HEXAGON = Accelerator.STABLE_DELEGATE, Accelerator.HEXAGON
USE_GPU = ("Use gpu: [1]",)
USE_NNAPI = ("Use NNAPI: [1]",)
GPU_FULL = (
    t.GPU_NEW,
    t.created("GPU"),
    t.replacing(42, 42, "TfLiteGpuDelegateV2", 1),
    t.OPENCL,
    t.kernels(1),
    t.completely("GPU"),
)
INVOKE = "ERROR: Node number 65 (TfLiteGpuDelegateV2) failed to invoke."

FAILURES: tuple[Mode, ...] = (
    Mode(
        "exit-status",
        "A whole log, and the tool was ended by a signal",
        GPU,
        t.interpreter(*GPU_FULL, echo=USE_GPU),
        "failed",
        "exit-status",
        "crashed",
        exit_status=139,
    ),
    Mode(
        "benchmarking-failed",
        "Figures, and the tool says at the end that it failed",
        GPU,
        t.interpreter(*GPU_FULL, echo=USE_GPU, end=(*t.FIGURES, t.FAILED)),
        "failed",
        "benchmark-failed",
        "failed",
        exit_status=1,
    ),
    Mode(
        "invoke-fails-after-warm-up",
        "Invocations fail after the warm-up: the tool times them all the same and prints figures",
        GPU,
        t.interpreter(
            *GPU_FULL, echo=USE_GPU, end=(*t.FIGURES[:3], INVOKE, *t.FIGURES[3:], t.FAILED)
        ),
        "failed",
        "invoke-failed",
        "delegate-failed",
        exit_status=1,
    ),
    Mode(
        "invoke-fails-in-the-app",
        "The same inside the benchmark app, which has no exit status and no last line",
        GPU,
        t.interpreter(*GPU_FULL, echo=USE_GPU, end=(*t.FIGURES[:3], INVOKE, *t.FIGURES[3:])),
        "failed",
        "invoke-failed",
        "delegate-failed",
        exit_status=None,
    ),
    Mode(
        "invoke-fails-in-warm-up",
        "Invocations fail in the warm-up",
        GPU,
        t.interpreter(*GPU_FULL, echo=USE_GPU, end=(t.FIGURES[0], INVOKE, t.FIGURES[1], t.FAILED)),
        "failed",
        "invoke-failed",
        "delegate-failed",
        exit_status=1,
    ),
    Mode(
        "no-figures",
        "The output ends before the figures",
        GPU,
        t.interpreter(*GPU_FULL, echo=USE_GPU, end=(t.FIGURES[0],)),
        "failed",
        "no-timings",
        "failed",
    ),
    Mode(
        "crash",
        "The driver crashes while the delegate is applied",
        NNAPI,
        t.interpreter(
            t.NNAPI_NEW, t.created("NNAPI"), echo=USE_NNAPI, end=("Segmentation fault ",)
        ),
        "failed",
        "crashed",
        "crashed",
        exit_status=139,
    ),
    Mode(
        "tool-does-not-link",
        "The dynamic linker refuses the tool",
        GPU,
        'CANNOT LINK EXECUTABLE "./benchmark_model": library "libc++_shared.so" not found\n',
        "failed",
        "link-failed",
        "tool-broken",
        exit_status=1,
    ),
    Mode(
        "full-delegation-required",
        "Full delegation was required, and a part is left",
        GPU,
        t.interpreter(
            t.GPU_NEW,
            t.created("GPU"),
            t.refused("TOPK_V2: Operation is not supported.", on_gpu=40, on_cpu=2),
            t.kernels(1),
            "ERROR: Disallowed CPU fallback detected.",
            echo=(*USE_GPU, "Require full delegation: [1]"),
            end=(t.FAILED,),
        ),
        "failed",
        "full-delegation-refused",
        "op-unsupported",
        exit_status=1,
    ),
    Mode(
        "full-delegation-required-no-provider",
        "Full delegation was required, and no delegate came to be",
        GPU,
        t.interpreter(
            "ERROR: Disallowed CPU fallback detected.",
            echo=("Require full delegation: [1]",),
            unconsumed="--use_gpu=true",
            end=(t.FAILED,),
        ),
        "failed",
        "full-delegation-refused",
        "provider-not-built",
        ("flag_ignored",),
        exit_status=1,
    ),
    Mode(
        "bool-in-capitals",
        "A flag's value is not one of `true`, `false`, `0`, `1`",
        Accelerator.XNNPACK,
        "ERROR: Failed to parse flag 'use_xnnpack' against argv '--use_xnnpack=True'\n" + t.FAILED,
        "failed",
        "flag-failed",
        "bad-flag",
        exit_status=1,
    ),
    Mode(
        "model-not-loaded",
        "The model cannot be read",
        GPU,
        "INFO: STARTING!\nERROR: Failed to load model kittens.tflite\n" + t.FAILED,
        "failed",
        "model-failed",
        "model-not-loaded",
        exit_status=1,
    ),
)

REQUESTS: tuple[Mode, ...] = (
    Mode(
        "provider-not-built",
        "The build has no such delegate: the flag comes back, the run goes on",
        GPU,
        t.interpreter(t.XNNPACK, unconsumed="--use_gpu=true"),
        "none",
        "unconsumed-flags",
        "provider-not-built",
        ("flag_ignored",),
    ),
    Mode(
        "flag-without-value",
        "`--use_gpu` without a value asks for nothing",
        GPU,
        t.interpreter(t.XNNPACK, unconsumed="--use_gpu"),
        "none",
        "unconsumed-flags",
        "flag-syntax",
        ("flag_ignored",),
    ),
    Mode(
        "unconsumed-but-honoured",
        "An older build lists a flag as unconsumed that it echoes and honours",
        NNAPI,
        t.interpreter(
            t.NNAPI_NEW,
            t.created("NNAPI"),
            t.completely("NNAPI"),
            echo=USE_NNAPI,
            unconsumed="--use_nnapi=true",
        ),
        "full",
        "tool-verdict",
    ),
    Mode(
        "echoed-never-created",
        "The flag is echoed, and no delegate was created",
        NNAPI,
        t.interpreter(t.XNNPACK, echo=USE_NNAPI),
        "none",
        "never-created",
        "not-created",
    ),
    Mode(
        "second-delegate-is-not-named",
        "Two delegates: only the first one's creation is ever printed",
        NNAPI,
        t.interpreter(
            t.created("GPU"),
            "INFO: Going to apply 2 delegates one after another.",
            t.completely("NNAPI"),
            t.though("GPU"),
            echo=(*USE_GPU, *USE_NNAPI),
        ),
        "full",
        "tool-verdict",
    ),
    Mode(
        "gpu-unsupported-on-platform",
        "The GPU provider is a stub on this platform",
        GPU,
        t.interpreter(
            "WARN: The GPU delegate compile options are only supported on Android or iOS platforms "
            "or when the tool was built with -DCL_DELEGATE_NO_GL.",
            "WARN: GPU acceleration is unsupported on this platform.",
            t.XNNPACK,
            echo=USE_GPU,
        ),
        "none",
        "delegate-not-created",
        "platform-unsupported",
    ),
    Mode(
        "nnapi-unsupported-on-platform",
        "The NNAPI provider is a stub on this platform",
        NNAPI,
        t.interpreter(
            "WARN: NNAPI acceleration is unsupported on this platform.", t.XNNPACK, echo=USE_NNAPI
        ),
        "none",
        "delegate-not-created",
        "platform-unsupported",
    ),
    Mode(
        "nnapi-support-library-missing",
        "NNAPI's support library cannot be loaded",
        NNAPI,
        t.interpreter(
            "WARN: Couldn't load NNAPI support library from path: /data/local/tmp/libsl.so",
            t.XNNPACK,
            echo=USE_NNAPI,
        ),
        "none",
        "delegate-not-created",
        "plugin-missing",
    ),
    Mode(
        "nnapi-name-without-request",
        "An NNAPI device is named, and `--use_nnapi` is not given",
        NNAPI,
        t.interpreter(
            "WARN: `--use_nnapi=true` must be set for the provided NNAPI accelerator (eden-drv) to "
            "be used.",
            t.XNNPACK,
            echo=("NNAPI accelerator name: [eden-drv]",),
        ),
        "none",
        "delegate-not-created",
        "flag-syntax",
    ),
    Mode(
        "hexagon-libraries-missing",
        "The Hexagon libraries are not there",
        HEXAGON,
        t.interpreter(
            "ERROR: Failed to load libhexagon_interface.so, Error: dlopen failed: not found",
            "INFO: Hexagon Delegate is not supported.",
            "WARN: Could not create Hexagon delegate: platform may not support delegate or "
            "required libraries are missing",
            t.XNNPACK,
            echo=("Use Hexagon: [1]",),
        ),
        "none",
        "delegate-not-created",
        "hexagon-library-missing",
    ),
    Mode(
        "hexagon-versions-differ",
        "The Hexagon libraries are of two versions",
        HEXAGON,
        t.interpreter(
            "WARNING: Incompatible versions between interface library and libhexagon_skel 9 vs 7.",
            "WARN: Could not create Hexagon delegate: platform may not support delegate or "
            "required libraries are missing",
            t.XNNPACK,
            echo=("Use Hexagon: [1]",),
        ),
        "none",
        "delegate-not-created",
        "hexagon-library-missing",
    ),
    Mode(
        "external-not-loaded",
        "The plug-in's library is missing or returns nothing: no line at all",
        EXTERNAL,
        t.interpreter(t.XNNPACK, echo=("External delegate path: [/data/local/tmp/libno.so]",)),
        "none",
        "never-created",
        "plugin-missing",
    ),
    Mode(
        "external-options-by-comma",
        "The plug-in's options are split by `,` as the help says: the item is dropped silently",
        EXTERNAL,
        t.interpreter(
            t.created("EXTERNAL"),
            t.completely("EXTERNAL"),
            echo=(
                "External delegate path: [libQnnTFLiteDelegate.so]",
                "External delegate options: [backend_type:htp,log_level:4]",
            ),
        ),
        "full",
        "tool-verdict",
        None,
        ("flag_ignored",),
    ),
    Mode(
        "stable-settings-invalid",
        "The stable delegate's settings are no settings",
        STABLE,
        t.interpreter(
            "ERROR: Invalid TFLiteSettings for the stable delegate.",
            t.XNNPACK,
            echo=("Delegate settings file path: [s.json]",),
        ),
        "none",
        "delegate-not-created",
        "plugin-missing",
    ),
    Mode(
        "stable-not-loaded",
        "The stable delegate's library cannot be loaded",
        STABLE,
        t.interpreter(
            "ERROR: Failed to load stable ABI delegate from stable ABI delegate binary (libx.so).",
            t.XNNPACK,
            echo=("Delegate settings file path: [s.json]",),
        ),
        "none",
        "delegate-not-created",
        "plugin-missing",
    ),
    Mode(
        "core-ml-unsupported",
        "Core ML is not to be had on this platform",
        Accelerator.COREML,
        t.interpreter(
            "WARN: CoreML acceleration is unsupported on this platform.",
            t.XNNPACK,
            echo=("Use CoreML: [1]",),
        ),
        "none",
        "delegate-not-created",
        "platform-unsupported",
    ),
)
