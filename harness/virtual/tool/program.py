"""The simulated tool as a program of a virtual phone: one launch from flags to exit status."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from harness.errors import ModelError
from harness.litert_tool import flags, lines
from harness.virtual.machine import Recogniser
from harness.virtual.phones import tracing
from harness.virtual.phones.accounts import tombstone
from harness.virtual.phones.kernel import capacity
from harness.virtual.phones.state import PhoneState
from harness.virtual.shell.context import ProcessContext, Program
from harness.virtual.shell.procfs import allowed, cpus_of
from harness.virtual.tool import tongue
from harness.virtual.tool.build import FLAGS
from harness.virtual.tool.bundle import is_simulated_tool
from harness.virtual.tool.caches import ModelCaches
from harness.virtual.tool.delegates import (
    GPU_KERNEL,
    NNAPI_KERNEL,
    REFERENCE,
    XNNPACK_KERNEL,
    Applied,
    Applier,
)
from harness.virtual.tool.feeds import BadInputError, read_feeds
from harness.virtual.tool.latency import Occupancy, Phase, Placement, Stopwatch, occupancy, plan_us
from harness.virtual.tool.model import BUILTIN_CODES, LoadedModel, load_model
from harness.virtual.tool.outputs import Feed, HostFailure, Rounding, invoke, rounded
from harness.virtual.tool.runtime_info import runtime_info
from harness.virtual.tool.tongue import Line

_CACHED_SHARE = 0.09  # of the time to compile: 126 of 1445 ms with OpenCL by PoCL
_HARD = 2.0  # so many threads, a working GPU counted in, are all that a phone gives
_OWN_MIB = 6.0  # of the program itself
_FAILED = 1
_ABORTED = 134
_SEGMENTATION_FAULT = 139


def recogniser(state: PhoneState) -> Recogniser:
    """Return what makes a phone run the simulation where it finds the marked file."""

    async def run(ctx: ProcessContext) -> int:
        return await Launch(ctx, state).run()

    def recognise(head: bytes) -> Program | None:
        return run if is_simulated_tool(head) else None

    return recognise


class _Ended(Exception):  # noqa: N818 (it ends a launch and is no error of ours)
    def __init__(self, status: int, *last: Line) -> None:
        super().__init__(status)
        self.status = status
        self.last = last


@dataclass
class Launch:
    """One process of the tool."""

    ctx: ProcessContext
    state: PhoneState

    async def run(self) -> int:
        """Run to the end and return the exit status."""
        try:
            await self._benchmark()
        except _Ended as end:
            await self._say(end.last)
            if end.status == _FAILED:
                await self._say([tongue.tool_error(lines.FAILED)])
            return end.status
        return 0

    async def _benchmark(self) -> None:
        random = self.state.launch()
        await self._say([tongue.tool(lines.STARTING)])
        await self._say([tongue.tool(tongue.simulated(self.state.phone.serial))])
        parsed = flags.parse(self.ctx.args, FLAGS)
        await self._greet(parsed)
        model = self._load(str(parsed.values["graph"]))
        await self._say([tongue.tool(lines.loaded_model(str(parsed.values["graph"])))])
        await self._say([tongue.runtime(tongue.RUNTIME_READY)])
        feeds = await self._feeds(model, parsed)
        applier = Applier(
            self.state.phone,
            model.graph(),
            parsed,
            self.ctx.args,
            model.quantized_nodes,
            ModelCaches(parsed.values, model.data, self._read_file, self._write_file),
        )
        applied = applier.run()
        await self._say(applied.lines)
        if applied.failed:
            raise _Ended(_FAILED)
        if "gpu" in self.state.simulation.crashes and GPU_KERNEL in _kernels(applier):
            raise self._crash()
        outputs = await self._invoke(model, feeds, applier, random)
        await self._measure(model, applier, random)
        await self._export(applier, outputs, random)

    async def _greet(self, parsed: flags.Parsed) -> None:
        """Do what comes before the model is touched."""
        for name, argument in parsed.errors:
            await self._say([tongue.tool_error(lines.bad_flag(name, argument))])
        if parsed.wants_usage:
            usage = flags.usage(self.ctx.name, FLAGS)
            raise _Ended(_FAILED, *_split(lines.error(usage)))
        if parsed.unconsumed:
            await self._say([tongue.tool_warning(lines.unconsumed(parsed.unconsumed))])
        if not parsed.values["graph"]:
            raise _Ended(_FAILED, tongue.tool_error(lines.NO_GRAPH))
        model = self.state.phone.model
        listed = model.sdk >= 29  # noqa: PLR2004 (NNAPI 1.2, the first that lists its devices)
        devices = ",".join((*model.nnapi.devices, REFERENCE)) if listed else ""
        echo = flags.echo(parsed, FLAGS, nnapi_devices=devices)
        await self._say(tongue.tool(text) for text in echo)

    def _load(self, graph: str) -> LoadedModel:
        failed = tongue.tool_error(lines.load_failed(graph))
        try:
            place = self.ctx.fs.resolve(self.ctx.path(graph))
            if place.host is None or not self.ctx.fs.exists(place.path):
                raise FileNotFoundError(graph)
            return load_model(place.host)
        except OSError:
            nothing = tongue.runtime_error(tongue.NO_ALLOCATION)
            gone = tongue.runtime_error(tongue.not_opened(graph))
            raise _Ended(_FAILED, gone, nothing, failed) from None
        except ModelError:
            raise _Ended(_FAILED, tongue.runtime_error(tongue.NO_FLATBUFFER), failed) from None

    async def _feeds(self, model: LoadedModel, parsed: flags.Parsed) -> tuple[Feed, ...]:
        keys = model.signatures
        asked = str(parsed.values["signature_to_run_for"])
        if (asked and asked not in keys) or (not asked and len(keys) > 1):
            texts = lines.choose_signature(keys)
            raise _Ended(_FAILED, *(tongue.tool_error(text) for text in texts))
        try:
            feeds, warnings = read_feeds(model, parsed.values, self._read_file)
        except BadInputError as bad:
            line = tongue.tool_error(bad.text)
            if bad.fatal:
                raise _Ended(_ABORTED, Line("err", f"FATAL: {bad.text}")) from None
            raise _Ended(_FAILED, line) from None
        await self._say(tongue.tool_warning(text) for text in warnings)
        return feeds

    def _read_file(self, path: str) -> bytes | None:
        try:
            return self.ctx.fs.read(self.ctx.path(path))
        except OSError:
            return None

    def _write_file(self, path: str, data: bytes) -> bool:
        try:
            self.ctx.fs.write(self.ctx.path(path), data)
        except OSError:
            return False
        return True

    async def _invoke(
        self,
        model: LoadedModel,
        feeds: tuple[Feed, ...],
        applier: Applier,
        random: np.random.Generator,
    ) -> list[np.ndarray]:
        """Let LiteRT compute the outputs, if they are wanted: once, or as often as state asks."""
        parsed = applier.parsed
        if not parsed.values["output_filepath"]:
            return []
        xnnpack = parsed.values["use_xnnpack"] is True or "use_xnnpack" not in parsed.given
        times = int(parsed.values["warmup_runs"]) + int(parsed.values["num_runs"])
        stale = _rounding(applier, self.state) is Rounding.STALE
        try:
            return await asyncio.to_thread(
                invoke,
                model.data,
                feeds,
                xnnpack=xnnpack,
                random=random,
                times=times if model.keeps_state else 1,
                stale=stale,
            )
        except HostFailure as failure:
            why = str(failure).splitlines()[0]
            raise _Ended(_FAILED, tongue.runtime_error(why), _ALLOCATION_FAILED) from None

    async def _measure(
        self, model: LoadedModel, applier: Applier, random: np.random.Generator
    ) -> None:
        values = applier.values
        simulation = self.state.simulation
        placement = _placement(applier, applier.applied, self._cores())
        work = (applier.graph.plan, model.costs, simulation, placement)
        watch = Stopwatch(self.state, random, plan_us(*work) * self._slowed_by_tracing(applier))
        busy = occupancy(*work)
        init_us = _init_us(applier, random) + self.state.read_anew_us(len(model.data))
        await self.state.clock.spend(init_us * 1e-6)
        self.ctx.process.cpu_seconds += init_us * 1e-6
        self.ctx.process.memory_kb = int((_OWN_MIB + _footprint(model, applier)[1]) * 1024)
        await self._say([tongue.tool(lines.model_size(len(model.data)))])
        await self._say([tongue.tool(lines.session_ready(init_us))])
        longest = float(values["max_secs"])
        warm = await self._series(
            watch, busy, int(values["warmup_runs"]), float(values["warmup_min_secs"]), longest
        )
        timed = await self._series(
            watch, busy, int(values["num_runs"]), float(values["min_secs"]), longest
        )
        first = warm.samples[0] if warm.samples else 0
        await self._say(
            tongue.tool(text)
            for text in (
                lines.timings(init_us, first, warm.average, timed.average),
                lines.MEMORY_NOTE,
                lines.footprint(*_footprint(model, applier)),
            )
        )
        if values["report_peak_memory_footprint"]:
            peak = _footprint(model, applier)[1] + 5.0
            texts = [lines.peak_footprint(peak), *lines.memory_status(int(peak), int(peak) // 2, 8)]
            await self._say(tongue.tool(text) for text in texts)

    def _slowed_by_tracing(self, applier: Applier) -> float:
        """Return what a tracer costs: the GPU delegate profiles itself, others write some marks."""
        if not tracing.listens(self.state, self.ctx):
            return 1.0
        return 2.1 if GPU_KERNEL in _kernels(applier) else 1.02

    def _cores(self) -> tuple[float, ...]:
        """Return the worth of each core that the process is bound to; none where it is free."""
        if self.ctx.process.affinity is None:
            return ()
        model = self.state.phone.model
        cpus = allowed(self.ctx.process, cpus_of(self.ctx.phone))
        return tuple(capacity(model, cpu) / 1024 for cpu in cpus)

    async def _series(
        self, watch: Stopwatch, busy: Occupancy, runs: int, min_s: float, max_s: float
    ) -> lines.Statistics:
        await self._say([tongue.tool(lines.running(runs, min_s, max_s))])
        self.state.cool()
        before, load = self.state.heat, min(1.0, (busy.cpu_threads + busy.gpu) / _HARD)
        phase = watch.phase(runs=runs, min_s=min_s, max_s=max_s)
        begun = self.state.clock()
        with self.state.at_work(phase.seconds, before=before, load=load):
            await self.state.clock.spend(phase.seconds)
        self._account(busy, phase)
        if tracing.listens(self.state, self.ctx):
            for us in phase.samples_us:
                seconds = float(us) * 1e-6
                self.state.tracer.section(self.ctx.process.pid, "Invoke@0/0", begun, seconds)
                begun += seconds
        statistics = lines.Statistics(tuple(int(sample) for sample in phase.samples_us))
        await self._say([tongue.tool(statistics.line()), Line("out", "")])
        return statistics

    def _account(self, busy: Occupancy, phase: Phase) -> None:
        """Book a series where a phone books it: CPU time, the GPU's work, the NPU's inferences."""
        accounts, simulation = self.state.accounts, self.state.simulation
        idle = {*simulation.idle, *simulation.secret_cpu}
        threads = min(busy.cpu_threads, len(self._cores()) or busy.cpu_threads)
        self.ctx.process.cpu_seconds += threads * phase.seconds
        if "gpu" not in idle:
            accounts.gpu_active_ns += int(busy.gpu * phase.seconds * 1e9)
        if "nnapi" not in idle:
            accounts.npu_inferences += busy.npu_calls * len(phase.samples_us)

    def _crash(self) -> _Ended:
        """Die as of a fault in the GPU's driver, which the phone's log tells of."""
        pid, gpu = self.ctx.process.pid, self.state.phone.model.gpu
        log = self.state.accounts.log
        fatal = "Fatal signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x10 in tid"
        log(pid, "F", "libc", [f"{fatal} {pid} ({self.ctx.name})"], "crash")
        library = gpu.opencl or "/vendor/lib64/egl/libGLES.so"
        log(pid + 1, "F", "DEBUG", tombstone(pid, self.ctx.argv[0], library), "crash")
        return _Ended(_SEGMENTATION_FAULT)

    async def _export(
        self, applier: Applier, outputs: list[np.ndarray], random: np.random.Generator
    ) -> None:
        values = applier.values
        info = str(values["model_runtime_info_output_file"])
        if values["export_model_runtime_info"] and info:
            data = runtime_info(applier.graph, builtin_codes=BUILTIN_CODES)
            self.ctx.fs.write(self.ctx.path(info), data)
        if values["output_filepath"]:
            rounding = _rounding(applier, self.state)
            self.ctx.fs.write(
                self.ctx.path(str(values["output_filepath"])), rounded(outputs, rounding, random)
            )

    async def _say(self, said: Iterable[Line]) -> None:
        for stream, text in said:
            self.state.accounts.log_output(self.ctx.process.pid, text)
            await (self.ctx.out if stream == "out" else self.ctx.err)(text + "\n")


_ALLOCATION_FAILED = tongue.tool_error(tongue.NOT_ALLOCATED)


def _split(text: str) -> list[Line]:
    return [Line("err", line) for line in text.split("\n")]


def _placement(applier: Applier, applied: Applied, cores: tuple[float, ...]) -> Placement:
    return Placement(
        threads=max(1, int(applier.values["num_threads"])),
        gpu_fp16=applier.values["gpu_precision_loss_allowed"] is True,
        opengl=applied.opengl,
        on_reference=applied.on_reference,
        cpu_share=fmean(cores) if cores else 1.0,
        most_threads=len(cores) or 1024,
    )


def _kernels(applier: Applier) -> dict[str, int]:
    """Count the model's nodes by the delegate that has them."""
    counts: dict[str, int] = {}
    for node in applier.graph.plan:
        if node.delegate is not None:
            counts[node.delegate] = counts.get(node.delegate, 0) + len(node.replaced)
    return counts


def _init_us(applier: Applier, random: np.random.Generator) -> int:
    """Return a plausible time to compile: an accelerator takes its time for each node."""
    counts = _kernels(applier)
    spared = applier.caches.hits if applier.caches is not None else set()
    work = {
        XNNPACK_KERNEL: 25.0 * counts.get(XNNPACK_KERNEL, 0),
        GPU_KERNEL: 90_000.0 + 6_500.0 * counts.get(GPU_KERNEL, 0),
        NNAPI_KERNEL: 30_000.0 + 1_800.0 * counts.get(NNAPI_KERNEL, 0),
    }
    us = 900.0 + 14.0 * len(applier.graph.nodes)
    us += sum(work[k] * (_CACHED_SHARE if k in spared else 1.0) for k in work if k in counts)
    return int(us * float(np.exp(random.normal(0.0, 0.05))))


def _footprint(model: LoadedModel, applier: Applier) -> tuple[float, float]:
    """Return plausible memory growth in MiB, after init and overall."""
    own = 2.5 + 2.2 * len(model.data) / 2**20
    own += 96.0 if GPU_KERNEL in _kernels(applier) else 0.0
    return round(own, 4), round(own + 1.125, 4)


def _rounding(applier: Applier, state: PhoneState) -> Rounding:
    counts = _kernels(applier)
    wrong = state.simulation.wrong_outputs
    kind, secret = Rounding(state.simulation.wrong_kind), state.simulation.secret_cpu
    if GPU_KERNEL in counts:
        if "gpu" in wrong:
            return kind
        if "gpu" in secret:
            return Rounding.NONE
        half = applier.values["gpu_precision_loss_allowed"] is True
        return Rounding.HALF if half else Rounding.SINGLE
    if NNAPI_KERNEL in counts and "nnapi" not in secret:
        return kind if "nnapi" in wrong else Rounding.SINGLE
    return kind if "cpu" in wrong else Rounding.NONE
