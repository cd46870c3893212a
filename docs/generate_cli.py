"""Write docs/reference/cli.md from the commands themselves; `--check` only compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer.main

from harness.cli.app import app

TARGET = Path(__file__).parent / "reference" / "cli.md"
WIDTH = 96


def help_of(command: Any, path: str) -> list[tuple[str, str]]:
    """Return (command line, help text) of a command and of all below it."""
    context = typer.Context(command, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH)
    found = [(path, command.get_help(context))]
    for name, child in sorted(getattr(command, "commands", {}).items()):
        found += help_of(child, f"{path} {name}")
    return found


def page() -> str:
    """Return the whole page."""
    parts = [
        "# Command line\n\nMade by `docs/generate_cli.py` from the commands; not edited by hand.\n"
    ]
    for path, text in help_of(typer.main.get_command(app), "harness"):
        parts.append(f"\n## `{path}`\n\n```text\n{text.rstrip()}\n```\n")
    return "".join(parts)


if __name__ == "__main__":
    fresh = page()
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.read_text(encoding="utf-8") == fresh else f"{TARGET} is stale; run me")
    TARGET.write_text(fresh, encoding="utf-8")
