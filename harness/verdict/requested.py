"""What was asked for, as far as the output of a run shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from harness.bench.variant import Accelerator, Dialect
from harness.parse.model import Event, ToolRun
from harness.parse.patterns import Code
from harness.verdict.kernels import kernel_accelerator, provider_accelerator

_FLAGS = {
    "use_gpu": Accelerator.GPU,
    "use_nnapi": Accelerator.NNAPI,
    "use_npu": Accelerator.NPU,
    "use_hexagon": Accelerator.HEXAGON,
    "use_coreml": Accelerator.COREML,
    "use_xnnpack": Accelerator.XNNPACK,
    "external_delegate_path": Accelerator.EXTERNAL,
    "stable_delegate_settings_file": Accelerator.STABLE_DELEGATE,
}
LABELS = {
    "use gpu": Accelerator.GPU,
    "use nnapi": Accelerator.NNAPI,
    "use npu": Accelerator.NPU,
    "use hexagon": Accelerator.HEXAGON,
    "use coreml": Accelerator.COREML,
    "use xnnpack": Accelerator.XNNPACK,
    "external delegate path": Accelerator.EXTERNAL,
    "delegate settings file path": Accelerator.STABLE_DELEGATE,
}
"""Labels under which the tool echoes the flags that ask for an accelerator, in lower case."""

# LiteRT tries the NPU before the GPU (litert/runtime/compiled_model.cc); XNNPACK gets what is left.
_ORDER = (
    Accelerator.NPU,
    Accelerator.GPU,
    Accelerator.NNAPI,
    Accelerator.HEXAGON,
    Accelerator.EXTERNAL,
    Accelerator.STABLE_DELEGATE,
    Accelerator.COREML,
    Accelerator.XNNPACK,
    Accelerator.CPU,
)
_FLAG = re.compile(r"(?:^|[\s'\"])--?([\w-]{1,64})(?:=([^\s'\"]*)|\s+(false|0)(?=[\s'\"]|$))?")
_OFF = frozenset({"", "0", "false"})

_GPU_LINES = frozenset(
    {
        Code.GPU_CREATED,
        Code.METAL_CREATED,
        Code.OPENCL_LOADED,
        Code.OPENCL_INIT,
        Code.OPENGL_INIT,
        Code.OPENGL_FALLBACK,
        Code.GPU_KERNELS,
        Code.UNSUPPORTED,
        Code.GPU_SPLIT,
    }
)
_PROVIDER_LINES = frozenset(
    {
        Code.PROVIDER_CREATED,
        Code.TOOL_VERDICT,
        Code.TOOL_VERDICT_NONE,
        Code.LABEL_APPLIED,
        Code.APPLY_FAILED,
        Code.NOT_CREATED,
    }
)


def requested_accelerators(run: ToolRun) -> tuple[Accelerator, ...]:
    """Return what was asked for in a fixed order; empty where the text does not show it.

    Flags speak first: echoed, unconsumed, or on a command line. Without any, the delegates that
    appear do. A run that shows its parameters and asks for nothing asks for the CPU.
    """
    asked = _in_order(
        [*_echoed(run), *_from_flags(_with_values(run.unconsumed)), *_from_commands(run)]
    )
    if asked:
        return asked
    asked = _in_order(_from_delegates(run))
    if asked:
        return asked
    return (Accelerator.CPU,) if _shows_a_cpu_run(run) else ()


def is_on(value: str) -> bool:
    """Whether an echoed value switches its flag on."""
    return value.strip().lower() not in _OFF


def flag_accelerator(flag: str) -> Accelerator | None:
    """Return what a flag (`--use_gpu=true`) asks for; None for any other flag.

    What a person meant counts, not what the tool understands: `--use_GPU`, `--use-gpu` and
    `--use_gpu true` ask for the GPU, and the tool takes none of them. `--use_xnnpack` without a
    value asks for nothing: the tool drops it, and XNNPACK is the default.
    """
    match = _FLAG.match(flag)
    if match is None or match[3] is not None:
        return None
    accelerator = _FLAGS.get(_flag_name(match))
    if match[2] is None:
        return None if accelerator is Accelerator.XNNPACK else accelerator
    return accelerator if is_on(match[2]) else None


def ignored_flags(run: ToolRun) -> tuple[str, ...]:
    """Return the unconsumed flags that were not honoured all the same.

    Some builds list a flag as unconsumed and echo its value: that one was taken.
    """
    return tuple(flag for flag in _with_values(run.unconsumed) if not _is_echoed(run, flag))


def _with_values(words: Iterable[str]) -> Iterator[str]:
    """Put flags and the values that stand after a blank together: the tool takes neither."""
    flag = ""
    for word in words:
        if word.startswith("-"):
            if flag:
                yield flag
            flag = word
        elif flag:
            flag = f"{flag} {word}"
    if flag:
        yield flag


def _flag_name(match: re.Match[str]) -> str:
    return match[1].lower().replace("-", "_")


def dropped_options(run: ToolRun) -> Event | None:
    """Return the echo of a plug-in's options of which the tool drops one, silently.

    Its help says that commas split them; the code splits at `;`, and drops what has not exactly
    one colon (tflite/tools/delegates/external_delegate_provider.cc).
    """
    for event in run.find(Code.PARAMETER):
        if (event.values[0] or "").lower() == "external delegate options":
            items = (item for item in (event.values[1] or "").split(";") if item.strip())
            if any(item.count(":") != 1 for item in items):
                return event
    return None


def _is_echoed(run: ToolRun, flag: str) -> bool:
    match = _FLAG.match(flag)
    if match is None or match[2] is None:
        return False
    accelerator = _FLAGS.get(_flag_name(match))
    for label, value in run.parameters.items():
        if label == match[1].replace("_", " ") or (
            accelerator and LABELS.get(label) == accelerator
        ):
            return value == match[2] or (
                accelerator is not None and is_on(value) and is_on(match[2])
            )
    return False


def _in_order(accelerators: Iterable[Accelerator]) -> tuple[Accelerator, ...]:
    return tuple(sorted(set(accelerators), key=_ORDER.index))


def _echoed(run: ToolRun) -> Iterator[Accelerator]:
    for label, value in run.parameters.items():
        if label in LABELS and is_on(value):
            yield LABELS[label]
    for event in run.find(Code.LITERT_ACCELERATORS):
        for word in (event.values[0] or "").lower().split("|"):
            name = word.strip()
            if name in ("gpu", "npu"):
                yield Accelerator(name)


def _from_flags(flags: Iterable[str]) -> Iterator[Accelerator]:
    for flag in flags:
        accelerator = flag_accelerator(flag)
        if accelerator is not None:
            yield accelerator


def _from_commands(run: ToolRun) -> Iterator[Accelerator]:
    for command in run.commands:
        yield from _from_flags(match[0].strip(" \t'\"") for match in _FLAG.finditer(command))


def _from_delegates(run: ToolRun) -> Iterator[Accelerator]:
    for event in run.events:
        accelerator = _shown_by(event)
        if accelerator is not None and accelerator is not Accelerator.CPU:
            yield accelerator
    for row in run.profile:
        accelerator = kernel_accelerator(row.node_type)
        if accelerator in (Accelerator.GPU, Accelerator.NNAPI, Accelerator.HEXAGON):
            yield accelerator


def _shown_by(event: Event) -> Accelerator | None:
    name = event.values[0] or "" if event.values else ""
    if event.code in _GPU_LINES:
        return Accelerator.GPU
    if event.code in _PROVIDER_LINES:
        return provider_accelerator(name)
    if event.code in (Code.NNAPI_CREATED, Code.NN_ERROR, Code.NN_NO_DEVICE):
        return Accelerator.NNAPI
    if event.code is Code.PLUGIN_LEFT_OP:
        return Accelerator.EXTERNAL
    if event.code is Code.PLUGIN_CREATED:
        return Accelerator.EXTERNAL if name == "ArmNN" else Accelerator.STABLE_DELEGATE
    if event.code is Code.LITERT_PARTITIONED:
        return Accelerator.NPU
    if event.code is Code.LITERT_API_INIT:
        return Accelerator.GPU
    if event.code in (Code.REPLACING, Code.DELEGATED_COUNT):
        kernel = event.values[2 if event.code is Code.REPLACING else 0] or ""
        accelerator = kernel_accelerator(kernel)
        # XNNPACK comes without being asked for: its partition line is no request.
        return None if accelerator is Accelerator.XNNPACK else accelerator
    return None


def _shows_a_cpu_run(run: ToolRun) -> bool:
    codes = {event.code for event in run.events}
    if run.commands or Code.LITERT_ACCELERATORS in codes:
        return True
    if run.dialect is Dialect.INTERPRETER and (
        Code.LOG_PARAMS in codes or "graph" in run.parameters
    ):
        return True
    # LiteRT's tool does not echo its accelerators. Nodes on XNNPACK and no trace of anything
    # else are a CPU run, unless an accelerator could not be loaded.
    return Code.REPLACING in codes and not codes & {Code.GPU_UNREGISTERED, Code.NPU_UNREGISTERED}
