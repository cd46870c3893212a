"""`sh` as a program: its arguments, scripts, commands on stdin and a prompt on a terminal."""

from __future__ import annotations

import contextlib

from harness.virtual.shell.context import ProcessContext, at, decode, encode, reason
from harness.virtual.shell.expansion import ExpansionError
from harness.virtual.shell.parser import Parser
from harness.virtual.shell.process import ExitProcess
from harness.virtual.shell.session import Shell
from harness.virtual.shell.steering import LoopControl, ReturnFrom
from harness.virtual.shell.syntax import IncompleteError, ShellSyntaxError


async def sh(ctx: ProcessContext) -> int:
    """Run `sh [-eux] [-c text [name]] [file] [argument…]`."""
    args = list(ctx.args)
    options: set[str] = set()
    while args and args[0].startswith(("-", "+")) and args[0] not in ("-", "--"):
        word = args.pop(0)
        if word in ("-o", "+o"):
            args[:1] = []
        elif word[0] == "-":
            options |= set(word[1:])
    dash = bool(args) and args[0] in ("-", "--")
    args = args[1:] if dash else args
    shell = Shell(ctx.phone, ctx.process, name=ctx.argv[0], positional=[])
    shell.options = options - {"c", "s", "i", "l"}
    if "c" in options:
        if not args:
            return await ctx.fail("-c: requires an argument")
        shell.name, shell.positional = (args[1] if len(args) > 1 else shell.name), args[2:]
        return await _guarded(shell, args[0])
    if args and "s" not in options:
        shell.name, shell.positional, shell.runs_file = args[0], args[1:], True
        try:
            text = decode(ctx.fs.read(at(ctx.process, args[0])))
        except OSError as error:
            await ctx.err(f"{ctx.argv[0]}: can't open '{args[0]}': {reason(error)}\n")
            return 127
        return await _guarded(shell, text)
    shell.positional = args
    shell.interactive = ctx.stdin.is_terminal
    return await _read_commands(ctx, shell)


async def _guarded(shell: Shell, text: str) -> int:
    """Run text and turn whatever leaves it into a status."""
    return await shell.finish(await _run(shell, text))


async def _run(shell: Shell, text: str) -> int:
    try:
        return await shell.run_text(text)
    except (ExitProcess, ReturnFrom) as end:
        return end.status
    except LoopControl:
        return 0
    except ExpansionError as error:
        await shell.complain(str(error))
        return 1


async def _read_commands(ctx: ProcessContext, shell: Shell) -> int:
    """Run commands from stdin, line by line as they come."""
    host = shell.get("HOSTNAME") or "phone"
    text = ""
    while True:
        if shell.interactive:
            prompt = "> " if text else f"{host}:{shell.cwd} $ "
            await shell.stderr.write(encode(prompt))
        line = decode(await ctx.stdin.read_line())
        text += line
        if line and _is_incomplete(text):
            continue
        with contextlib.suppress(LoopControl, ReturnFrom):
            try:
                await shell.run_text(text)
            except ExitProcess as end:
                return await shell.finish(end.status)
            except ExpansionError as error:
                await shell.complain(str(error))
                shell.status = 1
        text = ""
        if not line:
            return await shell.finish(shell.status)


def _is_incomplete(text: str) -> bool:
    parser = Parser(text)
    try:
        while parser.next_list() is not None:
            pass
    except IncompleteError:
        return True
    except ShellSyntaxError:
        return False
    return text.endswith("\\\n")
