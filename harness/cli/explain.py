"""`harness explain`: what happened in any output of `benchmark_model`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from harness.verdict.explanation import Exhibits


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("explain")(explain)


def explain(  # noqa: PLR0917 (typer hands options over by name)
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
    runtime_info: Annotated[
        Path | None,
        typer.Option(metavar="PROTO", help="The run's --model_runtime_info_output_file."),
    ] = None,
    op_profile: Annotated[
        Path | None,
        typer.Option(metavar="CSV|PROTO", help="Its --op_profiling_output_file."),
    ] = None,
    result: Annotated[
        Path | None, typer.Option(metavar="PROTO", help="Its --result_file_path.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="TFLITE", help="The model that was run.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Say where the model of a pasted log really ran, and which line shows it."""
    from harness.cli.render import finish

    def work() -> tuple[Any, str, int]:
        from harness.verdict.explanation import accelerator_named, explain_joined, explain_text
        from harness.verdict.telling import tell

        wanted = accelerator_named(requested)
        exhibits = _exhibits(
            runtime_info, op_profile, result, model, one_run=join or len(files) == 1
        )
        texts = [(_read(file), file) for file in files]
        with _without_collector():
            if join:
                explanations = [
                    explain_joined(
                        texts, requested=wanted, exit_status=exit_status, exhibits=exhibits
                    )
                ]
            else:
                explanations = [
                    explanation
                    for text, file in texts
                    for explanation in explain_text(
                        text, file, requested=wanted, exit_status=exit_status, exhibits=exhibits
                    )
                ]
            if as_json:
                return [explanation.document for explanation in explanations], "", 0
            return None, "\n\n".join(tell(explanation) for explanation in explanations), 0

    return finish(work, as_json=as_json)


def _exhibits(
    runtime_info: Path | None,
    op_profile: Path | None,
    result: Path | None,
    model: Path | None,
    *,
    one_run: bool,
) -> Exhibits:
    """Read what was handed in beside the output; a file that is no such file is an error."""
    from harness.errors import UsageError
    from harness.verdict.explanation import Exhibits

    if all(path is None for path in (runtime_info, op_profile, result, model)):
        return Exhibits()
    if not one_run:
        raise UsageError(
            "files of a run go with one log, and several logs were given",
            next_step="explain one log at a time, or join the streams of one run with --join",
        )
    from harness.model.inspect import inspect_model
    from harness.parse.profile_file import read_profile_file
    from harness.parse.result_file import read_result_file
    from harness.parse.runtime_info import read_runtime_info

    return Exhibits(
        read_runtime_info(_bytes(runtime_info), str(runtime_info)) if runtime_info else None,
        read_profile_file(_bytes(op_profile), str(op_profile)) if op_profile else (),
        read_result_file(_bytes(result), str(result)) if result else None,
        inspect_model(model).outline if model else None,
    )


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

    data = sys.stdin.buffer.read() if file == "-" else _bytes(Path(file))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")  # a Windows console's redirection
    return data.decode("utf-8-sig", errors="replace")


def _bytes(path: Path) -> bytes:
    from harness.errors import UsageError

    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror or error}",
            next_step="give the path of a file, or for a log '-' and the log on standard input",
        ) from error
