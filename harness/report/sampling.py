"""Single invocations and cores of a cell, as its drawer tells them."""

from __future__ import annotations

from harness.device.cores import cpu_list
from harness.report import words
from harness.sweep.documents import CellDoc
from harness.sweep.extra_documents import OverheadDoc, PercentileDoc, SamplesDoc

Line = tuple[str, str, str]


def bound_name(cell: CellDoc) -> str:
    """Return a variant's name, and the CPUs that it is bound to."""
    cores = cell.cores
    if cores is None or not cores.cpus:
        return cell.variant.name
    several = "s" if len(cores.cpus) > 1 else ""
    return f"{cell.variant.name} on CPU{several} {cpu_list(cores.cpus)}"


def core_facts(cell: CellDoc) -> list[tuple[str, str]]:
    """Return where the rounds might run, and what is off about it."""
    cores = cell.cores
    if cores is None:
        return []
    asked = f"{cores.asked}: CPUs {cpu_list(cores.cpus)}" if cores.cpus else "not bound"
    kernel = " and ".join(words.label(one, 80) for one in cores.allowed)
    told = f"the kernel allowed {kernel}" if kernel else "the device does not tell"
    return [("cores", "; ".join([asked, told, *map(words.clean, cores.notes)]))]


def exact_lines(cell: CellDoc) -> list[Line]:
    """Return the exact percentiles beside those of the rounds, each with its method."""
    exact = cell.exact
    if exact is None:
        return []
    lines = []
    for name, samples in (("short launches", exact.short), ("traced launch", exact.traced)):
        if samples is not None:
            lines.append((f"p90, {name}", f"{_ms(samples.p90)} ms", _note(samples)))
    if exact.reason:
        lines.append(("single invocations", "", words.clean(exact.reason)))
    return lines


def _note(samples: SamplesDoc) -> str:
    launches = words.plural(samples.launches, "launch", "launches")
    size = f"{words.plural(samples.count, 'invocation')} of {launches}"
    others = f"p50 {_ms(samples.p50)}, p95 {_ms(samples.p95)}"
    parts = [f"exact over {size}", others, words.clean(samples.valid_for)]
    if samples.overhead is not None:
        parts.append(_overhead(samples.overhead, told=samples.with_overhead))
    return "; ".join(parts)


def _overhead(overhead: OverheadDoc, *, told: bool | None) -> str:
    ratio = f"{overhead.ratio:.3f} times the rounds' median"
    if overhead.low is not None and overhead.high is not None:
        ratio += f", by chance {overhead.low:.2f} to {overhead.high:.2f}"
    said = {True: "with tracing overhead", False: "no overhead seen"}
    return f"{said[told] if told is not None else 'overhead unknown'} ({ratio})"


def _ms(percentile: PercentileDoc) -> str:
    return words.ms(percentile.value)
