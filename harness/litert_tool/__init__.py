"""`benchmark_model` of both dialects in Python upon LiteRT: tools of the local device."""

from __future__ import annotations

from harness.litert_tool.packing import bundle, bundle_compiled

__all__ = ["bundle", "bundle_compiled"]
