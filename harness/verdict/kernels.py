"""Names of delegates and what they stand for.

A delegate goes by three names: its provider's (`GPU`, in the tool's own lines), its kernels' (the
registration's custom name, in partition lines and protos) and its flag's.
"""

from __future__ import annotations

from harness.bench.variant import Accelerator

_PROVIDERS = {
    "gpu": Accelerator.GPU,
    "nnapi": Accelerator.NNAPI,
    "hexagon": Accelerator.HEXAGON,
    "xnnpack": Accelerator.XNNPACK,
    "ynnpack": Accelerator.XNNPACK,
    "coreml": Accelerator.COREML,
    "external": Accelerator.EXTERNAL,
    "stable_delegate": Accelerator.STABLE_DELEGATE,
    "stable": Accelerator.STABLE_DELEGATE,
}
_KERNELS = {
    "tflitegpudelegatev2": Accelerator.GPU,
    "tflitegpudelegate": Accelerator.GPU,
    "tflitemetaldelegate": Accelerator.GPU,
    "tflitennapidelegate": Accelerator.NNAPI,
    "tflitexnnpackdelegate": Accelerator.XNNPACK,
    "ynnpackdelegate": Accelerator.XNNPACK,
    "tflitehexagondelegate": Accelerator.HEXAGON,
    "tflitecoremldelegate": Accelerator.COREML,
    "dispatchdelegate": Accelerator.NPU,
    # TensorFlow's own kernels behind a delegate: the CPU, whatever a counter calls it.
    "tfliteflexdelegate": Accelerator.CPU,
    "flexdelegate": Accelerator.CPU,
}
_LITERT_GPU = "litert_"  # LITERT_CL, LITERT_OPENGL, LITERT_WEBGPU, LITERT_METAL, LITERT_VULKAN
_PLUGINS = frozenset({Accelerator.EXTERNAL, Accelerator.STABLE_DELEGATE, Accelerator.NPU})

# Opaque delegates hold their parameters in a layout that the tool's dumps misread
# (tflite/core/c/common.h against tflite/profiling/model_runtime_info.cc).
_OPAQUE = frozenset({Accelerator.STABLE_DELEGATE, Accelerator.NPU})


def provider_accelerator(name: str) -> Accelerator | None:
    """Return what a provider's name in the tool's own lines stands for."""
    return _PROVIDERS.get(name.lower())


def kernel_accelerator(name: str) -> Accelerator:
    """Return what a kernel's name stands for; a name that TensorFlow does not know is a plug-in."""
    folded = name.strip().lower()
    if folded.startswith(_LITERT_GPU):
        return Accelerator.GPU
    if (known := _KERNELS.get(folded)) is not None:
        return known
    short = folded.removeprefix("tflite").removesuffix("delegate").strip()
    return _PROVIDERS.get(short, Accelerator.EXTERNAL if short != "flex" else Accelerator.CPU)


def kernel_serves(name: str, requested: Accelerator) -> bool:
    """Whether nodes of this kernel count for the request; plug-ins are asked for by three names.

    XNNPACK and Flex serve nobody who did not ask for them.
    """
    accelerator = kernel_accelerator(name)
    if accelerator is Accelerator.EXTERNAL:
        return requested in _PLUGINS
    return accelerator is requested


def provider_serves(name: str, requested: Accelerator) -> bool:
    """Whether the tool's line about this provider is about the request."""
    accelerator = provider_accelerator(name)
    if accelerator in (Accelerator.EXTERNAL, Accelerator.STABLE_DELEGATE):
        return requested in _PLUGINS
    return accelerator is requested


def is_opaque(name: str, requested: Accelerator) -> bool:
    """Whether a dump's account of this kernel needs the model's own node count to be believed."""
    return name.lower().startswith(_LITERT_GPU) or name in ("", "unknown") or requested in _OPAQUE
