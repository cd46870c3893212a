"""The build of the tool that is simulated: which of the stock flags it has."""

from __future__ import annotations

import hashlib

from harness.litert_tool.flags import Group, flags_of
from harness.litert_tool.stock import STOCK

_GROUPS = (
    Group.TOOL,
    Group.EXECUTION,
    Group.XNNPACK,
    Group.EXTERNAL,
    Group.GPU,
    Group.NNAPI,
)

# Only what the simulation honours, or what changes nothing on real phones either: a flag in the
# help text is a promise. Op profiling is missing on purpose, its times would be invented.
_HONOURED = frozenset(
    {
        "verbose",
        "num_runs",
        "min_secs",
        "max_secs",
        "num_threads",
        "benchmark_name",
        "output_prefix",
        "warmup_runs",
        "warmup_min_secs",
        "report_peak_memory_footprint",
        "graph",
        "signature_to_run_for",
        "input_layer",
        "input_layer_shape",
        "input_layer_value_range",
        "input_layer_value_files",
        "require_full_delegation",
        "export_model_runtime_info",
        "model_runtime_info_output_file",
        "output_filepath",
        "help",
        "max_delegated_partitions",
        "delegate_serialize_dir",
        "delegate_serialize_token",
        "xnnpack_weight_cache_file_path",
        "use_xnnpack",
        "external_delegate_path",
        "external_delegate_options",
        "use_gpu",
        "gpu_precision_loss_allowed",
        "gpu_experimental_enable_quant",
        "gpu_inference_for_sustained_speed",
        "gpu_backend",
        "use_nnapi",
        "nnapi_execution_preference",
        "nnapi_accelerator_name",
        "disable_nnapi_cpu",
        "nnapi_allow_fp16",
    }
)

FLAGS = tuple(flag for flag in flags_of(STOCK, _GROUPS) if flag.name in _HONOURED)

REVISION = hashlib.sha256(" ".join(flag.name for flag in FLAGS).encode()).hexdigest()[:8]
"""Stands in the file that is pushed: what is known of a tool's flags is kept by its file's hash."""
