"""`harness calibrate`: how much devices differ from themselves, so that noise is no finding."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.render import SCHEMA, emit_json, emit_text, report_error
from harness.errors import ExitCode, HarnessError, UsageError

if TYPE_CHECKING:
    from harness.sweep.ask import Words
    from harness.sweep.calibrate import Measured


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("calibrate")(calibrate)


def calibrate(  # noqa: PLR0917 (typer hands options over by name)
    model: Annotated[
        str | None,
        typer.Argument(help="A model file, or a name of `models:`; default: a small one of ours."),
    ] = None,
    device: Annotated[
        list[str] | None, typer.Option(help="As in `harness run`; default: every ready phone.")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Variants by name; default: one of each kind.")
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Rounds of each twin, 15 or more; default: 15."),
    ] = None,
    control: Annotated[
        list[str] | None, typer.Option(help="Settings of phones to hold, as in `harness run`.")
    ] = None,
    cores: Annotated[
        str | None, typer.Option(help="Bind each variant to cores: big, mid, little, all.")
    ] = None,
    tool: Annotated[
        str | None, typer.Option(help="The tool by name, hash or path; default: by ABI.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the sweep lands.")] = Path("reports"),
    config: Annotated[
        Path | None, typer.Option(help="The inventory; default: ./devices.yaml if it is there.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Fetch a missing tool unasked.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> int:
    """Run every variant twice, interleaved, and keep what the two differ by as its noise."""
    try:
        from harness.cli.choices import parse_words
        from harness.demo_models import paths
        from harness.device.cores import CoreClass
        from harness.sweep.ask import Words
        from harness.sweep.ask_settings import SettingWords

        words = Words(
            models=(model if model is not None else str(paths()[0]),),
            devices=tuple(device or ()),
            variants=tuple(variant or ()),
            tool=tool,
            settings=SettingWords(
                rounds=_enough(rounds), cores=parse_words("--cores", cores, CoreClass)
            ),
            controls=tuple(control or ()),
            out=out,
            config=config,
            on_terminal=sys.stdin.isatty() and sys.stdout.isatty(),
        )
        return _calibrate(words, yes=yes, as_json=as_json)
    except HarnessError as error:
        return report_error(error, as_json=as_json)


def _enough(rounds: int | None) -> int:
    from harness.sweep.calibrate import LEAST_ROUNDS, ROUNDS

    if rounds is not None and rounds < LEAST_ROUNDS:
        raise UsageError(
            f"{rounds} rounds tell no noise floor", next_step=f"--rounds {LEAST_ROUNDS} or more"
        )
    return ROUNDS if rounds is None else rounds


def _calibrate(words: Words, *, yes: bool, as_json: bool) -> int:
    from dataclasses import replace
    from datetime import UTC, datetime

    from harness.cli.interrupt import draining
    from harness.cli.run import fetch_policy
    from harness.device.base import DeviceKind
    from harness.lab.config import load_config
    from harness.lab.noise import known_book
    from harness.report.terminal import terminal_progress
    from harness.sweep.ask import ask
    from harness.sweep.calibrate import LOCAL_NAMES, NAMES, doubled, keep, measured
    from harness.sweep.folder import read_folder
    from harness.sweep.progress import SilentProgress
    from harness.sweep.run import Stop
    from harness.sweep.session import Audience, run_sweep

    request = ask(words, fetch_policy(yes=yes, as_json=as_json))
    if not words.variants:
        lab = load_config(words.config)
        names = {None: NAMES, DeviceKind.LOCAL: LOCAL_NAMES}
        request = replace(
            request,
            variants={kind: [lab.variant(one) for one in few] for kind, few in names.items()},
        )
    request = replace(doubled(request), command=["harness", "calibrate", *request.command[2:]])
    for one in request.devices:  # told before minutes are spent
        known_book(one.id, simulated=one.kind is DeviceKind.VIRTUAL)
    stop = Stop()
    with draining(stop) as interruption:
        progress = SilentProgress() if as_json else terminal_progress()
        outcome = run_sweep(request, words.out, Audience(progress, stop))
    when = datetime.now(UTC).isoformat(timespec="seconds")
    found = measured(read_folder(outcome.folder), outcome.results.cells, when)
    files = keep(found)
    if as_json:
        emit_json(
            {
                "schema": SCHEMA,
                "folder": str(outcome.folder),
                "files": [str(one) for one in files],
                "floors": [_document(one) for one in found],
            }
        )
    else:
        emit_text("\n".join(_line(one) for one in found))
        emit_text(f"report: {outcome.report}")
    if interruption.exit_code is not None:
        return int(interruption.exit_code)
    return int(ExitCode.OK if files else ExitCode.NO_VALID_CELL)


def _document(one: Measured) -> dict[str, Any]:
    entry = one.entry
    return {
        "device": one.device,
        "simulated": one.simulated,
        "model": one.model,
        "variant": one.variant,
        "reason": one.reason or None,
        "noise_floor": entry.model_dump(mode="json") if entry is not None else None,
    }


def _line(one: Measured) -> str:
    name = f"{one.device}{' (simulated)' if one.simulated else ''} {one.variant}"
    if one.entry is None:
        return f"{name}: no noise floor, {one.reason}"
    return (
        f"{name}: noise floor of {one.entry.variant_kind} {100 * one.entry.relative:.1f} % "
        f"({one.entry.pairs} comparisons of {one.entry.rounds} rounds)"
    )
