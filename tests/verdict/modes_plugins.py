"""Modes of plug-ins and other delegates, and of LiteRT's CompiledModel."""

from __future__ import annotations

import tool_text as t
from fallback_modes import Mode

from harness.bench.variant import Accelerator

EXTERNAL, NPU, GPU = Accelerator.EXTERNAL, Accelerator.NPU, Accelerator.GPU
XNNPACK = Accelerator.XNNPACK
QNN = "External delegate path: [libQnnTFLiteDelegate.so]"
NEW = (t.created("EXTERNAL"),)
CPU_REGISTERED = "INFO: [cpu_registry.cc:75] XNNPACK CPU accelerator registered."
XNN_ALL = t.replacing(42, 42, "TfLiteXNNPackDelegate", 1)
CHANGED = "INFO: [compiled_model.cc:1339] JIT compilation changed model, reserializing..."

PLUGINS: tuple[Mode, ...] = (
    Mode(
        "qnn-partial",
        "The plug-in counts its nodes itself",
        EXTERNAL,
        t.interpreter(
            *NEW,
            "INFO: TfLiteQnnDelegate delegate: 40 nodes delegated out of 42 nodes with "
            "2 partitions.",
            t.partially("EXTERNAL", 2),
            t.XNNPACK,
            echo=(QNN,),
        ),
        "partial",
        "delegated-count",
        "left-behind",
    ),
    Mode(
        "qnn-cpu-backend",
        "The plug-in was told to use its CPU back end",
        EXTERNAL,
        t.interpreter(
            *NEW,
            t.replacing(42, 42, "TfLiteQnnDelegate", 1),
            t.completely("EXTERNAL"),
            echo=(QNN, "External delegate options: [backend_type:cpu;log_level:1]"),
        ),
        "downgraded",
        "replacing",
        "plugin-cpu-backend",
        ("downgraded",),
    ),
    Mode(
        "armnn-cpu-backend",
        "Arm NN with its CPU back end",
        EXTERNAL,
        t.interpreter(
            *NEW,
            "INFO: TfLiteArmnnDelegate: Created TfLite ArmNN delegate.",
            t.completely("EXTERNAL"),
            echo=(
                "External delegate path: [libarmnnDelegate.so]",
                "External delegate options: [backends:CpuAcc]",
            ),
        ),
        "downgraded",
        "tool-verdict",
        "plugin-cpu-backend",
        ("downgraded",),
    ),
    Mode(
        "vx-leaves-an-op",
        "The plug-in says of one operation that it leaves it",
        EXTERNAL,
        t.interpreter(
            "WARNING: Fallback unsupported op 32 to TfLite",
            *NEW,
            echo=("External delegate path: [libvx_delegate.so]",),
        ),
        "partial",
        "plugin-left-op",
        "left-behind",
    ),
    Mode(
        "count-of-the-first-graph-only",
        "`n of n` of the first graph, and default XNNPACK after it: something was left",
        EXTERNAL,
        t.interpreter(
            *NEW,
            "INFO: PawDelegate delegate: 42 nodes delegated out of 42 nodes with 1 partitions.",
            t.XNNPACK,
            echo=(QNN,),
        ),
        "unknown",
        None,
        "undecided",
        truth="partial",
        looks=t.XNNPACK,
    ),
    Mode(
        "stable-full",
        "A stable delegate takes all",
        Accelerator.STABLE_DELEGATE,
        t.interpreter(
            t.created("STABLE_DELEGATE"),
            t.completely("STABLE_DELEGATE"),
            echo=("Delegate settings file path: [s.json]",),
        ),
        "full",
        "tool-verdict",
    ),
    Mode(
        "core-ml-partial",
        "Core ML counts its nodes; its own choice of processor is out of sight",
        Accelerator.COREML,
        t.interpreter(
            t.created("COREML"),
            "INFO: CoreML delegate: 40 nodes delegated out of 42 nodes, with 2 partitions.",
            echo=("Use CoreML: [1]",),
        ),
        "partial",
        "delegated-count",
        "left-behind",
    ),
    Mode(
        "hexagon-partial",
        "Hexagon counts its nodes",
        Accelerator.HEXAGON,
        t.interpreter(
            t.created("Hexagon"),
            "INFO: Hexagon delegate: 40 nodes delegated out of 42 nodes with 2 partitions.",
            t.partially("Hexagon", 2),
            echo=("Use Hexagon: [1]",),
        ),
        "partial",
        "delegated-count",
        "left-behind",
    ),
    Mode(
        "hexagon-float-model",
        "A float model on Hexagon, which takes quantized operations only",
        Accelerator.HEXAGON,
        t.interpreter(
            t.created("Hexagon"), t.though("Hexagon"), t.XNNPACK, echo=("Use Hexagon: [1]",)
        ),
        "none",
        "tool-verdict-none",
        "float-on-integer-npu",
        facts={"precision": "float32"},
    ),
    Mode(
        "flex-without-kernels",
        "Flex operations in a tool without TensorFlow's kernels",
        GPU,
        t.interpreter(
            "ERROR: Select TensorFlow op(s), included in the given model, is(are) not supported by "
            "this interpreter.",
            "ERROR: Node number 3 (FlexErf) failed to prepare.",
            "ERROR: Failed to allocate tensors!",
            echo=("Use gpu: [1]",),
            end=(t.FAILED,),
        ),
        "failed",
        "allocate-failed",
        "flex-op",
        exit_status=1,
    ),
    Mode(
        "custom-op-without-kernel",
        "A custom operation that the tool does not have",
        GPU,
        t.interpreter(
            "ERROR: Encountered unresolved custom op: Purr.",
            "ERROR: Failed to allocate tensors!",
            echo=("Use gpu: [1]",),
            end=(t.FAILED,),
        ),
        "failed",
        "allocate-failed",
        "custom-op",
        exit_status=1,
    ),
    Mode(
        "xnnpack-partial",
        "XNNPACK was asked for, and plain kernels keep a part",
        XNNPACK,
        t.interpreter(
            t.XNNPACK, t.created("XNNPACK"), t.partially("XNNPACK", 2), echo=("Use xnnpack: [1]",)
        ),
        "partial",
        "tool-verdict",
        "left-behind",
    ),
    Mode(
        "xnnpack-absent",
        "XNNPACK was asked for, and no line says that it came to be",
        XNNPACK,
        t.interpreter(echo=("Use xnnpack: [1]",)),
        "none",
        "never-created",
        "xnnpack-absent",
    ),
    Mode(
        "xnnpack-takes-nothing",
        "XNNPACK was asked for and took nothing: plain, slow kernels",
        XNNPACK,
        t.interpreter(
            t.XNNPACK, t.created("XNNPACK"), t.though("XNNPACK"), echo=("Use xnnpack: [1]",)
        ),
        "none",
        "tool-verdict-none",
        "claimed-nothing",
    ),
)

SOFTWARE_ADAPTER = (
    "I0000 00:00:1790000000.1 77 environment.cc:5] Selected adapter: "
    "SwiftShader Device (Subzero), "
    "arch=swiftshader, vendor=google, backend=Vulkan, adapterType=CPU / Software"
)

LITERT: tuple[Mode, ...] = (
    Mode(
        "litert-gpu-library-missing",
        "The GPU accelerator's library is not beside the tool",
        GPU,
        t.litert(
            "WARNING: [gpu_registry.cc:152] GPU accelerator could not be loaded and registered.",
            CPU_REGISTERED,
            t.XNNPACK,
            flags="--use_gpu=true",
        ),
        "none",
        "gpu-accelerator-missing",
        "tool-library-missing",
    ),
    Mode(
        "litert-gpu-in-software",
        "The GPU is a program on the CPU: placement is told as on a GPU, and a finding says so",
        GPU,
        t.litert(
            SOFTWARE_ADAPTER,
            "ERROR: Following operations are not supported by GPU delegate:",
            "GATHER: Operation is not supported.",
            "40 operations will run on the GPU, and the remaining 2 operations will run on the "
            "CPU.",
            "Initializing WebGPU-based API from graph.",
            flags="--use_gpu=true",
        ),
        "partial",
        "gpu-split",
        "op-unsupported",
        findings=("software_device",),
        looks=SOFTWARE_ADAPTER,
    ),
    Mode(
        "litert-no-gpu",
        "There is no Vulkan driver: LiteRT gives up and does not fall back",
        GPU,
        t.litert(
            "ERROR: Failed to initialize WebGPU environment: No adapters found",
            "ERROR: Failed to create compiled model",
            flags="--use_gpu=true",
            results=False,
        ),
        "failed",
        "gpu-adapter-missing",
        "no-gpu",
        exit_status=1,
    ),
    Mode(
        "litert-npu-library-missing",
        "The NPU accelerator's library is not beside the tool",
        NPU,
        t.litert(
            "WARNING: [npu_registry.cc:32] NPU accelerator could not be loaded and registered: "
            "kLiteRtStatusErrorNotFound.",
            CPU_REGISTERED,
            t.XNNPACK,
            flags="--use_npu=true",
        ),
        "none",
        "npu-accelerator-missing",
        "tool-library-missing",
    ),
    Mode(
        "litert-plugins-failed",
        "No compiler plug-in can be loaded",
        NPU,
        t.litert(
            CPU_REGISTERED,
            "WARNING: [compiled_model.cc:1319] Failed to apply compiler plugins: No compiler "
            "plugin found",
            t.XNNPACK,
            flags="--use_npu=true",
        ),
        "none",
        "compiler-plugins-failed",
        "compiler-plugin-failed",
    ),
    Mode(
        "litert-no-plugin-applied",
        "`0 compiler plugins were applied successfully`",
        NPU,
        t.litert(
            CPU_REGISTERED,
            "INFO: [compiled_model.cc:1324] 0 compiler plugins were applied successfully: ",
            t.XNNPACK,
            flags="--use_npu=true",
        ),
        "none",
        "compiler-plugins",
        "compiler-plugin-failed",
    ),
    Mode(
        "litert-too-many-islands",
        "The plug-in cuts the model into more islands than it may",
        NPU,
        t.litert(
            CPU_REGISTERED,
            "ERROR: [compiler_plugin.cc:532] Partitioning yielded 9 NPU islands, which exceeds the "
            "maximum allowed (4).",
            "INFO: [compiled_model.cc:1324] 0 compiler plugins were applied successfully: ",
            "ERROR: [compiled_model.cc:1327] Plugin errs: kLiteRtStatusErrorRuntimeFailure",
            t.XNNPACK,
            flags="--use_npu=true",
        ),
        "none",
        "compiler-plugins",
        "compiler-plugin-failed",
    ),
    Mode(
        "litert-no-dispatch-folder",
        "No folder of dispatch libraries was named",
        NPU,
        t.litert(
            "WARNING: [compiled_model.cc:967] You should provide the `DispatchLibraryDir` option "
            "to use NPU.",
            CPU_REGISTERED,
            "WARNING: [compiled_model.cc:1319] Failed to load compiler plugins: none",
            t.XNNPACK,
            flags="--use_npu=true",
        ),
        "none",
        "compiler-plugins-failed",
        "compiler-plugin-failed",
    ),
    Mode(
        "litert-dispatch-fails",
        "A model compiled for the NPU, and no dispatch library that runs it",
        NPU,
        t.litert(
            "ERROR: [dispatch_delegate.cc:144] Failed to create a dispatch delegate kernel: No "
            "usable Dispatch runtime found",
            "ERROR: [compiled_model.cc:402] Failed to modify graph with delegate",
            flags="--use_npu=true",
            results=False,
        ),
        "failed",
        "apply-failed",
        "dispatch-library-missing",
        exit_status=1,
    ),
    Mode(
        "litert-fully-accelerated",
        "`Fully accelerated: True` counts XNNPACK: true for a run that is all CPU",
        GPU,
        t.litert(
            "Accelerators: CPU|GPU",
            CPU_REGISTERED,
            t.XNNPACK,
            "Fully accelerated:     True",
            flags="--use_gpu=true",
        ),
        "unknown",
        None,
        "litert-lines-only",
        truth="none",
        looks="Fully accelerated:     True",
    ),
    Mode(
        "litert-xnnpack-took-all",
        "The GPU and the CPU in its set, and partition lines of XNNPACK only",
        GPU,
        t.litert(
            "INFO: [gpu_registry.cc:129] Dynamically loaded GPU accelerator(libx.so) registered.",
            CPU_REGISTERED,
            XNN_ALL,
            flags="--use_gpu=true",
        ),
        "none",
        "replacing",
        "claimed-nothing",
        model=("ADD",) * 42,
    ),
    Mode(
        "litert-cpu-ruled-out",
        "A run with the CPU ruled out came through: whole, but its lines alone do not say so",
        GPU,
        t.litert(
            t.replacing(42, 42, "LITERT_CL", 1),
            flags="--use_gpu=true --use_cpu=false --require_full_delegation=true",
        ),
        "unknown",
        None,
        "litert-lines-only",
        truth="full",
        looks=t.replacing(42, 42, "LITERT_CL", 1),
    ),
    Mode(
        "litert-cpu-ruled-out-info",
        "The same with runtime info",
        GPU,
        t.litert(
            t.replacing(42, 42, "LITERT_CL", 1),
            flags="--use_gpu=true --use_cpu=false --require_full_delegation=true",
        ),
        "full",
        "runtime-info",
        proto=[(("ADD",) * 42, {"LITERT_CL": [range(42)]})],
        model=("ADD",) * 42,
    ),
    Mode(
        "litert-cpu-ruled-out-fails",
        "With the CPU ruled out, a node is left: the run fails aloud",
        GPU,
        t.litert(
            t.refused(
                "LOCAL_RESPONSE_NORMALIZATION: Operation is not supported.", on_gpu=40, on_cpu=2
            ),
            "ERROR: [compiled_model.cc:1092] Some ops are not accelerated. Add "
            "kLiteRtHwAcceleratorCpu to the compilation accelerator set to allow using the CPU to "
            "run those.",
            flags="--use_gpu=true --use_cpu=false --require_full_delegation=true",
            results=False,
        ),
        "failed",
        "full-delegation-refused",
        "op-unsupported",
        exit_status=1,
    ),
    Mode(
        "litert-npu-partial",
        "The compiler plug-in selects a part of the operations",
        NPU,
        t.litert(
            "INFO: [compiler_plugin.cc:739] Partitioned subgraph<0>, selected 30 ops, from a total "
            "of 42 ops. resulted in 2 partitions.",
            "INFO: [compiled_model.cc:1324] 1 compiler plugins were applied successfully: Paw",
            CHANGED,
            t.replacing(2, 14, "DispatchDelegate", 4),
            flags="--use_npu=true",
        ),
        "partial",
        "litert-partitioned",
        "left-behind",
    ),
    Mode(
        "litert-npu-full",
        "The compiler plug-in selects all of them: lines alone do not suffice",
        NPU,
        t.litert(
            "INFO: [compiler_plugin.cc:739] Partitioned subgraph<0>, selected 42 ops, from a total "
            "of 42 ops. resulted in 1 partitions.",
            "INFO: [compiled_model.cc:1324] 1 compiler plugins were applied successfully: Paw",
            CHANGED,
            t.replacing(1, 1, "DispatchDelegate", 1),
            flags="--use_npu=true",
        ),
        "unknown",
        None,
        "litert-lines-only",
        truth="full",
        looks="Partitioned subgraph<0>, selected 42 ops, from a total of 42 ops.",
    ),
    Mode(
        "litert-opengl",
        "OpenCL is not supported: OpenGL in its place, for a part of the model",
        GPU,
        t.litert(
            "INFO: [ml_drift_cl_gl_accelerator.cc:117] OpenCL not supported on this platform. "
            "Using OpenGL instead.",
            t.refused("TOPK_V2: Operation is not supported.", on_gpu=40, on_cpu=2),
            t.replacing(40, 42, "LITERT_OPENGL", 3),
            flags="--use_gpu=true",
        ),
        "downgraded",
        "replacing",
        "op-unsupported",
        ("downgraded",),
    ),
    Mode(
        "litert-npu-falls-to-gpu",
        "NPU and GPU asked for, no plug-in: the GPU takes it",
        NPU,
        t.litert(
            "WARNING: [compiled_model.cc:1319] Failed to apply compiler plugins: none",
            t.replacing(42, 42, "LITERT_CL", 1),
            flags="--use_npu=true --use_gpu=true",
        ),
        "none",
        "compiler-plugins-failed",
        "compiler-plugin-failed",
    ),
)
