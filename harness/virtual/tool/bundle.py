"""The simulated tool as a bundle: one small file, staged like any other tool."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from harness.bench.tool import Tool
from harness.bench.variant import Dialect
from harness.device.base import LocalFile
from harness.files import sha256_of

BINARY = "benchmark_model"
MARK = b"# harness simulated benchmark_model, interpreter dialect"


def bundle(abi: str = "arm64-v8a") -> Tool:
    """Return the simulated tool for phones of an ABI."""
    path = Path(str(files("harness.virtual.tool").joinpath(BINARY)))
    return Tool(
        name=f"simulated-{abi}",
        files={BINARY: LocalFile(path=path, sha256=sha256_of(path), executable=True)},
        binary=BINARY,
        abi=abi,
        version="simulated",
        dialect=Dialect.INTERPRETER,
        source="shipped with the harness; runs on virtual phones only",
    )


def is_simulated_tool(head: bytes) -> bool:
    """Whether the first bytes of a pushed file are those of the simulated tool."""
    return head.splitlines()[1:2] == [MARK]
