"""A reading: what one kind of evidence says about where the nodes of a model are."""

from __future__ import annotations

from dataclasses import dataclass

from harness.bench.variant import Accelerator, Dialect
from harness.model.outline import ModelOutline
from harness.parse.model import Event, ProfileRow, ToolRun
from harness.parse.patterns import Code
from harness.parse.runtime_info import RuntimeInfo
from harness.verdict.failure import as_evidence
from harness.verdict.model import Evidence, Placement

CONTROL_FLOW_OPS = frozenset({"IF", "WHILE", "CALL_ONCE"})
"""Operators whose bodies are graphs of their own, at which the tool's verdict does not look."""


@dataclass(frozen=True)
class Case:
    """A run that came through, and what is known about it besides its output.

    `outline` is the model's; `model_nodes` and `has_control_flow` are all that records of elder
    sweeps have of it. `profile` is a file's; without one the printed table stands for it.
    """

    run: ToolRun
    requested: Accelerator
    asked: tuple[Accelerator, ...]
    runtime_info: RuntimeInfo | None = None
    model_nodes: int | None = None
    has_control_flow: bool = False
    outline: ModelOutline | None = None
    signature: str | None = None
    profile: tuple[ProfileRow, ...] = ()

    @property
    def xnnpack_was_asked_for(self) -> bool:
        """Whether XNNPACK's lines come from a request, not from the runtime's default."""
        return Accelerator.XNNPACK in (*self.asked, self.requested)

    @property
    def is_compiled_model(self) -> bool:
        """Whether the tool is LiteRT's, whose lines never suffice for `full`."""
        return self.run.dialect is Dialect.COMPILED_MODEL

    @property
    def rows(self) -> tuple[ProfileRow, ...]:
        """Times of operators, from a file or as printed."""
        return self.profile or self.run.profile

    @property
    def entry(self) -> int | None:
        """The graph that was run; None where a signature was run whose graph is not known."""
        name = self.signature or self.run.parameters.get("signature to run")
        if not name:
            using = self.run.first(Code.USING_SIGNATURE)
            name = using.values[0] if using is not None else None
        if not name:
            return 0
        if self.outline is None:
            return None
        graph = self.outline.signatures.get(name)
        return graph if graph is not None and 0 <= graph < len(self.outline.graphs) else None

    @property
    def entry_nodes(self) -> int | None:
        """Nodes of the graph that was run, by the model's file."""
        outline, entry = self.outline, self.entry
        if outline is not None and outline.graphs and entry is not None:
            return outline.graphs[entry].nodes
        return self.model_nodes

    @property
    def has_bodies(self) -> bool:
        """Whether the model has graphs that only control flow enters."""
        if self.outline is not None and self.entry is not None:
            return self.outline.has_bodies(self.entry)
        return self.has_control_flow or any(
            op.values[0] in CONTROL_FLOW_OPS for block in self.run.unsupported for op in block.ops
        )


@dataclass(frozen=True)
class Reading:
    """Placement by one kind of evidence; counts are None where it has none.

    `account` is the node-exact account that was believed, if that is what decided.
    """

    placement: Placement
    evidence: Evidence | None
    nodes: int | None = None
    total: int | None = None
    kernels: int | None = None
    account: RuntimeInfo | None = None


def by_line(
    placement: Placement,
    event: Event,
    *,
    nodes: int | None = None,
    total: int | None = None,
    kernels: int | None = None,
) -> Reading:
    """Make a reading that one line decides."""
    return Reading(placement, as_evidence(event, deciding=True), nodes, total, kernels)


def share(nodes: int, total: int) -> Placement:
    """Name the share of nodes on the accelerator."""
    if nodes == 0:
        return Placement.NONE
    return Placement.FULL if nodes >= total else Placement.PARTIAL
