"""Variants: a named accelerator with options, which resolves to flags and to an expectation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from harness.device.cores import CoreClass


class Accelerator(StrEnum):
    """What was asked for."""

    CPU = "cpu"
    XNNPACK = "xnnpack"
    GPU = "gpu"
    NNAPI = "nnapi"
    NPU = "npu"
    HEXAGON = "hexagon"
    EXTERNAL = "external"
    STABLE_DELEGATE = "stable_delegate"
    COREML = "coreml"

    @property
    def is_cpu(self) -> bool:
        """Whether the request is for the CPU, so that there is nothing to fall back from."""
        return self in (Accelerator.CPU, Accelerator.XNNPACK)


class Dialect(StrEnum):
    """Which `benchmark_model` a tool is: they share a name, not flags or lines."""

    INTERPRETER = "interpreter"
    COMPILED_MODEL = "compiled-model"


@dataclass(frozen=True)
class Variant:
    """One way to run a model: `flags` are tool flags without dashes, in order, with text values.

    `expanded_from` names the variant that became this one on a phone that lists its accelerators,
    or under a class of cores. `cores` is the class that it is bound to; None leaves that open.
    """

    name: str
    accelerator: Accelerator
    flags: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    push: tuple[str, ...] = ()
    dialect: Dialect = Dialect.INTERPRETER
    description: str = ""
    expanded_from: str | None = None
    cores: CoreClass | None = None

    def on_cores(self, cores: CoreClass) -> Variant:
        """Return the variant bound to a class of cores, under a name of its own.

        Times of bound and free threads are two series. ALL binds nothing and renames nothing.
        """
        if cores is CoreClass.ALL:
            return replace(self, cores=cores)
        base = self.expanded_from or self.name
        return replace(self, name=f"{self.name}-{cores}", cores=cores, expanded_from=base)

    @property
    def threads(self) -> int | None:
        """How many CPU threads it asks for; None where it leaves that to the tool."""
        asked = self.flags.get("num_threads", "")
        return int(asked) if asked.isascii() and asked.isdigit() else None

    @property
    def expands(self) -> bool:
        """Whether it becomes one variant per accelerator of the phone: NNAPI without a name."""
        named = "nnapi_accelerator_name" in self.flags
        return self.accelerator is Accelerator.NNAPI and not named

    @property
    def is_baseline_candidate(self) -> bool:
        """Whether this is a CPU variant that speed-ups may be measured against."""
        return self.accelerator is Accelerator.CPU


def _variant(name: str, accelerator: Accelerator, description: str, **flags: str) -> Variant:
    return Variant(name=name, accelerator=accelerator, flags=flags, description=description)


BUILT_IN: Mapping[str, Variant] = {
    v.name: v
    for v in (
        _variant("cpu-1t", Accelerator.CPU, "CPU, XNNPACK by default, 1 thread", num_threads="1"),
        _variant("cpu-4t", Accelerator.CPU, "CPU, XNNPACK by default, 4 threads", num_threads="4"),
        _variant(
            "cpu-noxnn",
            Accelerator.CPU,
            "CPU, the interpreter's own kernels, 4 threads",
            num_threads="4",
            use_xnnpack="false",
        ),
        Variant(
            "cpu-compiled",
            Accelerator.CPU,
            {"use_cpu": "true", "num_threads": "4"},
            dialect=Dialect.COMPILED_MODEL,
            description="CPU through LiteRT's CompiledModel, 4 threads",
        ),
        _variant("gpu", Accelerator.GPU, "GPU delegate as it comes (fp16 allowed)", use_gpu="true"),
        _variant(
            "gpu-fp32",
            Accelerator.GPU,
            "GPU delegate, fp32 only",
            use_gpu="true",
            gpu_precision_loss_allowed="false",
        ),
        _variant(
            "gpu-opengl",
            Accelerator.GPU,
            "GPU delegate, OpenGL back end",
            use_gpu="true",
            gpu_backend="gl",
        ),
        _variant("nnapi", Accelerator.NNAPI, "NNAPI, CPU device excluded", use_nnapi="true"),
        Variant(
            "npu",
            Accelerator.NPU,
            {"use_npu": "true"},
            dialect=Dialect.COMPILED_MODEL,
            description="NPU through LiteRT's CompiledModel, CPU allowed",
        ),
    )
}

DEFAULT_NAMES = ("cpu-1t", "cpu-4t", "cpu-noxnn", "gpu", "gpu-fp32", "gpu-opengl", "nnapi", "npu")
