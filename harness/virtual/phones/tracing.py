"""perfetto and atrace of a virtual phone, and the sections that the simulated tool writes to them.

A trace has what a phone's would have of a program that was started by the name it asks for:
perfetto's packets of kernel events, or the kernel's own lines from atrace. Before Android 12 a
program may write sections only on a debuggable system (system/core libcutils, trace.h).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.virtual.shell.applets.options import pieces
from harness.virtual.shell.context import ProcessContext, Program, decode
from harness.virtual.shell.process import Process, Signal

if TYPE_CHECKING:
    from harness.virtual.phones.state import PhoneState

PROPERTY = "debug.tflite.trace"
_FREELY_FROM = 31
_APP = re.compile(r'atrace_apps:\s*"([^"]*)"')


@dataclass
class Tracer:
    """The phone's tracer: for which program it listens (None: it is off), and what it heard."""

    app: str | None = None
    marks: list[tuple[int, int, str]] = field(default_factory=list)

    def begin(self, app: str) -> None:
        """Listen for programs started as `app`."""
        self.app, self.marks = app, []

    def end(self) -> list[tuple[int, int, str]]:
        """Stop, and hand over the marks: time in ns, thread, text."""
        self.app, heard = None, self.marks
        self.marks = []
        return heard

    def section(self, pid: int, name: str, start_s: float, seconds: float) -> None:
        """Note a section of a program's one thread, after its last one: clocks are rounded."""
        last = next((at for at, thread, _ in reversed(self.marks) if thread == pid), 0)
        begun = max(int(start_s * 1e9), last)
        self.marks.append((begun, pid, f"B|{pid}|{name}"))
        self.marks.append((begun + int(seconds * 1e9), pid, f"E|{pid}"))


def listens(state: PhoneState, ctx: ProcessContext) -> bool:
    """Whether the interpreter of a process writes sections that the tracer takes."""
    properties = ctx.phone.properties
    free = state.phone.model.sdk >= _FREELY_FROM or properties.get("ro.debuggable") == "1"
    return bool(free and properties.get(PROPERTY) == "1" and ctx.argv[0] == state.tracer.app)


def programs(state: PhoneState) -> dict[str, Program]:
    """Return the tracers that a phone of this age has."""
    commands = _Commands(state)
    found: dict[str, Program] = {"atrace": commands.atrace}
    if state.phone.model.sdk >= 29:  # noqa: PLR2004 (from Android 10 on its service runs)
        found["perfetto"] = commands.perfetto
    return found


@dataclass(frozen=True)
class _Commands:
    state: PhoneState

    async def perfetto(self, ctx: ProcessContext) -> int:
        config = decode(b"".join([piece async for piece in pieces(ctx.stdin.share())]))
        app = _APP.search(config)
        words = dict(zip(ctx.args, ctx.args[1:], strict=False))
        if "--txt" not in ctx.args or words.get("-c") != "-" or app is None:
            return await ctx.fail("could not parse TraceConfig proto from stdin")
        out = words.get("-o", "")
        if not out.startswith("/data/misc/perfetto-traces/"):
            return await ctx.fail(f"failed to open {out}: Permission denied")
        self.state.tracer.begin(app[1])

        async def listen(process: Process) -> int:
            asked = asyncio.Event()

            def heard(number: Signal) -> bool:
                if number is Signal.TERM:
                    asked.set()
                return number is Signal.TERM

            process.on_signal = heard
            await asked.wait()
            data = perfetto_trace(self.state.tracer.end())
            ctx.fs.provide(out, data, removable=True)
            return 0

        child = ctx.phone.processes.spawn(listen, ctx.argv, parent=ctx.process, files={})
        ctx.phone.processes.set_session(child)
        await ctx.out(f"{child.pid}\n")
        return 0

    async def atrace(self, ctx: ProcessContext) -> int:
        words = dict(zip(ctx.args, ctx.args[1:], strict=False))
        if "--async_start" in ctx.args:
            self.state.tracer.begin(words.get("-a", ""))
            await ctx.out("capturing trace... done\n")
        elif "--async_stop" in ctx.args:
            await ctx.out(atrace_text(self.state.tracer.end()))
        else:
            return await ctx.fail("usage: atrace [options] [categories...]")
        return 0


def perfetto_trace(marks: Iterable[tuple[int, int, str]]) -> bytes:
    """Write marks as perfetto does: a packet with one bundle of kernel events."""
    events = b"".join(
        _bytes(2, _number(1, at) + _number(2, thread) + _bytes(3, _bytes(2, f"{text}\n".encode())))
        for at, thread, text in marks
    )
    return _bytes(1, _bytes(1, _number(1, 0) + events))


def atrace_text(marks: Iterable[tuple[int, int, str]]) -> str:
    """Write marks as the kernel prints them."""
    lines = [
        f"          traced-{thread:<7d} ({thread:7d}) [004] ...1 {at // 10**9}."
        f"{at % 10**9 // 1000:06d}: tracing_mark_write: {text}\n"
        for at, thread, text in marks
    ]
    return "capturing trace... done\nTRACE:\n# tracer: nop\n#\n" + "".join(lines)


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:  # noqa: PLR2004 (seven bits a byte)
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _number(field_number: int, value: int) -> bytes:
    return _varint(field_number << 3) + _varint(value)


def _bytes(field_number: int, data: bytes) -> bytes:
    return _varint(field_number << 3 | 2) + _varint(len(data)) + data
