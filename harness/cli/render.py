"""The one place that prints a command's result and turns an error into an exit code."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from typing import Any, TextIO

from harness.errors import HarnessError
from harness.printable import printable

SCHEMA = 1
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\n]")


def emit_json(document: Any, stream: TextIO | None = None) -> None:
    """Print exactly one JSON document; what a terminal might act on is escaped in its strings."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    (stream or sys.stdout).write(_UNPRINTABLE.sub(_escaped, text) + "\n")


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return character if character.isprintable() else json.dumps(character)[1:-1]


def emit_text(text: str, stream: TextIO | None = None) -> None:
    """Print text for people, control characters made visible."""
    (stream or sys.stdout).write(printable(text) + "\n")


def report_error(error: HarnessError, *, as_json: bool) -> int:
    """Print an error with its next step and return its exit code."""
    if as_json:
        body = {"code": error.code, "message": error.message, "next": error.next_step}
        emit_json({"schema": SCHEMA, "error": body})
    else:
        emit_text(f"error: {error.message}", sys.stderr)
        if error.next_step:
            emit_text(f"  next: {error.next_step}", sys.stderr)
    return int(error.exit_code)


def finish(work: Callable[[], tuple[Any, str, int]], *, as_json: bool) -> int:
    """Run a command's work and print what it returns.

    `work` returns (JSON document, text for people, exit code) and raises HarnessError.
    """
    try:
        document, text, code = work()
    except HarnessError as error:
        return report_error(error, as_json=as_json)
    if as_json:
        emit_json(document)
    elif text:
        emit_text(text)
    return code
