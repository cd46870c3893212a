"""What makes files a tool: which of them is the program, for which ABI, and whether they fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.bench.elf import ANDROID_ABIS, is_script, read_elf
from harness.errors import UsageError
from harness.files import safe_name

MANIFEST = "tool.json"
"""The store's own file beside them; no file of a tool may be named so."""


def files_of(paths: Sequence[Path]) -> list[Path]:
    """List the files of a bundle; a folder stands for the files in it.

    Raises:
        UsageError: one is missing, or two would have one name on the phone.
    """
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
    if odd is not None or MANIFEST in names:
        raise UsageError(
            f"a file of a tool cannot be named {odd or MANIFEST!r}", next_step="rename it first"
        )
    return files


def _is_library(path: Path) -> bool:
    return path.suffix == ".so" or ".so." in path.name


def binary_among(files: Sequence[Path]) -> Path:
    """Tell which file is the program: the only one, the one named first, or a benchmark_model.

    Raises:
        UsageError: there is none, or several that could be meant.
    """
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


def abi_of(binary: Path, given: str | None) -> str:
    """Return the ABI a program is built for; a script's is the one that was given.

    Raises:
        UsageError: it is for Linux, for another ABI than given, or a script without one.
    """
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


def check_libraries(files: Sequence[Path], binary: Path) -> None:
    """See that every library is built for the program's ABI; a script may bring any.

    Raises:
        UsageError: one is not, so that the phone's loader would refuse it.
    """
    abi = read_elf(binary).abi
    for file in files:
        found = read_elf(file)
        if abi is not None and _is_library(file) and found.abi != abi:
            raise UsageError(
                f"{file.name} is {found.abi or found.reason}, but {binary.name} is {abi}",
                next_step="the phone's loader refuses such a pair; get the library for that ABI",
            )
