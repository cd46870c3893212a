"""A `benchmark_model` in Python upon LiteRT's CompiledModel: CPU, GPU and NPU of this machine."""
