"""`harness report`: judge a sweep's raw files anew and render its reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.render import finish
from harness.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from harness.sweep.documents import ResultsDoc


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("report")(report)


def report(  # noqa: PLR0917 (typer hands options over by name)
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a sweep.")],
    fail_on: Annotated[
        str | None,
        typer.Option(help="Test these gates and what devices.yaml expected; exit 1 if any fails."),
    ] = None,
    record: Annotated[
        bool,
        typer.Option("--record", help="Make these gates the sweep's own."),
    ] = False,
    show: Annotated[bool, typer.Option("--open", help="Open report.html afterwards.")] = False,
    redacted: Annotated[
        Path | None,
        typer.Option(metavar="FILE.zip", help="Also write a copy without serial numbers."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Judge a sweep anew from its raw files and write report.html, summary.md and junit.xml."""

    def work() -> tuple[Any, str, int]:
        from harness.report import JUNIT, SUMMARY, write_reports
        from harness.report.folder import MANIFEST, load_sweep
        from harness.report.gates import failure_lines
        from harness.report.headline import plain, sentence
        from harness.sweep.gate import parse_gates
        from harness.sweep.results import rebuild, record_gates

        gates = parse_gates(fail_on)
        if record and fail_on is None:
            raise UsageError(
                "--record has no gates to keep", next_step="name them: --fail-on none,wrong_output"
            )
        if record:
            record_gates(folder, gates)
        # Without its manifest a folder has results only, which can be shown but not judged anew.
        rejudged = (folder / MANIFEST).is_file()
        if rejudged:
            rebuild(folder)
        page = write_reports(folder)
        results = load_sweep(folder).results
        outcome = plain(sentence(results.cells))
        if redacted is not None:
            from harness.report.redact import write_redacted

            write_redacted(folder, redacted)
        if show:
            typer.launch(page.resolve().as_uri())
        tested = _held_to(results, gates) if fail_on is not None else results
        document = {
            "schema": 1,
            "report": str(page),
            "summary": str(folder / SUMMARY),
            "junit": str(folder / JUNIT),
            "outcome": outcome,
            "rejudged": rejudged,
            "rules_version": results.rules_version,
            "simulated": results.sweep.simulated,
            "redacted": str(redacted) if redacted is not None else None,
            "gates": tested.sweep.gates,
            "gate_failures": [one.to_json() for one in tested.sweep.gate_failures],
        }
        failed = fail_on is not None and tested.sweep.gate_failures
        code = ExitCode.GATE_FAILED if failed else ExitCode.OK
        return document, "\n".join([outcome, *failure_lines(tested), f"report: {page}"]), int(code)

    return finish(work, as_json=as_json)


def _held_to(results: ResultsDoc, gates: tuple[str, ...]) -> ResultsDoc:
    """Return the results as they stand to other gates than those of the record."""
    from harness.sweep.gate import failures

    sweep = results.sweep
    found = failures(results.cells, gates, sweep.skipped_devices)
    update = {"gates": list(gates), "gate_failures": found}
    return results.model_copy(update={"sweep": sweep.model_copy(update=update)})
