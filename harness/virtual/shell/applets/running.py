"""Commands that run or hold up others: timeout, setsid, nohup, taskset, env, xargs, sleep."""

from __future__ import annotations

import asyncio
import re

from harness.virtual.shell import loader, printing, procfs
from harness.virtual.shell.applets.options import (
    UsageError,
    number,
    pieces,
    read_options,
    seconds,
)
from harness.virtual.shell.channels import OpenFile
from harness.virtual.shell.context import ProcessContext, Program, decode
from harness.virtual.shell.process import Process, Signal
from harness.virtual.shell.signals import read_signal, send

_TIMED_OUT = 124
_CANNOT_RUN = 125
_LONG_FORMS = {"--kill-after": "-k", "--signal": "-s"}


def _leading(
    args: tuple[str, ...], flags: str, values: str = ""
) -> tuple[dict[str, str], list[str]]:
    """Read options up to the first word that is none: the rest is a command."""
    words = list(args)
    taken: list[str] = []
    while words and words[0].startswith("-") and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        taken.append(word)
        if word[-1] in values and len(word) == 2 and words:  # noqa: PLR2004 - a dash and a letter
            taken.append(words.pop(0))
    return read_options(tuple(taken), flags, values)[0], words


def _command(words: list[str]) -> list[str]:
    if not words:
        raise UsageError("Needs 1 argument")
    return words


async def _sleep(ctx: ProcessContext) -> int:
    await ctx.phone.sleep(ctx.process, sum(seconds(word) for word in _command(list(ctx.args))))
    return 0


async def _usleep(ctx: ProcessContext) -> int:
    await ctx.phone.sleep(ctx.process, number(_command(list(ctx.args))[0]) / 1e6)
    return 0


async def _true(ctx: ProcessContext) -> int:
    return 0


async def _false(ctx: ProcessContext) -> int:
    return 1


async def _echo(ctx: ProcessContext) -> int:
    await ctx.out(printing.echo(list(ctx.args)))
    return 0


async def _printf(ctx: ProcessContext) -> int:
    form, *words = _command(list(ctx.args))
    await ctx.out(printing.printf(form, words))
    return 0


async def _pwd(ctx: ProcessContext) -> int:
    await ctx.out(ctx.cwd + "\n")
    return 0


async def _seq(ctx: ProcessContext) -> int:
    numbers = [number(word) for word in _command(list(ctx.args))]
    first = numbers[0] if len(numbers) > 1 else 1
    step = numbers[1] if len(numbers) == 3 else 1  # noqa: PLR2004 - first, step, last
    if step == 0:
        raise UsageError("bad step")
    for value in range(first, numbers[-1] + (1 if step > 0 else -1), step):
        await ctx.out(f"{value}\n")
    return 0


async def _yes(ctx: ProcessContext) -> int:
    block = (" ".join(ctx.args) or "y") + "\n"
    while True:
        await ctx.out(block * 1000)
        await asyncio.sleep(0)


async def _env(ctx: ProcessContext) -> int:
    options, words = _leading(ctx.args, "i0", "u")
    if "i" in options:
        ctx.env.clear()
    ctx.env.pop(options.get("u", ""), None)
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        ctx.env[name] = value
    if words:
        return await ctx.become(words)
    for name, value in ctx.env.items():
        await ctx.out(f"{name}={value}\n")
    return 0


async def _setsid(ctx: ProcessContext) -> int:
    options, words = _leading(ctx.args, "cdw")
    words = _command(words)
    if ctx.process.group == ctx.process.pid or "d" in options:
        # A group's leader cannot start a session: toybox forks then.
        child = ctx.start(words)
        ctx.phone.processes.set_session(child)
        return await child.wait() if "w" in options else 0
    ctx.phone.processes.set_session(ctx.process)
    return await ctx.become(words)


async def _nohup(ctx: ProcessContext) -> int:
    ctx.process.ignored.add(Signal.HUP)
    return await ctx.become(_command(list(ctx.args)))


async def _nice(ctx: ProcessContext) -> int:
    _, words = _leading(ctx.args, "", "n")
    return await ctx.become(_command(words))


async def _taskset(ctx: ProcessContext) -> int:
    flags = {"-p": "p", "-a": "a", "-ap": "ap", "-pa": "ap"}
    letters = ""
    words = list(ctx.args)
    while words and words[0] in flags:
        letters += flags[words.pop(0)]
    if not words:
        raise UsageError("Needs 1 argument")
    if "p" not in letters:
        _bind(ctx, ctx.process, _mask(words.pop(0)))
        return await ctx.become(_command(words))
    target = _process(ctx, words[-1])
    everything = (1 << procfs.cpus_of(ctx.phone)) - 1
    was = everything if target.affinity is None else target.affinity
    await ctx.out(f"pid {target.pid}'s current affinity mask: {was:x}\n")
    if len(words) > 1:
        _bind(ctx, target, _mask(words[0]))
        await ctx.out(f"pid {target.pid}'s new affinity mask: {target.affinity:x}\n")
    return 0


def _mask(word: str) -> int:
    """Read a mask as toybox does: hexadecimal digits, and no 0x before them."""
    if not re.fullmatch(r"[0-9a-fA-F]{1,256}", word):
        raise UsageError(f"bad mask '{word}'")
    return int(word, 16)


def _bind(ctx: ProcessContext, process: Process, mask: int) -> None:
    """Bind a process: CPUs that do not exist are left out; none left is refused by the kernel."""
    real = mask & ((1 << procfs.cpus_of(ctx.phone)) - 1)
    if not real:
        raise UsageError(f"failed to set pid {process.pid}'s affinity: Invalid argument")
    process.affinity = real


def _process(ctx: ProcessContext, word: str) -> Process:
    found = ctx.phone.processes.get(number(word))
    if found is None:
        raise UsageError(f"bad pid '{word}'")
    return found


async def _timeout(ctx: ProcessContext) -> int:
    args = tuple(_LONG_FORMS.get(arg, arg) for arg in ctx.args)
    options, words = _leading(args, "vi", "ks")
    if len(words) < 2:  # noqa: PLR2004 - a duration and a command
        return await ctx.fail("Needs 2 arguments", _CANNOT_RUN)
    limit = seconds(words[0])
    number_ = read_signal(options.get("s", "TERM")) or Signal.TERM
    # The command's end reaches the caller through a HUP of this process alone: a child of timeout
    # outlives a lost link, as it does on a phone.
    child = ctx.start(words[1:])
    try:
        return await asyncio.wait_for(asyncio.shield(child.wait()), limit or None)
    except TimeoutError:
        child.signal(number_)
    if "k" in options:
        try:
            await asyncio.wait_for(asyncio.shield(child.wait()), seconds(options["k"]))
        except TimeoutError:
            child.signal(Signal.KILL)
            return 128 + Signal.KILL
    status = await child.wait()
    return status if number_ is Signal.KILL else _TIMED_OUT


async def _xargs(ctx: ProcessContext) -> int:
    options, words = _leading(ctx.args, "0rtpxo", "nILPsE")
    data = decode(b"".join([piece async for piece in pieces(ctx.stdin.share())]))
    items = data.split("\0") if "0" in options else data.split()
    items = [item for item in items if item]
    if "I" in options:
        items = [line.strip() for line in data.split("\n") if line.strip()]
    words = words or ["echo"]
    if not items and "r" in options:
        return 0
    status = 0
    per_run = 1 if "I" in options else number(options["n"]) if "n" in options else len(items) or 1
    for start in range(0, max(1, len(items)), per_run):
        some = items[start : start + per_run]
        if "I" in options:
            argv = [word.replace(options["I"], some[0]) for word in words] if some else words
        else:
            argv = words + some
        child = ctx.start(argv)
        child.files.setdefault(0, OpenFile())
        result = await child.wait()
        status = 123 if 0 < result < 126 else result or status  # noqa: PLR2004 - as POSIX has it
        if status in (126, 127):
            break
    return status


async def _which(ctx: ProcessContext) -> int:
    status = 0
    for name in [arg for arg in ctx.args if arg != "-a"]:
        try:
            await ctx.out(loader.which(ctx.phone, ctx.process, name) + "\n")
        except OSError:
            status = 1
    return status


async def _kill(ctx: ProcessContext) -> int:
    text, complaints, status = send(ctx.phone.processes, ctx.process, list(ctx.args))
    await ctx.out(text)
    for complaint in complaints:
        await ctx.err(f"kill: {complaint}\n")
    return status


async def _time(ctx: ProcessContext) -> int:
    _, words = _leading(ctx.args, "pv")
    start = ctx.phone.clock()
    status = await ctx.start(_command(words)).wait()
    await ctx.err(f"real\t{ctx.phone.clock() - start:.3f}\nuser\t0.000\nsys\t0.000\n")
    return status


async def _toybox(ctx: ProcessContext) -> int:
    if not ctx.args:
        await ctx.out(" ".join(sorted(COMMANDS)) + "\n")
        return 0
    return await ctx.become(ctx.args)


async def _test(ctx: ProcessContext) -> int:
    # The shell's builtin is meant; `env [ … ]` and the like come here.
    return await ctx.become(("/system/bin/sh", "-c", '"$@"', "sh", *ctx.argv))


COMMANDS: dict[str, Program] = {
    "sleep": _sleep,
    "usleep": _usleep,
    "true": _true,
    "false": _false,
    "echo": _echo,
    "printf": _printf,
    "pwd": _pwd,
    "seq": _seq,
    "yes": _yes,
    "env": _env,
    "printenv": _env,
    "setsid": _setsid,
    "nohup": _nohup,
    "nice": _nice,
    "taskset": _taskset,
    "timeout": _timeout,
    "xargs": _xargs,
    "which": _which,
    "kill": _kill,
    "time": _time,
    "toybox": _toybox,
    "test": _test,
    "[": _test,
}
