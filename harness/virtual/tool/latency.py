"""The made-up part: how long a graph takes on a phone, and how that wavers.

A run is the sum of its plan's nodes: work over speed, memory traffic over bandwidth, a fixed cost
for each node and for each trip to an accelerator. Between processes all times move together, within
one they scatter with a heavy tail, and a hot phone is slower. Figures are of the right order only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.virtual.phones.description import Simulation
from harness.virtual.phones.state import PhoneState
from harness.virtual.tool.delegates import GPU_KERNEL, NNAPI_KERNEL
from harness.virtual.tool.graph import Node

_CPU_BYTES_PER_US = 14_000.0
_GPU_BYTES_PER_US = 18_000.0
_PLAIN_NODE_US = 0.9
_XNNPACK_NODE_US = 0.4
_GPU_NODE_US = 1.2
_FP32_GPU_SHARE = 0.55  # of the fp16 speed
_OPENGL_SHARE = 0.5  # of OpenCL's speed; a call costs twice as much
_REFERENCE_TIMES = 4.5  # nnapi-reference against one CPU thread: 153.9 to 34.0 ms on a Pixel 8
_WAITING_FOR_GPU = 0.12
_WAITING_FOR_NPU = 0.06
_BETWEEN_PROCESSES = 0.012
_WITHIN_PROCESS = 0.02
_TAIL_SHARE = 0.015
_TAIL_TIMES = 1.6
_FIRST_TIMES = 1.9
SECRET_THREADS = 4  # of a driver that computes on the CPU: it has a pool of its own
_BLOCK = 256
_CROWDED = 0.7  # what is left when more threads than cores wait for each other


@dataclass(frozen=True)
class Cost:
    """The work of one of the model's nodes."""

    flops: float
    bytes: float


@dataclass(frozen=True)
class Placement:
    """How the delegates of a run work: CPU threads, GPU precision and back end, NNAPI's device.

    `cpu_share` is the worth of the cores that it is bound to, 1 for the phone's best;
    `most_threads` is their number: more threads than that take turns, which costs.
    """

    threads: int = 1
    gpu_fp16: bool = True
    opengl: bool = False
    on_reference: bool = False
    cpu_share: float = 1.0
    most_threads: int = 1024


@dataclass(frozen=True)
class Phase:
    """One series of invocations: latencies in us, and the phone's seconds it took."""

    samples_us: np.ndarray
    seconds: float


def plan_us(
    plan: Sequence[Node], costs: Sequence[Cost], simulation: Simulation, placement: Placement
) -> float:
    """Return the time of one invocation on a cool phone, in us."""
    return sum(_node_us(node, costs, simulation, placement) for node in plan)


@dataclass(frozen=True)
class Occupancy:
    """Who is at work during an invocation, as shares of its time; CPU threads add up."""

    cpu_threads: float
    gpu: float
    npu_calls: int


def occupancy(
    plan: Sequence[Node], costs: Sequence[Cost], simulation: Simulation, placement: Placement
) -> Occupancy:
    """Return how busy an invocation keeps the CPU and the accelerators."""
    times = [_node_us(node, costs, simulation, placement) for node in plan]
    total = sum(times) or 1.0
    cpu = sum(
        us * _busy_threads(node, simulation, placement)
        for node, us in zip(plan, times, strict=True)
    )
    gpu = sum(us for node, us in zip(plan, times, strict=True) if node.delegate == GPU_KERNEL)
    calls = sum(node.delegate == NNAPI_KERNEL for node in plan)
    return Occupancy(cpu / total, gpu / total, 0 if placement.on_reference else calls)


def _busy_threads(node: Node, simulation: Simulation, placement: Placement) -> float:
    """Return the threads that a node keeps busy; who waits for a driver sleeps most of the time."""
    if is_secret(node, simulation):
        return float(SECRET_THREADS)
    if node.delegate == GPU_KERNEL:
        return _WAITING_FOR_GPU
    if node.delegate == NNAPI_KERNEL:
        return 1.0 if placement.on_reference else _WAITING_FOR_NPU
    return float(placement.threads)


def speed_up(threads: int) -> float:
    """Return what threads bring: four big cores do, eight with little ones among them do less."""
    wanted = max(1, threads)
    return float(np.interp(wanted, (1, 2, 4, 8, 16), (1.0, 1.7, 2.5, 2.0, 1.5)))


def _width(placement: Placement) -> float:
    """Return how many of the phone's best cores the CPU threads of a run are worth."""
    crowded = placement.threads > placement.most_threads
    width = speed_up(min(placement.threads, placement.most_threads)) * placement.cpu_share
    return width * (_CROWDED if crowded else 1.0)


def _node_us(
    node: Node, costs: Sequence[Cost], simulation: Simulation, placement: Placement
) -> float:
    ids = node.replaced or (node.id,)
    flops = sum(costs[i].flops for i in ids)
    traffic = sum(costs[i].bytes for i in ids)
    if is_secret(node, simulation):
        return _xnnpack_us(flops, traffic, len(ids), simulation, Placement(SECRET_THREADS))
    match node.delegate:
        case "TfLiteGpuDelegateV2":
            share = (1.0 if placement.gpu_fp16 else _FP32_GPU_SHARE) * (
                _OPENGL_SHARE if placement.opengl else 1.0
            )
            call = simulation.gpu_call_us * (2.0 if placement.opengl else 1.0)
            work = flops / (simulation.gpu_gflops * share * 1e3)
            return call + work + traffic / _GPU_BYTES_PER_US + _GPU_NODE_US * len(ids)
        case "TfLiteNnapiDelegate" if placement.on_reference:
            return _REFERENCE_TIMES * flops / (simulation.builtin_gflops * 1e3)
        case "TfLiteNnapiDelegate":
            return simulation.npu_call_us + flops / (max(simulation.npu_gflops, 1.0) * 1e3)
        case "TfLiteXNNPackDelegate":
            return _xnnpack_us(flops, traffic, len(ids), simulation, placement)
        case _:
            gflops = simulation.builtin_gflops * _width(placement)
            return flops / (gflops * 1e3) + traffic / _CPU_BYTES_PER_US + _PLAIN_NODE_US


def is_secret(node: Node, simulation: Simulation) -> bool:
    """Whether a node's driver computes on the CPU without a word."""
    names = {"TfLiteGpuDelegateV2": "gpu", "TfLiteNnapiDelegate": "nnapi"}
    return names.get(node.delegate or "") in simulation.secret_cpu


def _xnnpack_us(
    flops: float, traffic: float, nodes: int, simulation: Simulation, placement: Placement
) -> float:
    gflops = simulation.cpu_gflops * _width(placement)
    return flops / (gflops * 1e3) + traffic / _CPU_BYTES_PER_US + _XNNPACK_NODE_US * nodes


@dataclass
class Stopwatch:
    """Draws the invocations of one process on one phone."""

    state: PhoneState
    random: np.random.Generator
    base_us: float
    _process: float = 1.0
    _first: bool = True

    def __post_init__(self) -> None:
        self._process = float(np.exp(self.random.normal(0.0, _BETWEEN_PROCESSES)))

    def phase(self, *, runs: int, min_s: float, max_s: float) -> Phase:
        """Invoke as `BenchmarkModel::Run` does: until `runs` and `min_s` are over, or `max_s` is.

        See tflite/tools/benchmark/benchmark_model.cc.
        """
        blocks: list[np.ndarray] = []
        count, spent = 0, 0.0
        while (count < runs or spent < min_s) and spent <= max_s:
            block = self._block()
            ends = spent + np.cumsum(block) * 1e-6
            begins = np.concatenate(([spent], ends[:-1]))
            order = np.arange(count, count + len(block))
            going = ((order < runs) | (begins < min_s)) & (begins <= max_s)
            taken = len(block) if going.all() else int(np.argmin(going))
            blocks.append(block[:taken])
            count += taken
            gone = float(block[:taken].sum()) * 1e-6
            spent += gone
            self.state.work(gone)
            if taken < len(block):
                break
        samples = np.concatenate(blocks) if blocks else np.empty(0)
        return Phase(np.floor(samples).astype(np.int64), spent)

    def _block(self) -> np.ndarray:
        centre = self.base_us * self._process / self.state.pace
        scatter = np.exp(self.random.normal(0.0, _WITHIN_PROCESS, _BLOCK))
        tail = self.random.random(_BLOCK) < _TAIL_SHARE
        scatter[tail] *= 1.0 + self.random.random(int(tail.sum())) * (_TAIL_TIMES - 1.0)
        if self._first:
            scatter[0] *= _FIRST_TIMES
            self._first = False
        return centre * scatter
