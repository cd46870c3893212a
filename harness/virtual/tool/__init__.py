"""The simulated `benchmark_model`: it runs on virtual phones only, and says so in its output.

What is real: the model that it reads, the flags that it takes, the partitioning of the graph, the
lines, and the outputs (LiteRT computes them on the host). What is made up: every latency, and
which operators a driver takes.
"""
