"""The shell at work: it walks the tree, starts processes and waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from harness.virtual.shell import builtins, conditional, loader, pattern
from harness.virtual.shell.channels import OpenFile, Pipe
from harness.virtual.shell.context import encode
from harness.virtual.shell.expansion import ExpansionError
from harness.virtual.shell.process import ExitProcess, Process, Signal
from harness.virtual.shell.redirection import RedirectionError, Target, redirect
from harness.virtual.shell.steering import LoopControl, ReturnFrom
from harness.virtual.shell.syntax import (
    AndOr,
    Case,
    Command,
    Compound,
    For,
    Function,
    Group,
    If,
    Let,
    Pipeline,
    Redirect,
    Sequence,
    Simple,
    While,
    Word,
)

if TYPE_CHECKING:
    from harness.virtual.shell.session import Shell

_BREATH = 64
_MOST_CALLS = 100
# What mksh says of a foreground job that a signal ended; INT and PIPE go without a word.
_SIGNAL_TEXT = {
    Signal.HUP: "Hangup",
    Signal.QUIT: "Quit",
    Signal.ILL: "Illegal instruction",
    Signal.TRAP: "Trace/breakpoint trap",
    Signal.ABRT: "Aborted",
    Signal.BUS: "Bus error",
    Signal.FPE: "Floating point exception",
    Signal.KILL: "Killed",
    Signal.SEGV: "Segmentation fault",
    Signal.TERM: "Terminated",
    Signal.ALRM: "Alarm clock",
}


class Executor:
    """Runs trees for one shell."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._steps = 0
        self._calls = 0
        self.tested = 0

    async def run(self, body: Sequence, *, tail: bool = False) -> int:
        """Run lists in their order and return the last status."""
        for item in body.items:
            await self._and_or(item, tail=tail)
        return self._shell.status

    async def _and_or(self, item: AndOr, *, tail: bool) -> None:
        if item.background:
            self._start_background(item)
            return
        last = len(item.rest)
        await self._pipeline(item.first, tail=tail and not last, tested=last > 0)
        for index, (operator, pipeline) in enumerate(item.rest, start=1):
            if (self._shell.status == 0) == (operator == "&&"):
                await self._pipeline(pipeline, tail=False, tested=index < last)

    def _start_background(self, item: AndOr) -> None:
        shell = self._shell
        body = Sequence((AndOr(item.first, item.rest, background=False),))
        child = shell.fork(lambda forked: forked.run(body, tail=is_single(body)), {0: OpenFile()})
        shell.children[child.pid] = child
        shell.last_background = child.pid
        shell.status = 0

    async def _pipeline(self, node: Pipeline, *, tail: bool, tested: bool) -> None:
        shell = self._shell
        excused = tested or node.negated
        self.tested += excused
        try:
            if len(node.commands) == 1:
                shell.status = await self.execute(node.commands[0], tail=tail and not node.negated)
            else:
                shell.status = await self._piped(node.commands)
        finally:
            self.tested -= excused
        if node.negated:
            shell.status = int(shell.status == 0)
        if shell.pending:
            await shell.run_traps()
        if shell.status and shell.option("e") and not self.tested and not excused:
            raise ExitProcess(shell.status)

    async def _piped(self, commands: tuple[Command, ...]) -> int:
        children: list[Process] = []
        source: OpenFile | None = None
        for index, command in enumerate(commands):
            files: dict[int, OpenFile] = {} if source is None else {0: source}
            if index + 1 < len(commands):
                pipe = Pipe()
                files[1] = pipe.writer()
                source = pipe.reader()
            children.append(self._shell.fork(_executing(command), files))
        with self._shell.waiting_for(*children):
            statuses = [await child.wait() for child in children]
        if self._shell.option("pipefail"):
            return next((status for status in reversed(statuses) if status), 0)
        return statuses[-1]

    async def execute(self, node: Command, *, tail: bool = False) -> int:
        """Run one command and return its status; with `tail` a program takes this process."""
        self._steps += 1
        if self._steps % _BREATH == 0:
            await asyncio.sleep(0)
        if isinstance(node, Function):
            self._shell.functions[node.name] = node.body
            return 0
        try:
            if isinstance(node, Simple):
                return await self._simple(node, tail=tail)
            targets = await self._targets(node.redirects)
            if isinstance(node, Group) and node.forked:
                return await self._wait_for(self._shell.fork(_redirected(targets, node.body)))
            async with self._shell.redirected(targets):
                return await self._compound(node)
        except RedirectionError as error:
            await self._shell.complain(str(error))
            return 1

    async def _compound(self, node: Compound) -> int:
        if isinstance(node, Group):
            return await self.run(node.body)
        if isinstance(node, If):
            return await self._if(node)
        if isinstance(node, While):
            return await self._while(node)
        if isinstance(node, For):
            return await self._for(node)
        if isinstance(node, Case):
            return await self._case(node)
        if isinstance(node, Let):
            return int(await self._shell.expander.number(node.expression) == 0)
        return await conditional.evaluate(self._shell, node)

    async def _condition(self, body: Sequence) -> bool:
        self.tested += 1
        try:
            return await self.run(body) == 0
        finally:
            self.tested -= 1

    async def _if(self, node: If) -> int:
        for condition, body in node.branches:
            if await self._condition(condition):
                return await self._body(body)
        return await self._body(node.otherwise) if node.otherwise is not None else 0

    async def _body(self, body: Sequence) -> int:
        self._shell.status = 0
        return await self.run(body)

    async def _while(self, node: While) -> int:
        status = 0
        while await self._condition(node.condition) != node.negated:
            going, status = await self._pass(node.body)
            if not going:
                break
        return status

    async def _for(self, node: For) -> int:
        shell = self._shell
        status = 0
        words = list(shell.positional)
        if node.words is not None:
            words = await shell.expander.fields(node.words)
        for word in words:
            shell.put(node.name, word)
            going, status = await self._pass(node.body)
            if not going:
                break
        return status

    async def _pass(self, body: Sequence) -> tuple[bool, int]:
        """Run a loop's body once; return whether to go on, and its status."""
        # Bodies of builtins alone never wait, and other phones must have their turn.
        await asyncio.sleep(0)
        try:
            return True, await self._body(body)
        except LoopControl as control:
            if control.levels > 1:
                raise LoopControl(control.levels - 1, again=control.again) from None
            return control.again, 0

    async def _case(self, node: Case) -> int:
        word = await self._shell.expander.text(node.word)
        for patterns, body in node.branches:
            for item in patterns:
                if pattern.matches(await self._shell.expander.pattern(item), word):
                    return await self._body(body)
        return 0

    async def _targets(self, redirects: tuple[Redirect, ...]) -> tuple[Target, ...]:
        expander = self._shell.expander
        return tuple(
            [Target(r.descriptor, r.operator, await expander.text(r.target)) for r in redirects]
        )

    async def _simple(self, node: Simple, *, tail: bool) -> int:
        shell = self._shell
        shell.line = node.line
        shell.substituted = None
        words = await shell.expander.fields(node.words)
        targets = await self._targets(node.redirects)
        assigned = [(name, await self._assigned(name, word)) for name, word in node.assignments]
        if shell.option("x"):
            shown = [f"{name}={value}" for name, value in assigned] + words
            await shell.stderr.write(encode(f"+ {' '.join(shown)}\n"))
        if not words:
            for name, value in assigned:
                shell.put(name.rstrip("+"), value)
            async with shell.redirected(targets):
                # A substitution among the values has set it meanwhile.
                return cast("int | None", shell.substituted) or 0
        temporary = {name.rstrip("+"): value for name, value in assigned}
        function = shell.functions.get(words[0])
        if function is not None:
            async with shell.redirected(targets):
                return await self._call(function, words, temporary)
        return await self.run_words(words, targets, temporary, tail=tail)

    async def run_words(
        self,
        words: list[str],
        targets: tuple[Target, ...] = (),
        temporary: Mapping[str, str] = MappingProxyType({}),
        *,
        tail: bool = False,
    ) -> int:
        """Run a builtin or a program, no function; `temporary` variables last as long as it."""
        shell = self._shell
        builtin = builtins.BUILTINS.get(words[0])
        if builtin is not None:
            return await self._builtin(builtin, words, targets, temporary)
        environment = {**shell.variables.environment(), **temporary}
        if tail:
            return await _become(shell, shell.process, tuple(words), targets, environment)
        return await self._wait_for(
            shell.phone.processes.spawn(
                lambda child: _become(shell, child, tuple(words), targets, environment),
                words,
                parent=shell.process,
                env=environment,
            )
        )

    async def _assigned(self, name: str, word: Word) -> str:
        value = await self._shell.expander.text(word)
        return (self._shell.get(name[:-1]) or "") + value if name.endswith("+") else value

    async def _builtin(
        self,
        builtin: builtins.Builtin,
        words: list[str],
        targets: tuple[Target, ...],
        temporary: Mapping[str, str],
    ) -> int:
        shell = self._shell
        if words[0] == "exec":
            await redirect(shell.phone, shell.process, targets)
            if len(words) == 1:
                return 0
            environment = {**shell.variables.environment(), **temporary}
            status = await _become(shell, shell.process, tuple(words[1:]), (), environment)
            raise ExitProcess(status)
        before = {name: shell.variables.values.get(name) for name in temporary}
        shell.variables.values.update(temporary)
        try:
            async with shell.redirected(targets):
                return await builtin(shell, words)
        finally:
            for name, value in before.items():
                if value is not None:
                    shell.variables.values[name] = value
                elif words[0] not in builtins.SPECIAL:
                    shell.variables.values.pop(name, None)

    async def _call(self, body: Command, words: list[str], temporary: dict[str, str]) -> int:
        shell = self._shell
        if self._calls >= _MOST_CALLS:
            raise ExpansionError(f"{words[0]}: function nested too deeply")
        saved, shell.positional = shell.positional, words[1:]
        shell.variables.scopes.append({})
        for name, value in temporary.items():
            shell.variables.localize(name)
            shell.variables.values[name] = value
        self._calls += 1
        try:
            return await self.execute(body)
        except ReturnFrom as result:
            return result.status
        finally:
            self._calls -= 1
            shell.variables.leave()
            shell.positional = saved

    async def _wait_for(self, child: Process) -> int:
        """Wait for a child in the foreground, and say which signal ended it, as mksh does."""
        with self._shell.waiting_for(child):
            status = await child.wait()
        if child.killed_by in _SIGNAL_TEXT:
            await self._shell.stderr.write(encode(f"{_SIGNAL_TEXT[child.killed_by]} \n"))
        return status


def is_single(body: Sequence) -> bool:
    """Whether a body is one simple command alone."""
    if len(body.items) != 1:
        return False
    item = body.items[0]
    alone = len(item.first.commands) == 1 and not item.rest and not item.background
    return alone and isinstance(item.first.commands[0], Simple)


def _executing(command: Command) -> Callable[[Shell], Awaitable[int]]:
    return lambda shell: shell.executor.execute(command, tail=True)


def _redirected(targets: tuple[Target, ...], body: Sequence) -> Callable[[Shell], Awaitable[int]]:
    async def work(shell: Shell) -> int:
        await redirect(shell.phone, shell.process, targets)
        return await shell.run(body)

    return work


async def _become(
    shell: Shell,
    process: Process,
    words: tuple[str, ...],
    targets: tuple[Target, ...],
    environment: dict[str, str],
) -> int:
    """Turn a process into the program that `words` name, and return its status."""
    try:
        await redirect(shell.phone, process, targets)
        process.env = environment
        process.on_signal = None
        return await loader.run(shell.phone, process, words)
    except (RedirectionError, loader.CannotExecuteError) as error:
        stderr = process.files.get(2) or OpenFile()
        await stderr.write(encode(f"{shell.prefix}: {error}\n"))
        return error.status if isinstance(error, loader.CannotExecuteError) else 1
