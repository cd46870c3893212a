"""A reading: what one kind of evidence says about where the nodes of a model are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.bench.variant import Accelerator, Dialect
from harness.parse.model import Event, ToolRun
from harness.parse.patterns import Code
from harness.parse.runtime_info import RuntimeInfo
from harness.verdict.failure import as_evidence
from harness.verdict.model import Evidence, Placement

CONTROL_FLOW_OPS = frozenset({"IF", "WHILE", "CALL_ONCE"})
"""Operators whose bodies are graphs of their own, at which the tool's verdict does not look."""


@dataclass(frozen=True)
class Case:
    """A run that came through, and what is known about it besides its output."""

    run: ToolRun
    requested: Accelerator
    asked: tuple[Accelerator, ...]
    runtime_info: RuntimeInfo | None = None
    model_nodes: int | None = None
    has_control_flow: bool = False

    @property
    def xnnpack_was_asked_for(self) -> bool:
        """Whether XNNPACK's lines come from a request, not from the runtime's default."""
        return Accelerator.XNNPACK in (*self.asked, self.requested)

    @property
    def is_compiled_model(self) -> bool:
        """Whether the tool is LiteRT's, whose lines never suffice for `full`."""
        return self.run.dialect is Dialect.COMPILED_MODEL

    @property
    def has_bodies(self) -> bool:
        """Whether the model has graphs that only control flow enters."""
        return self.has_control_flow or any(
            op.values[0] in CONTROL_FLOW_OPS for block in self.run.unsupported for op in block.ops
        )


@dataclass(frozen=True)
class Reading:
    """Placement by one kind of evidence; counts are None where it has none."""

    placement: Placement
    evidence: Evidence | None
    nodes: int | None = None
    total: int | None = None
    kernels: int | None = None


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


def first_after(events: Iterable[Event], anchor: Event, *codes: Code) -> Event | None:
    """Return the first event of these codes that certainly came after `anchor`: in its stream."""
    return next(
        (
            event
            for event in events
            if event.code in codes and event.stream == anchor.stream and event.line > anchor.line
        ),
        None,
    )
