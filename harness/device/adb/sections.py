"""Several commands in one round trip: their outputs come back as named sections."""

from __future__ import annotations

from collections.abc import Mapping

_MARK = "@@harness:"


def script(commands: Mapping[str, str]) -> str:
    """Return one shell script that runs each command under a heading of its own.

    A command that fails leaves an empty or partial section; content decides, never the status.
    """
    lines = [
        f"echo; echo {_MARK}{name}; {{ {command}; }} 2>/dev/null"
        for name, command in commands.items()
    ]
    return "\n".join([*lines, "true"])


def split(text: str) -> dict[str, str]:
    """Cut the script's output into its sections by name; carriage returns are dropped."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.replace("\r", "").split("\n"):
        if line.startswith(_MARK):
            lines = found.setdefault(line.removeprefix(_MARK), [])
        else:
            lines.append(line)
    return {name: "\n".join(lines).strip("\n") for name, lines in found.items()}
