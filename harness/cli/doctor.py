"""`harness doctor`: are this host and its phones ready to measure, and if not, what to do."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.render import SCHEMA, emit_text, finish
from harness.errors import ExitCode, NothingToMeasureError

if TYPE_CHECKING:
    from harness.bench.tool import Tool
    from harness.lab.check import Check
    from harness.lab.desk import Desk
    from harness.lab.inventory import ListedDevice


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("doctor")(doctor)


def doctor(
    devices: Annotated[
        list[str] | None,
        typer.Argument(
            help="Devices as in `harness run --device`, to be looked at closely: also their tool "
            "and a canary. Default: every ready phone, by reading alone."
        ),
    ] = None,
    no_canary: Annotated[
        bool, typer.Option("--no-canary", help="Run no model on the devices that are named.")
    ] = False,
    config: Annotated[
        Path | None, typer.Option(help="The inventory; default: ./devices.yaml if it is there.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where sweeps would land.")] = Path("reports"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> int:
    """Check this host, its adb, its phones and its tools; exit 3 if something must be repaired."""

    def work() -> tuple[Any, str, int]:
        from harness.lab.check import CheckId, CheckStatus, failure
        from harness.lab.checkup import check_host

        desks: list[Desk] = []
        checks = list(check_host(config, out, desks.append))
        chosen: Sequence[ListedDevice] = ()
        if desks:
            try:
                chosen = _chosen(desks[0], devices or (), config)
            except NothingToMeasureError as error:
                if devices:
                    checks.append(failure(CheckId.DEVICE, error.message, error.next_step))
        order = {one.id: place for place, one in enumerate(chosen)}
        checks = [one for one in checks if not (one.id == CheckId.DEVICE and one.device in order)]
        found, signal = _examine(chosen, config, closely=bool(devices), canary=not no_canary)
        # The host's first, then device by device; what the host says of a phone stands with it.
        checks = sorted([*checks, *found], key=lambda one: order.get(one.device or "", -1))
        failed = any(check.status is CheckStatus.FAILURE for check in checks)
        code = signal or (ExitCode.NOTHING_MEASURED if failed else ExitCode.OK)
        return _document(checks, chosen), _text(checks, chosen), code

    return finish(work, as_json=as_json)


def _chosen(desk: Desk, selectors: Sequence[str], config: Path | None) -> tuple[ListedDevice, ...]:
    from harness.lab.config import load_config
    from harness.lab.select import select

    return select(desk.devices, selectors, known=load_config(config).devices)


def _examine(
    chosen: Sequence[ListedDevice], config: Path | None, *, closely: bool, canary: bool
) -> tuple[list[Check], ExitCode | None]:
    """Look at phones; also return the code of a signal that came meanwhile."""
    from dataclasses import replace

    from harness.bench.toolbox import OFFLINE
    from harness.bench.variant import Dialect
    from harness.device.base import DeviceState
    from harness.lab.check_tool import canary as canary_check
    from harness.lab.config import load_config
    from harness.lab.examine import examine
    from harness.sweep.ask import tool_source

    if not closely:
        return list(examine(chosen)), None
    lab = load_config(config)
    tools = tool_source(lab, None, OFFLINE)

    def find(listed: ListedDevice) -> Tool:
        return tools(listed, Dialect.INTERPRETER)

    found = list(examine(chosen, find, named=True))
    ready = [one for one in chosen if one.state is DeviceState.READY]
    code: ExitCode | None = None
    if canary and ready:
        from harness.cli.interrupt import draining
        from harness.sweep.canary import run_canaries
        from harness.sweep.run import Stop

        emit_text("running a canary on each device", sys.stderr)
        stop = Stop()
        with draining(stop) as interruption:
            allowed = {one.id: lab.controls_for(one.id) for one in ready}
            controls = {name: names for name, names in allowed.items() if names is not None}
            canaries = run_canaries(ready, tools, controls, stop=stop)
        code = interruption.exit_code
        found += [
            replace(canary_check(one.run, one.verdict), device=one.device) for one in canaries
        ]
    return found, code


def _document(checks: Sequence[Check], chosen: Sequence[ListedDevice]) -> dict[str, Any]:
    from harness.device.base import DeviceKind

    return {
        "schema": SCHEMA,
        "devices": [
            {
                "id": one.id,
                "alias": one.alias,
                "kind": one.kind.value,
                "simulated": one.kind is DeviceKind.VIRTUAL,
            }
            for one in chosen
        ],
        "checks": [
            {
                "id": check.id.value,
                "status": check.status.value,
                "device": check.device,
                "message": check.message,
                "next": check.next or None,
                "facts": dict(check.facts),
            }
            for check in checks
        ],
    }


def _text(checks: Sequence[Check], chosen: Sequence[ListedDevice]) -> str:
    from harness.device.base import DeviceKind

    names = {
        one.id: (one.alias or one.id) + (", simulated" if one.kind is DeviceKind.VIRTUAL else "")
        for one in chosen
    }
    lines: list[str] = []
    heading: str | None = None
    for check in checks:
        if check.device in names and check.device != heading:
            lines.append(f"\n{names[check.device]}")
            heading = check.device
        # A line a check: what a phone says may hold line breaks.
        message, step = (" ".join(text.split()) for text in (check.message, check.next))
        if check.device is not None and check.device not in {*names, *message.split()}:
            message = f"{check.device}: {message}"
        lines.append(f"{check.status.value:<8} {check.id.value}: {message}")
        lines += [f"{'':<9}next: {step}"] if step else []
    return "\n".join(lines)
