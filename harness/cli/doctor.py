"""`harness doctor`: is this host ready to measure, and if not, what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from harness.cli.render import SCHEMA, finish
from harness.errors import ExitCode


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("doctor")(doctor)


def doctor(
    config: Annotated[
        Path | None, typer.Option(help="The inventory; default: ./devices.yaml if it is there.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where sweeps would land.")] = Path("reports"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> int:
    """Check this host, its adb, its phones and its tools; exit 3 if something must be repaired."""

    def work() -> tuple[Any, str, int]:
        from harness.lab.checkup import Check, CheckStatus, check_host

        def line(check: Check) -> str:
            words = f"{check.status.value:<8} {check.id}: {check.message}"
            return f"{words}\n{'':<9}next: {check.next}" if check.next else words

        checks = tuple(check_host(config, out))
        document = {
            "schema": SCHEMA,
            "checks": [
                {
                    "id": check.id,
                    "status": check.status.value,
                    "message": check.message,
                    "next": check.next or None,
                }
                for check in checks
            ],
        }
        failed = any(check.status is CheckStatus.FAILURE for check in checks)
        code = ExitCode.NOTHING_MEASURED if failed else ExitCode.OK
        return document, "\n".join(map(line, checks)), code

    return finish(work, as_json=as_json)
