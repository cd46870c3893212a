"""The tools as one file each: executable archives that run wherever Python has LiteRT."""

from __future__ import annotations

import hashlib
import io
import shlex
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import platformdirs

from harness.bench.tool import Tool
from harness.bench.variant import Dialect
from harness.device.base import LocalFile
from harness.files import write_whole
from harness.litert_tool import options
from harness.litert_tool.compiled import options as compiled_options
from harness.litert_tool.flags import Flag

BINARY = "benchmark_model"
HOST = "host"
_SHARED = ("feeds", "flags", "lines", "memory", "options", "series", "session", "stock")


@dataclass(frozen=True)
class _Build:
    """What one of the tools is made of; `start` and `modules` are paths under the package."""

    name: str
    dialect: Dialect
    start: str
    modules: tuple[str, ...]
    table: Sequence[Flag]


_INTERPRETER = _Build(
    "litert",
    Dialect.INTERPRETER,
    "litert_tool/__main__.py",
    (
        *(f"litert_tool/{name}.py" for name in (*_SHARED, "placement", "program", "runtime_info")),
        "model/schema.py",
    ),
    options.TABLE,
)
_COMPILED = _Build(
    "litert-compiled",
    Dialect.COMPILED_MODEL,
    "litert_tool/compiled/__main__.py",
    (
        *(f"litert_tool/{name}.py" for name in _SHARED),
        *(f"litert_tool/compiled/{n}.py" for n in ("alone", "lines", "options", "program")),
        "litert_tool/compiled/session.py",
    ),
    compiled_options.TABLE,
)
# Archives with fixed dates have the same bytes, and so the same hash, wherever they are made.
_DATE = (1980, 1, 1, 0, 0, 0)
_HARNESS = Path(__file__).parents[1]


def bundle(abi: str = HOST, python: str = sys.executable, *, folder: Path | None = None) -> Tool:
    """Return the interpreter tool for this machine, or for another whose `python` has LiteRT.

    The archive is written to `folder` (the user's cache by default) under its own hash.
    """
    return _bundle(_INTERPRETER, abi, python, folder, {})


def bundle_compiled(
    abi: str = HOST,
    python: str = sys.executable,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Tool:
    """Return the compiled-model tool likewise; `environment` is what it needs to find a GPU."""
    return _bundle(_COMPILED, abi, python, folder, environment or {})


def _bundle(
    build: _Build, abi: str, python: str, folder: Path | None, environment: Mapping[str, str]
) -> Tool:
    data = _archive(build, python)
    place = folder or platformdirs.user_cache_path("harness") / "litert_tool"
    digest = hashlib.sha256(data).hexdigest()
    path = place / digest[:16] / BINARY
    write_whole(path, data)
    path.chmod(0o755)
    return Tool(
        name=build.name,
        files={BINARY: LocalFile(path, digest, executable=True)},
        binary=BINARY,
        abi=abi,
        version=f"ai-edge-litert {version('ai-edge-litert')}" if abi == HOST else None,
        dialect=build.dialect,
        flags=frozenset(flag.name for flag in build.table),
        environment=environment,
        source="built in",
    )


def _archive(build: _Build, python: str) -> bytes:
    """Return a zip application: a shell line that starts Python on this same file, then modules."""
    content = {f"harness/{name}": (_HARNESS / name).read_bytes() for name in build.modules}
    content["__main__.py"] = (_HARNESS / build.start).read_bytes()
    folders = {parent for name in content for parent in Path(name).parents if parent != Path()}
    for parent in folders:
        content[f"{parent.as_posix()}/__init__.py"] = b""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(content.items()):
            archive.writestr(zipfile.ZipInfo(name, _DATE), data)
    # A first line that names Python itself could hold neither spaces nor a long path.
    start = f'#!/bin/sh\nexec {shlex.quote(python)} "$0" "$@"\n'
    return start.encode() + packed.getvalue()
