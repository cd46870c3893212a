"""`harness report`: judge a sweep's raw files anew and render its reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.render import finish


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("report")(report)


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a sweep.")],
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
        from harness.report.headline import plain, sentence
        from harness.sweep.results import rebuild

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
        }
        return document, f"{outcome}\nreport: {page}", 0

    return finish(work, as_json=as_json)
