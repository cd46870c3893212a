"""Causes of requests that never became a delegate, or whose delegate is a lesser one."""

from __future__ import annotations

from harness.verdict.cause_key import Cause, CauseKey

REQUESTS: tuple[Cause, ...] = (
    Cause(
        CauseKey.PROVIDER_NOT_BUILT,
        "the tool was built without this delegate",
        "`Unconsumed cmdline flags: --use_…`, and no echo of the flag",
        "The flag was sent and came back unconsumed: this build of the tool has no such delegate, "
        "and goes on without it.",
        "Use a tool that has the delegate: `harness tools` lists what each one knows.",
        "tflite/tools/benchmark/benchmark_model.cc, tflite/tools/delegates",
    ),
    Cause(
        CauseKey.FLAG_SYNTAX,
        "the flag was written in a way that asks for nothing",
        "`Unconsumed cmdline flags: --use_gpu`, or `` `--use_nnapi=true` must be set for … ``",
        "The tool takes `--flag=value` only. A flag without its value, or an option whose main "
        "flag is missing, asks for nothing, and the run goes on without it.",
        "Write `--use_gpu=true`, and give an option together with the flag that it belongs to.",
        "tflite/tools/command_line_flags.cc, tflite/tools/delegates/nnapi_delegate_provider.cc",
    ),
    Cause(
        CauseKey.TOOL_LIBRARY_MISSING,
        "the tool came without its accelerator library",
        "`GPU accelerator could not be loaded and registered`, `NPU accelerator could not …`",
        "The runtime did not find the accelerator's library beside the tool. That is the tool's "
        "fault, not the phone's: it says nothing about what the phone can do.",
        "Add the accelerator's library to the tool, then measure again (`harness tools`).",
        "litert/runtime/accelerators/gpu_registry.cc, npu_registry.cc",
    ),
    Cause(
        CauseKey.PLATFORM_UNSUPPORTED,
        "the delegate does not exist on this platform",
        "`GPU acceleration is unsupported on this platform.` and its like",
        "The flag is known to the tool, and its delegate is a stub in this build: the provider "
        "warns, makes nothing, and the run goes on.",
        "Use a build for Android that has the delegate compiled in.",
        "tflite/tools/delegates/gpu_delegate_provider.cc and its neighbours",
    ),
    Cause(
        CauseKey.PLUGIN_MISSING,
        "the vendor's plug-in could not be loaded",
        "the echo `External delegate path: [x]`, and no `EXTERNAL delegate created.`",
        "The shared library is missing, lacks its two functions, or returned nothing. For an "
        "external delegate a release build says not a word about it.",
        "Check that the library and all it needs lie on the device, that its ABI is the tool's "
        "and that its options are split by `;`.",
        "tflite/tools/delegates/external_delegate_provider.cc, stable_delegate_provider.cc",
    ),
    Cause(
        CauseKey.HEXAGON_LIBRARY_MISSING,
        "the Hexagon libraries are missing or do not fit",
        "`Could not create Hexagon delegate`, `Failed to load libhexagon_interface.so`, "
        "`Incompatible versions between interface library …`",
        "The delegate needs an interface library and skeletons of one version, and a DSP that "
        "they were made for.",
        "Give the tool the matching libraries (`--hexagon_lib_path`); the last chips it "
        "serves are of the Snapdragon 888's time; use the vendor's own delegate on later ones.",
        "tflite/delegates/hexagon/hexagon_implementation.cc",
    ),
    Cause(
        CauseKey.NNAPI_LIBRARY_MISSING,
        "libneuralnetworks could not be opened",
        "`nnapi error: unable to open library libneuralnetworks.so`, on standard error only",
        "Without Android's NNAPI library the delegate supports nothing and says so to nobody.",
        "Run on a phone that has NNAPI, outside an isolated process; or use another delegate.",
        "tflite/nnapi/nnapi_implementation.cc",
    ),
    Cause(
        CauseKey.API_LEVEL,
        "the phone's Android is too old for this",
        "`nnapi error: requires android sdk version to be at least 27`, or API level below 29 with "
        "a device's name",
        "NNAPI begins with API level 27, and lists and names its devices only from 29 on; below, "
        "the request is dropped without a word.",
        "Leave NNAPI out on this phone, or use the GPU.",
        "tflite/delegates/nnapi/nnapi_delegate.cc",
    ),
    Cause(
        CauseKey.DISPATCH_LIBRARY_MISSING,
        "the NPU's dispatch library is missing",
        "``You should provide the `DispatchLibraryDir` option to use NPU``, "
        "`No usable Dispatch runtime found`",
        "What is compiled for an NPU is run through the vendor's dispatch library, which the "
        "runtime did not find.",
        "Put the vendor's dispatch library beside the tool and name its folder.",
        "litert/runtime/compiled_model.cc, litert/runtime/dispatch",
    ),
    Cause(
        CauseKey.COMPILER_PLUGIN_FAILED,
        "no compiler plug-in took the model",
        "`Failed to load compiler plugins`, `0 compiler plugins were applied successfully`, "
        "`Plugin errs:`",
        "No compiler plug-in could be loaded or applied, so nothing was compiled for the NPU, and "
        "the CPU that is always in the runtime's set ran the model.",
        "Give the tool the vendor's compiler plug-in for this chip, or compile ahead of time.",
        "litert/runtime/compiled_model.cc, litert/compiler/plugin/compiler_plugin.cc",
    ),
    Cause(
        CauseKey.NOT_CREATED,
        "the delegate was not created",
        "the flag is echoed, and no line says that its delegate was created",
        "A provider that returns no delegate is skipped without a word, and the run goes on.",
        "Read the deciding line: a library, a driver or an option that is missing there.",
        "tflite/tools/delegates/delegate_provider.cc",
    ),
    Cause(
        CauseKey.XNNPACK_ABSENT,
        "XNNPACK did not come to be",
        "no `Created TensorFlow Lite XNNPACK delegate for CPU.`",
        "XNNPACK was asked for and took no node; the interpreter's own kernels did the work.",
        "Check that the tool was built with XNNPACK and that the model's types are supported.",
        "tflite/core/interpreter_builder.cc",
    ),
    Cause(
        CauseKey.OPENCL_MISSING,
        "OpenCL could not be loaded",
        "`Can not open OpenCL library on this device`, then `Falling back to OpenGL`",
        "The GPU delegate found no OpenCL library and went on with OpenGL, which is usually slower "
        "and sometimes no way either. An app and a binary started over adb may differ here, since "
        "Android guards the library.",
        "On a phone that has OpenCL, name it in the app's manifest (`uses-native-library`); else "
        "count the run as OpenGL.",
        "tflite/delegates/gpu/delegate.cc, tflite/delegates/gpu/cl/opencl_wrapper.cc",
    ),
    Cause(
        CauseKey.OPENGL_USED,
        "OpenGL ran in OpenCL's place",
        "`Falling back to OpenGL`, `Initialized OpenGL-based API.`, a kernel `LITERT_OPENGL`",
        "The GPU delegate could not use OpenCL and took OpenGL, which is usually slower.",
        "Read the lines before the deciding one for OpenCL's error; else count it as OpenGL.",
        "tflite/delegates/gpu/delegate.cc",
    ),
    Cause(
        CauseKey.NNAPI_REFERENCE,
        "NNAPI's own CPU reference ran",
        "`NNAPI accelerator name: [nnapi-reference]`, or it is the only device in the list",
        "`nnapi-reference` is a slow CPU implementation inside NNAPI, not an accelerator.",
        "Name a vendor's device, or exclude the CPU device.",
        "tflite/tools/delegates/nnapi_delegate_provider.cc",
    ),
    Cause(
        CauseKey.PLUGIN_CPU_BACKEND,
        "the plug-in was told to use its CPU back end",
        "`External delegate options: [backend_type:cpu]`, `[backends:CpuAcc]`",
        "A vendor's plug-in may hold a CPU back end of its own: every node is delegated, and none "
        "leaves the CPU.",
        "Ask the plug-in for its accelerator (`backend_type:htp`, `backends:GpuAcc`).",
        "the plug-in's own options",
    ),
    Cause(
        CauseKey.DRIVER_IDLE,
        "the driver counted no inference",
        "a driver's counter of inferences that reads 0 beside a run that came through",
        "The nodes were handed over, and the hardware saw none of them.",
        "Do not call this accelerated; try a newer driver or another delegate.",
        "the driver's counter, read beside the run",
    ),
    Cause(
        CauseKey.LESSER_PATH,
        "an accelerator, by a lesser path",
        "the finding's own evidence",
        "An accelerator did the work, but not the one, or not the way, that was asked for.",
        "Read the deciding line, and name the path that you ship.",
        "harness/verdict/backend.py",
    ),
)
