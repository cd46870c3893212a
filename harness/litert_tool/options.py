"""The flags that this tool has: those of the stock tool that it honours, and one of its own."""

from __future__ import annotations

from harness.litert_tool.flags import Flag, Group, Kind
from harness.litert_tool.stock import STOCK

SHARED = frozenset(
    {
        "verbose",
        "num_runs",
        "min_secs",
        "max_secs",
        "run_delay",
        "num_threads",
        "warmup_runs",
        "warmup_min_secs",
        "graph",
        "signature_to_run_for",
        "list_signatures",
        "input_layer",
        "input_layer_shape",
        "input_layer_value_range",
        "input_layer_value_files",
        "output_filepath",
        "help",
    }
)
"""Flags of the stock tool that the compiled-model tool honours too."""

_HONOURED = SHARED | {
    "export_model_runtime_info",
    "model_runtime_info_output_file",
    "use_xnnpack",
}

SAMPLES_FILE = Flag(
    Group.TOOL,
    "samples_file",
    Kind.STRING,
    "",
    "File path to save every run's latency to",
    "JSON with the microseconds of every run; the stock tool has no such flag",
)

TABLE: tuple[Flag, ...] = (*(flag for flag in STOCK if flag.name in _HONOURED), SAMPLES_FILE)
