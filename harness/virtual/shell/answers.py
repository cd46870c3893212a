"""How a builtin answers: on standard output, or with a complaint and a status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.shell.channels import OpenFile
from harness.virtual.shell.context import encode

if TYPE_CHECKING:
    from harness.virtual.shell.session import Shell


async def out(shell: Shell, text: str) -> None:
    """Write to the standard output of a shell."""
    await (shell.process.files.get(1) or OpenFile()).write(encode(text))


async def fail(shell: Shell, words: list[str], message: str, status: int = 1) -> int:
    """Complain in the name of a builtin and return its status."""
    await shell.complain(f"{words[0]}: {message}")
    return status
