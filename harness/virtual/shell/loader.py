"""From a command's name to the program that runs it: PATH, `#!` lines, pushed binaries."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from typing import TYPE_CHECKING

from harness.virtual.nodes import Place
from harness.virtual.shell.channels import OpenFile
from harness.virtual.shell.context import ProcessContext, Program, decode, encode, reason
from harness.virtual.shell.process import Process

if TYPE_CHECKING:
    from harness.virtual.machine import VirtualPhone

_HEAD = 4096
_SHELL = "/system/bin/sh"
_DEFAULT_PATH = "/product/bin:/system/bin:/vendor/bin"  # bionic, paths.h
_MOST_SCRIPTS = 4  # linux/binfmt_script.c, depth of #! lines


class CannotExecuteError(Exception):
    """Raised when a command cannot be run; the text is mksh's, `status` is 126 or 127."""

    def __init__(self, name: str, error: OSError, why: str = "") -> None:
        self.name = name
        self.error = error
        missing = error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
        self.status = 127 if missing else 126
        text = "inaccessible or not found" if missing else why or f"can't execute: {reason(error)}"
        super().__init__(f"{name}: {text}")


async def run(phone: VirtualPhone, process: Process, argv: tuple[str, ...]) -> int:
    """Run a program inside a process and return its status.

    Raises:
        CannotExecuteError: there is no such program, or it is none.
    """
    program, words = find(phone, process, argv)
    process.argv = words
    return await program(ProcessContext(phone, process, words))


async def execute(
    phone: VirtualPhone, process: Process, argv: tuple[str, ...], *, caller: str
) -> int:
    """Run a program as toybox's commands do; what goes wrong is written to stderr."""
    try:
        return await run(phone, process, argv)
    except CannotExecuteError as error:
        stderr = process.files.get(2) or OpenFile()
        await stderr.write(encode(f"{caller}: exec {error.name}: {reason(error.error)}\n"))
        return error.status


def find(
    phone: VirtualPhone, process: Process, argv: tuple[str, ...]
) -> tuple[Program, tuple[str, ...]]:
    """Return a program and the arguments it gets, `#!` lines followed.

    Raises:
        CannotExecuteError: there is no such program, or it is none.
    """
    name, words = argv[0], argv
    try:
        path = which(phone, process, name)
        for _ in range(_MOST_SCRIPTS):
            found = phone.find_program(path)
            if not isinstance(found, tuple):
                return found, words
            words = (*found, path, *words[1:])
            path = which(phone, process, found[0])
        raise _error(errno.ELOOP)
    except OSError as error:
        raise CannotExecuteError(name, error, str(error.strerror or "")) from None


def which(phone: VirtualPhone, process: Process, name: str) -> str:
    """Return the absolute path of a command.

    Raises:
        OSError: ENOENT when there is none.
    """
    if "/" in name:
        return posixpath.join(process.cwd, name)
    if name:
        for folder in process.env.get("PATH", _DEFAULT_PATH).split(":"):
            path = posixpath.join(process.cwd, folder, name)
            if is_executable(phone, path):
                return path
    raise _error(errno.ENOENT)


def is_executable(phone: VirtualPhone, path: str) -> bool:
    """Whether a file lies at `path` that may be run."""
    try:
        found = phone.filesystem.stat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.mode) and bool(found.mode & stat.S_IXUSR)


def program_of_file(phone: VirtualPhone, place: Place) -> Program | tuple[str, ...]:
    """Return what runs a file: a program, or the words of its `#!` line.

    Raises:
        OSError: ENOENT, EACCES or ENOEXEC.
    """
    found = phone.filesystem.stat(place.path)
    if not stat.S_ISREG(found.mode) or not found.mode & stat.S_IXUSR:
        raise OSError(errno.EACCES, f"can't execute: {os.strerror(errno.EACCES)}")
    head = phone.filesystem.read_head(place.path, _HEAD)
    for recognise in phone.recognisers:
        program = recognise(head)
        if program is not None:
            return program
    if head.startswith(b"#!"):
        words = decode(head[2:].split(b"\n", 1)[0]).strip().split(None, 1)
        if words:
            return tuple(words)
    if head.startswith(b"\x7fELF"):
        bits = "64" if head[4:5] == b"\x02" else "32"
        raise OSError(errno.ENOEXEC, f"not executable: {bits}-bit ELF file")
    if b"\0" in head[:80]:
        magic = head[:2].hex().upper()
        raise OSError(errno.ENOEXEC, f"not executable: magic {magic}")
    return (_SHELL,)


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
