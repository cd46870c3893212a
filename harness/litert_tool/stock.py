"""The flags of the stock interpreter-dialect `benchmark_model`, in the order of its parameter echo.

Names, types, defaults and echo labels are those of `tflite/tools/benchmark/benchmark_model.cc`,
`benchmark_tflite_model.cc` and `tflite/tools/delegates/*_provider.cc`; the help texts are our own.
Only the standard library is imported: this file also runs as a plain file on other machines.
"""

from __future__ import annotations

from harness.litert_tool.flags import Flag, Group, Kind, Value


def _group(group: Group, *rows: tuple[str, Kind, Value, str | None, str]) -> tuple[Flag, ...]:
    return tuple(
        Flag(group, *row, always_echoed=row[0] in {"verbose", "graph", "signature_to_run_for"})
        for row in rows
    )


_I, _F, _B, _S = Kind.INT, Kind.FLOAT, Kind.BOOL, Kind.STRING

# Two names come twice, as in the real tool: both entries see
# the same argument, and the first default wins.
STOCK: tuple[Flag, ...] = (
    *_group(
        Group.TOOL,
        ("verbose", _B, False, "Log parameter values verbosely", "echo unset parameters too"),
        ("num_runs", _I, 50, "Min num runs", "timed runs to make at least"),
        ("min_secs", _F, 1.0, "Min runs duration (seconds)", "seconds of timed runs at least"),
        ("max_secs", _F, 150.0, "Max runs duration (seconds)", "start no run after so many s"),
        ("run_delay", _F, -1.0, "Inter-run delay (seconds)", "pause between runs in seconds"),
        ("run_frequency", _F, -1.0, "Number of prorated runs per second", "runs per second"),
        ("num_threads", _I, -1, "Num threads", "threads"),
        ("use_caching", _B, False, "Use caching", "cache packed weights"),
        ("benchmark_name", _S, "", "Benchmark name", "name of the benchmark"),
        ("output_prefix", _S, "", "Output prefix", "prefix of the output"),
        ("warmup_runs", _I, 1, "Min warmup runs", "warm-up runs to make at least"),
        (
            "warmup_min_secs",
            _F,
            0.5,
            "Min warmup runs duration (seconds)",
            "seconds of warm-up at least",
        ),
        ("dry_run", _B, False, "Run w/o invoking kernels", "load and allocate, invoke nothing"),
        (
            "report_peak_memory_footprint",
            _B,
            False,
            "Report the peak memory footprint",
            "watch memory from a thread of its own",
        ),
        (
            "memory_footprint_check_interval_ms",
            _I,
            50,
            "Memory footprint check interval (ms)",
            "milliseconds between two looks at memory",
        ),
        ("gpu_invoke_loop_times", _I, 1, None, "GPU invocations counted as one run"),
        ("graph", _S, "", "Graph", "the model, a .tflite file"),
        ("signature_to_run_for", _S, "", "Signature to run", "key of the signature to run"),
        ("list_signatures", _B, False, None, "print the signatures and end"),
        ("input_layer", _S, "", "Input layers", "input names, comma-separated"),
        ("input_layer_shape", _S, "", "Input shapes", "shapes: 1,224,224,3:1,10"),
        (
            "input_layer_value_range",
            _S,
            "",
            "Input value ranges",
            "integer ranges, both ends included: a,1,2:b,0,254",
        ),
        (
            "input_layer_value_files",
            _S,
            "",
            "Input value files",
            "raw value files, a:path,b:path; a colon in a name is written \\:",
        ),
        ("allow_fp16", _B, False, "Allow fp16", "allow half precision"),
        (
            "require_full_delegation",
            _B,
            False,
            "Require full delegation",
            "fail unless a delegate takes the whole graph",
        ),
        ("enable_op_profiling", _B, False, "Enable op profiling", "profile operators"),
        (
            "op_profiling_output_mode",
            _S,
            "stdout",
            "Op profiling output mode.",
            "where the profile goes: stdout, csv or proto",
        ),
        ("op_profiling_output_file", _S, "", "Op profiling output file.", "file of the profile"),
        (
            "max_profiling_buffer_entries",
            _I,
            1024,
            "Max initial profiling buffer entries",
            "profiling events kept",
        ),
        (
            "allow_dynamic_profiling_buffer_increase",
            _B,
            False,
            "Allow dynamic increase on profiling buffer entries",
            "let the profiling buffer grow",
        ),
        (
            "profiling_output_csv_file",
            _S,
            "",
            "CSV File to export profiling data to",
            "older name of a CSV profile",
        ),
        (
            "export_model_runtime_info",
            _B,
            False,
            "Enable Model Runtime Info Export",
            "write which node ran where",
        ),
        (
            "model_runtime_info_output_file",
            _S,
            "",
            "Proto File to export model runtime info to",
            "file for model_runtime_info",
        ),
        ("print_preinvoke_state", _B, False, "Print pre-invoke interpreter state", "dump before"),
        ("print_postinvoke_state", _B, False, "Print post-invoke interpreter state", "dump after"),
        ("release_dynamic_tensors", _B, False, "Release dynamic tensor memory", "free early"),
        (
            "optimize_memory_for_large_tensors",
            _I,
            0,
            "Optimize memory usage for large tensors",
            "size in bytes above which tensors are freed early",
        ),
        ("disable_delegate_clustering", _B, False, "Disable delegate clustering", "no clusters"),
        (
            "enable_builtin_cast_constant_cache",
            _B,
            False,
            "Constant CAST output cache",
            "cache casts of constants",
        ),
        ("output_filepath", _S, "", "File path to export outputs layer to", "raw outputs, joined"),
        (
            "output_proto_filepath",
            _S,
            "",
            "File path to export outputs layer as tf example to",
            "outputs as a tf.Example",
        ),
        (
            "result_file_path",
            _S,
            "",
            "File path to save the benchmark result in binary proto format",
            "file for BenchmarkResult",
        ),
        ("tensor_name_display_length", _I, 25, "Tensor name display length", "name width"),
        ("tensor_type_display_length", _I, 15, "Tensor type display length", "type width"),
        (
            "alloc_type_display_length",
            _I,
            18,
            "Tensor allocation type display length",
            "allocation width",
        ),
    ),
    *_group(
        Group.EXECUTION,
        ("help", _B, False, "print out all supported flags", "print this text"),
        ("num_threads", _I, -1, "#threads used for CPU inference", "threads of the CPU kernels"),
        (
            "max_delegated_partitions",
            _I,
            0,
            "Max number of delegated partitions",
            "partitions a delegate may take, 0 for any",
        ),
        (
            "min_nodes_per_partition",
            _I,
            0,
            "Min nodes per partition",
            "nodes a partition must have to be delegated",
        ),
        (
            "first_delegate_node_index",
            _I,
            0,
            "Index of the first node that could be delegated",
            "first node a delegate may take, in debug builds",
        ),
        (
            "last_delegate_node_index",
            _I,
            2147483647,
            "Index of the last node that could be delegated",
            "last node a delegate may take, in debug builds",
        ),
        (
            "gpu_invoke_loop_times",
            _I,
            -1,
            "Number of GPU delegate invoke loop iterations",
            "GPU invocations in a loop",
        ),
        (
            "delegate_serialize_dir",
            _S,
            "",
            "Directory for delegate serialization",
            "folder in which delegates may keep compiled models",
        ),
        (
            "delegate_serialize_token",
            _S,
            "",
            "Model-specific token/key for delegate serialization.",
            "name of this model in that folder",
        ),
    ),
    *_group(
        Group.XNNPACK,
        ("use_xnnpack", _B, False, "Use xnnpack", "apply XNNPACK, or with false keep it out"),
        ("xnnpack_force_fp16", _B, False, "xnnpack_force_fp16", "compute in half precision"),
        (
            "xnnpack_weight_cache_file_path",
            _S,
            "",
            "xnnpack_weight_cache_file_path",
            "file of packed weights",
        ),
        ("xnnpack_runtime_flags", _I, 0, "Extra flags for XNNPACK runtime", "flag bits"),
    ),
    *_group(
        Group.EXTERNAL,
        ("external_delegate_path", _S, "", "External delegate path", "library of a delegate"),
        ("external_delegate_options", _S, "", "External delegate options", "key:value;key:value"),
    ),
    *_group(
        Group.NNAPI,
        ("use_nnapi", _B, False, "Use NNAPI", "apply the NNAPI delegate"),
        (
            "nnapi_execution_preference",
            _S,
            "",
            "NNAPI execution preference",
            "fast_single_answer, sustained_speed, low_power or undefined",
        ),
        (
            "nnapi_execution_priority",
            _S,
            "",
            "Model execution priority in nnapi",
            "default, low, medium or high",
        ),
        ("nnapi_accelerator_name", _S, "", "NNAPI accelerator name", "NNAPI device to use"),
        ("disable_nnapi_cpu", _B, True, "Disable NNAPI cpu", "keep NNAPI's own CPU device out"),
        ("nnapi_allow_fp16", _B, False, "Allow fp16 in NNAPI", "allow half precision in NNAPI"),
        (
            "nnapi_allow_dynamic_dimensions",
            _B,
            False,
            "Allow dynamic dimensions in NNAPI",
            "allow sizes to change without a new compilation",
        ),
        ("nnapi_use_burst_mode", _B, False, "Use burst mode in NNAPI", "keep resources in a burst"),
        ("nnapi_support_library_path", _S, "", None, "vendor's NNAPI support library"),
    ),
    *_group(
        Group.GPU,
        ("use_gpu", _B, False, "Use gpu", "apply the GPU delegate"),
        (
            "gpu_precision_loss_allowed",
            _B,
            True,
            "Allow lower precision in gpu",
            "allow half precision on the GPU",
        ),
        (
            "gpu_experimental_enable_quant",
            _B,
            True,
            "Enable running quant models in gpu",
            "allow quantized models on the GPU",
        ),
        (
            "gpu_inference_for_sustained_speed",
            _B,
            False,
            "Prefer maximizing the throughput in gpu",
            "tune for many inferences",
        ),
        ("gpu_backend", _S, "", "GPU backend", "cl or gl, and no other"),
    ),
    *_group(
        Group.HEXAGON,
        ("use_hexagon", _B, False, "Use Hexagon", "apply the Hexagon delegate"),
        ("hexagon_lib_path", _S, "/data/local/tmp", "Hexagon lib path", "folder of its library"),
        ("hexagon_profiling", _B, False, "Hexagon profiling", "profile on the DSP"),
    ),
    *_group(
        Group.STABLE_DELEGATE,
        (
            "stable_delegate_settings_file",
            _S,
            "",
            "Delegate settings file path",
            "JSON settings of a stable delegate",
        ),
    ),
)
