"""The flags of this tool: those of LiteRT's that it honours, inputs and outputs, and its own.

Names, types and defaults are those of `litert/tools/benchmark_litert_model.h`; the flags of inputs
and outputs, which that tool lacks, are the stock interpreter tool's. The help texts are our own.
Only the standard library is imported: the harness reads this table without LiteRT.
"""

from __future__ import annotations

from harness.litert_tool.flags import Flag, Group, Kind
from harness.litert_tool.options import SAMPLES_FILE, SHARED
from harness.litert_tool.stock import STOCK

PRECISIONS = ("auto", "fp32")
"""Values of `gpu-precision`: LiteRT's Python has no option that forces fp16."""

COMPILE_ALONE = "compile_alone"

_OWN: tuple[Flag, ...] = tuple(
    Flag(Group.TOOL, *row)
    for row in (
        ("use_cpu", Kind.BOOL, True, "Use cpu", "let the CPU have what is left"),
        ("use_gpu", Kind.BOOL, False, "Use gpu", "let the GPU have what it can take"),
        ("use_npu", Kind.BOOL, False, "Use npu", "let the NPU have what it can take"),
        (
            "require_full_delegation",
            Kind.BOOL,
            False,
            "Require full delegation",
            "with --use_cpu=false: fail if a node is left to the CPU",
        ),
        ("gpu-precision", Kind.STRING, "auto", "GPU precision", "auto, or fp32 to forbid fp16"),
        ("dispatch_library_path", Kind.STRING, "", "Dispatch library path", "folder for the NPU"),
        (
            "compiler_plugin_library_path",
            Kind.STRING,
            "",
            "Compiler plugin library path",
            "folder for the NPU",
        ),
        (
            COMPILE_ALONE,
            Kind.BOOL,
            False,
            "Compile for the accelerator alone",
            "after the runs, see in another process if it takes every node; LiteRT's has no such",
        ),
    )
)

WEIGHT_CACHE = "xnnpack_weight_cache_file_path"
"""The interpreter tool's flag; LiteRT's own compiled-model tool has none for its CpuOptions."""

TABLE: tuple[Flag, ...] = (
    *(flag for flag in STOCK if flag.name in SHARED | {WEIGHT_CACHE}),
    SAMPLES_FILE,
    *_OWN,
)
