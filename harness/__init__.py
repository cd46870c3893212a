"""Benchmark .tflite models on attached Android phones and see where they really ran."""

__version__ = "0.1.0"
