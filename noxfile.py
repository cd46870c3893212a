"""Sessions of the project. `nox` alone runs lint, types and tests."""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.error_on_missing_interpreters = False

DEV = nox.project.load_toml("pyproject.toml")["dependency-groups"]["dev"]


def _install(session: nox.Session) -> None:
    session.install("-e", ".", *DEV)


@nox.session
def tests(session: nox.Session) -> None:
    """Unit and product tests: no phone, no network, no root."""
    _install(session)
    session.run("pytest", "-m", "not adbd and not browser", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: rules and format."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict."""
    _install(session)
    session.run("mypy")
