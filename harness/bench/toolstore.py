"""The store: tools kept under the user's data folder, one folder each, with a manifest of hashes.

    <home>/tools/<name>/tool.json      what the tool is: files, hashes, ABI, where it came from
    <home>/tools/<name>/<files>        the binary and the libraries beside it
    <home>/help/<hash>/<device>.txt    what the tool answered to --help on a kind of device

A tool is never changed in place: other content is another tool, beside the old one.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import platformdirs

from harness.bench.bundling import MANIFEST, abi_of, binary_among, check_libraries, files_of
from harness.bench.helptext import HelpText, parse_help
from harness.bench.tool import Tool
from harness.bench.variant import Dialect
from harness.device.base import LocalFile
from harness.errors import ToolError, UnknownNameError, UsageError
from harness.files import safe_name, sha256_of, write_json

HOME_VARIABLE = "HARNESS_HOME"
_SHORTEST_HASH = 6


@dataclass(frozen=True)
class Origin:
    """Where a tool came from; `dialect` is what its publisher says, until the tool was asked."""

    source: str = ""
    version: str | None = None
    dialect: Dialect | None = None


def home() -> Path:
    """Return the folder of everything that the harness keeps; `HARNESS_HOME` overrides it."""
    chosen = os.environ.get(HOME_VARIABLE)
    return Path(chosen) if chosen else platformdirs.user_data_path("harness", appauthor=False)


def add(
    paths: Sequence[Path],
    *,
    name: str | None = None,
    abi: str | None = None,
    origin: Origin | None = None,
) -> Tool:
    """Copy a tool into the store: the binary with the libraries that belong beside it.

    A folder stands for the files in it. `abi` is needed for a script and checked for a program.
    The same content added again is the tool that is there already.

    Raises:
        UsageError: a file is missing, is no program for Android, or does not fit the others; or
            the name belongs to a tool with other content.
    """
    files = files_of(paths)
    binary = binary_among(files)
    found_abi = abi_of(binary, abi)
    check_libraries(files, binary)
    origin = origin or Origin(source=str(binary.resolve()))
    tool = Tool(
        name="",
        files={
            file.name: LocalFile(file, sha256_of(file), executable=file == binary) for file in files
        },
        binary=binary.name,
        abi=found_abi,
        version=origin.version,
        dialect=origin.dialect,
        source=origin.source,
    )
    known = list_tools()
    for old in known:
        if old.sha256 == tool.sha256 and old.abi == tool.abi and name in (None, old.name):
            return old
    chosen = name or f"{safe_name(binary.stem)}-{found_abi}-{tool.sha256[:8]}"
    if safe_name(chosen) != chosen:
        raise UsageError(
            f"{chosen!r} cannot be the name of a tool",
            next_step="use letters, digits, '.', '_' and '-'",
        )
    if any(old.name == chosen for old in known):
        raise UsageError(
            f"there is a tool named {chosen} already, with other content",
            next_step=f"take another --name, or `harness tools remove {chosen}` first",
        )
    return _keep(tool, chosen)


def list_tools() -> tuple[Tool, ...]:
    """Return the tools of the store, newest first; folders that cannot be read are left out."""
    found = []
    for manifest in (home() / "tools").glob(f"*/{MANIFEST}"):
        try:
            document = json.loads(manifest.read_text("utf-8"))
            found.append((str(document["added"]), _tool_from(manifest.parent, document)))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return tuple(tool for _, tool in sorted(found, key=lambda pair: pair[0], reverse=True))


def find(name: str) -> Tool:
    """Return the tool with this name, or with a bundle hash that starts so.

    Raises:
        UnknownNameError: there is none, or the hash fits several.
    """
    tools = list_tools()
    named = [tool for tool in tools if tool.name == name]
    if not named and len(name) >= _SHORTEST_HASH:
        named = [tool for tool in tools if tool.sha256.startswith(name.lower())]
    if len(named) == 1:
        return named[0]
    known = ", ".join(tool.name for tool in tools) or "none"
    raise UnknownNameError(
        f"{'several tools fit' if named else 'no tool is named'} {name!r} (known: {known})",
        next_step="see `harness tools list`, or add one with `harness tools add PATH`",
    )


def remove(name: str) -> Tool:
    """Take a tool out of the store, with what was learned about it; return what it was."""
    tool = find(name)
    shutil.rmtree(tool.files[tool.binary].path.parent)
    shutil.rmtree(help_folder(tool), ignore_errors=True)
    return tool


def superseded() -> tuple[Tool, ...]:
    """Return the fetched tools for which a newer one was fetched: same ABI, same dialect.

    Nothing picks them unless it names them. What a person added stays until they remove it.
    """
    newest: set[tuple[str | None, Dialect | None]] = set()
    old = []
    for tool in list_tools():
        if tool.source.startswith(("http://", "https://")):
            kind = (tool.abi, tool.dialect)
            if kind in newest:
                old.append(tool)
            newest.add(kind)
    return tuple(old)


def verify(tool: Tool) -> Tool:
    """Check the files of a tool against its hashes and return it.

    Raises:
        ToolError: a file is gone or has changed since it was added.
    """
    for name, file in tool.files.items():
        if not file.path.is_file() or sha256_of(file.path) != file.sha256:
            raise ToolError(
                f"{name} of tool {tool.name} is gone or has changed since it was added",
                next_step=f"`harness tools remove {tool.name}`, then add or fetch it again",
            )
    return tool


def help_folder(tool: Tool) -> Path:
    """Return the folder that holds this tool's answers to --help, one file per kind of device."""
    return home() / "help" / tool.sha256[:16]


def answers(tool: Tool) -> dict[str, HelpText]:
    """Return what was learned of this tool, by the kind of device that was asked."""
    return {
        path.stem: parse_help(path.read_text("utf-8", "replace"))
        for path in sorted(help_folder(tool).glob("*.txt"))
    }


def _keep(tool: Tool, name: str) -> Tool:
    """Copy into a folder of its own, then move that into place whole."""
    shelf = home() / "tools"
    shelf.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=shelf, prefix=".new-") as scratch:
        folder = Path(scratch) / "tool"
        folder.mkdir()
        for file_name, file in tool.files.items():
            shutil.copyfile(file.path, folder / file_name)
            (folder / file_name).chmod(0o755 if file.executable else 0o644)
        document = {
            "schema": 1,
            "binary": tool.binary,
            "abi": tool.abi,
            "version": tool.version,
            "dialect": tool.dialect.value if tool.dialect else None,
            "source": tool.source,
            "added": datetime.now(UTC).isoformat(),
            "files": {
                key: {"sha256": file.sha256, "executable": file.executable}
                for key, file in tool.files.items()
            },
        }
        write_json(folder / MANIFEST, document)
        try:
            folder.rename(shelf / name)
        except OSError:
            # Another thread or process added it meanwhile; a rename onto a filled folder fails.
            other = find(name)
            if other.sha256 != tool.sha256:
                raise
            return other
    return verify(_tool_from(shelf / name, document))


def _tool_from(folder: Path, document: dict[str, Any]) -> Tool:
    said = document["dialect"]
    tool = Tool(
        name=folder.name,
        files={
            str(key): LocalFile(
                folder / safe_name(key, limit=200), file["sha256"], file["executable"]
            )
            for key, file in document["files"].items()
        },
        binary=document["binary"],
        abi=document["abi"],
        version=document["version"],
        dialect=Dialect(said) if said else None,
        source=document["source"],
    )
    return _with_learned_dialect(tool)


def _with_learned_dialect(tool: Tool) -> Tool:
    """Fill in the dialect from any device's answer; the flags are asked for on each device."""
    for answer in answers(tool).values():
        if answer.dialect is not None:
            return replace(tool, dialect=answer.dialect)
    return tool
