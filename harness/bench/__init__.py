"""Benchmarking one cell: tools, variants, flags, probe and round."""
