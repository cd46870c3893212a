"""Are the outputs right? Each cell's against the plain CPU's beside it, and LiteRT's on the host.

The order of references: the interpreter's own kernels on the same device, XNNPACK there, then the
host. A device whose own CPU disagrees with the host is no judge alone: its cells are held against
both.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from harness.bench.command import OUTPUTS
from harness.bench.variant import Accelerator
from harness.sweep.cells import CellView
from harness.sweep.documents import OutputsDoc
from harness.sweep.host_reference import HostOutputs, read_host_outputs
from harness.sweep.output_findings import HOST, Compared, described, with_findings
from harness.sweep.record import ManifestModel, ManifestVariant
from harness.verdict.measures import TensorSpec
from harness.verdict.model import Judgement, Status
from harness.verdict.outputs import OutputComparison, OutputVerdict, compare_outputs
from harness.verdict.tolerance import Tolerance, tolerance_for

_RIGHT = (OutputVerdict.SAME, OutputVerdict.CLOSE)

Checked = tuple[CellView, Judgement, OutputsDoc | None]


def check_outputs(judged: Sequence[tuple[CellView, Judgement]]) -> list[Checked]:
    """Add what the outputs show: a document to each cell that ran, and findings where wrong."""
    groups: dict[tuple[str, str], list[CellView]] = defaultdict(list)
    for view, judgement in judged:
        if judgement.status is Status.OK:
            groups[view.cell.device, view.cell.model].append(view)
    benches = {key: _Bench.of(views) for key, views in groups.items()}
    return [
        _checked(view, judgement, benches.get((view.cell.device, view.cell.model)))
        for view, judgement in judged
    ]


def _checked(view: CellView, judgement: Judgement, bench: _Bench | None) -> Checked:
    if judgement.status is not Status.OK or bench is None:
        return view, judgement, None
    found = bench.check(view)
    variant = _variant(view)
    return view, with_findings(judgement, found, variant.flags), described(found)


@dataclass(frozen=True)
class _Dump:
    """Outputs that may serve as a reference. `count`: invocations before them, None unknown."""

    name: str
    data: bytes
    file: str
    count: int | None


@dataclass(frozen=True)
class _Bench:
    """What the cells of one device and one model are held against."""

    model: ManifestModel
    cpus: tuple[_Dump, ...]
    host: _Dump | None
    host_outputs: HostOutputs
    specs: tuple[TensorSpec, ...]

    @classmethod
    def of(cls, views: Sequence[CellView]) -> _Bench:
        """Choose the references among the cells that ran."""
        folder = views[0].folder
        model = folder.models[views[0].cell.model]
        host = read_host_outputs(folder.root, model)
        names = [one["name"] for one in model.outputs]
        if host.outputs is not None and [name for name, _ in host.tensors] != names:
            host = HostOutputs(reason="LiteRT on the host wrote the outputs in another order")
        cpus = [one for one in views if _variant(one).accelerator.is_cpu]
        dumps = [dump for one in sorted(cpus, key=_plainness) if (dump := _dump_of(one))]
        known = (
            _Dump(HOST, host.outputs, host.file, host.invocations)
            if host.outputs is not None
            else None
        )
        return cls(model, tuple(dumps), known, host, _specs(model, host))

    @property
    def cpu(self) -> _Dump | None:
        """The plainest CPU run of the device."""
        return self.cpus[0] if self.cpus else None

    def check(self, view: CellView) -> Compared:
        """Compare one cell's outputs with the best reference there is."""
        variant = _variant(view)
        tolerance = tolerance_for(self.model.precision, variant.accelerator, variant.flags)
        own = _dump_of(view)
        if own is None:
            return Compared(tolerance, reason=_why_none(view))
        if reason := _incomparable(self.model):
            return Compared(tolerance, reason=reason)
        against_cpu = self._against(self.cpu, own, tolerance)
        against_host = self._against(self.host, own, tolerance)
        if against_cpu is None and against_host is None:
            reason = self.host_outputs.reason or "no other run to compare with"
            return Compared(tolerance, reason=f"nothing to compare with: {reason}")
        chosen = self._chosen(against_cpu, against_host)
        alike = [one.name for one in self.cpus if one.file != own.file and one.data == own.data]
        return replace(chosen, version=self.host_outputs.version, identical_to=tuple(alike))

    def _chosen(self, cpu: Compared | None, host: Compared | None) -> Compared:
        """Take the CPU of the device, unless it says nothing or the host contradicts it."""
        if cpu is None or host is None:
            found = cpu or host
            assert found is not None  # noqa: S101 (the caller has seen to it)
            return found
        if not self._is_contradicted:
            return host if _says_less(cpu, host) else cpu
        doubt = f"the device's own CPU ({cpu.reference}) and LiteRT on the host disagree"
        if cpu.verdict in _RIGHT and host.verdict in _RIGHT:
            return cpu.noting(doubt)
        if host.verdict in _RIGHT:
            return host.noting(f"{doubt}: this is the host's answer")
        if cpu.verdict in _RIGHT:
            reason = f"{doubt}, and this is the CPU's answer"
            return replace(cpu, overruled=True, reason=reason)
        return host.noting(f"{doubt}, and this is neither's answer")

    @cached_property
    def _is_contradicted(self) -> bool:
        if self.cpu is None or self.host is None:
            return False
        tolerance = tolerance_for(self.model.precision, Accelerator.CPU, {})
        found = self._against(self.host, self.cpu, tolerance)
        return found is not None and found.verdict is OutputVerdict.WRONG

    def _against(
        self, reference: _Dump | None, own: _Dump, tolerance: Tolerance
    ) -> Compared | None:
        """Compare with one reference; None when it is missing or the very same run."""
        if reference is None or reference.file == own.file:
            return None
        files = (own.file, reference.file)
        counts = (own.count, reference.count)
        if self.model.keeps_state and (None in counts or counts[0] != counts[1]):
            said = " and ".join("?" if one is None else str(one) for one in counts)
            reason = (
                "the model keeps state from one invocation to the next, and the two ran "
                f"{said} times before"
            )
            return Compared(tolerance, reference.name, files=files, reason=reason)
        comparison: OutputComparison = compare_outputs(
            reference.data, own.data, self.specs, tolerance, other=self.host_outputs.other
        )
        return Compared(tolerance, reference.name, comparison, files, comparison.reason)


def _says_less(one: Compared, other: Compared) -> bool:
    return one.verdict is OutputVerdict.UNKNOWN and other.verdict is not OutputVerdict.UNKNOWN


def _variant(view: CellView) -> ManifestVariant:
    return view.folder.variants[view.cell.variant]


def _plainness(view: CellView) -> tuple[bool, bool]:
    """Sort the interpreter's own kernels before XNNPACK, and XNNPACK in half precision last."""
    flags = _variant(view).flags
    return flags.get("xnnpack_force_fp16", "false") != "false", flags.get("use_xnnpack") != "false"


def _dump_of(view: CellView) -> _Dump | None:
    probe = view.probe
    if probe is None or not probe.outputs:
        return None
    counts = [one.count for one in (probe.run.warmup, probe.run.timed) if one is not None]
    known = [count for count in counts if count is not None]
    count = sum(known) if probe.run.timed is not None and len(known) == len(counts) else None
    return _Dump(view.cell.variant, probe.outputs, probe.record.files[OUTPUTS], count)


def _why_none(view: CellView) -> str:
    """Say why a cell has no outputs."""
    if view.probe is None:
        return "no probe was made"
    record = view.probe.record
    if OUTPUTS in record.files:
        return "the file of its outputs is gone or empty"
    try:
        words = shlex.split(record.command)
    except ValueError:
        words = []
    if any(word.startswith("--output_filepath=") for word in words):
        return "the tool was asked for its outputs and wrote none"
    if record.attempt > 1:
        return "the probe was made again without asking for outputs"
    return "the tool cannot write its outputs"


def _incomparable(model: ManifestModel) -> str:
    if model.drawing_ops:
        return f"the model draws random numbers ({', '.join(model.drawing_ops)})"
    if model.inputs and not model.input_files:
        return "the tool made inputs of its own, other ones in every run"
    return ""


def _specs(model: ManifestModel, host: HostOutputs) -> tuple[TensorSpec, ...]:
    """Describe the outputs; sizes that only a run knows are those of the host's run."""
    specs = []
    for number, one in enumerate(model.outputs):
        shape = tuple(one.get("shape_signature") or one["shape"])
        if host.outputs is not None:
            shape = host.tensors[number][1]
        span, ordered = one.get("span"), bool(one.get("ordered"))
        specs.append(TensorSpec(one["name"], one["dtype"], shape, span, ordered))
    return tuple(specs)
