"""Facts beside the time that tell whose work a run was: its output, CPU time, device counters.

A time that equals the CPU's is a coincidence until one of these agrees with it. What could not be
read is said to be unreadable, which is neither guilt nor innocence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.bench.variant import Accelerator
from harness.verdict.model import Placement

BUSY_THREADS = 0.8
"""From here on a run keeps a CPU thread busy; an accelerator's waits on average far below it."""

WAITING_THREADS = 0.5
INIT_SHARE = 0.25
"""Start-up may work on any number of threads; beyond this share of a launch it may hide a run."""

IDLE_SHARE = 0.02
IDLE_SHARE_IN_PART = 0.001
"""Share of the timed seconds below which an accelerator did nothing, all or a part of a model
being its work."""

WORKING_SHARE = 0.5
COUNTED_SHARE = 0.9
TELLING_VALUES = 3
"""Distinct output values that half precision cannot hold, below which equality may be chance:
0, 1 and small integers come out alike from any arithmetic."""

_GPU_COUNTERS: Mapping[str, float] = {"gpu_active_ns": 1e-9, "gpu_busy_us": 1e-6}
_NPU_COUNTER = "npu_inferences"
_TPU_DRIVER = "edgetpu"


class Says(StrEnum):
    """Whose work a fact says that it was."""

    CPU = "cpu"
    ACCELERATOR = "accelerator"
    UNDECIDED = "undecided"
    UNREADABLE = "unreadable"


class Kind(StrEnum):
    """What was looked at."""

    OUTPUTS = "outputs"
    CPU_TIME = "cpu_time"
    COUNTERS = "counters"


@dataclass(frozen=True)
class Corroborator:
    """One fact: what was looked at, whose work it says that it was, and why, in one sentence."""

    kind: Kind
    says: Says
    text: str


@dataclass(frozen=True)
class Launched:
    """What one launch cost: seconds of CPU, of wall time, and of those until the model was ready.

    `timed_s` adds up its timed invocations, `invocations` counts them. None is unreadable.
    """

    seconds: float
    init_s: float | None = None
    cpu_s: float | None = None
    timed_s: float = 0.0
    invocations: int = 0
    counters: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Busy:
    """How many CPU threads a run kept busy, start-up left out: at the least, at the most."""

    low: float
    high: float


def by_output(
    *, identical: bool | None, is_float: bool, is_telling: bool, against: str = "the CPU"
) -> Corroborator:
    """Judge whether outputs are bit for bit those of a CPU variant.

    Args:
        identical: None where one of the two wrote none.
        is_float: whether the model computes in floating point; integer arithmetic is specified to
            the bit, so that every processor may give the same.
        is_telling: whether the values are such as only the same arithmetic gives.
        against: the name of the CPU variant.
    """
    if identical is None:
        return _of(Kind.OUTPUTS, Says.UNREADABLE, "no output to compare with a CPU variant's")
    if not identical:
        text = "the output differs from every CPU variant's, as that of any other code would"
        return _of(Kind.OUTPUTS, Says.UNDECIDED, text)
    if not is_float:
        text = f"the output is bit for bit that of {against}, as it may be in integer arithmetic"
        return _of(Kind.OUTPUTS, Says.UNDECIDED, text)
    if not is_telling:
        text = f"the output is bit for bit that of {against}, but has too few telling values"
        return _of(Kind.OUTPUTS, Says.UNDECIDED, text)
    return _of(Kind.OUTPUTS, Says.CPU, f"the float output is bit for bit that of {against}")


def is_telling(data: bytes, dtypes: Sequence[str]) -> bool:
    """Whether float32 outputs have enough values that half precision and chance do not give."""
    import numpy as np  # noqa: PLC0415 (slow to import)

    if not dtypes or set(dtypes) != {"float32"} or len(data) % 4:
        return False
    values = np.unique(np.frombuffer(data, np.float32))
    with np.errstate(all="ignore"):
        rounded = values.astype(np.float16).astype(np.float32)
    return int((np.isfinite(values) & (rounded != values)).sum()) >= TELLING_VALUES


def busy_threads(rounds: Sequence[Launched], probe: Launched | None = None) -> Busy | None:
    """Return how many threads the rounds kept busy; None where CPU time was not read.

    Start-up is taken off twice, and the lesser result is believed: as if it had kept one thread
    busy, and as what the probe took, which starts alike and runs next to nothing. Without a
    readable probe a long start-up leaves the lower end at 0.
    """
    known = [
        (one, one.cpu_s, one.init_s)
        for one in rounds
        if one.cpu_s is not None and one.init_s is not None and one.seconds > one.init_s
    ]
    if not known:
        return None
    cpu = sum(cpu_s for _, cpu_s, _ in known)
    init = sum(init_s for _, _, init_s in known)
    seconds = sum(one.seconds for one, _, _ in known)
    low = max(0.0, cpu - init) / (seconds - init)
    if probe is not None and probe.cpu_s is not None:
        run = seconds - len(known) * probe.seconds
        spent = cpu - len(known) * probe.cpu_s
        low = min(low, max(0.0, spent) / run) if run > 0 else 0.0
    elif init > INIT_SHARE * seconds:
        low = 0.0
    return Busy(low, cpu / (seconds - init))


def by_cpu_time(
    own: Busy | None, cpu: Busy | None, *, accelerator: Accelerator, placement: Placement
) -> Corroborator:
    """Judge the CPU time of a run; `cpu` is that of a CPU variant on the same device."""
    if own is None:
        return _of(Kind.CPU_TIME, Says.UNREADABLE, "the CPU time of its rounds was not read")
    text = f"{_threads(own)} busy"
    if cpu is not None:
        text += f", in the CPU variant {_threads(cpu)}"
        if cpu.high < WAITING_THREADS:
            return _of(Kind.CPU_TIME, Says.UNREADABLE, f"{text}: work is not counted here")
    if placement is not Placement.FULL:
        text += "; a part of the model may have run on the CPU as planned"
        return _of(Kind.CPU_TIME, Says.UNDECIDED, text)
    if own.low >= BUSY_THREADS:
        text += "; a driver that waits by spinning keeps one busy as well"
        return _of(Kind.CPU_TIME, Says.CPU, text)
    if own.high > WAITING_THREADS:
        return _of(Kind.CPU_TIME, Says.UNDECIDED, text)
    if accelerator is not Accelerator.GPU:
        text += "; the driver's own process is not counted"
        return _of(Kind.CPU_TIME, Says.UNDECIDED, text)
    return _of(Kind.CPU_TIME, Says.ACCELERATOR, text)


def by_counters(
    rounds: Sequence[Launched],
    *,
    accelerator: Accelerator,
    placement: Placement,
    drivers: Sequence[str] = (),
) -> Corroborator:
    """Judge what the device counted of the accelerator's work during the rounds.

    Args:
        rounds: the timed launches.
        accelerator: what was asked for.
        placement: how much of the model is said to be on it.
        drivers: NNAPI's devices that may have had the work. Only the TPU's driver counts its
            inferences, so that another's work leaves the count at rest.
    """
    if accelerator is Accelerator.GPU:
        return _by_gpu_time(rounds, placement)
    is_tpu = bool(drivers) and all(_TPU_DRIVER in name for name in drivers)
    if accelerator is Accelerator.NPU or (accelerator is Accelerator.NNAPI and is_tpu):
        return _by_inferences(rounds)
    return _of(Kind.COUNTERS, Says.UNREADABLE, "no counter is known for this accelerator")


def _by_gpu_time(rounds: Sequence[Launched], placement: Placement) -> Corroborator:
    for name, unit in _GPU_COUNTERS.items():
        counted, launches = _counted(rounds, name)
        timed_s = sum(one.timed_s for one in launches)
        if timed_s <= 0:
            continue
        share = counted * unit / timed_s
        text = f"{name} grew by {counted * unit:.3g} s in {timed_s:.3g} s of timed runs"
        idle = IDLE_SHARE if placement is Placement.FULL else IDLE_SHARE_IN_PART
        if share <= idle:
            return _of(Kind.COUNTERS, Says.CPU, text)
        says = Says.ACCELERATOR if share >= WORKING_SHARE else Says.UNDECIDED
        return _of(Kind.COUNTERS, says, text)
    return _of(Kind.COUNTERS, Says.UNREADABLE, "no counter of the GPU's work was read")


def _by_inferences(rounds: Sequence[Launched]) -> Corroborator:
    counted, launches = _counted(rounds, _NPU_COUNTER)
    wanted = sum(one.invocations for one in launches)
    if not wanted:
        return _of(Kind.COUNTERS, Says.UNREADABLE, "no counter of the accelerator's work was read")
    text = f"{_NPU_COUNTER} grew by {counted} in {wanted} timed runs"
    if counted == 0:
        return _of(Kind.COUNTERS, Says.CPU, text)
    says = Says.ACCELERATOR if counted >= COUNTED_SHARE * wanted else Says.UNDECIDED
    return _of(Kind.COUNTERS, says, text)


def _counted(rounds: Sequence[Launched], name: str) -> tuple[int, list[Launched]]:
    """Return the growth of a counter and the launches in which it was read."""
    read = [(one, one.counters[name]) for one in rounds if one.counters and name in one.counters]
    return sum(growth for _, growth in read), [one for one, _ in read]


def _threads(busy: Busy) -> str:
    low, high = f"{busy.low:.2f}", f"{busy.high:.2f}"
    return f"{low} CPU threads" if low == high else f"{low} to {high} CPU threads"


def _of(kind: Kind, says: Says, text: str) -> Corroborator:
    return Corroborator(kind, says, text)
