"""Sessions of the project. `nox` alone runs lint, types and tests."""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "types", "tests"]

DEV = nox.project.load_toml("pyproject.toml")["dependency-groups"]["dev"]


def _install(session: nox.Session) -> None:
    session.install("-q", "-e", ".", *DEV)


@nox.session
def tests(session: nox.Session) -> None:
    """Unit and product tests: no phone, no root, nothing from outside this machine."""
    _install(session)
    session.run("pytest", "-m", "not adbd and not browser", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: every rule but those that pyproject.toml names with a reason, and the format."""
    session.install("-q", "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict."""
    _install(session)
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Generated pages are fresh; `nox -s docs -- write` makes them so."""
    _install(session)
    check = [] if "write" in session.posargs else ["--check"]
    for script in GENERATED:
        session.run("python", script, *check)


GENERATED = ("docs/generate_cli.py", "docs/generate_devices_yaml.py")


@nox.session
def demo(session: nox.Session) -> None:
    """The demo as a newcomer runs it, then killed with -9 at twenty points and resumed."""
    _install(session)
    session.run("harness", "demo", "--out", session.create_tmp())
    session.run("pytest", "tests/product", env={"HARNESS_KILL_POINTS": "20"})


@nox.session
def browser(session: nox.Session) -> None:
    """The report in a headless Chromium. Skipped aloud where there is none."""
    _install(session)
    session.run("pytest", "-m", "browser", *session.posargs)


@nox.session
def conformance(session: nox.Session) -> None:
    """A real Android adbd with toybox and mksh, in a chroot. Needs root on Debian."""
    _install(session)
    session.run("pytest", "-m", "adbd", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """What the harness itself costs, as ratios within one run."""
    _install(session)
    session.run("python", "benchmarks/local_overhead.py")
    session.run("python", "benchmarks/explain_speed.py")


@nox.session
def screenshot(session: nox.Session) -> None:
    """Make the picture of the README from a demo of now. Needs a headless Chromium."""
    _install(session)
    session.run("python", "docs/make_screenshot.py")
