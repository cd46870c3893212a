"""What the report says of the settings that were held."""

from __future__ import annotations

from dataclasses import replace

import sample

from harness.report.conditions import WorkerTime
from harness.report.folder import load_sweep
from harness.report.trust import trust
from harness.sweep.documents import ControlDoc, DeviceControlsDoc


def test_held_settings_and_those_that_could_not_be_are_told_apart(tmp_path):
    cells = sample.cells()
    told = DeviceControlsDoc(
        device=cells[0].device.id,
        controls=[
            ControlDoc(name="stay_awake", outcome="held"),
            ControlDoc(name="power_saver", outcome="already"),
            ControlDoc(name="screen", outcome="refused", message="no \x1b[2J way"),
            ControlDoc(name="doze", outcome="refused", message="no \x1b[2J way"),
        ],
        notes=["doze refused: no \x1b[2J way", "they are set again"],
    )
    document = sample.results(cells).model_copy(update={"controls": [told]})
    first = trust(load_sweep(sample.write(tmp_path, document)))[0]
    assert first.settings == "Settings: stay awake held; power saver so already."
    assert first.unheld[0].startswith("screen and doze refused: no ")
    assert "\x1b" not in first.unheld[0]
    assert first.unheld[1:] == ("they are set again",)


def test_a_sweep_without_any_says_nothing(tmp_path):
    first = trust(load_sweep(sample.write(tmp_path, sample.results())))[0]
    assert (first.settings, first.unheld) == ("", ())


def test_what_few_ask_for_is_told_line_by_line_and_nothing_of_what_is_not_known(tmp_path):
    first = trust(load_sweep(sample.write(tmp_path, sample.results())))[0]
    held = replace(
        first, about="exynos5", settings="Settings: doze held.", unheld=("screen refused",)
    )
    assert held.lines[0] == "exynos5"
    assert {"Settings: doze held.", "screen refused"} <= set(held.lines)
    assert "" not in held.lines
    busy = replace(first, worker=WorkerTime("97.0%", "cool-down 4 s"))
    assert busy.lines[-1] == "Time of timed rounds: tool at work 97.0% of it, cool-down 4 s."
    idle = replace(first, worker=WorkerTime("unknown", ""))
    assert not any(line.startswith("Time") for line in idle.lines)
