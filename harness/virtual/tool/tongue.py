"""Lines that only a phone's build of the tool prints; the others are in `litert_tool.lines`.

A line belongs to a stream: the tool itself writes to stdout and its errors to stderr, the runtime
and the delegates write to stderr (`tools/logging.h`, `minimal_logging_android.cc`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from harness.litert_tool import lines

Stream = Literal["out", "err"]

RUNTIME_READY = "Initialized TensorFlow Lite runtime."
# nnapi_delegate.cc; printed by every stock phone where devices are chosen.
NNAPI_NO_CALLBACKS = (
    "NNAPI SL driver did not implement SL_ANeuralNetworksDiagnostic_registerCallbacks!"
)
NO_ALLOCATION = "The model allocation is null/empty"
NOT_ALLOCATED = "Failed to allocate tensors!"
NO_FLATBUFFER = "The model is not a valid Flatbuffer buffer"
DLOPEN_FAILED = 'dlopen failed: library "libOpenCL.so" not found'
STALE_WEIGHTS = "Cache file is stale. Setting stale flag."
NOT_SAVED = "Failed to save serialized data"
WEIGHTS_CACHED = "XNNPack file-backed weight cache enabled."
OPENCL_FROM_CACHE = "Initialized OpenCL-based API from serialized data."
GPU_NOT_PREPARED = "TfLiteGpuDelegate Prepare: delegate is not initialized"


class Line(NamedTuple):
    """One line of output; `text` has its level and no line break."""

    stream: Stream
    text: str


def tool(text: str) -> Line:
    """Return an ordinary line of the tool."""
    return Line("out", lines.info(text))


def tool_warning(text: str) -> Line:
    """Return a warning of the tool."""
    return Line("out", lines.warn(text))


def tool_error(text: str) -> Line:
    """Return an error of the tool."""
    return Line("err", lines.error(text))


def runtime(text: str) -> Line:
    """Return an ordinary line of the runtime."""
    return Line("err", lines.info(text))


def runtime_warning(text: str) -> Line:
    """Return a warning of the runtime."""
    return Line("err", lines.warning(text))


def runtime_error(text: str) -> Line:
    """Return an error of the runtime."""
    return Line("err", lines.error(text))


def runtime_verbose(text: str) -> Line:
    """Return a line that only Android's runtime prints."""
    return Line("err", lines.verbose(text))


def runtime_block(texts: Sequence[str]) -> list[Line]:
    """Return one error message of several lines: the level stands before the first."""
    first, *rest = texts
    return [runtime_error(first), *(Line("err", text) for text in rest)]


def simulated(serial: str) -> str:
    """Say what this output is; the tool prints it in every run."""
    return f"SIMULATED by harness virtual phone {serial}"


def not_opened(path: str) -> str:
    """Say that the model cannot be opened; tflite/mmap_allocation.cc."""
    return f"Could not open '{path}'."


def not_cached(path: str) -> str:
    """Say that nothing was serialized before; tflite/delegates/serialization.cc."""
    return f"File {path} couldn't be opened for reading: No such file or directory"


def cached(token: str, size: int, path: str) -> str:
    """Say that serialized data was found; tflite/delegates/serialization.cc."""
    return f"Found serialized data for model {token} ({size} B) at {path}"


def no_such_accelerator(name: str, known: Sequence[str]) -> str:
    """Refuse an NNAPI device that the phone lacks; nnapi_delegate.cc."""
    return (
        f"Could not find the specified NNAPI accelerator: {name}. "
        f"Must be one of: {{{','.join(known)}}}."
    )


def opencl_not_loaded() -> str:
    """Say that dlopen found no OpenCL; opencl_wrapper.cc."""
    return f"Failed to load OpenCL library with dlopen: {DLOPEN_FAILED}. Trying ICD loader."


def no_opencl() -> str:
    """Say why OpenCL is not used; opencl_wrapper.cc."""
    return f"Can not open OpenCL library on this device - {DLOPEN_FAILED}"


def gpu_init_failed(why: str) -> str:
    """Say that no back end of the GPU delegate came up; gpu/delegate.cc."""
    return f"TfLiteGpuDelegate Init: {why}"


def wrong_name(index: int, is_named: str, called: str) -> str:
    """Say that a flag calls an input otherwise than the model does."""
    return f"Tensor # {index} is named {is_named} but flags call it {called}"


def wrong_rank(index: int, rank: int) -> str:
    """Refuse a shape; benchmark_tflite_model.cc."""
    return f"Input tensor #{index} should have {rank} dimensions!"


def no_value_file(path: str) -> str:
    """Refuse a value file that cannot be read; benchmark_tflite_model.cc, LoadInputTensorData."""
    return f"Failed to read the input_layer_value_file:{path}"


def wrong_value_file(path: str, size: int, needed: int) -> str:
    """Refuse a value file of another size; benchmark_tflite_model.cc, LoadInputTensorData."""
    return f"The size of {path} is {size} bytes. It should be {needed} bytes."
