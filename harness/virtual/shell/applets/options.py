"""Reading the options of commands, and reporting errors the way toybox does."""

from __future__ import annotations

import errno
import functools
import os
import re
from collections.abc import AsyncIterator

from harness.virtual.shell.channels import OpenFile
from harness.virtual.shell.context import ProcessContext, Program, reason
from harness.virtual.shell.redirection import open_file

_UNITS = {"": 1, "c": 1, "b": 512, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class UsageError(Exception):
    """Raised when a command cannot make sense of its arguments."""


def read_options(
    args: tuple[str, ...], flags: str, values: str = ""
) -> tuple[dict[str, str], list[str]]:
    """Split arguments into options and the rest.

    Args:
        args: what the command got.
        flags: letters that stand alone.
        values: letters that take a value.

    Raises:
        UsageError: an option is not known, or lacks its value.
    """
    found: dict[str, str] = {}
    rest: list[str] = []
    words = list(args)
    while words:
        word = words.pop(0)
        if word == "--":
            rest += words
            break
        if not re.match(r"-[A-Za-z0-9]", word):
            rest.append(word)
            continue
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in values:
                if not letters and not words:
                    raise UsageError(f"Missing argument to -{letter}")
                found[letter] = letters or words.pop(0)
                break
            if letter not in flags:
                raise UsageError(f"Unknown option '{letter}'")
            found[letter] = ""
    return found, rest


def number(word: str) -> int:
    """Read a whole number.

    Raises:
        UsageError: it is none.
    """
    try:
        return int(word)
    except ValueError:
        raise UsageError(f"not integer: {word}") from None


def size(word: str) -> int:
    """Read a size with a unit, such as 4k or 1M.

    Raises:
        UsageError: it is none.
    """
    match = re.fullmatch(r"(-?\d+)([a-z]?)b?", word.lower())
    if match is None or match.group(2) not in _UNITS:
        raise UsageError(f"not integer: {word}")
    return int(match.group(1)) * _UNITS[match.group(2)]


def seconds(word: str) -> float:
    """Read a duration with toybox's suffixes.

    Raises:
        UsageError: it is none.
    """
    match = re.fullmatch(r"(\d*\.?\d+)([smhd]?)", word)
    if match is None:
        raise UsageError(f"bad number '{word}'")
    return float(match.group(1)) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match.group(2)]


def guarded(program: Program) -> Program:
    """Let a command's errors end it with a message and a status, as toybox's do."""

    @functools.wraps(program)
    async def run(ctx: ProcessContext) -> int:
        try:
            return await program(ctx)
        except UsageError as error:
            return await ctx.fail(f'{error} (see "{ctx.name} --help")')
        except BrokenPipeError:
            raise
        except OSError as error:
            name = error.filename if isinstance(error.filename, str) else ""
            return await ctx.fail(f"{name}: {reason(error)}" if name else reason(error))

    return run


async def open_input(ctx: ProcessContext, name: str) -> OpenFile:
    """Open a file to read; `-` is stdin.

    Raises:
        OSError: with the name as the command was given it.
    """
    if name == "-":
        return ctx.stdin.share()
    try:
        return await open_file(ctx.phone, ctx.path(name), os.O_RDONLY)
    except OSError as error:
        raise OSError(error.errno or errno.EIO, reason(error), name) from None


async def pieces(source: OpenFile) -> AsyncIterator[bytes]:
    """Give all bytes of a file, piece by piece, and close it."""
    try:
        while piece := await source.read():
            yield piece
    finally:
        source.close()


async def lines(source: OpenFile) -> AsyncIterator[bytes]:
    """Give the lines of a file with their newlines, and close it."""
    rest = b""
    async for piece in pieces(source):
        whole = re.findall(rb"[^\n]*\n|[^\n]+", rest + piece)
        rest = b"" if not whole or whole[-1].endswith(b"\n") else whole.pop()
        for line in whole:
            yield line
    if rest:
        yield rest


async def read_all(ctx: ProcessContext, name: str) -> bytes:
    """Return a whole input."""
    return b"".join([piece async for piece in pieces(await open_input(ctx, name))])


async def each_input(ctx: ProcessContext, names: list[str]) -> AsyncIterator[tuple[str, OpenFile]]:
    """Open inputs one by one; one that cannot be opened is complained of and left out."""
    for name in names or ["-"]:
        try:
            yield name, await open_input(ctx, name)
        except OSError as error:
            await ctx.err(f"{ctx.name}: {name}: {reason(error)}\n")
            ctx.failed.append(name)
