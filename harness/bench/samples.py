"""Where single invocations are known from, beside what the tool prints of a round."""

from __future__ import annotations

from enum import StrEnum

from harness.bench.variant import Accelerator, Dialect
from harness.device.base import DeviceKind


class SampleSource(StrEnum):
    """TOOL: a round's own lines. SHORT: many launches of three invocations. TRACED: a trace."""

    TOOL = "tool"
    SHORT = "short"
    TRACED = "traced"


SHORT_RUNS = 3
"""Invocations of a short launch: of three, the tool's lines give each (of four they do not)."""

SHORT_LAUNCHES = 30
"""Short launches a cell. Of n processes the slowest lies above the 90th percentile of all processes
with probability 1 - 0.9^n, which passes 95 % at n = 29; and of 90 invocations, eight lie beyond
that percentile, so that it is none of the extremes."""


def no_trace_because(
    kind: DeviceKind, accelerator: Accelerator, dialect: Dialect | None
) -> str | None:
    """Return why a traced launch of such a cell would tell nothing; None where it may."""
    if kind is DeviceKind.LOCAL:
        return "no system trace here, and the built-in tool gives every invocation by itself"
    if dialect is Dialect.COMPILED_MODEL:
        return "the tools of the compiled model write no trace: it is left out of public builds"
    if accelerator is Accelerator.GPU:
        return (
            "a tracer makes the GPU delegate profile itself, which takes at least twice the time: "
            "use short launches"
        )
    return None
