"""The tool as one file: an executable archive that runs wherever Python has LiteRT."""

from __future__ import annotations

import hashlib
import io
import shlex
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import platformdirs

from harness.bench.tool import Tool
from harness.bench.variant import Dialect
from harness.device.base import LocalFile
from harness.files import write_whole
from harness.litert_tool.options import TABLE

BINARY = "benchmark_model"
HOST = "host"
_MODULES = (
    "litert_tool/feeds.py",
    "litert_tool/flags.py",
    "litert_tool/lines.py",
    "litert_tool/memory.py",
    "litert_tool/options.py",
    "litert_tool/placement.py",
    "litert_tool/program.py",
    "litert_tool/runtime_info.py",
    "litert_tool/series.py",
    "litert_tool/session.py",
    "litert_tool/stock.py",
    "model/schema.py",
)
# Archives with fixed dates have the same bytes, and so the same hash, wherever they are made.
_DATE = (1980, 1, 1, 0, 0, 0)
_HARNESS = Path(__file__).parents[1]


def bundle(abi: str = HOST, python: str = sys.executable, *, folder: Path | None = None) -> Tool:
    """Return the tool for this machine, or for another whose `python` has numpy and LiteRT.

    The archive is written to `folder` (the user's cache by default) under its own hash.
    """
    data = _archive(python)
    place = folder or platformdirs.user_cache_path("harness") / "litert_tool"
    digest = hashlib.sha256(data).hexdigest()
    path = place / digest[:16] / BINARY
    write_whole(path, data)
    path.chmod(0o755)
    return Tool(
        name="litert",
        files={BINARY: LocalFile(path, digest, executable=True)},
        binary=BINARY,
        abi=abi,
        version=f"ai-edge-litert {version('ai-edge-litert')}" if abi == HOST else None,
        dialect=Dialect.INTERPRETER,
        flags=frozenset(flag.name for flag in TABLE),
        source="built in",
    )


def _archive(python: str) -> bytes:
    """Return a zip application: a shell line that starts Python on this same file, then modules."""
    content = {f"harness/{name}": (_HARNESS / name).read_bytes() for name in _MODULES}
    content["__main__.py"] = (_HARNESS / "litert_tool" / "__main__.py").read_bytes()
    for package in ("", "litert_tool/", "model/"):
        content[f"harness/{package}__init__.py"] = b""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(content.items()):
            archive.writestr(zipfile.ZipInfo(name, _DATE), data)
    # A first line that names Python itself could hold neither spaces nor a long path.
    start = f'#!/bin/sh\nexec {shlex.quote(python)} "$0" "$@"\n'
    return start.encode() + packed.getvalue()
