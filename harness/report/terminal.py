"""The report on a terminal: lines or a live view while a sweep runs, a table at its end."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from harness.bench.command import LaunchKind
from harness.report import choice, extras, figures, headline, words
from harness.report.findings import device_name, group_findings
from harness.report.gates import failure_lines
from harness.report.grid import kind_of, model_label
from harness.sweep.agenda import Agenda, course_of
from harness.sweep.documents import CellDoc, ResultsDoc
from harness.sweep.extra_documents import PercentileDoc
from harness.sweep.progress import Progress
from harness.sweep.record import Manifest, RoundRecord

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID
    from rich.table import Table
    from rich.text import Text

MOST_ROWS = 200
"""A terminal table beyond this is no help; the page has them all."""

STYLES = {
    "wrong": "bold magenta",
    "none": "bold red",
    "failed": "red",
    "suspect": "yellow",
    "downgraded": "yellow",
    "unknown": "",
    "partial": "blue",
    "full": "green",
    "baseline": "dim",
    "skipped": "dim",
}


def terminal_progress(stream: TextIO | None = None) -> Progress:
    """Return a live view when `stream` (stderr) is a terminal, plain lines otherwise."""
    out = stream or sys.stderr
    return LiveProgress(out) if out.isatty() else LineProgress(out)


class _Names:
    """Names for the ids that steps carry, and how far each device has come."""

    def __init__(self) -> None:
        self.devices: dict[str, str] = {}
        self.cells: dict[str, str] = {}
        self.ahead: dict[str, int] = {}
        self.may_be_less: dict[str, bool] = {}
        self.done: Counter[str] = Counter()

    def learn(self, manifest: Manifest) -> None:
        models = {model.sha256: words.label(model.name, 40) for model in manifest.models}
        for device in manifest.devices:
            simulated = " (simulated)" if device.simulated else ""
            self.devices[device.id] = words.label(device.model or device.id, 32) + simulated
        for cell in manifest.cells:
            model = models.get(cell.model, "unknown model")
            self.cells[cell.id] = f"{model} {words.label(cell.variant, 32)}"
        for name in (device.id for device in manifest.devices):
            self.may_be_less[name] = manifest.settings_of(name).stopping.target is not None
            self.ahead[name] = Agenda(course_of(manifest, name)).ahead

    def total(self, device: str) -> int:
        """How many launches there are at the most, those that are made included."""
        return self.done[device] + self.ahead.get(device, 0)

    def finished(self, device: str, record: RoundRecord) -> None:
        counts = record.final and _is_planned(record)
        self.done[device] += counts
        self.ahead[device] = max(0, self.ahead.get(device, 0) - counts)

    def so_far(self, device: str) -> str:
        """Say how far a device has come: rounds that are precise enough are not all made."""
        between = " of at most " if self.may_be_less.get(device) else "/"
        return f"{self.done[device]}{between}{self.total(device)}"

    def device(self, name: str) -> str:
        return self.devices.get(name) or words.label(name, 32)

    def cell(self, name: str) -> str:
        return self.cells.get(name) or words.label(name, 60)


def _is_planned(record: RoundRecord) -> bool:
    """Whether a launch is one of a known number: those of a series are not."""
    return record.kind is not LaunchKind.SUSTAINED


def _ending(record: RoundRecord) -> str:
    """Say how a launch ended."""
    if record.not_made:
        return f"not made: {words.code(record.failure)}"
    if record.failure is not None:
        return f"failed: {words.code(record.failure)}"
    if record.exit_status is None:
        return "ended, exit status unknown"
    if record.exit_status != 0:
        return f"failed: exit status {record.exit_status}"
    return f"done in {record.seconds:.1f} s"


class LineProgress:
    """A line per finished launch: for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._names = _Names()

    def _say(self, text: str) -> None:
        with self._lock:
            self._stream.write(words.clean(text) + "\n")
            self._stream.flush()

    def sweep_started(self, manifest: Manifest) -> None:
        """Say what is going to be measured."""
        self._names.learn(manifest)
        steps = words.plural(sum(self._names.ahead.values()), "launch", "launches")
        steps = f"at most {steps}" if any(self._names.may_be_less.values()) else steps
        cells = words.plural(len(manifest.cells), "cell")
        devices = words.plural(len(manifest.devices), "device")
        self._say(f"sweep {words.label(manifest.sweep.id, 80)}: {cells} on {devices}, {steps}")

    def launches_ahead(self, device: str, most: int) -> None:
        """Correct what is to come: fewer where cells are precise, or a sweep goes on."""
        self._names.ahead[device] = most

    def step_started(self, device: str, cell: str, kind: str, index: int) -> None:
        """Say nothing: the end of the launch is what counts in a log."""

    def step_finished(self, device: str, record: RoundRecord) -> None:
        """Say how a launch ended."""
        self._names.finished(device, record)
        so_far = f"[{self._names.so_far(device)}] " if _is_planned(record) else ""
        self._say(
            f"{self._names.device(device)} {so_far}"
            f"{self._names.cell(record.cell)} {record.kind} {record.index}: {_ending(record)}"
        )

    def device_note(self, device: str, text: str) -> None:
        """Pass a note on."""
        self._say(f"{self._names.device(device)}: {words.label(text, 300)}")

    def finished(self, results: ResultsDoc) -> None:
        """Print the outcome."""
        from rich.console import Console  # noqa: PLC0415 (heavy)

        # A pipe has no width; a table must not be folded to one that nobody asked for.
        console = Console(file=self._stream, width=120, highlight=False, markup=False)
        print_results(results, console)


class LiveProgress:
    """A bar per device on a terminal, with time left; notes scroll above."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._names = _Names()
        self._bars: RichProgress | None = None
        self._tasks: dict[str, TaskID] = {}

    def sweep_started(self, manifest: Manifest) -> None:
        """Start the bars."""
        from rich.console import Console  # noqa: PLC0415 (heavy)
        from rich.progress import (  # noqa: PLC0415 (heavy)
            BarColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bars  # noqa: PLC0415

        self._names.learn(manifest)
        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[so_far]}", markup=False),
            TimeRemainingColumn(),
            TextColumn("{task.fields[now]}", markup=False),
            console=Console(file=self._stream, highlight=False, markup=False),
            transient=True,
        )
        for device, most in self._names.ahead.items():
            self._tasks[device] = self._bars.add_task(
                self._names.device(device),
                total=most,
                now="waiting",
                so_far=self._names.so_far(device),
            )
        self._bars.start()

    def launches_ahead(self, device: str, most: int) -> None:
        """Shorten a device's bar where cells are precise, or a sweep goes on."""
        self._names.ahead[device] = most
        self._show(device)

    def step_started(self, device: str, cell: str, kind: str, index: int) -> None:
        """Show what a device does now."""
        if self._bars is not None and device in self._tasks:
            now = f"{self._names.cell(cell)} {kind} {index}"
            self._bars.update(self._tasks[device], now=now)

    def step_finished(self, device: str, record: RoundRecord) -> None:
        """Move a device's bar; a launch that failed leaves a line."""
        if self._bars is None or device not in self._tasks:
            return
        self._names.finished(device, record)
        self._show(device)
        if record.failure is not None or record.exit_status != 0:
            cell = self._names.cell(record.cell)
            self._print(device, f"{cell} {record.kind} {record.index}: {_ending(record)}")

    def _show(self, device: str) -> None:
        if self._bars is not None and device in self._tasks:
            self._bars.update(
                self._tasks[device],
                completed=self._names.done[device],
                total=self._names.total(device),
                so_far=self._names.so_far(device),
            )

    def device_note(self, device: str, text: str) -> None:
        """Put a note above the bars."""
        self._print(device, words.label(text, 300))

    def _print(self, device: str, text: str) -> None:
        line = words.clean(f"{self._names.device(device)}: {text}")
        if self._bars is not None:
            self._bars.console.print(line, markup=False, highlight=False)
        else:
            self._stream.write(line + "\n")

    def finished(self, results: ResultsDoc) -> None:
        """Take the bars away and print the outcome."""
        from rich.console import Console  # noqa: PLC0415 (heavy)

        if self._bars is not None:
            self._bars.stop()
        print_results(results, Console(file=self._stream, highlight=False, markup=False))


def print_results(results: ResultsDoc, console: Console) -> None:
    """Print the sentence, the cells and the worst findings of a sweep."""
    from rich.text import Text  # noqa: PLC0415 (heavy)

    cells = results.cells
    console.print(_table(cells[:MOST_ROWS]))
    if len(cells) > MOST_ROWS:
        console.print(f"{len(cells) - MOST_ROWS} more cells are in the report.")
    counted = headline.counted(cells)
    rehearsal = bool(counted) and counted[0].device.simulated
    for group in group_findings(cells, simulated_last=not rehearsal)[:5]:
        simulated = " (simulated)" if group.simulated else ""
        console.print(Text(f"{group.title}{simulated}", style=STYLES.get(group.icon, "")))
        console.print(Text(f"  next: {group.cause.advice}", style="dim"))
    for name, step in _unfit(cells):
        console.print(Text(f"{name}: launches were not made"))
        console.print(Text(f"  next: {step}", style="dim"))
    for device in results.sweep.skipped_devices:
        name = words.label(device.model or device.id, 40)
        console.print(Text(f"{name}: {words.label(device.state)}, {words.label(device.reason)}"))
        console.print(Text(f"  next: {words.label(device.next_step, 200)}", style="dim"))
    wins = choice.tally(counted)
    if wins:
        console.print(Text(f"Fastest, honestly: {words.listed(wins, 5)}. Ties count for each."))
    for title, text in extras.summary_lines(counted):
        console.print(Text(f"{title}: {text}"))
    for line in failure_lines(results):
        console.print(Text(line, style="red"))
    console.print(Text(headline.plain(headline.sentence(cells)), style="bold"))


def _unfit(cells: list[CellDoc]) -> list[tuple[str, str]]:
    """Return each device that was not fit for launches, with what to do about it."""
    steps = {
        (words.label(device_name(cell), 40), words.label(cell.next_step, 200))
        for cell in cells
        if cell.not_made and cell.next_step
    }
    return sorted(steps)[:5]


def _table(cells: list[CellDoc]) -> Table:
    from rich.table import Table as RichTable  # noqa: PLC0415 (heavy)
    from rich.text import Text  # noqa: PLC0415 (heavy)

    table = RichTable(box=None, pad_edge=False, header_style="dim")
    for name in ("device", "model", "variant", "verdict"):
        table.add_column(name, overflow="fold")
    for name in ("p50 ms", "p90 ms", "speed-up", "nodes"):
        table.add_column(name, justify="right", no_wrap=True)
    for cell in cells:
        kind = kind_of(cell)
        simulated = " (simulated)" if cell.device.simulated else ""
        doubts = [text for _, text in words.reason_labels(cell.validity, cell.validity_reasons)]
        verdict = words.verdict_label(kind, str(cell.variant.accelerator))
        reason = f": {words.label(cell.reason, 40)}" if cell.reason else ""
        latency = cell.latency_ms
        ratio = figures.speedup(cell)
        nodes = (cell.nodes_on_accelerator, cell.nodes_total)
        table.add_row(
            Text(words.label(device_name(cell), 32) + simulated),
            Text(model_label(cell)),
            Text(words.label(cell.variant.name, 32)),
            Text(", ".join([verdict + reason, *doubts]), style=STYLES[kind]),
            _time(cell, latency.p50 if latency else None),
            _time(cell, latency.p90 if latency else None),
            Text(f"{ratio} vs {figures.against(cell)}" if ratio else ""),
            Text("" if None in nodes or kind == "baseline" else f"{nodes[0]}/{nodes[1]}"),
        )
    return table


def _time(cell: CellDoc, percentile: PercentileDoc | None) -> Text:
    from rich.text import Text as RichText  # noqa: PLC0415 (heavy)

    shown = figures.figure(percentile)
    if shown is None:
        return RichText("")
    # Not even struck out: a pipe shows no styles, and a wrong answer has no time.
    return RichText("void" if figures.is_void(cell) else f"{shown.mark}{shown.text}")
