"""Commands on files: rm, mv, cp, chmod, touch, ln, mkdir, stat, dd and their kin."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import posixpath
import re
import stat
import time
import uuid
from datetime import UTC, datetime

from harness.virtual.nodes import FileStat
from harness.virtual.shell.applets.options import (
    UsageError,
    number,
    open_input,
    pieces,
    read_options,
    size,
)
from harness.virtual.shell.channels import HostFile
from harness.virtual.shell.context import ProcessContext, Program, reason
from harness.virtual.shell.redirection import open_file

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


async def _mkdir(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "pv", "m")
    mode = int(options.get("m", "777"), 8)
    for name in names:
        parts = posixpath.join(ctx.cwd, name).rstrip("/").split("/")
        paths = ["/".join(parts[: n + 1]) or "/" for n in range(1, len(parts))]
        for path in paths if "p" in options else paths[-1:]:
            try:
                if "p" in options and ctx.fs.exists(path):
                    continue
                ctx.fs.mkdir(path, mode)
            except OSError as error:
                await _complain(ctx, name, error)
                break
    return int(bool(ctx.failed))


async def _rmdir(ctx: ProcessContext) -> int:
    _, names = read_options(ctx.args, "p")
    for name in names:
        try:
            ctx.fs.rmdir(ctx.path(name))
        except OSError as error:
            await _complain(ctx, name, error)
    return int(bool(ctx.failed))


async def _rm(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "rRfiv")
    if not names and "f" not in options:
        raise UsageError("Needs 1 argument")
    deep = bool({"r", "R"} & set(options))
    for name in names:
        try:
            found = ctx.fs.stat(ctx.path(name), follow=False)
            if found.is_directory and not deep:
                raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
            _remove(ctx, ctx.path(name), found)
        except FileNotFoundError as error:
            if "f" not in options:
                await _complain(ctx, name, error)
        except OSError as error:
            await _complain(ctx, name, error)
    return int(bool(ctx.failed))


def _remove(ctx: ProcessContext, path: str, found: FileStat) -> None:
    if not found.is_directory:
        ctx.fs.unlink(path)
        return
    for name in ctx.fs.listdir(path):
        below = f"{path.rstrip('/')}/{name}"
        _remove(ctx, below, ctx.fs.stat(below, follow=False))
    ctx.fs.rmdir(path)


def _into(ctx: ProcessContext, source: str, target: str) -> str:
    """Return where a file ends up: below the target when that is a folder."""
    path = ctx.path(target)
    try:
        if ctx.fs.stat(path).is_directory:
            return posixpath.join(path, posixpath.basename(source.rstrip("/")))
    except OSError:
        pass
    return path


async def _mv(ctx: ProcessContext) -> int:
    _, names = read_options(ctx.args, "fnivT")
    *sources, target = _some(names)
    for name in sources:
        try:
            ctx.fs.rename(ctx.path(name), _into(ctx, name, target))
        except OSError as error:
            await _complain(ctx, name, error)
    return int(bool(ctx.failed))


async def _cp(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "rRapfdvnLPH")
    *sources, target = _some(names)
    deep = bool({"r", "R", "a"} & set(options))
    for name in sources:
        try:
            await _copy(ctx, ctx.path(name), _into(ctx, name, target), deep=deep)
        except OSError as error:
            await _complain(ctx, name, error)
    return int(bool(ctx.failed))


async def _copy(ctx: ProcessContext, source: str, target: str, *, deep: bool) -> None:
    found = ctx.fs.stat(source)
    if found.is_directory:
        if not deep:
            raise OSError(errno.EISDIR, "Skipped dir")
        if not ctx.fs.exists(target):
            ctx.fs.mkdir(target)
        for name in ctx.fs.listdir(source):
            await _copy(ctx, f"{source}/{name}", f"{target}/{name}", deep=True)
        return
    opened = await open_file(ctx.phone, source, os.O_RDONLY)
    out = await open_file(ctx.phone, target, _CREATE)
    try:
        async for piece in pieces(opened):
            await out.write(piece)
    finally:
        out.close()
    ctx.fs.chmod(target, found.mode & 0o777)


def _some(names: list[str]) -> list[str]:
    if len(names) < 2:  # noqa: PLR2004 - a source and a target
        raise UsageError("Needs 2 arguments")
    return names


async def _chmod(ctx: ProcessContext) -> int:
    deep = "-R" in ctx.args
    mode, *names = _some([arg for arg in ctx.args if arg not in ("-R", "-f", "-v")])
    for name in names:
        try:
            paths = [ctx.path(name)]
            for path in paths:
                found = ctx.fs.stat(path)
                ctx.fs.chmod(path, change_mode(mode, found.mode))
                if deep and found.is_directory:
                    paths += [f"{path}/{below}" for below in ctx.fs.listdir(path)]
        except OSError as error:
            await _complain(ctx, name, error)
    return int(bool(ctx.failed))


def change_mode(word: str, mode: int) -> int:
    """Apply `755` or `u+x,go-w` to permission bits.

    Raises:
        UsageError: the word is no mode.
    """
    if re.fullmatch(r"[0-7]{1,4}", word):
        return int(word, 8)
    result = mode & 0o7777
    for part in word.split(","):
        match = re.fullmatch(r"([ugoa]*)([-+=])([rwxX]*)", part)
        if match is None:
            raise UsageError(f"bad mode '{word}'")
        who, operator, letters = match.groups()
        bits = sum({"r": 4, "w": 2, "x": 1, "X": 1}[letter] for letter in set(letters))
        shifts = [{"u": 6, "g": 3, "o": 0}[c] for c in who.replace("a", "ugo")] or [6, 3, 0]
        for shift in set(shifts):
            if operator == "=":
                result &= ~(7 << shift)
            result = result & ~(bits << shift) if operator == "-" else result | bits << shift
    return result


async def _touch(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "acm", "dtr")
    when = _moment(options["d"]) if "d" in options else time.time()
    for name in names:
        path = ctx.path(name)
        try:
            if not ctx.fs.exists(path):
                if "c" in options:
                    continue
                ctx.fs.write(path, b"")
            ctx.fs.touch(path, when)
        except OSError as error:
            await _complain(ctx, name, error)
    return int(bool(ctx.failed))


def _moment(word: str) -> float:
    """Read `@seconds` or `2024-05-01T12:00:00` (UTC, as the phone's clock is)."""
    try:
        if word.startswith("@"):
            return float(word[1:])
        return datetime.fromisoformat(word).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise UsageError(f"bad date '{word}'") from None


async def _ln(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "sfnv")
    target, *rest = names or _some(names)
    path = _into(ctx, target, rest[0] if rest else ".")
    if "s" not in options:
        # The platform policy forbids hard links in /data/local/tmp (sepolicy, domain.te).
        return await ctx.fail(f"cannot create hard link from '{target}': Permission denied")
    if "f" in options:
        with contextlib.suppress(FileNotFoundError):
            ctx.fs.unlink(path)
    try:
        ctx.fs.symlink(target, path)
    except OSError as error:
        return await ctx.fail(f"cannot create symlink from '{target}' to '{path}': {reason(error)}")
    return 0


async def _readlink(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "fnqem")
    for name in names:
        try:
            if "f" in options or ctx.name == "realpath":
                shown = ctx.fs.resolve(ctx.path(name)).path
            else:
                shown = ctx.fs.readlink(ctx.path(name))
        except OSError:
            return 1
        await ctx.out(shown + ("" if "n" in options else "\n"))
    return 0


async def _stat(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "Ltf", "c")
    for name in names:
        try:
            found = ctx.fs.stat(ctx.path(name), follow="L" in options)
        except OSError as error:
            await _complain(ctx, f"'{name}'", error)
            continue
        form = options.get("c", "  File: %n\n  Size: %s\t Blocks: %b\t %F\nAccess: (%a/%A)")
        await ctx.out(re.sub(r"%(.)", functools.partial(_stat_match, name, found), form) + "\n")
    return int(bool(ctx.failed))


def _stat_match(name: str, found: FileStat, match: re.Match[str]) -> str:
    return _stat_field(match.group(1), name, found)


def _stat_field(letter: str, name: str, found: FileStat) -> str:
    return {
        "n": name,
        "s": str(found.size),
        "b": str((found.size + 511) // 512),
        "a": f"{stat.S_IMODE(found.mode):o}",
        "A": stat.filemode(found.mode),
        "f": f"{found.mode:x}",
        "F": "directory"
        if found.is_directory
        else "symbolic link"
        if found.is_link
        else "regular file",
        "u": str(found.uid),
        "g": str(found.gid),
        "U": "shell" if found.uid else "root",
        "G": "shell" if found.gid else "root",
        "i": str(found.ino),
        "h": str(found.nlink),
        "Y": str(int(found.mtime)),
        "X": str(int(found.mtime)),
        "Z": str(int(found.mtime)),
        "y": time.strftime("%Y-%m-%d %H:%M:%S.000000000 +0000", time.gmtime(found.mtime)),
        "%": "%",
    }.get(letter, f"%{letter}")


async def _mkfifo(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "", "m")
    for name in names:
        try:
            ctx.fs.mkfifo(ctx.path(name), int(options.get("m", "666"), 8))
        except OSError as error:
            await _complain(ctx, f"'{name}'", error)
    return int(bool(ctx.failed))


async def _mktemp(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "dqtu", "p")
    folder = options.get("p", ctx.env.get("TMPDIR", "/data/local/tmp"))
    form = names[0] if names else f"{folder}/tmp.XXXXXXXXXX"
    path = ctx.path(re.sub(r"X{2,}$", lambda m: uuid.uuid4().hex[: len(m.group())], form))
    if "d" in options:
        ctx.fs.mkdir(path, 0o700)
    else:
        ctx.fs.write(path, b"", mode=0o600)
    await ctx.out(path + "\n")
    return 0


async def _truncate(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "c", "s")
    wanted = size(options.get("s", "0"))
    for name in names:
        data = ctx.fs.read(ctx.path(name)) if ctx.fs.exists(ctx.path(name)) else b""
        ctx.fs.write(ctx.path(name), data[:wanted].ljust(wanted, b"\0"))
    return 0


async def _dd(ctx: ProcessContext) -> int:
    words = dict(arg.split("=", 1) for arg in ctx.args if "=" in arg)
    block = size(words.get("bs", words.get("ibs", "512")))
    left = number(words["count"]) if "count" in words else None
    flags = os.O_WRONLY | os.O_CREAT | (0 if "notrunc" in words.get("conv", "") else os.O_TRUNC)
    source = await open_input(ctx, words.get("if", "-"))
    target = (
        await open_file(ctx.phone, ctx.path(words["of"]), flags)
        if "of" in words
        else ctx.stdout.share()
    )
    for opened, key in ((source, "skip"), (target, "seek")):
        if key in words and isinstance(opened, HostFile):
            opened.seek(size(words[key]) * block)
    blocks = copied = 0
    try:
        while left is None or blocks < left:
            piece = await source.read(block)
            if not piece:
                break
            await target.write(piece)
            blocks, copied = blocks + 1, copied + len(piece)
    finally:
        source.close()
        target.close()
    if words.get("status") != "none":
        await ctx.err(f"{blocks}+0 records in\n{blocks}+0 records out\n{copied} bytes copied\n")
    return 0


async def _basename(ctx: ProcessContext) -> int:
    name, *suffix = ctx.args or ("",)
    base = posixpath.basename(name.rstrip("/")) or name[:1]
    await ctx.out(base.removesuffix(suffix[0] if suffix else "") + "\n")
    return 0


async def _dirname(ctx: ProcessContext) -> int:
    for name in ctx.args:
        await ctx.out(
            (posixpath.dirname(name.rstrip("/")) or ("/" if name[:1] == "/" else ".")) + "\n"
        )
    return 0


async def _complain(ctx: ProcessContext, name: str, error: OSError) -> None:
    ctx.failed.append(name)
    await ctx.err(f"{ctx.name}: {name}: {reason(error)}\n")


COMMANDS: dict[str, Program] = {
    "mkdir": _mkdir,
    "rmdir": _rmdir,
    "rm": _rm,
    "unlink": _rm,
    "mv": _mv,
    "cp": _cp,
    "chmod": _chmod,
    "touch": _touch,
    "ln": _ln,
    "readlink": _readlink,
    "realpath": _readlink,
    "stat": _stat,
    "mkfifo": _mkfifo,
    "mktemp": _mktemp,
    "truncate": _truncate,
    "dd": _dd,
    "basename": _basename,
    "dirname": _dirname,
}
