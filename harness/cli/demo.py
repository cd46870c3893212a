"""`harness demo`: a whole sweep over simulated phones and this machine, with a real report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.render import emit_text, report_error
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.bench.tool import Tool
    from harness.bench.variant import Dialect
    from harness.lab.config import LabConfig
    from harness.lab.inventory import ListedDevice
    from harness.sweep.ask import Surroundings
    from harness.sweep.prepare import Request, ToolSource

PHONES = ("pixel-8", "galaxy-a55", "pixel-6", "galaxy-j6", "redmi-10", "xiaomi-12")
"""One for each thing that a report can tell: full, partial, none, downgraded, wrong, throttled."""

VARIANTS = ("cpu-4t", "cpu-noxnn", "gpu", "gpu-fp32", "nnapi")
ROUNDS = {"rounds": 5, "max_rounds": 6, "precision": 0.02}
"""At most 6 rounds: at 15 a throttled phone would make the demo twice as long."""

_NOTICE = """\
The phones of this demo are SIMULATED: their latencies are made up, and every page says so.
Real are the harness, the adb server, the models, the outputs (LiteRT), and the device `local`."""


def register(app: typer.Typer) -> None:
    """Add the verb to the app."""
    app.command("demo")(demo)


def demo(
    out: Annotated[Path, typer.Option(help="Where sweeps land.")] = Path("reports"),
    quick: Annotated[bool, typer.Option("--quick", help="3 rounds a cell, no intervals.")] = False,
    fail_on: Annotated[
        str | None, typer.Option(help="Exit 1 if any cell is, say, none,wrong_output,downgraded.")
    ] = None,
    open_report: Annotated[
        bool, typer.Option("--open", help="Open the report when it is done.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print results.json on stdout.")] = False,
) -> int:
    """Sweep two models over a lab of simulated phones and this machine. Needs no phone."""
    from harness.cli.run import conduct
    from harness.sweep.gate import parse_gates
    from harness.sweep.session import run_sweep

    try:
        gates = parse_gates(fail_on)
        if not as_json:
            emit_text(_NOTICE)
        with demo_surroundings() as around:
            request = _request(around, out, gates, quick=quick)
            return conduct(
                lambda audience: run_sweep(request, out, audience),
                open_report=open_report,
                as_json=as_json,
            )
    except HarnessError as error:
        return report_error(error, as_json=as_json)


@contextmanager
def demo_surroundings() -> Iterator[Surroundings]:
    """Run the virtual lab and yield it as the place where phones and tools are found."""
    from harness.lab.address import AdbServer
    from harness.lab.config import LabConfig
    from harness.sweep.ask import Surroundings
    from harness.virtual.lab import running_lab

    with running_lab(PHONES) as lab:
        config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
        yield Surroundings(config, _tools(config))


def _request(around: Surroundings, out: Path, gates: Sequence[str], *, quick: bool) -> Request:
    from harness.bench.settings import QUICK
    from harness.deadline import Deadline
    from harness.demo_models import paths
    from harness.device.base import DeviceKind, DeviceState
    from harness.lab.inventory import list_devices
    from harness.sweep.ask import LISTING_S, LOCAL_NAMES
    from harness.sweep.models import ModelWords, prepare_model
    from harness.sweep.prepare import Request, skipped

    config = around.config
    devices = list_devices(config, Deadline.after(LISTING_S))
    ready = [one for one in devices if one.state is DeviceState.READY]
    words = ModelWords()
    return Request(
        devices=ready,
        models=[prepare_model(str(path), None, words, seed=0) for path in paths()],
        variants={
            None: [config.variant(name) for name in VARIANTS],
            DeviceKind.LOCAL: [config.variant(name) for name in LOCAL_NAMES],
        },
        settings=QUICK if quick else QUICK.model_copy(update=ROUNDS),
        tools=around.tools,
        skipped=[skipped(one, one.detail, one.next_step) for one in devices if one not in ready],
        command=[
            *("harness", "demo", "--out", str(out)),
            *(["--quick"] if quick else []),
            *(["--fail-on", ",".join(gates)] if gates else []),
        ],
        lab="demo",
        gates=gates,
    )


def _tools(config: LabConfig) -> ToolSource:
    """Return how tools are found in the demo: the simulated one for phones, LiteRT's own here."""
    from harness.bench.toolbox import OFFLINE
    from harness.bench.variant import Dialect as Dialects
    from harness.device.base import DeviceKind
    from harness.errors import ToolError
    from harness.sweep.ask import tool_source
    from harness.virtual.tool.bundle import bundle

    of_this_machine = tool_source(config, None, OFFLINE)

    def find(listed: ListedDevice, dialect: Dialect) -> Tool:
        if listed.kind is not DeviceKind.VIRTUAL:
            return of_this_machine(listed, dialect)
        if dialect is not Dialects.INTERPRETER or listed.profile is None:
            raise ToolError(
                "the simulated phones have a tool of the interpreter dialect only",
                next_step="leave the variant out for them",
            )
        return bundle(listed.profile.abis[0])

    return find
