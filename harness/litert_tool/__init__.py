"""A `benchmark_model` in Python upon LiteRT: tool of the local device and of conformance runs."""
