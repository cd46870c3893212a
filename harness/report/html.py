"""report.html: one file that asks for nothing and says the outcome without scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.errors import UsageError
from harness.report import charts, words
from harness.report.details import all_details
from harness.report.folder import SweepData
from harness.report.grid import model_key
from harness.report.view import ReportView
from harness.sweep.documents import CellDoc

FIRST_FINDINGS = 7
"""Shown before the fold: what fits on one screen; the others are one click away."""

FIRST_FAILURES = 2
"""Of each gate; a sweep that fails one often fails it on many cells."""

_PLACES = (
    Path(__file__).resolve().parents[1] / "_templates",  # inside the wheel
    Path(__file__).resolve().parents[2] / "templates",  # in a checkout
)


def templates_folder() -> Path:
    """Return the folder of the templates, in a wheel or in a checkout.

    Raises:
        UsageError: neither has them, so that the installation is broken.
    """
    for place in _PLACES:
        if (place / "report.html.j2").is_file():
            return place
    raise UsageError("the report's templates are not installed", next_step="install harness again")


@cache
def environment() -> Environment:
    """Return the Jinja environment: everything is escaped, an unknown name is an error."""
    env = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.policies["json.dumps_kwargs"] = {"ensure_ascii": True, "separators": (",", ":")}
    return env


def _asset(name: str) -> Markup:
    """Return a style sheet or script of ours: it is part of the page, not data."""
    return Markup((templates_folder() / name).read_text("utf-8"))  # noqa: S704 (our own file)


def _hash(script: str) -> str:
    """Name a script for the content security policy, so that no other one may run."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _rankings(data: SweepData) -> list[dict[str, Any] | None]:
    by_model: dict[str, list[CellDoc]] = {}
    for cell in data.cells:
        by_model.setdefault(model_key(cell), []).append(cell)
    return [charts.ranking(cells) for cells in by_model.values()]


def render_html(view: ReportView, data: SweepData) -> str:
    """Render the page."""
    script = _asset("report.js")
    library = Markup(charts.library())  # noqa: S704 (Vega, from its package)
    context: Mapping[str, Any] = {
        "view": view,
        "words": words,
        "first": FIRST_FINDINGS,
        "gates_first": FIRST_FAILURES,
        "style": _asset("report.css"),
        "script": script,
        "library": library,
        "policy": (
            f"default-src 'none'; script-src {_hash(script)} {_hash(library)}; "
            "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
        ),
        "details": all_details(data),
        "charts": {
            "rankings": _rankings(data),
            "rounds": charts.rounds(),
            "sustained": charts.sustained(),
            "findings": {finding.number: finding.anchors for finding in view.findings},
        },
    }
    return environment().get_template("report.html.j2").render(context)
