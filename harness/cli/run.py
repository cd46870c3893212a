"""`harness run`: sweep models over devices and variants, and report where they really ran."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.render import emit_json, emit_text, report_error
from harness.errors import ExitCode, HarnessError

if TYPE_CHECKING:
    from harness.bench.toolbox import FetchPolicy
    from harness.sweep.ask import Surroundings, Words
    from harness.sweep.session import Audience, Outcome


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("run")(run)


def run(  # noqa: PLR0917 (typer hands options over by name)
    models: Annotated[
        list[str] | None,
        typer.Argument(help="Model files, or names of `models:` in devices.yaml."),
    ] = None,
    device: Annotated[
        list[str] | None,
        typer.Option(
            help="Serial, alias, tag:x, soc:x, api>=29, kind:x, local; ',' is or, '&' is and."
        ),
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Variants by name; see the default list in the docs.")
    ] = None,
    tool: Annotated[
        str | None, typer.Option(help="The tool by name, hash or path; default: by ABI.")
    ] = None,
    sweep: Annotated[str | None, typer.Option(help="A sweep of devices.yaml by name.")] = None,
    rounds: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Exactly so many rounds a cell; default: 5 to 15."),
    ] = None,
    max_rounds: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="At most so many; --rounds beside it is the least."),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(help="Make rounds until p50 is known so well; default 2%; off: --rounds."),
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="Time for each device, such as 30m; models share it.")
    ] = None,
    sustain: Annotated[
        str | None,
        typer.Option(help="After the rounds, run each cell for so long without a pause: 10m."),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(help="cold,warm: after the rounds, time starts without and with a cache."),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="3 short rounds, no intervals.")] = False,
    signature: Annotated[str | None, typer.Option(help="Signature to run.")] = None,
    input_shape: Annotated[
        list[str] | None, typer.Option(help="NAME=1x224x224x3, for dynamic dimensions.")
    ] = None,
    input_range: Annotated[list[str] | None, typer.Option(help="NAME=LOW,HIGH.")] = None,
    input_file: Annotated[
        list[str] | None, typer.Option(help="NAME=FILE with the input's raw bytes.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where sweeps land.")] = Path("reports"),
    config: Annotated[
        Path | None, typer.Option(help="The inventory; default: ./devices.yaml if it is there.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the order of rounds and of inputs.")] = 0,
    samples: Annotated[
        str | None,
        typer.Option(help="Single invocations: tool (the rounds' lines), short, traced."),
    ] = None,
    cores: Annotated[
        str | None, typer.Option(help="Bind each variant to cores: big, mid, little, all.")
    ] = None,
    fail_on: Annotated[
        str | None, typer.Option(help="Exit 1 if any cell is, say, none,wrong_output,downgraded.")
    ] = None,
    control: Annotated[
        list[str] | None,
        typer.Option(help="Settings of phones to hold, by name; default, or none alone."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 4 unless every cell is valid.")
    ] = False,
    resume: Annotated[
        str | None, typer.Option(help="Go on with a sweep: its id under --out, or its folder.")
    ] = None,
    cooldown: Annotated[
        str | None,
        typer.Option(help="Wait at most so long for a device to be fit: 10m; off: never wait."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan with minutes per device.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Fetch a missing tool unasked.")] = False,
    open_report: Annotated[
        bool, typer.Option("--open", help="Open the report when it is done.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print results.json on stdout.")] = False,
) -> int:
    """Run models on every chosen device and variant; write a report with a verdict per cell."""
    from harness.bench.samples import SampleSource
    from harness.cli.choices import parse_words
    from harness.cli.dry_run import dry_run as run_dry
    from harness.device.cores import CoreClass
    from harness.sweep.ask import Words, ask
    from harness.sweep.ask_extras import parse_init, parse_sustain
    from harness.sweep.ask_policy import parse_cooldown
    from harness.sweep.ask_settings import SettingWords
    from harness.sweep.gate import parse_gates

    try:
        gates = parse_gates(fail_on)
        sustain_s, init_pairs = parse_sustain(sustain), parse_init(init)
        seconds = parse_cooldown(cooldown)
        sources = parse_words("--samples", samples, SampleSource)
        classes = parse_words("--cores", cores, CoreClass)
    except HarnessError as error:
        return report_error(error, as_json=as_json)
    words = Words(
        models=tuple(models or ()),
        devices=tuple(device or ()),
        variants=tuple(variant or ()),
        tool=tool,
        sweep=sweep,
        settings=SettingWords(
            rounds,
            max_rounds,
            precision,
            budget,
            quick,
            sustain_s=sustain_s,
            init_pairs=init_pairs,
            samples=sources,
            cores=classes,
        ),
        signature=signature,
        input_shapes=tuple(input_shape or ()),
        input_ranges=tuple(input_range or ()),
        input_files=tuple(input_file or ()),
        config=config,
        seed=seed,
        out=out,
        resume=resume,
        gates=gates,
        cooldown=seconds,
        controls=tuple(control or ()),
        on_terminal=sys.stdin.isatty(),
    )
    try:
        if dry_run:
            request = ask(words, fetch_policy(yes=yes, as_json=as_json))
            return run_dry(request, as_json=as_json)
        return _sweep(
            words,
            strict=strict,
            yes=yes,
            open_report=open_report,
            as_json=as_json,
        )
    except HarnessError as error:
        return report_error(error, as_json=as_json)


def _sweep(
    words: Words,
    *,
    strict: bool,
    yes: bool,
    open_report: bool,
    as_json: bool,
) -> int:
    from harness.sweep.ask import ask, ask_again
    from harness.sweep.session import resume_sweep, run_sweep

    if words.resume is not None:
        root = words.sweep_folder
        with _around(words, fetch_policy(yes=yes, as_json=as_json)) as around:
            again = ask_again(words, around)
            return conduct(
                lambda audience: resume_sweep(root, again, audience),
                strict=strict,
                open_report=open_report,
                as_json=as_json,
            )
    request = ask(words, fetch_policy(yes=yes, as_json=as_json))
    return conduct(
        lambda audience: run_sweep(request, words.out, audience),
        strict=strict,
        open_report=open_report,
        as_json=as_json,
    )


@contextmanager
def _around(words: Words, policy: FetchPolicy) -> Iterator[Surroundings]:
    """Yield where a sweep goes on; the virtual lab is started again if the sweep was made in it."""
    from harness.sweep.ask import surroundings
    from harness.sweep.folder import read_folder

    if read_folder(words.sweep_folder).manifest.sweep.lab is None:
        yield surroundings(words, policy)
        return
    from harness.cli.demo import demo_surroundings

    with demo_surroundings() as around:
        yield around


def conduct(
    sweep: Callable[[Audience], Outcome],
    *,
    strict: bool = False,
    open_report: bool = False,
    as_json: bool = False,
) -> int:
    """Run a sweep with progress, signals and the end of it on screen; return the exit code."""
    from harness.cli.interrupt import draining
    from harness.report.terminal import terminal_progress
    from harness.sweep.progress import SilentProgress
    from harness.sweep.run import Stop
    from harness.sweep.session import Audience

    stop = Stop()
    progress = SilentProgress() if as_json else terminal_progress()
    with draining(stop) as interruption:
        outcome = sweep(Audience(progress, stop))
    if as_json:
        places = {"folder": str(outcome.folder), "report": str(outcome.report)}
        emit_json({**outcome.results.to_json(), **places})
    else:
        emit_text(f"report: {outcome.report}")
        if interruption.exit_code is not None:
            emit_text(f"go on with: harness run --resume {outcome.folder}")
    if open_report:
        typer.launch(outcome.report.resolve().as_uri())
    return int(interruption.exit_code or exit_code(outcome, strict=strict))


def exit_code(outcome: Outcome, *, strict: bool) -> ExitCode:
    """Return the code of a finished sweep: gates first, then whether any cell is valid.

    Cells that a device was not fit for were to be measured: they count as not valid.
    """
    sweep, cells = outcome.results.sweep, outcome.results.cells
    valid = [
        cell.validity == "valid" for cell in cells if cell.status != "skipped" or cell.not_made
    ]
    if sweep.gate_failures:
        return ExitCode.GATE_FAILED
    if not any(valid) or (strict and not all(valid)):
        return ExitCode.NO_VALID_CELL
    return ExitCode.OK


def fetch_policy(*, yes: bool, as_json: bool) -> FetchPolicy:
    """Return how a missing tool may be fetched: asked on a terminal, unasked with --yes."""
    from harness.bench.toolbox import FetchPolicy
    from harness.cli.tools import show_progress

    def say(sentence: str) -> None:
        emit_text(sentence, sys.stderr)

    @functools.cache  # many phones may need the same tool; it is asked for once
    def confirm(question: str) -> bool:
        return yes or typer.confirm(question, err=True)

    on_terminal = sys.stdin.isatty() and sys.stderr.isatty() and not as_json
    progress = show_progress if on_terminal else _silent
    return FetchPolicy(allowed=yes or on_terminal, confirm=confirm, say=say, progress=progress)


def _silent(_done: int, _total: int | None) -> None:
    """Say nothing of a download's progress."""
