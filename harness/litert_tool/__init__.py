"""A `benchmark_model` in Python upon LiteRT: the tool of the local device and of conformance runs."""
