"""The app: registers one verb per file, decides the exit code. Verbs import what they need late."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Annotated

import typer

from harness import __version__
from harness.cli.render import emit_json, emit_text
from harness.errors import ExitCode

app = typer.Typer(
    name="harness",
    help="Benchmark .tflite models on attached Android phones and see where they really ran.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

VERBS = (
    "run",
    "demo",
    "devices",
    "explain",
    "report",
    "tools",
    "init",
    "doctor",
    "calibrate",
    "clean",
)


def _show_version(value: bool) -> None:
    if value:
        emit_text(f"harness {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Benchmark .tflite models on attached Android phones and see where they really ran."""


for _verb in VERBS:
    # A verb's module has `register(app)`; it imports nothing heavy at its top.
    importlib.import_module(f"harness.cli.{_verb}").register(app)


def run(argv: list[str]) -> int:
    """Run the command line `argv` and return the exit code."""
    try:
        outcome = app(argv, standalone_mode=False)
    except typer.Exit as stop:
        return int(stop.exit_code)
    except typer.Abort:
        return int(ExitCode.INTERRUPTED)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone; keep Python from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except Exception as error:
        if not hasattr(error, "format_message"):  # click's usage errors have one
            raise
        return _usage_error(error, as_json="--json" in argv)
    return int(outcome or 0)


def _usage_error(error: Exception, *, as_json: bool) -> int:
    message: str = error.format_message()  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "harness"
    next_step = f"see '{path} --help'"
    if as_json:
        emit_json({"schema": 1, "error": {"code": "usage", "message": message, "next": next_step}})
    else:
        emit_text(f"error: {message}\n  next: {next_step}", sys.stderr)
    return int(ExitCode.USAGE)
