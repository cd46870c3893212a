"""The report of a sweep: report.html, summary.md and junit.xml from its documents."""

from __future__ import annotations

from pathlib import Path

HTML = "report.html"
SUMMARY = "summary.md"
JUNIT = "junit.xml"


def write_reports(folder: Path) -> Path:
    """Write report.html, summary.md and junit.xml into a sweep folder; return the first.

    Raises:
        UsageError: the folder has no results.json.
        ConfigError: results.json is not what this version writes.
    """
    from harness.files import write_whole  # noqa: PLC0415 (heavy below)
    from harness.report.folder import load_sweep  # noqa: PLC0415
    from harness.report.html import render_html  # noqa: PLC0415
    from harness.report.junit import render_junit  # noqa: PLC0415
    from harness.report.markdown import render_markdown  # noqa: PLC0415
    from harness.report.view import build_view  # noqa: PLC0415

    data = load_sweep(folder)
    view = build_view(data)
    write_whole(folder / JUNIT, render_junit(data))
    write_whole(folder / SUMMARY, render_markdown(view))
    write_whole(folder / HTML, render_html(view, data))
    return folder / HTML
