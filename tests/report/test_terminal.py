from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import threading

import sample

from harness.report.terminal import LineProgress, LiveProgress, terminal_progress


def drive(progress, document):
    manifest = sample.manifest(document)
    steps = {}
    for record in sample.rounds(document):
        device = record.cell.partition("/")[0]
        step = {"cell": record.cell, "kind": "round", "index": record.index}
        steps.setdefault(device, []).append(step)
    manifest = manifest.model_validate(manifest.to_json() | {"schedule": steps})
    progress.sweep_started(manifest)
    for record in sample.rounds(document):
        device = record.cell.partition("/")[0]
        progress.step_started(device, record.cell, record.kind, record.index)
        progress.step_finished(device, record)
    progress.device_note(document.cells[0].device.id, "link \x1b[31mlost\u202e")
    progress.finished(document)


def lines(cells=None) -> str:
    stream = io.StringIO()
    drive(LineProgress(stream), sample.results(cells))
    return stream.getvalue()


def test_a_pipe_gets_a_line_per_launch_and_the_outcome_last():
    text = lines()
    assert "Phone Alpha [1/40] mobilenet_v2 cpu-4t round 1: done in 2.5 s" in text
    assert text.rstrip().endswith("one took a \nlesser path and one cannot be judged.")
    assert "\x1b" not in text


def test_simulated_devices_are_labelled_on_the_terminal_too():
    for line in lines().splitlines():
        if "Virtual Delta" in line and "[" in line:
            assert "Virtual Delta (simulated)" in line


def test_nothing_that_a_device_says_steers_the_terminal():
    text = lines(sample.hostile_cells())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "link \\x1b[31mlost\\u202e" in text


def test_markup_in_names_is_not_markup():
    phone = sample.device("[bold red]Phone[/]", soc=None)
    cell = sample.cell(phone, sample.MODELS[0], "gpu", sample.Case())
    assert "[bold red]Phone[/]" in lines([cell])


def test_an_attempt_that_is_tried_again_is_not_counted():
    document = sample.results()
    record = sample.rounds(document)[0]
    stream = io.StringIO()
    progress = LineProgress(stream)
    progress.sweep_started(sample.manifest(document))
    again = record.model_copy(update={"final": False, "failure": "device-lost"})
    progress.step_finished(document.cells[0].device.id, again)
    assert "[0/" in stream.getvalue()
    assert "failed: device-lost" in stream.getvalue()


def test_a_terminal_gets_bars_and_the_same_outcome():
    master, slave = pty.openpty()
    seen: list[bytes] = []
    reader = threading.Thread(target=_read_all, args=(master, seen))
    reader.start()
    with os.fdopen(slave, "w") as stream:
        progress = terminal_progress(stream)
        assert isinstance(progress, LiveProgress)
        drive(progress, sample.results(sample.cells()[:3]))
    reader.join(10)
    os.close(master)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", b"".join(seen).decode())
    assert "Phone Alpha: link \\x1b[31mlost\\u202e" in plain
    assert "No silent fallback seen in 2 accelerated cells." in plain


def _read_all(master: int, into: list[bytes]) -> None:
    """Read a terminal until its other end is closed, which Linux tells by an error."""
    with contextlib.suppress(OSError):
        while piece := os.read(master, 65536):
            into.append(piece)


def test_what_a_device_was_not_fit_for_is_told_with_what_to_do():
    cells = sample.results().cells
    unfit = {"not_made": {"battery-low": 5}, "next_step": "charge it and resume the sweep"}
    text = lines([cells[0].model_copy(update=unfit), *cells[1:]])
    assert "launches were not made\n  next: charge it and resume" in text
