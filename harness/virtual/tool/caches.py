"""Compiled caches of the simulated tool: real files under the paths that the flags name.

What they hold is made up; that they are there, of which model, and when they are read is not. GPU
and NNAPI as in tflite/delegates/serialization.cc, XNNPACK as in delegates/xnnpack/weight_cache.cc.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.litert_tool.flags import Value
from harness.virtual.tool import tongue
from harness.virtual.tool.tongue import Line

_KERNEL_BYTES = 9_000
_LEAST_BYTES = 20_000


@dataclass
class ModelCaches:
    """The caches of one launch. `read` returns a file's bytes or None, `write` whether it could.

    `hits` are the kernels whose compilation was spared.
    """

    values: Mapping[str, Value]
    model: bytes
    read: Callable[[str], bytes | None]
    write: Callable[[str, bytes], bool]
    hits: set[str] = field(default_factory=set)

    def look_up(self, kernel: str, say: list[Line]) -> bool:
        """Look for what a delegate serialized; whether it asks for a cache at all."""
        path = self._serialized(kernel)
        if path is None:
            return False
        found = self.read(path)
        if found is None:
            say.append(tongue.runtime_error(tongue.not_cached(path)))
        else:
            self.hits.add(kernel)
            token = str(self.values["delegate_serialize_token"])
            say.append(tongue.runtime(tongue.cached(token, len(found), path)))
        return True

    def save(self, kernel: str, nodes: int) -> bool:
        """Write what a delegate compiled; whether it could be written."""
        path = self._serialized(kernel)
        size = _LEAST_BYTES + _KERNEL_BYTES * nodes
        return path is None or self.write(path, self._mark(kernel).ljust(size, b"\0"))

    def weights(self, kernel: str, say: list[Line]) -> None:
        """Read or write XNNPACK's file of packed weights; one of another model is left alone."""
        path = str(self.values["xnnpack_weight_cache_file_path"])
        if not path:
            return
        found, mark = self.read(path), self._mark(kernel)
        if found is None:
            self.write(path, mark.ljust(max(_LEAST_BYTES, len(self.model)), b"\0"))
        elif found.startswith(mark):
            self.hits.add(kernel)
        else:
            say.append(tongue.runtime_warning(tongue.STALE_WEIGHTS))

    def _serialized(self, kernel: str) -> str | None:
        folder = str(self.values["delegate_serialize_dir"])
        token = str(self.values["delegate_serialize_token"])
        if not folder or not token:
            return None
        number = int.from_bytes(self._mark(kernel)[-8:])
        return posixpath.join(folder, f"{token}_{number}.bin")

    def _mark(self, kernel: str) -> bytes:
        return b"simulated " + hashlib.sha256(kernel.encode() + self.model).digest()
