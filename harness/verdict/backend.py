"""Which device a delegate really used, as far as its lines show it, and if it is a lesser one."""

from __future__ import annotations

from dataclasses import dataclass

from harness.bench.variant import Accelerator
from harness.parse.model import Event
from harness.parse.patterns import Code
from harness.verdict.failure import as_evidence
from harness.verdict.kernels import kernel_serves
from harness.verdict.model import Evidence, FindingKind, Placement
from harness.verdict.reading import Case
from harness.verdict.replay import read_partitions

_LITERT_BACKENDS = {
    "LITERT_CL": "opencl",
    "LITERT_OPENGL": "opengl",
    "LITERT_WEBGPU": "webgpu",
    "LITERT_METAL": "metal",
    "LITERT_VULKAN": "vulkan",
}
_MAX_NAME = 100
_NNAPI_CPU = "nnapi-reference"
_ARMNN_CPU = frozenset({"cpuacc", "cpuref"})


@dataclass(frozen=True)
class Backend:
    """The device behind the delegate; `lesser` says why it is less than was asked for.

    A path of less is a downgrade. A device in software keeps the placement's headline: nodes are
    where they would be on the real one, and it is the times that say nothing.
    """

    name: str | None
    lesser: str | None = None
    evidence: Evidence | None = None
    kind: FindingKind = FindingKind.DOWNGRADED


def read_backend(case: Case) -> Backend:
    """Read the device axis of a run; it never makes a placement better."""
    if case.requested is Accelerator.GPU:
        return _gpu(case)
    if case.requested is Accelerator.NNAPI:
        return _nnapi(case)
    if case.requested.is_cpu:
        used = case.run.first(Code.XNNPACK_CREATED) is not None
        return Backend("xnnpack" if used or case.requested is Accelerator.XNNPACK else None)
    return _plugin(case)


def _gpu(case: Case) -> Backend:
    run = case.run
    asked = run.parameters.get("gpu backend", "").lower()
    opencl = run.first(Code.OPENCL_INIT)
    opengl = run.first(Code.OPENGL_INIT)
    fallback = run.first(Code.OPENGL_FALLBACK)
    kernels = _kernels(case)
    if opencl is not None or "LITERT_CL" in kernels:
        return Backend("opencl")
    event = fallback or opengl or kernels.get("LITERT_OPENGL")
    if event is not None:
        if asked in ("gl", "opengl"):
            return Backend("opengl")
        return Backend("opengl", "the GPU ran OpenGL, not OpenCL", as_evidence(event))
    started = run.find(Code.LITERT_API_INIT)
    if started:
        return _with_adapter(case, (started[0].values[0] or "").lower())
    named = next((_LITERT_BACKENDS[name] for name in kernels if name in _LITERT_BACKENDS), None)
    if named is None and run.first(Code.METAL_CREATED) is not None:
        named = "metal"
    return Backend(named)


def _with_adapter(case: Case, api: str) -> Backend:
    """Name the adapter of a WebGPU back end. One in software has no GPU under it.

    Nodes are placed as on a GPU, and no line of the delegate differs; Dawn alone knows the kind
    (`wgpu::AdapterType::CPU`, which it prints as "CPU / Software").
    """
    event = case.run.first(Code.LITERT_ADAPTER)
    if event is None:
        return Backend(api)
    adapter, kind = (event.values[0] or "")[:_MAX_NAME], (event.values[1] or "")[:_MAX_NAME]
    name = f"{api} on {adapter} ({kind})"
    if not kind.upper().startswith("CPU"):
        return Backend(name)
    text = f"the adapter is a software one ({adapter}): the CPU computes what a GPU would"
    return Backend(name, text, as_evidence(event), FindingKind.SOFTWARE_DEVICE)


def _kernels(case: Case) -> dict[str, Event]:
    return {
        partition.kernel: partition.event
        for partition in read_partitions(case.run.events)
        if kernel_serves(partition.kernel, case.requested)
    }


def _nnapi(case: Case) -> Backend:
    run = case.run
    name = run.parameters.get("nnapi accelerator name", "")
    devices = run.nnapi_devices
    event = next(
        (
            e
            for e in run.find(Code.PARAMETER, Code.NNAPI_DEVICES)
            if _NNAPI_CPU in (e.values[0] or "")
            or _NNAPI_CPU in "".join(filter(None, e.values[1:2]))
        ),
        None,
    )
    if name == _NNAPI_CPU or (devices is not None and set(devices) == {_NNAPI_CPU}):
        return Backend(
            _NNAPI_CPU,
            "NNAPI's only device for this run is its CPU reference",
            as_evidence(event) if event is not None else None,
        )
    fallback = run.first(Code.NN_CPU_FALLBACK)
    if fallback is not None:
        text = "NNAPI's runtime fell back to its CPU"
        return Backend(name or None, text, as_evidence(fallback))
    return Backend(name or None)


def _plugin(case: Case) -> Backend:
    options = dict(
        pair.split(":", 1)
        for pair in case.run.parameters.get("external delegate options", "").split(";")
        if pair.count(":") == 1
    )
    kernels = _kernels(case)
    name = next(iter(kernels), None)
    wanted = options.get("backend_type", "").strip().lower()
    armnn = {one.strip().lower() for one in options.get("backends", "").split(",") if one.strip()}
    if wanted == "cpu" or (armnn and armnn <= _ARMNN_CPU):
        event = next(
            (
                e
                for e in case.run.find(Code.PARAMETER)
                if (e.values[0] or "").lower() == "external delegate options"
            ),
            None,
        )
        label = f"{name or 'plug-in'} (cpu)"
        text = "the plug-in was told to use its CPU back end"
        return Backend(label, text, as_evidence(event) if event is not None else None)
    if wanted:
        return Backend(f"{name or 'plug-in'} ({wanted})")
    return Backend(name)


def device_is_unknown(case: Case, placement: Placement) -> bool:
    """Whether NNAPI was free to choose its CPU: then a positive placement says nothing.

    Without a device's name and with the CPU allowed, the NNAPI runtime partitions over all devices
    and may fall back in full; no line of TFLite shows it.
    """
    parameters = case.run.parameters
    return (
        case.requested is Accelerator.NNAPI
        and placement in (Placement.FULL, Placement.PARTIAL)
        and parameters.get("disable nnapi cpu") in ("0", "false")
        and not parameters.get("nnapi accelerator name")
    )
