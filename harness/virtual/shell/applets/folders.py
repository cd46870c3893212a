"""Commands that walk folders: ls, find, du, df."""

from __future__ import annotations

import posixpath
import stat
import time

from harness.virtual.nodes import FileStat
from harness.virtual.shell import pattern
from harness.virtual.shell.applets.options import UsageError, number, read_options
from harness.virtual.shell.context import ProcessContext, Program, reason

_BLOCK = 4096


async def _ls(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "1AaCdFghHiklLmnopqrRsStuxZ")
    shown = names or ["."]
    folders = []
    singles: list[tuple[str, FileStat]] = []
    for name in shown:
        try:
            found = ctx.fs.stat(ctx.path(name), follow="l" not in options)
        except OSError as error:
            ctx.failed.append(name)
            await ctx.err(f"ls: {name}: {reason(error)}\n")
            continue
        if found.is_directory and "d" not in options:
            folders.append(name)
        else:
            singles.append((name, found))
    await _show(ctx, options, singles, folder="")
    while folders:
        name = folders.pop(0)
        if len(shown) > 1 or "R" in options:
            await ctx.out(f"{name}:\n")
        entries = await _entries(ctx, options, name)
        if "l" in options:
            total = sum((found.size + 1023) // 1024 for _, found in entries)
            await ctx.out(f"total {total}\n")
        await _show(ctx, options, entries, folder=name)
        if "R" in options:
            below = [n for n, found in entries if found.is_directory and n not in (".", "..")]
            folders = [posixpath.join(name, n) for n in below] + folders
    return int(bool(ctx.failed))


async def _entries(
    ctx: ProcessContext, options: dict[str, str], folder: str
) -> list[tuple[str, FileStat]]:
    names = ctx.fs.listdir(ctx.path(folder))
    if not {"a", "A"} & set(options):
        names = [name for name in names if not name.startswith(".")]
    elif "a" in options:
        names = [".", "..", *names]
    found = []
    for name in names:
        path = posixpath.join(ctx.path(folder), name)
        try:
            found.append((name, ctx.fs.stat(path, follow="L" in options)))
        except OSError:
            continue  # it went away meanwhile
    if "t" in options or "S" in options:
        found.sort(key=lambda item: -(item[1].mtime if "t" in options else item[1].size))
    return found[::-1] if "r" in options else found


async def _show(
    ctx: ProcessContext, options: dict[str, str], entries: list[tuple[str, FileStat]], folder: str
) -> None:
    width = max((len(str(found.size)) for _, found in entries), default=1)
    for name, found in entries:
        start = f"{found.ino} " if "i" in options else ""
        end = "/" if found.is_directory and ("F" in options or "p" in options) else ""
        if "l" in options or "n" in options:
            owner = "shell shell" if found.uid else "root  root "
            when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(found.mtime))
            start += (
                f"{stat.filemode(found.mode)} {found.nlink} {owner} {found.size:{width}} {when} "
            )
            if found.is_link:
                end = " -> " + ctx.fs.readlink(posixpath.join(ctx.path(folder), name))
        await ctx.out(f"{start}{name}{end}\n")


async def _find(ctx: ProcessContext) -> int:
    words = list(ctx.args)
    tops = []
    while words and not words[0].startswith(("-", "!")):
        tops.append(words.pop(0))
    conditions: list[tuple[str, str]] = []
    actions: list[tuple[str, list[str]]] = []
    depths = {"-maxdepth": 1 << 30, "-mindepth": 0}
    while words:
        word = words.pop(0)
        if word in ("-print", "-print0", "-delete"):
            actions.append((word, []))
        elif word == "-exec" and any(end in words for end in (";", "+")):
            end = min(words.index(e) for e in (";", "+") if e in words)
            actions.append((word, words[:end]))
            words = words[end + 1 :]
        elif word in depths and words:
            depths[word] = number(words.pop(0))
        elif word in ("-name", "-iname", "-path", "-type", "-size", "-newer", "-mmin") and words:
            conditions.append((word, words.pop(0)))
        elif word != "-depth":
            raise UsageError(f"bad arg '{word}'")
    walked: list[tuple[str, FileStat, int]] = []
    for top in tops or ["."]:
        await _walk(ctx, top, 0, depths["-maxdepth"], walked)
    deletes = any(action == "-delete" for action, _ in actions)
    for name, found, depth in reversed(walked) if deletes else walked:
        if depth < depths["-mindepth"] or not all(
            _meets(ctx, key, value, name, found) for key, value in conditions
        ):
            continue
        for action, argv in actions or [("-print", [])]:
            if action == "-delete":
                (ctx.fs.rmdir if found.is_directory else ctx.fs.unlink)(ctx.path(name))
            elif action == "-exec":
                await ctx.start(name if word == "{}" else word for word in argv).wait()
            else:
                await ctx.out(name + ("\0" if action == "-print0" else "\n"))
    return int(bool(ctx.failed))


async def _walk(
    ctx: ProcessContext, name: str, depth: int, deepest: int, into: list[tuple[str, FileStat, int]]
) -> None:
    try:
        found = ctx.fs.stat(ctx.path(name), follow=False)
    except OSError as error:
        ctx.failed.append(name)
        await ctx.err(f"find: '{name}': {reason(error)}\n")
        return
    into.append((name, found, depth))
    if found.is_directory and depth < deepest:
        for below in ctx.fs.listdir(ctx.path(name)):
            await _walk(ctx, posixpath.join(name, below), depth + 1, deepest, into)


def _meets(ctx: ProcessContext, key: str, value: str, name: str, found: FileStat) -> bool:
    if key in ("-name", "-iname"):
        base = posixpath.basename(name.rstrip("/")) or name
        fold = key == "-iname"
        return pattern.matches(value.lower() if fold else value, base.lower() if fold else base)
    if key == "-path":
        return pattern.matches(value, name)
    if key == "-type":
        kinds = {"f": stat.S_ISREG, "d": stat.S_ISDIR, "l": stat.S_ISLNK, "p": stat.S_ISFIFO}
        return any(kinds[k](found.mode) for k in value.split(",") if k in kinds)
    if key == "-newer":
        return found.mtime > ctx.fs.stat(ctx.path(value)).mtime
    sign, digits = (value[0], value[1:]) if value[:1] in ("+", "-") else ("", value)
    if key == "-size":
        unit = {"c": 1, "k": 1024, "M": 1 << 20, "G": 1 << 30}.get(digits[-1:], 512)
        have, want = found.size // unit, number(digits.rstrip("cbkMG"))
    else:
        have, want = int((time.time() - found.mtime) // 60), number(digits)
    return have > want if sign == "+" else have < want if sign == "-" else have == want


async def _du(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "askmhcxHLKbS", "d")
    unit = 1 << 20 if "m" in options else 1 if "b" in options else 1024
    limit = 0 if "s" in options else number(options.get("d", "9999"))
    for name in names or ["."]:
        await _du_folder(ctx, name, 0, limit, unit, everything="a" in options)
    return int(bool(ctx.failed))


async def _du_folder(
    ctx: ProcessContext, name: str, depth: int, limit: int, unit: int, *, everything: bool
) -> int:
    try:
        found = ctx.fs.stat(ctx.path(name), follow=False)
    except OSError as error:
        ctx.failed.append(name)
        await ctx.err(f"du: {name}: {reason(error)}\n")
        return 0
    total = -(-found.size // _BLOCK) * _BLOCK if unit > 1 else found.size
    if found.is_directory:
        for below in ctx.fs.listdir(ctx.path(name)):
            path = posixpath.join(name, below)
            total += await _du_folder(ctx, path, depth + 1, limit, unit, everything=everything)
    if depth <= limit and (found.is_directory or everything or depth == 0):
        await ctx.out(f"{-(-total // unit)}\t{name}\n")
    return total


async def _df(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "kmhHPaTi", "t")
    for name in names:
        if not ctx.fs.exists(ctx.path(name)):
            return await ctx.fail(f"{name}: No such file or directory")
    unit, title = (1 << 20, "1M-blocks") if "m" in options else (1024, "1K-blocks")
    total, used, free = (n // unit for n in (ctx.fs.capacity, ctx.fs.used, ctx.fs.free))
    percent = -(-100 * used // total) if total else 0
    await ctx.out(
        f"{'Filesystem':<16} {title:>10} {'Used':>10} {'Available':>10} Use% Mounted on\n"
    )
    row = f"{total:>10} {used:>10} {free:>10} {percent:>3}%"
    await ctx.out(f"{'/dev/block/dm-49':<16} {row} /data\n")
    return 0


COMMANDS: dict[str, Program] = {"ls": _ls, "find": _find, "du": _du, "df": _df}
