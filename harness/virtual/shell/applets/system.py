"""Commands about the phone itself: properties, processes, identity, time and memory."""

from __future__ import annotations

import re
import time

from harness.virtual.shell.applets.options import UsageError, read_options
from harness.virtual.shell.context import ProcessContext, Program, decode
from harness.virtual.shell.process import Process, Signal
from harness.virtual.shell.signals import read_signal

_GROUPS = "1004(input),1007(log),1011(adb),1015(sdcard_rw),1028(sdcard_r),3003(inet)"
_CPUS = 8
# Properties that the shell may set (sepolicy, shell.te: set_prop(shell, shell_prop and others)).
_SETTABLE = re.compile(r"(debug\.|log\.|persist\.log\.tag|sys\.powerctl$)")


async def _getprop(ctx: ProcessContext) -> int:
    options, names = read_options(ctx.args, "TZ")
    del options
    properties = ctx.phone.properties
    if names:
        default = names[1] if len(names) > 1 else ""
        await ctx.out(f"{properties.get(names[0], default)}\n")
        return 0
    await ctx.out("".join(f"[{key}]: [{properties[key]}]\n" for key in sorted(properties)))
    return 0


async def _setprop(ctx: ProcessContext) -> int:
    if len(ctx.args) != 2:  # noqa: PLR2004 - a name and a value
        raise UsageError("Needs 2 arguments")
    name, value = ctx.args
    act = ctx.phone.on_setprop.get(name)
    if act is None and not _SETTABLE.match(name):
        return await ctx.fail(
            f"Failed to set property '{name}' to '{value}'.\nSee dmesg for error reason."
        )
    ctx.phone.properties[name] = value
    if act is not None:
        act(value)
    return 0


async def _reboot(ctx: ProcessContext) -> int:
    ctx.phone.reboot()
    return 0


async def _date(ctx: ProcessContext) -> int:
    words = [arg for arg in ctx.args if arg != "-u"]
    form = words[0][1:] if words and words[0].startswith("+") else "%a %b %e %H:%M:%S UTC %Y"
    now = time.time()
    form = form.replace("%s", str(int(now))).replace("%N", f"{int(now % 1 * 1e9):09d}")
    await ctx.out(time.strftime(form, time.gmtime(now)) + "\n")
    return 0


async def _uname(ctx: ProcessContext) -> int:
    options, _ = read_options(ctx.args, "asnrvmo")
    match = re.search(r"version (\S+)", decode(ctx.fs.read("/proc/version")))
    abi = ctx.phone.properties.get("ro.product.cpu.abi", "")
    facts = {
        "s": "Linux",
        "n": "localhost",
        "r": match.group(1) if match else "5.15.110",
        "v": "#1 SMP PREEMPT",
        "m": "aarch64" if abi.startswith("arm64") else "armv8l" if abi.startswith("arm") else abi,
        "o": "Toybox" if "a" in options else "Android",
    }
    letters = "snrvmo" if "a" in options else [c for c in "snrvmo" if c in options] or "s"
    await ctx.out(" ".join(facts[letter] for letter in letters) + "\n")
    return 0


async def _id(ctx: ProcessContext) -> int:
    options, _ = read_options(ctx.args, "ugnGrZ")
    if "u" in options or "g" in options:
        await ctx.out("shell\n" if "n" in options else "2000\n")
    elif "Z" in options:
        await ctx.out("u:r:shell:s0\n")
    else:
        who = f"uid=2000(shell) gid=2000(shell) groups=2000(shell),{_GROUPS}"
        await ctx.out(f"{who} context=u:r:shell:s0\n")
    return 0


async def _whoami(ctx: ProcessContext) -> int:
    await ctx.out("shell\n")
    return 0


async def _hostname(ctx: ProcessContext) -> int:
    await ctx.out("localhost\n")
    return 0


def _label(process: Process) -> str:
    return process.argv[0].rsplit("/", 1)[-1] if process.argv else "?"


async def _ps(ctx: ProcessContext) -> int:
    names = None
    words = list(ctx.args)
    shown = list(ctx.phone.processes)
    while words:
        word = words.pop(0)
        if word == "-o" and words:
            names = words.pop(0).upper().replace("=", "").split(",")
        elif word == "-p" and words:
            wanted = words.pop(0).split(",")
            shown = [p for p in shown if str(p.pid) in wanted]
    fields = names or ["USER", "PID", "PPID", "NAME" if "-f" not in ctx.args else "CMD"]
    await ctx.out(" ".join(f"{name:<8}" for name in fields).rstrip() + "\n")
    for process in shown:
        facts = {
            "USER": "shell",
            "UID": "shell",
            "PID": str(process.pid),
            "PPID": str(process.parent),
            "PGID": str(process.group),
            "PGRP": str(process.group),
            "SID": str(process.session),
            "NAME": _label(process),
            "COMM": _label(process)[:15],
            "S": "S",
            "STAT": "S",
        }
        command = " ".join(process.argv)
        row = [facts.get(name, command if name in ("CMD", "ARGS") else "-") for name in fields]
        await ctx.out(" ".join(f"{text:<8}" for text in row).rstrip() + "\n")
    return 0


async def _pidof(ctx: ProcessContext) -> int:
    names = [arg for arg in ctx.args if not arg.startswith("-")]
    pids = [str(p.pid) for p in ctx.phone.processes if _label(p) in names]
    if pids:
        await ctx.out(" ".join(pids) + "\n")
    return int(not pids)


async def _pgrep(ctx: ProcessContext) -> int:
    """Run pgrep and pkill.

    As in toybox a leading `-9` of pkill also stays a pattern: with -f it kills the caller.
    """
    kills = ctx.name == "pkill"
    signal = Signal.TERM
    args = list(ctx.args)
    patterns = []
    if kills and args and read_signal(args[0][1:]) is not None and args[0].startswith("-"):
        signal = read_signal(args[0][1:]) or signal
        patterns.append(args.pop(0))
    options, rest = read_options(tuple(args), "fxlnovc", "l" if kills else "")
    signal = read_signal(options["l"]) or signal if kills and "l" in options else signal
    found = []
    for process in ctx.phone.processes:
        text = " ".join(process.argv) if "f" in options else _label(process)
        match = re.fullmatch if "x" in options else re.search
        if process is not ctx.process and any(match(p, text) for p in patterns + rest):
            found.append(process)
    for process in found:
        if kills:
            process.signal(signal)
        else:
            await ctx.out(f"{process.pid}{' ' + _label(process) if 'l' in options else ''}\n")
    return int(not found)


async def _nproc(ctx: ProcessContext) -> int:
    await ctx.out(f"{_CPUS}\n")
    return 0


async def _uptime(ctx: ProcessContext) -> int:
    minutes = int(ctx.phone.uptime // 60)
    clock = time.strftime("%H:%M:%S", time.gmtime())
    await ctx.out(f" {clock} up {minutes} min,  0 users,  load average: 0.52, 0.58, 0.59\n")
    return 0


async def _free(ctx: ProcessContext) -> int:
    text = decode(ctx.fs.read("/proc/meminfo"))
    facts = {m.group(1): int(m.group(2)) for m in re.finditer(r"(\w+):\s+(\d+)", text)}
    total, free = facts.get("MemTotal", 0), facts.get("MemFree", 0)
    await ctx.out(f"{'total':>17} {'used':>11} {'free':>11}\n")
    await ctx.out(f"Mem: {total * 1024:>12} {(total - free) * 1024:>11} {free * 1024:>11}\n")
    return 0


async def _nothing(ctx: ProcessContext) -> int:
    return 0


COMMANDS: dict[str, Program] = {
    "getprop": _getprop,
    "setprop": _setprop,
    "reboot": _reboot,
    "date": _date,
    "uname": _uname,
    "id": _id,
    "whoami": _whoami,
    "hostname": _hostname,
    "ps": _ps,
    "pidof": _pidof,
    "pgrep": _pgrep,
    "pkill": _pgrep,
    "nproc": _nproc,
    "uptime": _uptime,
    "free": _free,
    "sync": _nothing,
    "log": _nothing,
    "restorecon": _nothing,
}
