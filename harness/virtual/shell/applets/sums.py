"""Checksums: md5sum, sha1sum, sha256sum and their kin."""

from __future__ import annotations

import asyncio
import hashlib
import re

from harness.virtual.shell.applets.options import (
    each_input,
    lines,
    open_input,
    pieces,
    read_options,
)
from harness.virtual.shell.context import ProcessContext, Program, decode


async def _sum(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "bcs")
    if "c" in options:
        return await _check(ctx, names, quiet="s" in options)
    async for name, source in each_input(ctx, names):
        digest = hashlib.new(ctx.name.removesuffix("sum"))
        async for piece in pieces(source):
            digest.update(piece)
            await asyncio.sleep(0)
        await ctx.out(f"{digest.hexdigest()}{'' if 'b' in options else f'  {name}'}\n")
    return int(bool(ctx.failed))


async def _check(ctx: ProcessContext, names: list[str], *, quiet: bool) -> int:
    status = 0
    for listing in names or ["-"]:
        async for line in lines(await open_input(ctx, listing)):
            match = re.match(r"([0-9a-f]+) [ *](.*)", decode(line).rstrip("\n"))
            if match is None:
                continue
            wanted, name = match.groups()
            digest = hashlib.new(ctx.name.removesuffix("sum"))
            async for piece in pieces(await open_input(ctx, name)):
                digest.update(piece)
                await asyncio.sleep(0)
            right = digest.hexdigest() == wanted
            status = status if right else 1
            if not quiet:
                await ctx.out(f"{name}: {'OK' if right else 'FAILED'}\n")
    return status


COMMANDS: dict[str, Program] = dict.fromkeys(
    ("md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum"), _sum
)
