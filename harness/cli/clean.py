"""`harness clean`: remove what the harness left on phones, and tools that newer ones replaced."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.render import SCHEMA, finish
from harness.errors import ExitCode

if TYPE_CHECKING:
    from harness.bench.tool import Tool
    from harness.lab.leftovers import Leftovers

_LIST_S = 60.0


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("clean")(clean)


def clean(
    devices: Annotated[
        list[str] | None,
        typer.Argument(help="Devices as in `harness run --device`; default: every ready phone."),
    ] = None,
    tools: Annotated[
        bool, typer.Option("--tools", help="Instead of phones: fetched tools with a newer one.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be removed.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="The inventory; default: ./devices.yaml if it is there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> int:
    """Remove the harness's files from phones; a phone that is being measured on is left alone."""

    def work() -> tuple[Any, str, int]:
        if tools:
            return _clean_tools(dry_run=dry_run)
        return _clean_phones(devices or (), config, dry_run=dry_run)

    return finish(work, as_json=as_json)


def _clean_phones(
    selectors: Sequence[str], config: Path | None, *, dry_run: bool
) -> tuple[Any, str, int]:
    from harness.deadline import Deadline
    from harness.lab.config import load_config
    from harness.lab.inventory import list_devices
    from harness.lab.leftovers import clean_devices
    from harness.lab.select import select

    lab = load_config(config)
    chosen = select(list_devices(lab, Deadline.after(_LIST_S)), selectors, known=lab.devices)
    found = clean_devices(chosen, dry_run=dry_run)
    document = {
        "schema": SCHEMA,
        "dry_run": dry_run,
        "devices": [
            {
                "id": one.id,
                "kind": one.kind.value,
                "kb": one.kb,
                "removed": one.removed,
                "reason": one.reason or None,
                "next": one.next_step or None,
                "notes": list(one.notes),
            }
            for one in found
        ],
    }
    reached = [one for one in found if not one.reason]
    code = ExitCode.OK if reached or not found else ExitCode.NOTHING_MEASURED
    text = "\n".join(_phone_line(one) for one in found) or "nothing of ours lies on this machine"
    return document, text, int(code)


def _phone_line(one: Leftovers) -> str:
    if one.reason:
        return f"{one.id}: left alone, {one.reason}" + (
            f"\n  next: {one.next_step}" if one.next_step else ""
        )
    size = f"{one.kb / 1024:.1f} MB" if one.kb is not None else "unknown size"
    notes = "".join(f"\n  {note}" for note in one.notes)
    return f"{one.id}: {'removed' if one.removed else 'would remove'} {size}{notes}"


def _clean_tools(*, dry_run: bool) -> tuple[Any, str, int]:
    from harness.bench.toolstore import remove, superseded

    old: tuple[Tool, ...] = superseded()
    for tool in () if dry_run else old:
        remove(tool.name)
    document = {
        "schema": SCHEMA,
        "dry_run": dry_run,
        "tools": [{"name": tool.name, "sha256": tool.sha256} for tool in old],
    }
    done = "would remove" if dry_run else "removed"
    text = "\n".join(f"{done} {tool.name}" for tool in old) or "no tool has a newer one"
    return document, text, int(ExitCode.OK)
