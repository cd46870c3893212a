"""The commands of Android that a virtual phone has beside toybox's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.virtual.phones import dumps, holding, tracing
from harness.virtual.phones.state import PhoneState
from harness.virtual.shell.context import ProcessContext, Program

_NO_SERVICE = 20  # what `cmd` exits with, frameworks/native cmds/cmd/cmd.cpp

_DUMPS: dict[str, Callable[[PhoneState, Sequence[str]], str | None]] = {
    "battery": lambda state, _: dumps.battery(state),
    "thermalservice": lambda state, _: dumps.thermalservice(state),
    "power": lambda state, _: dumps.power(state),
    "deviceidle": dumps.deviceidle,
    "SurfaceFlinger": lambda state, _: dumps.surfaceflinger(state.phone.model),
    "gpu": dumps.gpu,
    "jobscheduler": lambda state, _: holding.jobscheduler(state),
}


def programs(state: PhoneState) -> dict[str, Program]:
    """Return the commands of one phone by name."""
    commands = _Commands(state)
    return {
        "dumpsys": commands.dumpsys,
        "service": commands.service,
        "lshal": commands.lshal,
        "cmd": commands.cmd,
        "settings": commands.settings,
        "logcat": commands.logcat,
        "getenforce": _enforcing,
        "input": lambda ctx: holding.key(state, ctx),
        "svc": lambda ctx: holding.svc(state, ctx),
        "pm": lambda ctx: holding.pm(state, ctx),
        "wm": _silent,
        **tracing.programs(state),
    }


@dataclass(frozen=True)
class _Commands:
    state: PhoneState

    async def dumpsys(self, ctx: ProcessContext) -> int:
        if not ctx.args or ctx.args[0] == "-l":
            names = "".join(f"  {name}\n" for name in dumps.service_names(self.state.phone.model))
            await ctx.out(f"Currently running services:\n{names}")
            return 0
        name, *rest = ctx.args
        if name == "battery" and rest:
            self.state.frozen_heat = None if rest[0] == "reset" else self.state.heat
            return 0
        if name == "deviceidle" and rest[:1] != ["get"]:
            return await holding.deviceidle(self.state, ctx)
        writer = _DUMPS.get(name)
        text = writer(self.state, rest) if writer is not None else None
        if text is None:
            await ctx.err(f"Can't find service: {name}\n")
        else:
            await ctx.out(text)
        return 0

    async def service(self, ctx: ProcessContext) -> int:
        match ctx.args:
            case ("list",):
                await ctx.out(dumps.service_list(self.state.phone.model))
            case ("check", name):
                found = name in dumps.service_names(self.state.phone.model)
                await ctx.out(f"Service {name}: {'found' if found else 'not found'}\n")
            case _:
                await ctx.err("Usage: service [-h|-?]\n")
                return 10
        return 0

    async def lshal(self, ctx: ProcessContext) -> int:
        await ctx.err('Warning: Skipping "/vendor/manifest.xml": it is simulated\n')
        await ctx.out(dumps.lshal(self.state.phone.model))
        return 0

    async def cmd(self, ctx: ProcessContext) -> int:
        name = ctx.args[0] if ctx.args else ""
        if name not in dumps.service_names(self.state.phone.model):
            await ctx.err(f"cmd: Can't find service: {name}\n")
            return _NO_SERVICE
        if name == "power":
            return await holding.power(self.state, ctx)
        match ctx.args:
            case ("thermalservice", "override-status", level) if level.isdigit():
                self.state.status_faked = int(level)
                return 0
            case ("thermalservice", "reset"):
                self.state.status_faked = None
                return 0
        await ctx.err(f"cmd: {name}: not part of the simulation\n")
        return 255

    async def logcat(self, ctx: ProcessContext) -> int:
        buffers = _option(ctx.args, "-b") or "main,system,crash"
        pids = [arg.partition("=")[2] for arg in ctx.args if arg.startswith("--pid=")]
        pid = int(pids[-1]) if pids and pids[-1].isdigit() else None
        since = _option(ctx.args, "-T") or _option(ctx.args, "-t")
        for line in self.state.accounts.logcat(buffers.split(","), since, pid):
            await ctx.out(line + "\n")
        return 0

    async def settings(self, ctx: ProcessContext) -> int:
        kept = self.state.settings
        match ctx.args:
            case ("get", space, key):
                await ctx.out(kept.get((space, key), "null") + "\n")
            case ("put" | "delete" as verb, *_) if self.state.simulation.refuses_settings:
                return await holding.refused(ctx, verb, holding.WRITE_SETTINGS)
            case ("put", space, key, value):
                kept[space, key] = value
            case ("delete", space, key):
                gone = kept.pop((space, key), None) is not None
                await ctx.out(f"Deleted {int(gone)} rows\n")
            case ("list", space):
                rows = sorted(item for item in kept.items() if item[0][0] == space)
                await ctx.out("".join(f"{key}={value}\n" for (_, key), value in rows))
            case _:
                await ctx.err("Invalid command\n")
                return 255
        return 0


async def _enforcing(ctx: ProcessContext) -> int:
    await ctx.out("Enforcing\n")
    return 0


async def _silent(_: ProcessContext) -> int:
    return 0


def _option(args: tuple[str, ...], short: str) -> str:
    """Return the value of an option that is a word of its own; empty where it is not given."""
    return next((value for name, value in pairwise(args) if name == short), "")
