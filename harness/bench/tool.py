"""Tools: a `benchmark_model` with everything it needs beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.bench.variant import Dialect
from harness.device.base import Bundle, LocalFile


@dataclass(frozen=True)
class Tool:
    """A bundle: the binary, its libraries, its environment, and what is known about it.

    `binary` is a key of `files`. `abi` is an Android ABI name, `host` for the built-in tool of the
    local device, or None when the file is no ELF. `dialect` and `flags` come from the tool's own
    help text (None until it was asked); `libraries` are names of files beside the binary.
    """

    name: str
    files: Mapping[str, LocalFile]
    binary: str
    abi: str | None
    version: str | None = None
    dialect: Dialect | None = None
    flags: frozenset[str] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    @property
    def sha256(self) -> str:
        """Identity of the bundle: a hash over the names and hashes of its files."""
        lines = "".join(f"{name} {file.sha256}\n" for name, file in sorted(self.files.items()))
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def bundle(self) -> Bundle:
        """The files as they are staged on a device."""
        return Bundle(key=self.sha256, files=self.files)
