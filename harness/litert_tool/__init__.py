"""A `benchmark_model` in Python upon LiteRT: tool of the local device and of conformance runs."""

from __future__ import annotations

from harness.litert_tool.packing import bundle

__all__ = ["bundle"]
