"""`harness explain`: what happened in any output of `benchmark_model`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("explain")(explain)


def explain(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Logs of the tool; '-' is standard input."),
    ],
    join: Annotated[
        bool,
        typer.Option("--join", help="The files are stdout and stderr of one run."),
    ] = False,
    requested: Annotated[
        str,
        typer.Option(
            metavar="ACCEL",
            help="What was asked for, where the log does not show it: cpu, xnnpack, gpu, nnapi, "
            "npu, hexagon, external, stable_delegate or coreml.",
        ),
    ] = "",
    exit_status: Annotated[
        int | None, typer.Option(metavar="N", help="The tool's exit status.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Say where the model of a pasted log really ran, and which line shows it."""
    from harness.cli.render import finish

    def work() -> tuple[Any, str, int]:
        from harness.verdict.explanation import accelerator_named, explain_joined, explain_text
        from harness.verdict.telling import tell

        wanted = accelerator_named(requested)
        texts = [(_read(file), file) for file in files]
        with _without_collector():
            if join:
                explanations = [explain_joined(texts, requested=wanted, exit_status=exit_status)]
            else:
                explanations = [
                    explanation
                    for text, file in texts
                    for explanation in explain_text(
                        text, file, requested=wanted, exit_status=exit_status
                    )
                ]
            if as_json:
                return [explanation.document for explanation in explanations], "", 0
            return None, "\n\n".join(tell(explanation) for explanation in explanations), 0

    return finish(work, as_json=as_json)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Spare the collector of cycles: it took half the time of a large log, and found nothing."""
    import gc

    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read(file: str) -> str:
    """Read a file whatever it holds; bytes that are no UTF-8 become replacement characters."""
    import sys
    from pathlib import Path

    from harness.errors import UsageError

    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {file}: {error.strerror or error}",
            next_step="give the path of a log, or '-' and the log on standard input",
        ) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")  # a Windows console's redirection
    return data.decode("utf-8-sig", errors="replace")
