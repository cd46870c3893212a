"""Builtins about processes: wait, kill, trap, jobs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from harness.virtual.shell.answers import fail, out
from harness.virtual.shell.process import Process, Signal
from harness.virtual.shell.signals import read_signal, send

if TYPE_CHECKING:
    from harness.virtual.shell.session import Shell


async def wait(shell: Shell, words: list[str]) -> int:
    """Wait for children, by number or job, or for all."""
    if len(words) == 1:
        for child in list(shell.children.values()):
            status = await _wait_for(shell, child)
            if status is not None:
                return status
        shell.children.clear()
        return 0
    result = 0
    for word in words[1:]:
        pid = _job_pid(shell, word)
        child_ = shell.children.get(pid) if pid is not None else None
        if child_ is None:
            result = 127
            continue
        interrupted = await _wait_for(shell, child_)
        if interrupted is not None:
            return interrupted
        result = await child_.wait()
        shell.children.pop(child_.pid, None)
    return result


async def _wait_for(shell: Shell, child: Process) -> int | None:
    """Wait for a child; a trapped signal ends the wait with 128 + its number."""
    done = asyncio.ensure_future(child.wait())
    signalled = asyncio.ensure_future(shell.signalled.wait())
    try:
        await asyncio.wait({done, signalled}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        done.cancel()
        signalled.cancel()
    return 128 + shell.pending[0] if shell.pending else None


def _job_pid(shell: Shell, word: str) -> int | None:
    if word.startswith("%"):
        pids = sorted(shell.children)
        number = word[1:]
        at_job = int(number) - 1 if number.isdigit() else -1
        return pids[at_job] if -len(pids) <= at_job < len(pids) else None
    return int(word) if word.isdigit() else None


async def kill(shell: Shell, words: list[str]) -> int:
    """Send a signal to processes and jobs."""
    args = [
        str(_job_pid(shell, word) or word) if word.startswith("%") else word for word in words[1:]
    ]
    text, complaints, status = send(shell.phone.processes, shell.process, args)
    await out(shell, text)
    for complaint in complaints:
        await shell.complain(f"{words[0]}: {complaint}")
    # A signal to this shell itself arrives here, not after the next command.
    await asyncio.sleep(0)
    return status


async def trap(shell: Shell, words: list[str]) -> int:
    """Say what to do when a signal arrives or the shell ends."""
    args = words[1:]
    if args[:1] == ["--"]:
        args = args[1:]
    if not args:
        for name, text in shell.traps.items():
            await out(shell, f"trap -- '{text}' {name}\n")
        return 0
    action: str | None = args[0]
    names = args[1:]
    if action == "-" or not names:
        names = names or args
        action = None
    for name in names:
        number = read_signal(name)
        key = "EXIT" if name in ("0", "EXIT") else number.name if number else ""
        if not key:
            return await fail(shell, words, f"bad signal '{name}'")
        shell.traps.pop(key, None)
        if number is not None:
            shell.process.ignored.discard(number)
            if action == "":
                shell.process.ignored.add(Signal(number))
        if action:
            shell.traps[key] = action
    return 0


async def jobs(shell: Shell, words: list[str]) -> int:
    """List the children that were not waited for."""
    for index, child in enumerate(shell.children.values(), start=1):
        state = "Running" if child.status is None else "Done"
        await out(shell, f"[{index}] + {state:<20} {' '.join(child.argv)}\n")
    return 0
