"""What each line of a `benchmark_model` means: one table from event to pattern.

Sources of the wordings: tflite/tools/benchmark/{benchmark_model,benchmark_tflite_model}.cc,
tflite/tools/delegates/*.cc, tflite/core/subgraph.cc, tflite/delegates/*, litert/runtime/*.cc and
litert/tools/benchmark_litert_model.h of google-ai-edge/LiteRT, and the same files of TensorFlow
back to 1.12. Patterns are matched from the start of a line without prefixes; each has a `hint`
that must occur in the line, so that most lines cost a few substring searches.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Code(StrEnum):
    """What a line says; the value is the `kind` of the evidence it becomes."""

    COMMAND = "command"
    STARTING = "starting"
    HARNESS_TOOL = "harness-tool"
    LOG_PARAMS = "log-params"
    APK_ARGS = "apk-args"
    PARAMETER = "parameter"
    UNCONSUMED = "unconsumed-flags"
    NNAPI_DEVICES = "nnapi-devices"
    LITERT_ACCELERATORS = "litert-accelerators"
    LOADED = "model-loaded"
    PYTHON_MODEL = "python-model"
    USING_SIGNATURE = "using-signature"
    PROVIDER_CREATED = "delegate-created"
    GPU_CREATED = "gpu-created"
    NNAPI_CREATED = "nnapi-created"
    METAL_CREATED = "metal-created"
    XNNPACK_CREATED = "xnnpack-created"
    PLUGIN_CREATED = "plugin-created"
    GOING_TO_APPLY = "going-to-apply"
    NOT_CREATED = "delegate-not-created"
    NNAPI_LIBRARY = "nnapi-library-missing"
    NNAPI_API_LEVEL = "nnapi-api-level"
    HEXAGON_LIBRARY = "hexagon-library-missing"
    OPENCL_LOADED = "opencl-loaded"
    OPENCL_MISSING = "opencl-missing"
    OPENCL_INIT = "opencl-initialized"
    OPENGL_INIT = "opengl-initialized"
    OPENGL_FALLBACK = "opengl-fallback"
    LITERT_API_INIT = "litert-api-initialized"
    LITERT_ADAPTER = "litert-adapter"
    GPU_ADAPTER_MISSING = "gpu-adapter-missing"
    GPU_LIMITED = "gpu-limited"
    GPU_KERNELS = "gpu-kernels"
    UNSUPPORTED = "unsupported-ops"
    UNSUPPORTED_OP = "unsupported-op"
    GPU_SPLIT = "gpu-split"
    REPLACING = "replacing"
    DELEGATED_COUNT = "delegated-count"
    PLUGIN_LEFT_OP = "plugin-left-op"
    LITERT_PARTITIONED = "litert-partitioned"
    PLUGINS_APPLIED = "compiler-plugins"
    PLUGINS_FAILED = "compiler-plugins-failed"
    PLUGIN_ERRORS = "compiler-plugin-errors"
    DISPATCH_MISSING = "dispatch-library-missing"
    GPU_UNREGISTERED = "gpu-accelerator-missing"
    NPU_UNREGISTERED = "npu-accelerator-missing"
    FULLY_ACCELERATED = "fully-accelerated"
    COMPILED_ALONE = "compiled-alone"
    TOOL_VERDICT = "tool-verdict"
    TOOL_VERDICT_NONE = "tool-verdict-none"
    LABEL_APPLIED = "label-image-applied"
    PLAN_RESTORED = "plan-restored"
    DYNAMIC_RESET = "dynamic-reset"
    DYNAMIC_TENSORS = "dynamic-tensors"
    APP_FELL_BACK = "app-fell-back"
    RUNNING = "running"
    STATS = "stats"
    TIMINGS = "timings"
    LABEL_TIMING = "label-image-timing"
    SESSION_INIT = "session-init"
    RESULTS_START = "results-start"
    RESULT = "result"
    MEMORY = "memory"
    PEAK_MEMORY = "peak-memory"
    DEVICE_COUNTER = "device-counter"
    FLEX_MISSING = "flex-op-missing"
    CUSTOM_MISSING = "custom-op-missing"
    NN_CPU_FALLBACK = "nnapi-cpu-fallback"
    NN_ERROR = "nnapi-error"
    NN_NO_DEVICE = "nnapi-no-device"
    GPU_ERROR = "gpu-error"
    PREPARE_FAILED = "prepare-failed"
    INVOKE_FAILED = "invoke-failed"
    APPLY_FAILED = "apply-failed"
    FULL_REFUSED = "full-delegation-refused"
    ALLOCATE_FAILED = "allocate-failed"
    MODEL_FAILED = "model-failed"
    FLAG_FAILED = "flag-failed"
    RUN_FAILED = "run-failed"
    CRASHED = "crashed"
    NOT_RUNNABLE = "not-runnable"
    LINK_FAILED = "link-failed"
    BENCHMARK_FAILED = "benchmark-failed"
    PROFILE = "profile"
    PROFILE_DROPPED = "profile-dropped"


NUMBER = r"(-?(?:[0-9]+\.?[0-9]*(?:e[+-]?[0-9]+)?|nan|inf))"
"""How C++ streams print a number; six significant digits, so large ones have an exponent."""

_PROVIDERS = r"(GPU|NNAPI|Hexagon|XNNPACK|YNNPACK|COREML|CoreML|EXTERNAL|STABLE_DELEGATE)"

_SIGNALS = (
    r"(?:Segmentation fault|Aborted|Bus error|Illegal instruction|Killed)(?:$|\s\(core|\s{2})"
)

TABLE: tuple[tuple[Code, str, str], ...] = (
    # --- start and flags
    (Code.STARTING, "STARTING!", r"STARTING!$"),
    # of the harness's own tool, harness/litert_tool/compiled/lines.py
    (Code.HARNESS_TOOL, "Harness tool: ", r"Harness tool: compiled-model on (.{1,100})$"),
    (Code.LOG_PARAMS, "Log parameter values", r"Log parameter values verbosely: \[([^\]]*)\]"),
    (Code.APK_ARGS, "benchmark with args:", r"Running TensorFlow Lite benchmark with args: (.*)$"),
    (Code.UNCONSUMED, "Unconsumed", r"Unconsumed cmdline flags: (.*)$"),
    (Code.NNAPI_DEVICES, "accelerators available", r"NNAPI accelerators available: \[(.*)\]$"),
    (Code.LITERT_ACCELERATORS, "Accelerators:", r"Accelerators:\s{1,16}([A-Z| ]{3,32})$"),
    (Code.PYTHON_MODEL, "Model:", r"Model:\s{1,16}(\S.*)$"),
    (Code.LOADED, "Loaded model", r"Loaded model (.*)$"),
    (Code.LOADED, "Loading model from", r"Loading model from: (.*)$"),
    (Code.USING_SIGNATURE, "Using signature", r"Using signature: (.*)$"),
    # --- delegates come into being (or do not)
    (Code.PROVIDER_CREATED, "delegate created.", _PROVIDERS + r" delegate created\.$"),
    (Code.GPU_CREATED, "delegate for GPU", r"Created TensorFlow Lite delegate for GPU\.$"),
    (Code.NNAPI_CREATED, "delegate for NNAPI", r"Created TensorFlow Lite delegate for NNAPI\.$"),
    (Code.METAL_CREATED, "delegate for Metal", r"Created TensorFlow Lite delegate for Metal\.$"),
    (
        Code.XNNPACK_CREATED,
        "XNNPACK delegate for CPU",
        r"Created TensorFlow Lite XNNPACK delegate for CPU\.$",
    ),
    (Code.PLUGIN_CREATED, "ArmNN delegate", r"TfLiteArmnnDelegate: Created TfLite (ArmNN) "),
    (Code.PLUGIN_CREATED, "stable delegate version", r"(\S{1,64}) stable delegate version: "),
    (Code.GOING_TO_APPLY, "Going to apply", r"Going to apply (\d+) delegates one after another\."),
    (Code.NOT_CREATED, "is unsupported on this", r"(\w+) acceleration is unsupported on this pl"),
    (Code.NOT_CREATED, "CL_DELEGATE_NO_GL", r"The (GPU) delegate compile options are only supp"),
    (Code.NOT_CREATED, "Hexagon", r"Could not create (Hexagon) delegate: "),
    (Code.NOT_CREATED, "Hexagon", r"(Hexagon) Delegate is not supported\."),
    (Code.NOT_CREATED, "NNAPI support library", r"Couldn't load (NNAPI) support library from "),
    (Code.NOT_CREATED, "must be set for", r"`--use_(nnapi)=true` must be set for the provided "),
    (Code.NOT_CREATED, "stable", r"Invalid TFLiteSettings for the (stable) delegate"),
    (Code.NOT_CREATED, "stable ABI", r"Failed to load (stable) ABI delegate from "),
    (Code.NNAPI_LIBRARY, "nnapi error", r"nnapi error: unable to open library "),
    (Code.NNAPI_LIBRARY, "NNAPI is disabled", r"NNAPI is disabled in an isolated process"),
    (Code.NNAPI_API_LEVEL, "nnapi error", r"nnapi error: requires android sdk version to be at "),
    (Code.HEXAGON_LIBRARY, "libhexagon", r"Failed to load libhexagon_interface\.so"),
    (Code.HEXAGON_LIBRARY, "Hexagon NN", r"Failed to fetch Hexagon NN version"),
    (Code.HEXAGON_LIBRARY, "libhexagon_skel", r"Incompatible versions between interface library"),
    # --- GPU back end
    (Code.OPENCL_LOADED, "OpenCL library with", r"Loaded OpenCL library with dlopen\.$"),
    (Code.OPENCL_MISSING, "OpenCL", r"Can not open OpenCL library on this device"),
    (Code.OPENCL_MISSING, "OpenCL", r"OpenCL library not loaded"),
    (Code.OPENCL_INIT, "OpenCL-based API", r"Initialized OpenCL-based API"),
    (Code.OPENGL_INIT, "OpenGL-based API", r"Initialized OpenGL-based API"),
    (Code.OPENGL_FALLBACK, "OpenGL", r"Falling back to OpenGL"),
    (Code.OPENGL_FALLBACK, "OpenGL", r"OpenCL not supported on this platform\. Using OpenGL inst"),
    (Code.LITERT_API_INIT, "-based API", r"Initializing (\w{2,16})-based API from "),
    (Code.LITERT_ADAPTER, "Selected adapter", r"Selected adapter: (.*?), arch=.*adapterType=(.*)$"),
    (Code.GPU_ADAPTER_MISSING, "load Vulkan", r"Warning: Couldn't load Vulkan: "),
    (
        Code.GPU_ADAPTER_MISSING,
        "No adapters found",
        r"Failed to initialize WebGPU environment: .{0,64}No adapters found",
    ),
    (Code.GPU_LIMITED, "LITERT_GPU_DEBUG", r".{0,200}?(LITERT_GPU_DEBUG_\w{1,64}) set to"),
    (Code.GPU_LIMITED, "Excluding node", r".{0,200}?Excluding (node) (\d+) "),
    (Code.GPU_KERNELS, "GPU delegate kernels", r"Created (\d+) GPU delegate kernels\.$"),
    # --- who got which nodes
    (
        Code.UNSUPPORTED,
        "not supported by GPU delegate",
        r"(?:Following|Next) operations are not supported by GPU delegate:",
    ),
    (
        Code.GPU_SPLIT,
        "on the GPU",
        (
            r"(?:(\d+) operations will run on the GPU, and the remaining (\d+)|(No) operations "
            r"will run on the GPU, and all (\d+)) operations will run on the CPU\.$"
        ),
    ),
    (
        Code.GPU_SPLIT,
        "on the GPU",
        r"First (\d+) operations will run on the GPU, and the remaining (\d+) on the CPU\.$",
    ),
    (
        Code.REPLACING,
        "Replacing",
        (
            r"Replacing (\d+)(?: out of (\d+))? node\(s\) with delegate \(([^()]{1,200})\)"
            r"(?: node, yielding (\d+) partitions(?: for the whole graph| for subgraph (\d+)"
            r"(?: \((.{0,200})\))?)?\.?)?$"
        ),
    ),
    (
        Code.DELEGATED_COUNT,
        "nodes delegated out of",
        r"(.{1,128}?) delegate: (\d+) nodes delegated out of (\d+) nodes,? with (\d+) partitions",
    ),
    (
        Code.DELEGATED_COUNT,
        "nodes delegated out of",
        r"()Number of subgraphs:\s?\d+\s?, (\d+) nodes delegated out of (\d+) nodes",
    ),
    (Code.PLUGIN_LEFT_OP, "Fallback unsupported", r"Fallback unsupported op (\d+) to TfLite"),
    (
        Code.LITERT_PARTITIONED,
        "Partitioned subgraph",
        r"Partitioned subgraph<(\d+)>, selected (\d+) ops, from a total of (\d+) ops\.",
    ),
    (
        Code.PLUGINS_APPLIED,
        "compiler plugins",
        r"(\d+) compiler plugins were applied successfully",
    ),
    (Code.PLUGINS_FAILED, "compiler plugins", r"Failed to (?:load|apply) compiler plugins: "),
    (Code.PLUGIN_ERRORS, "Plugin errs", r"Plugin errs: "),
    (Code.PLUGIN_ERRORS, "NPU islands", r"Partitioning yielded (\d+) NPU islands, which exceeds"),
    (Code.DISPATCH_MISSING, "DispatchLibraryDir", r"You should provide the `DispatchLibraryDir`"),
    (Code.DISPATCH_MISSING, "Dispatch API", r"Failed to initialize Dispatch API"),
    (Code.DISPATCH_MISSING, "Dispatch runtime", r"(?:.{0,80}: )?No usable Dispatch runtime found"),
    (Code.GPU_UNREGISTERED, "GPU accel", r"GPU accelerator could not be loaded and registered"),
    (Code.NPU_UNREGISTERED, "NPU accel", r"NPU accelerator could not be loaded and registered"),
    (Code.FULLY_ACCELERATED, "Fully accelerated", r"Fully accelerated:\s{1,16}(True|False)$"),
    (Code.COMPILED_ALONE, "-only comp", r"(GPU|NPU)-only compilation: (ok|refused|unknown)$"),
    (
        Code.TOOL_VERDICT,
        "pplied ",
        (
            r"(?:Explicitly a|A)pplied (\S{1,64}) delegate, and the model graph will be "
            r"(completely|partially) executed (?:by|w/) the delegate"
            r"(?: w/ (\d+) delegate kernels)?\.$"
        ),
    ),
    (
        Code.TOOL_VERDICT_NONE,
        "Though",
        (
            r"Though (\S{1,64}) delegate is explicitly applied, the model graph will not be "
            r"executed by the delegate\.$"
        ),
    ),
    (Code.LABEL_APPLIED, "Applied", r"Applied (\S{1,64}) delegate\.$"),
    (Code.PLAN_RESTORED, "Restored original", r"Restored original execution plan after delegate"),
    (Code.DYNAMIC_RESET, "dynamic tensors due", r"Cannot allow dynamic tensors due to previous de"),
    (
        Code.DYNAMIC_TENSORS,
        "static-sized tensors",
        r"Attempting to use a delegate that only supports static-sized tensors",
    ),
    (
        Code.APP_FELL_BACK,
        "back to CPU",
        r".{0,200}?(?:[Ff]ail|[Ee]rror|[Ee]xception|unavailable).{0,200}[Ff]alling back to CPU",
    ),
    # --- runs and figures
    (Code.RUNNING, "Running benchmark for", r"Running benchmark for (?:at least )?(\d+) iterat"),
    (Code.RUNNING, "warmup iterations", r"Running (\d+) warmup iterations"),
    (Code.RUNNING, "benchmark iterations", r"Running (\d+) benchmark iterations"),
    (Code.PROFILE, "Profiling Info for", r"Operator-wise Profiling Info for Regular"),
    (Code.STATS, "count=", r"count=(\d+)(.*)$"),
    (
        Code.TIMINGS,
        "Inference timings in us",
        (
            rf"Inference timings in us: Init: {NUMBER}, First inference: {NUMBER}, "
            rf"Warmup \(avg\): {NUMBER}, Inference \(avg\): {NUMBER}"
        ),
    ),
    (
        Code.TIMINGS,
        "Average inference timings",
        (
            rf"Average inference timings in us: Warmup: {NUMBER}, Init: {NUMBER}, "
            rf"(?:no stats|Inference): {NUMBER}"
        ),
    ),
    (Code.LABEL_TIMING, "average time:", rf"average time: {NUMBER} ms"),
    (Code.SESSION_INIT, "Initialized session", rf"Initialized session in {NUMBER}ms"),
    (Code.RESULTS_START, "BENCHMARK RESULTS", r"(?:=+ )?BENCHMARK RESULTS"),
    (
        Code.RESULT,
        " ms",
        (
            r"(Model initialization|Warmup \((?:first|avg)\)|Inference \((?:avg|min|max|median|std|"
            rf"p5|p95)\)):\s{{1,16}}{NUMBER} ms(?: \((\d+) runs\))?"
        ),
    ),
    (Code.RESULT, "(std)", rf"(Inference \(std\)):\s{{1,16}}{NUMBER}$"),
    (
        Code.MEMORY,
        "footprint",
        (
            r"(?:Memory footprint delta from the start of the tool|Peak memory footprint) \(MB\): "
            rf"init={NUMBER} overall={NUMBER}"
        ),
    ),
    (Code.PEAK_MEMORY, "peak memory", rf"Overall peak memory footprint \(MB\) via .*: {NUMBER}"),
    (Code.PROFILE_DROPPED, "Dropping Profile", r"Warning: Dropping ProfileBuffer event\."),
    # --- NNAPI's runtime in the phone's log, with debug.nn.vlog set
    # (packages/modules/NeuralNetworks: ExecutionBuilder.cpp, CompilationBuilder, ModelBuilder)
    (Code.NN_CPU_FALLBACK, "cpuFallback", r"cpuFallback(?:Full|Partial)$"),
    (Code.NN_CPU_FALLBACK, "CPU fallback", r"CompilationBuilder::finish with CPU fallback$"),
    (
        Code.NN_CPU_FALLBACK,
        "only one best device",
        r"ModelBuilder::partitionTheWork: only one best device: \d{1,4} = nnapi-reference$",
    ),
    # --- failures
    (
        Code.FLEX_MISSING,
        "Select TensorFlow op",
        r"Select TensorFlow op\(s\), included in the given",
    ),
    (
        Code.CUSTOM_MISSING,
        "custom op",
        r"Encountered unresolved custom op: (\S{1,128}?)\.?(?:\s|$)",
    ),
    (Code.NN_ERROR, "NN API returned error", r"NN API returned error (\S+) at line (\d+) while "),
    (Code.NN_NO_DEVICE, "NNAPI accelerator", r"Could not find the specified NNAPI accelerator: "),
    (Code.NN_NO_DEVICE, "no accelerators", r"NNAPI delegate requested but no accelerators avail"),
    (Code.GPU_ERROR, "TfLiteGpuDelegate", r"TfLiteGpuDelegate (?:Init|Prepare|Invoke): "),
    (Code.GPU_ERROR, "No GPU detected", r"No GPU detected\."),
    (Code.PREPARE_FAILED, "failed to prepare", r"Node number (\d+) \((.{0,200})\) failed to prep"),
    (Code.INVOKE_FAILED, "failed to invoke", r"Node number (\d+) \((.{0,200})\) failed to invoke"),
    (Code.APPLY_FAILED, "Failed to apply", r"Failed to apply (\S{1,64}) delegate\."),
    (Code.APPLY_FAILED, "modify graph", r"Failed to modify graph with delegate"),
    (Code.FULL_REFUSED, "CPU fallback", r"Disallowed CPU fallback detected\."),
    (Code.FULL_REFUSED, "fully delegated", r"Hint fully delegated to single delegate is set, but"),
    (Code.FULL_REFUSED, "not accelerated", r"(?:└ )?Some ops are not accelerated\."),
    (Code.FULL_REFUSED, "full delegation", r"Requesting full delegation and CPU acceleration are"),
    (Code.ALLOCATE_FAILED, "allocate tensors", r"(?:└ )?Failed to allocate tensors"),
    (
        Code.MODEL_FAILED,
        "odel",
        r"(?:Failed to load model|Model file not found|The model is not )",
    ),
    (Code.MODEL_FAILED, "--graph", r"Please specify the name of your TF Lite input file"),
    (Code.FLAG_FAILED, "Failed to parse flag", r"Failed to parse flag "),
    (
        Code.FLAG_FAILED,
        ": error: ",
        r"\S{1,200}: error: (?:unrecognized |the following )?arguments?",
    ),
    (Code.FLAG_FAILED, "Signature not", r"Signature not specified or incorrect"),
    (Code.RUN_FAILED, "Failed to create", r"Failed to create (?:engine|litert::|compiled model)"),
    (Code.RUN_FAILED, "Traceback", r"Traceback \(most recent call last\):"),
    (Code.CRASHED, "", _SIGNALS),
    (Code.CRASHED, ": line ", r"\S{1,200}: line \d+:\s{1,8}\d+ " + _SIGNALS),
    (Code.CRASHED, "Fatal signal", r"Fatal signal (\d+) \((\w+)\)"),
    (Code.NOT_RUNNABLE, "not executable", r".{1,400}not executable: .{0,64}ELF"),
    (
        Code.NOT_RUNNABLE,
        "benchmark_model: ",
        r".{0,400}benchmark_model: (?:not found|inaccessible)",
    ),
    (Code.NOT_RUNNABLE, "Permission denied", r".{0,400}benchmark_model: Permission denied"),
    (Code.LINK_FAILED, "CANNOT LINK", r"CANNOT LINK EXECUTABLE"),
    (Code.BENCHMARK_FAILED, "Benchmarking failed", r"Benchmarking failed\."),
)

PARAMETER = re.compile(
    r"(#?[A-Za-z][^\[\]:]{0,100}?)\s{0,2}: \[([^\]]*)\](?: \(Available: (.*)\))?$"
)
"""The echo of a parameter, printed by LOG_TOOL_PARAM: `Label: [value]`."""

UNSUPPORTED_OP = re.compile(r"((?:CUSTOM|DELEGATE) [^:]{1,128}|[A-Z][A-Z0-9_]{1,64}):(?: (.*))?$")
"""A line of the GPU delegate's list: an operator's name and why it was refused."""

COMMAND = re.compile(
    r"(?:^|[\s/\\'\"])(?:\w{0,32}benchmark_model\w{0,16}|label_image|benchmark_litert_model|"
    r"BenchmarkModelActivity)(?:\.exe)?['\"]?\s.{0,2000}?--?\w"
)
"""A shell line that starts one of the tools with a flag."""

DEVICE_COUNTER_READ = re.compile(r"cat\s+\S{0,256}/inference_count['\"]?$")
"""A shell line that reads a driver's count of inferences; the next line is its value."""

STAT_FIELD = re.compile(rf"(first|curr|min|max|avg|std|p5|median|p95)={NUMBER}(\(all same\))?")


STATS_LINE = re.compile(
    rf"count=\d+(?: first={NUMBER})?(?: curr={NUMBER}(?:\(all same\))?)?"
    rf"(?: min={NUMBER} max={NUMBER} avg={NUMBER} std={NUMBER})?"
    rf"(?: p5={NUMBER} median={NUMBER} p95={NUMBER})?"
)
"""A whole line of statistics, of any age of the tool."""
