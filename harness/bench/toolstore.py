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

from harness.bench.elf import ANDROID_ABIS, is_script, read_elf
from harness.bench.helptext import HelpText, parse_help
from harness.bench.tool import Tool
from harness.bench.variant import Dialect
from harness.device.base import LocalFile
from harness.errors import ToolError, UnknownNameError, UsageError
from harness.files import safe_name, sha256_of, write_json

HOME_VARIABLE = "HARNESS_HOME"
_MANIFEST = "tool.json"
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
    files = _files_of(paths)
    binary = _binary_among(files)
    found_abi = _abi_of(binary, abi)
    _check_libraries(files, binary, None if is_script(binary) else found_abi)
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
    for manifest in (home() / "tools").glob(f"*/{_MANIFEST}"):
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


def _files_of(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(one for one in path.iterdir() if one.is_file())
        elif path.is_file():
            files.append(path)
        else:
            raise UsageError(
                f"{path}: no such file", next_step="give the path of a benchmark_model"
            )
    names = [file.name for file in files]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(
            f"two files are named {twice}", next_step="they lie in one folder on the phone"
        )
    odd = next((name for name in names if safe_name(name, limit=200) != name), None)
    if odd is not None or _MANIFEST in names:
        raise UsageError(
            f"a file of a tool cannot be named {odd or _MANIFEST!r}", next_step="rename it first"
        )
    return files


def _is_library(path: Path) -> bool:
    return path.suffix == ".so" or ".so." in path.name


def _binary_among(files: Sequence[Path]) -> Path:
    programs = [
        file
        for file in files
        if not _is_library(file) and (is_script(file) or read_elf(file).abi is not None)
    ]
    if files and programs and (len(programs) == 1 or programs[0] == files[0]):
        return programs[0]
    named = [file for file in programs if "benchmark_model" in file.name]
    if len(named) == 1:
        return named[0]
    if programs:
        names = ", ".join(file.name for file in programs)
        raise UsageError(f"several programs: {names}", next_step="name the benchmark_model first")
    reasons = [f"{file.name}: {read_elf(file).reason}" for file in files if not _is_library(file)]
    raise UsageError(
        f"no program for Android among the files given ({'; '.join(reasons) or 'libraries only'})",
        next_step="give the benchmark_model binary itself; an APK will not do",
    )


def _abi_of(binary: Path, given: str | None) -> str:
    if given is not None and given not in ANDROID_ABIS:
        raise UsageError(f"{given!r} is no ABI", next_step=f"one of {', '.join(ANDROID_ABIS)}")
    facts = read_elf(binary)
    if facts.abi is None:
        if given is None:
            raise UsageError(
                f"{binary.name} is a script: its ABI cannot be read from it",
                next_step="say which phones it runs on with --abi, e.g. --abi arm64-v8a",
            )
        return given
    if given is not None and given != facts.abi:
        raise UsageError(
            f"{binary.name} is built for {facts.abi}, not {given}", next_step="leave --abi out"
        )
    if facts.foreign and given is None:
        raise UsageError(
            f"{binary.name} is a Linux program (it asks for {facts.loader}), not one for Android",
            next_step=f"get the Android build, or insist with --abi {facts.abi}",
        )
    return facts.abi


def _check_libraries(files: Sequence[Path], binary: Path, abi: str | None) -> None:
    for file in files:
        if file == binary or not _is_library(file) or abi is None:
            continue
        facts = read_elf(file)
        if facts.abi != abi:
            raise UsageError(
                f"{file.name} is {facts.abi or facts.reason}, but {binary.name} is {abi}",
                next_step="the phone's loader refuses such a pair; get the library for that ABI",
            )


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
        write_json(folder / _MANIFEST, document)
        folder.rename(shelf / name)
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
