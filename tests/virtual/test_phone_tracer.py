"""The tracer of a virtual phone hands over what a phone's would."""

from __future__ import annotations

from harness.parse.trace import invocations, read_trace
from harness.virtual.phones.tracing import Tracer, perfetto_trace


def test_sections_that_rounded_clocks_would_let_overlap_are_all_there():
    tracer = Tracer()
    tracer.begin("tool")
    for start_s in (10.0, 10.0009, 10.0021):
        tracer.section(7, "Invoke@0/0", start_s, 0.001)
    found = invocations(read_trace(perfetto_trace(tracer.end())))
    assert [one.duration_ns for one in found[7]] == [1_000_000] * 3
