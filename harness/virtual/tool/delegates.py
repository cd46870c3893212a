"""Delegates on a phone: which exist, what they take, what they say. Pure; no time passes here.

The order of events is that of `BenchmarkTfLiteModel::Init`: every delegate is made in the order of
the providers and applied in the order of the flags; the default XNNPACK comes last, unasked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from harness.litert_tool import lines
from harness.litert_tool.flags import Parsed, Value
from harness.virtual.phones.description import Phone
from harness.virtual.tool import operators, tongue
from harness.virtual.tool.caches import ModelCaches
from harness.virtual.tool.graph import Graph, Replacement
from harness.virtual.tool.tongue import Line

GPU_KERNEL = "TfLiteGpuDelegateV2"
NNAPI_KERNEL = "TfLiteNnapiDelegate"
XNNPACK_KERNEL = "TfLiteXNNPackDelegate"
REFERENCE = "nnapi-reference"

_SDK_WITH_DEVICES = 29  # NNAPI 1.2: nnapi_delegate_kernel.h, kMinSdkVersionForNNAPI12
_SDK_WITH_NNAPI = 27


@dataclass
class Applied:
    """What came of the delegates. `failed`: the tool ends here with status 1."""

    lines: list[Line] = field(default_factory=list)
    failed: bool = False
    opengl: bool = False
    on_reference: bool = False


@dataclass
class Applier:
    """Applies the delegates that a command line asks for to one graph, on one phone."""

    phone: Phone
    graph: Graph
    parsed: Parsed
    argv: Sequence[str]
    quantized: Collection[int]
    caches: ModelCaches | None = None
    applied: Applied = field(default_factory=Applied)
    _counted: set[int] = field(default_factory=set)

    @property
    def values(self) -> Mapping[str, Value]:
        """Every flag by name."""
        return self.parsed.values

    def run(self) -> Applied:
        """Apply everything and return what happened."""
        say = self.applied.lines
        signature = self.values["signature_to_run_for"]
        if signature:
            # GetSignatureRunner allocates, and so applies XNNPACK, before any other delegate.
            say.append(tongue.tool(lines.using_signature(str(signature))))
            self._default_xnnpack()
        wanted = self._wanted()
        self._make(wanted)
        if len(wanted) > 1:
            say.append(tongue.tool(lines.going_to_apply(len(wanted))))
        if not wanted and self.values["require_full_delegation"]:
            return self._fail(lines.FALLBACK_DISALLOWED)
        for name in wanted:
            if not getattr(self, f"_apply_{name.lower()}")():
                say.append(tongue.runtime_error(lines.PLAN_RESTORED))
                self.graph.restore()
                return self._fail(lines.apply_failed(name))
            fresh = [node for node in self.graph.plan if node.delegate is not None]
            kernels = {node.id for node in fresh} - self._counted
            self._counted |= kernels
            if self.values["require_full_delegation"] and not (
                len(kernels) == 1 and self.graph.is_whole
            ):
                return self._fail(lines.FALLBACK_DISALLOWED)
            verdict = lines.verdict(name, len(kernels), whole_plan=self.graph.is_whole)
            say.append(tongue.tool(verdict))
        if not signature:
            self._default_xnnpack()
        return self.applied

    def _make(self, wanted: Collection[str]) -> None:
        say = self.applied.lines
        if "XNNPACK" in wanted and self.values["xnnpack_weight_cache_file_path"]:
            say.append(tongue.tool(tongue.WEIGHTS_CACHED))
        for position, name in enumerate(name for name in _MAKING if name in wanted):
            say.append(tongue.runtime(_MADE[name]))
            if position == 0:
                say.append(tongue.tool(lines.delegate_created(name)))

    def _wanted(self) -> list[str]:
        """Return the asked-for delegates in the order of their flags."""
        asked = {
            "XNNPACK": self.values["use_xnnpack"],
            "GPU": self.values["use_gpu"],
            "NNAPI": self.values["use_nnapi"],
        }
        first = {argument.partition("=")[0]: i for i, argument in reversed([*enumerate(self.argv)])}
        return sorted(
            (name for name, value in asked.items() if value is True),
            key=lambda name: first.get(f"--use_{name.lower()}", 0),
        )

    def _fail(self, why: str) -> Applied:
        self.applied.lines.append(tongue.tool_error(why))
        self.applied.failed = True
        return self.applied

    def _replace(self, kernel: str, wanted: Collection[int]) -> Replacement | None:
        done = self.graph.replace(kernel, wanted)
        if done is not None:
            text = lines.replacing(done.nodes, done.total, kernel, done.partitions)
            self.applied.lines.append(tongue.runtime_verbose(text))
        return done

    def _default_xnnpack(self) -> None:
        if "use_xnnpack" in self.parsed.given or self.graph.is_whole:
            return
        self.applied.lines.append(tongue.runtime(lines.XNNPACK_CREATED))
        self._put_on_xnnpack()

    def _apply_xnnpack(self) -> bool:
        if self._put_on_xnnpack() and self.caches is not None:
            self.caches.weights(XNNPACK_KERNEL, self.applied.lines)
        return True

    def _put_on_xnnpack(self) -> bool:
        wanted = {node.id for node in self.graph.plan if node.op in operators.XNNPACK}
        return self._replace(XNNPACK_KERNEL, wanted) is not None

    def _apply_gpu(self) -> bool:
        say = self.applied.lines
        has_opencl = self.phone.model.gpu.opencl is not None
        backend = self.values["gpu_backend"]
        loaded = lines.OPENCL_LOADED if has_opencl else tongue.opencl_not_loaded()
        say.append(tongue.tool(loaded))
        refused = self._gpu_refusals(has_opencl=has_opencl)
        takes = {node.id for node in self.graph.plan} - set(refused)
        islands = sorted(self.graph.islands(takes), key=len, reverse=True)
        # GPU V2 takes one partition unless told otherwise: gpu/delegate.cc.
        most = max(1, int(self.values["max_delegated_partitions"]))
        taken = {node_id for island in islands[:most] for node_id in island}
        total = len(self.graph.plan)
        if refused and total > len(taken):
            reasons = sorted(set(refused.values()))
            say += tongue.runtime_block(
                lines.gpu_unsupported(reasons, len(taken), total - len(taken))
            )
        done = self._replace(GPU_KERNEL, taken)
        started = done is None or self._start_gpu(str(backend), done.nodes, has_opencl=has_opencl)
        if done is not None and not started:
            say.append(tongue.runtime(lines.gpu_kernels(0)))
            say.append(tongue.runtime_error(tongue.GPU_NOT_PREPARED))
            failed = lines.node_failed(done.kernels[0].id, GPU_KERNEL, "prepare")
            say.append(tongue.runtime_error(failed))
            return False
        say.append(tongue.runtime(lines.gpu_kernels(len(done.kernels) if done else 0)))
        return True

    def _gpu_refusals(self, *, has_opencl: bool) -> dict[int, tuple[str, str]]:
        refuses = self.phone.model.simulation.gpu_refuses
        refused: dict[int, tuple[str, str]] = {}
        for node in self.graph.plan:
            if node.op in refuses:
                refused[node.id] = (node.op, refuses[node.op])
            elif node.op not in operators.GPU or (
                node.op in operators.GPU_NEEDS_OPENCL and not has_opencl
            ):
                name = f"DELEGATE {node.op}" if node.delegate else node.op
                refused[node.id] = (name, operators.GPU_UNKNOWN)
        return refused

    def _start_opencl(self, nodes: int) -> bool:
        """Compile or read what was compiled; not to be able to write it counts as a failure."""
        say, caches = self.applied.lines, self.caches
        if caches is not None and caches.look_up(GPU_KERNEL, say) and GPU_KERNEL in caches.hits:
            say.append(tongue.runtime(tongue.OPENCL_FROM_CACHE))
            return True
        if caches is not None and not caches.save(GPU_KERNEL, nodes):
            say.append(tongue.runtime_error(tongue.NOT_SAVED))
            return False
        say.append(tongue.runtime(lines.OPENCL_READY))
        return True

    def _start_gpu(self, backend: str, nodes: int, *, has_opencl: bool) -> bool:
        say = self.applied.lines
        if has_opencl and backend != "gl":
            if self._start_opencl(nodes):
                return True
            if backend != "cl":
                say.append(tongue.runtime_error(lines.OPENGL_FALLBACK))
                say.append(tongue.runtime(lines.OPENGL_READY))
                self.applied.opengl = True
            return backend != "cl"
        if backend == "cl":
            say.append(tongue.runtime_error(tongue.gpu_init_failed(tongue.no_opencl())))
            return False
        if backend != "gl":
            say.append(tongue.runtime_error(tongue.no_opencl()))
            say.append(tongue.runtime_error(lines.OPENGL_FALLBACK))
        say.append(tongue.runtime(lines.OPENGL_READY))
        self.applied.opengl = True
        return True

    def _apply_nnapi(self) -> bool:
        sdk = self.phone.model.sdk
        name = str(self.values["nnapi_accelerator_name"])
        devices = self.phone.model.nnapi.devices
        if name and sdk >= _SDK_WITH_DEVICES and name not in (*devices, REFERENCE):
            text = tongue.no_such_accelerator(name, (*devices, REFERENCE))
            self.applied.lines.append(tongue.runtime_error(text))
            return False
        wanted = self._nnapi_takes(name)
        if not wanted:
            return True  # silently: every early way out of DoPrepare is without a word
        if sdk >= _SDK_WITH_DEVICES:
            self.applied.lines.append(tongue.runtime_warning(tongue.NNAPI_NO_CALLBACKS))
        if self.caches is not None:
            self.caches.look_up(NNAPI_KERNEL, self.applied.lines)
            self.caches.save(NNAPI_KERNEL, len(wanted))
        self.applied.on_reference = name == REFERENCE
        self._replace(NNAPI_KERNEL, wanted)
        return True

    def _nnapi_takes(self, name: str) -> set[int]:
        if self.phone.model.sdk < _SDK_WITH_NNAPI:
            return set()
        known = {node.id for node in self.graph.plan if node.op in operators.NNAPI}
        if name == REFERENCE:
            return known
        if not self.phone.model.nnapi.devices:
            return set()
        match self.phone.model.simulation.nnapi_takes:
            case "all":
                return known
            case "quantized":
                return known & set(self.quantized)
            case "convolutions":
                heavy = operators.NNAPI_CONVOLUTIONS
                return {node.id for node in self.graph.plan if node.op in heavy}
            case _:
                return set()


_MAKING = ("XNNPACK", "GPU", "NNAPI")
_MADE = {
    "XNNPACK": lines.XNNPACK_CREATED,
    "GPU": lines.GPU_CREATED,
    "NNAPI": lines.NNAPI_CREATED,
}
