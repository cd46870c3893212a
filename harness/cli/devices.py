"""`harness devices`: every phone once, with its state and what to do about it."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.render import SCHEMA, emit_text, finish, report_error
from harness.errors import ExitCode, HarnessError, UsageError
from harness.printable import printable

if TYPE_CHECKING:
    from harness.lab.config import LabConfig
    from harness.lab.desk import Desk

_LOOK_S = 60.0
_ASK_S = 5.0
_WATCH_S = 1.0  # adb is asked who is there, not the phones: they may be measuring
_HEADINGS = ("device", "state", "model", "SoC", "Android", "ABI", "battery", "tags")
_UNKNOWN = "?"


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("devices")(devices)


def devices(
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on and print what changes, until Ctrl-C.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also emulators, this machine and absent phones.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="The inventory; default: ./devices.yaml if it is there.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> int:
    """List every phone once, with its state and, where it is not ready, what to do."""
    if watch:
        try:
            _watch(config, everything=everything, as_json=as_json)
        except HarnessError as error:
            return report_error(error, as_json=as_json)

    def work() -> tuple[Any, str, int]:
        from harness.deadline import Deadline
        from harness.lab.config import load_config
        from harness.lab.desk import look

        desk = look(load_config(config), Deadline.after(_LOOK_S))
        document = {"schema": SCHEMA, **desk.document(everything=everything)}
        text = "" if as_json else _show(document)
        return document, text, ExitCode.OK

    return finish(work, as_json=as_json)


def _show(document: dict[str, Any]) -> str:
    """Print the table on a terminal and return the text that follows it, else return it all."""
    rows = [_row(device) for device in document["devices"]]
    notes = "\n".join(_notes(document))
    if not rows or not sys.stdout.isatty():
        return "\n".join(part for part in (_plain(rows), notes) if part)
    _print_table(rows)
    return notes


def _row(device: dict[str, Any]) -> tuple[str, ...]:
    android = device["android"] and f"{device['android']} (API {device['api_level'] or _UNKNOWN})"
    name = f"{device['alias']} ({device['id']})" if device["alias"] else device["id"]
    state = f"{device['state']}, simulated" if device["simulated"] else device["state"]
    percent = _figure(device["battery_percent"], "%.0f %%")
    celsius = _figure(device["battery_celsius"], "%.1f °C")
    return (
        name,
        state,
        device["model"] or _UNKNOWN,
        device["soc"] or _UNKNOWN,
        android or _UNKNOWN,
        next(iter(device["abis"]), _UNKNOWN),
        f"{percent} {celsius}",
        " ".join(device["tags"]),
    )


def _figure(value: float | None, form: str) -> str:
    return _UNKNOWN if value is None else form % value


def _notes(document: dict[str, Any]) -> list[str]:
    """Return what is to be done, a line each."""
    lines = []
    for device in document["devices"]:
        if device["next"]:
            why = f" ({device['detail']})" if device["detail"] else ""
            lines.append(f"{device['id']} is {device['state']}{why}\n  next: {device['next']}")
    lines += [f"{phone['id']} is in devices.yaml and not attached" for phone in document["absent"]]
    if not document["devices"]:
        lines.append("no phone is listed by adb")
    return [*lines, *(f"  next: {sentence}" for sentence in document["advice"])]


def _plain(rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    # One line a device: what a phone calls itself may hold line breaks and tabs.
    lines = [_HEADINGS, *([" ".join(printable(c).split()) for c in row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*_HEADINGS, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        style = "" if row[1].startswith("ready") else "yellow"
        table.add_row(*(Text(printable(cell), style=style) for cell in row))
    Console().print(table)


# --- watching -------------------------------------------------------------------------------------


def _watch(path: Path | None, *, everything: bool, as_json: bool) -> None:
    """Print the desk, then each change, until the user ends it."""
    from harness.lab.config import load_config

    if as_json:
        raise UsageError(
            "--watch has no end and --json is one document", next_step="leave one of them out"
        )
    config = load_config(path)
    listed: object = None
    known: dict[str, str] | None = None
    while True:
        now = _listing(config)
        if known is None or now != listed:
            listed = now
            known = _tell(config, known, everything=everything)
        time.sleep(_WATCH_S)


def _listing(config: LabConfig) -> list[object]:
    """Return what each adb server lists, without asking any phone; None for one that is gone."""
    from harness.deadline import Deadline
    from harness.device.adb.server import Server

    found: list[object] = []
    for address in config.adb_servers:
        try:
            server = Server(address.host, address.port)
            found.append(server.transports(Deadline.after(_ASK_S)))
        except HarnessError:
            found.append(None)
    return found


def _tell(config: LabConfig, known: dict[str, str] | None, *, everything: bool) -> dict[str, str]:
    """Look at the desk, print what is new against `known`, and return what is known now."""
    from harness.deadline import Deadline
    from harness.lab.desk import look

    try:
        desk = look(config, Deadline.after(_LOOK_S))
    except HarnessError as error:
        emit_text(f"{time.strftime('%H:%M:%S')} {error.message}\n  next: {error.next_step}")
        return {}
    document = desk.document(everything=everything)
    now = _states(desk, everything=everything)
    if known is None:
        emit_text(_show(document))
        known = now
    for name in sorted({*now, *known}):
        before, after = known.get(name, "absent"), now.get(name, "absent")
        if before != after:
            emit_text(f"{time.strftime('%H:%M:%S')} {name}: {before} -> {after}")
    sys.stdout.flush()
    return now


def _states(desk: Desk, *, everything: bool) -> dict[str, str]:
    listed = desk.devices if everything else desk.phones
    return {device.id: device.state.value for device in listed}
