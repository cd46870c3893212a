"""Statistics of latencies. Pure."""
