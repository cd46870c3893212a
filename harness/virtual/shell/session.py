"""A shell: what it remembers, how it forks, and how signals reach it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from harness.virtual.filesystem import SHELL_UID, Filesystem
from harness.virtual.shell.channels import OpenFile, Pipe
from harness.virtual.shell.context import decode, encode
from harness.virtual.shell.execution import Executor, is_single
from harness.virtual.shell.expansion import Expander, ExpansionError
from harness.virtual.shell.parser import Parser
from harness.virtual.shell.process import ExitProcess, Process, Signal
from harness.virtual.shell.redirection import RedirectionError, Target, redirect
from harness.virtual.shell.steering import LoopControl, ReturnFrom
from harness.virtual.shell.syntax import Command, Sequence, ShellSyntaxError
from harness.virtual.shell.variables import Variables

if TYPE_CHECKING:
    from harness.virtual.machine import VirtualPhone


class Shell:
    """One shell process; forked ones start from a copy of it."""

    def __init__(
        self, phone: VirtualPhone, process: Process, *, name: str, positional: list[str]
    ) -> None:
        self.phone = phone
        self.process = process
        self.name = name
        self.positional = positional
        self.variables = Variables.from_environment(process.env)
        self.functions: dict[str, Command] = {}
        self.options: set[str] = set()
        self.traps: dict[str, str] = {}
        self.pending: list[Signal] = []
        self.signalled = asyncio.Event()
        self.children: dict[int, Process] = {}
        self.last_background: int | None = None
        self.status = 0
        self.shell_pid = process.pid
        self.interactive = False
        self.runs_file = False
        self.line = 0
        self.expander = Expander(self)
        self.executor = Executor(self)
        self.substituted: int | None = None
        process.on_signal = self._catch

    # What expansion asks for.

    @property
    def files(self) -> Filesystem:
        """The phone's files."""
        return self.phone.filesystem

    @property
    def cwd(self) -> str:
        """The working folder."""
        return self.process.cwd

    def option(self, letter: str) -> bool:
        """Whether `set -letter` is on."""
        return letter in self.options

    def get(self, name: str) -> str | None:
        """Return a variable or special parameter."""
        if name.isdigit():
            number = int(name)
            if number == 0:
                return self.name
            return self.positional[number - 1] if number <= len(self.positional) else None
        match name:
            case "?":
                return str(self.status)
            case "$":
                return str(self.shell_pid)
            case "!":
                return None if self.last_background is None else str(self.last_background)
            case "#":
                return str(len(self.positional))
            case "-":
                return "".join(sorted(self.options)) + ("i" if self.interactive else "")
            case "@" | "*":
                return " ".join(self.positional) if self.positional else None
            case "PWD":
                return self.process.cwd
            case "BASHPID":
                return str(self.process.pid)
            case "USER_ID":
                return str(SHELL_UID)
            case "PPID":
                return str(self.process.parent)
            case "LINENO":
                return str(self.line)
            case "SECONDS":
                return str(int(self.phone.clock() - self.process.started))
        return self.variables.get(name)

    def put(self, name: str, value: str) -> None:
        """Set a variable."""
        if name in self.variables.readonly:
            raise ExpansionError(f"{name}: is read only")
        self.variables.values[name] = value
        if "a" in self.options:
            self.variables.exported.add(name)

    async def substitute(self, body: Sequence) -> str:
        """Run commands in a process of their own and return what they wrote."""
        pipe = Pipe()
        reader = pipe.reader()
        child = self.fork(lambda shell: shell.run(body), {1: pipe.writer()})
        output = []
        with self.waiting_for(child):
            while piece := await reader.read():
                output.append(piece)
            reader.close()
            self.substituted = self.status = await child.wait()
        return decode(b"".join(output).replace(b"\0", b"")).rstrip("\n")

    # Running text and trees.

    async def run_text(self, text: str) -> int:
        """Run a script, list by list."""
        parser = Parser(text)
        while True:
            try:
                body = parser.next_list()
            except ShellSyntaxError as error:
                await self.complain(f"syntax error: {error}")
                self.status = 1
                return 1
            if body is None:
                return self.status
            last = parser.at_end and not self.traps
            await self.run(body, tail=last and is_single(body))

    async def run(self, body: Sequence, *, tail: bool = False) -> int:
        """Run lists in their order; with `tail` the last program may take this process."""
        return await self.executor.run(body, tail=tail)

    async def finish(self, status: int) -> int:
        """Run the EXIT trap and return the shell's status."""
        self.status = status
        text = self.traps.pop("EXIT", None)
        if text:
            try:
                await self.run_text(text)
            except ExitProcess as end:
                return end.status
        return status

    @property
    def prefix(self) -> str:
        """What messages of this shell start with; scripts name the line too."""
        return f"{self.name}[{self.line}]" if self.runs_file else self.name

    async def complain(self, message: str) -> None:
        """Write a message of the shell to stderr."""
        await self.stderr.write(encode(f"{self.prefix}: {message}\n"))

    @property
    def stderr(self) -> OpenFile:
        """Descriptor 2."""
        return self.process.files.get(2) or OpenFile()

    def fork(
        self,
        work: Callable[[Shell], Awaitable[int]],
        files: dict[int, OpenFile] | None = None,
        argv: tuple[str, ...] = (),
    ) -> Process:
        """Start a process that goes on as a copy of this shell; `files` replace its own."""
        inherited = {n: f.share() for n, f in self.process.files.items() if n not in (files or {})}
        snapshot = self._snapshot()

        async def main(process: Process) -> int:
            shell = snapshot(process)
            try:
                status = await work(shell)
            except (ExitProcess, ReturnFrom) as end:
                status = end.status
            except LoopControl:
                status = 0
            except (ExpansionError, RedirectionError) as error:
                await shell.complain(str(error))
                status = 1
            return await shell.finish(status)

        return self.phone.processes.spawn(
            main,
            argv or self.process.argv,
            parent=self.process,
            files={**inherited, **(files or {})},
        )

    def _snapshot(self) -> Callable[[Process], Shell]:
        """Copy what a fork copies, now; the shell itself is made when its process runs."""
        variables = self.variables.copy()
        functions, options = dict(self.functions), set(self.options)
        positional, status = list(self.positional), self.status
        tested, line, last = self.executor.tested, self.line, self.last_background

        def make(process: Process) -> Shell:
            shell = Shell(self.phone, process, name=self.name, positional=positional)
            shell.variables, shell.functions, shell.options = variables, functions, options
            shell.status, shell.line, shell.last_background = status, line, last
            shell.runs_file = self.runs_file
            shell.shell_pid, shell.executor.tested = self.shell_pid, tested
            return shell

        return make

    @contextlib.contextmanager
    def waiting_for(self, *children: Process) -> Iterator[None]:
        """Mark children as the foreground while they are waited for."""
        self.process.foreground = children
        try:
            yield
        finally:
            self.process.foreground = ()

    @contextlib.asynccontextmanager
    async def redirected(self, targets: tuple[Target, ...]) -> AsyncIterator[None]:
        """Redirect this shell's own descriptors for a while.

        Raises:
            RedirectionError: a file cannot be opened.
        """
        files = self.process.files
        touched = {target.descriptor for target in targets}
        saved = {n: files[n].share() for n in touched if n in files}
        try:
            await redirect(self.phone, self.process, targets)
            yield
        finally:
            for number in touched:
                current = files.pop(number, None)
                if current is not None:
                    current.close()
            files.update(saved)

    # Signals.

    def _catch(self, number: Signal) -> bool:
        if number.name not in self.traps:
            return self.interactive and number in (Signal.INT, Signal.TERM, Signal.QUIT)
        self.pending.append(number)
        self.signalled.set()
        return True

    async def run_traps(self) -> None:
        """Run the traps of signals that came."""
        self.signalled.clear()
        while self.pending:
            number = self.pending.pop(0)
            status = self.status
            await self.run_text(self.traps.get(number.name, ""))
            self.status = status
