"""Commands that pass text through: cat, head, tail, wc, cut, tr, sort, uniq, tee."""

from __future__ import annotations

import os
import re
from collections import deque

from harness.virtual.shell.applets.options import (
    UsageError,
    each_input,
    lines,
    number,
    pieces,
    read_all,
    read_options,
    size,
)
from harness.virtual.shell.context import ProcessContext, Program, decode, encode
from harness.virtual.shell.printing import unescape
from harness.virtual.shell.redirection import open_file


async def _cat(ctx: ProcessContext) -> int:
    _, names = read_options(ctx.args, "u")
    async for _, source in each_input(ctx, names):
        async for piece in pieces(source):
            await ctx.out(piece)
    return int(bool(ctx.failed))


def _counted(args: tuple[str, ...]) -> tuple[str, ...]:
    """Read the old form `-20` as `-n 20`."""
    return tuple(f"-n{arg[1:]}" if re.fullmatch(r"-\d+", arg) else arg for arg in args)


async def _head(ctx: ProcessContext) -> int:
    options, names = read_options(_counted(ctx.args), "qv", "nc")
    async for name, source in each_input(ctx, names):
        if len(names) > 1 and "q" not in options:
            await ctx.out(f"==> {name} <==\n")
        left = size(options["c"]) if "c" in options else number(options.get("n", "10"))
        if left < 0:
            data = b"".join([piece async for piece in pieces(source)])
            kept = data[:left] if "c" in options else b"".join(_lines(data)[:left])
            await ctx.out(kept)
            continue
        while left > 0:
            piece = await (source.read(left) if "c" in options else source.read_line())
            if not piece:
                break
            left -= len(piece) if "c" in options else 1
            await ctx.out(piece)
        source.close()
    return int(bool(ctx.failed))


async def _tail(ctx: ProcessContext) -> int:
    options, names = read_options(_counted(ctx.args), "fq", "nc")
    for name in names or ["-"]:
        if len(names) > 1:
            await ctx.out(f"==> {name} <==\n")
        data = await read_all(ctx, name)
        word = options.get("c", options.get("n", "10"))
        count = size(word) if "c" in options else number(word)
        units = data if "c" in options else _lines(data)
        if word.startswith("+"):
            kept = units[max(0, count - 1) :]
        else:
            kept = units[-abs(count) :] if count else units[:0]
        await ctx.out(kept if isinstance(kept, bytes) else b"".join(kept))
    return 0


def _lines(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


async def _wc(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "lwcm")
    total = [0, 0, 0]
    chosen = [i for i, letters in enumerate(("l", "w", "cm")) if set(letters) & set(options)]
    chosen = chosen or [0, 1, 2]
    async for name, source in each_input(ctx, names):
        counts = [0, 0, 0]
        async for line in lines(source):
            counts[0] += line.endswith(b"\n")
            counts[1] += len(line.split())
            counts[2] += len(line)
        total = [a + b for a, b in zip(total, counts, strict=True)]
        await ctx.out(_counts(counts, chosen, "" if name == "-" else name))
    if len(names) > 1:
        await ctx.out(_counts(total, chosen, "total"))
    return int(bool(ctx.failed))


def _counts(counts: list[int], chosen: list[int], name: str) -> str:
    shown = " ".join(str(counts[i]) for i in chosen)
    return f"{shown} {name}\n" if name else f"{shown}\n"


async def _cut(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "sn", "dfcb")
    fields = "f" in options
    wanted = options.get("f") or options.get("c") or options.get("b")
    if wanted is None:
        raise UsageError("Needs -f, -c or -b")
    ranges = [_range(part) for part in wanted.split(",")]
    divider = options.get("d", "\t")
    async for _, source in each_input(ctx, names):
        async for line in lines(source):
            text = decode(line).rstrip("\n")
            units = text.split(divider) if fields else list(text)
            if fields and len(units) == 1:
                if "s" not in options:
                    await ctx.out(text + "\n")
                continue
            kept = [u for i, u in enumerate(units, 1) if any(a <= i <= b for a, b in ranges)]
            await ctx.out((divider if fields else "").join(kept) + "\n")
    return int(bool(ctx.failed))


def _range(part: str) -> tuple[int, float]:
    start, dash, end = part.partition("-")
    first = number(start or "1")
    return first, (number(end) if end else float("inf")) if dash else first


async def _tr(ctx: ProcessContext) -> int:
    options, sets = read_options(ctx.args, "dsc")
    if not sets:
        raise UsageError("Needs 1 argument")
    first = _set(sets[0])
    wanted = "c" not in options
    second = _set(sets[1]) if len(sets) > 1 else []
    squeezed = set(second or first)
    last = ""
    async for piece in pieces(ctx.stdin.share()):
        out = []
        for char in piece.decode("latin-1"):
            new = char
            if (char in first) is wanted:
                if "d" in options:
                    continue
                if second:
                    place = first.index(char) if char in first else len(second)
                    new = second[min(place, len(second) - 1)]
            if "s" in options and new == last and new in squeezed:
                continue
            last = new
            out.append(new)
        await ctx.out("".join(out).encode("latin-1"))
    return 0


def _set(word: str) -> list[str]:
    for name, text in {
        "[:upper:]": "A-Z",
        "[:lower:]": "a-z",
        "[:digit:]": "0-9",
        "[:alpha:]": "A-Za-z",
        "[:alnum:]": "A-Za-z0-9",
        "[:space:]": " \t\n\r\f\v",
    }.items():
        word = word.replace(name, text)
    text = encode(unescape(word)[0]).decode("latin-1")
    spread = re.sub(
        r"(.)-(.)",
        lambda m: "".join(map(chr, range(ord(m.group(1)), ord(m.group(2)) + 1))),
        text,
        flags=re.DOTALL,
    )
    return list(spread)


async def _sort(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "nrufbgs", "kt")
    found: list[str] = []
    async for _, source in each_input(ctx, names):
        found += [decode(line).rstrip("\n") async for line in lines(source)]
    field = number(re.split(r"\D", options["k"])[0]) if "k" in options else 0
    numeric = "n" in options or "g" in options or "n" in options.get("k", "")

    def key(line: str) -> tuple[float, bytes]:
        parts = line.split(options.get("t"))
        text = (parts[field - 1] if field <= len(parts) else "") if field else line
        match = re.match(r"\s*-?\d+(\.\d+)?", text) if numeric else None
        folded = text.lower() if "f" in options else text
        return (float(match.group()) if match else 0.0), b"" if numeric else encode(folded)

    backwards = "r" in options or "r" in options.get("k", "")
    found.sort(key=lambda line: (key(line), encode(line)), reverse=backwards)
    if "u" in options:
        found = list({key(line): line for line in reversed(found)}.values())[::-1]
    await ctx.out("".join(f"{line}\n" for line in found))
    return int(bool(ctx.failed))


async def _uniq(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "cdui")
    groups: list[tuple[bytes, int]] = []
    async for _, source in each_input(ctx, names[:1]):
        async for line in lines(source):
            if groups and groups[-1][0] == line:
                groups[-1] = (line, groups[-1][1] + 1)
            else:
                groups.append((line, 1))
    for line, count in groups:
        if ("d" in options and count == 1) or ("u" in options and count > 1):
            continue
        await ctx.out((encode(f"{count:7d} ") if "c" in options else b"") + line)
    return int(bool(ctx.failed))


async def _tee(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "ai")
    mode = os.O_APPEND if "a" in options else os.O_TRUNC
    flags = os.O_WRONLY | os.O_CREAT | mode
    targets = [await open_file(ctx.phone, ctx.path(name), flags) for name in names]
    try:
        async for piece in pieces(ctx.stdin.share()):
            for target in (ctx.stdout, *targets):
                await target.write(piece)
    finally:
        for target in targets:
            target.close()
    return 0


async def _tac(ctx: ProcessContext) -> int:
    kept: deque[bytes] = deque()
    async for _, source in each_input(ctx, list(ctx.args)):
        async for line in lines(source):
            kept.appendleft(line)
    await ctx.out(b"".join(kept))
    return int(bool(ctx.failed))


COMMANDS: dict[str, Program] = {
    "cat": _cat,
    "head": _head,
    "tail": _tail,
    "wc": _wc,
    "cut": _cut,
    "tr": _tr,
    "sort": _sort,
    "uniq": _uniq,
    "tee": _tee,
    "tac": _tac,
}
