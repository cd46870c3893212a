"""Sustained series and cold and warm starts on virtual phones behind a real adb server.

The work, its heat and its caches are simulated; the launches, files and readings are real.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.bench.command import LaunchKind
from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN
from harness.deadline import Deadline
from harness.demo_models import paths
from harness.device.base import DeviceState
from harness.lab.address import AdbServer
from harness.lab.config import LabConfig
from harness.lab.inventory import list_devices, open_device
from harness.sweep.journal import read_journal
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.prepare import Request
from harness.sweep.progress import SilentProgress
from harness.sweep.run import Stop
from harness.sweep.session import Audience, run_sweep
from harness.virtual.lab import running_lab
from harness.virtual.tool.bundle import bundle

SETTINGS = RunSettings(
    num_runs=10, min_secs=1, warmup_min_secs=0.1, rounds=1, sustain_s=600, init_pairs=2
)
HOT, OLD = "galaxy-s24-c", "galaxy-j6"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """One sweep over a phone that throttles and an old one: cells and launches by both names."""
    with running_lab([HOT, OLD]) as lab:
        config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
        found = list_devices(config, Deadline.after(30))
        request = Request(
            devices=[one for one in found if one.transports and one.state is DeviceState.READY],
            models=[prepare_model(str(paths()[0]), None, ModelWords(), seed=0)],
            variants={None: [BUILT_IN["cpu-4t"], BUILT_IN["gpu"]]},
            settings=SETTINGS,
            tools=lambda listed, _dialect: bundle(listed.profile.abis[0]),
        )
        old = next(one.serial for one in lab.phones if one.name == OLD)
        short = SETTINGS.model_copy(update={"sustain_s": None})
        request = replace(request, device_settings={old: short})
        out = tmp_path_factory.mktemp("out")
        outcome = run_sweep(request, out, Audience(SilentProgress(), Stop()))
        name = {phone.serial: phone.name for phone in lab.phones}
        left = {
            name[one.id]: open_device(one, Deadline.after(30))
            .shell.run("ls -R /data/local/tmp/harness/caches", Deadline.after(30))
            .text.split()
            for one in request.devices
        }
    launches = read_journal(outcome.folder)
    cells = {}
    for cell in outcome.results.cells:
        own = [one for one in launches if one.cell == cell.id]
        cells[name[cell.device.id], cell.variant.name] = (cell, own)
    return outcome, cells, left


def of_kind(launches, kind):
    return [one for one in launches if one.kind is kind]


def test_ten_minutes_of_the_phones_clock_show_when_it_slows(sweep):
    _, cells, _ = sweep
    cell, own = cells[HOT, "cpu-4t"]
    found = cell.sustained
    assert found.duration_s >= 600
    assert found.launches == len(of_kind(own, LaunchKind.SUSTAINED)) > 30
    assert found.change > 0.3
    assert 60 < found.throttled_after_s < 300
    assert found.points[-1].celsius > found.points[0].celsius + 5
    assert found.points[-1].ceiling_share < found.points[0].ceiling_share == 1.0
    assert found.longest_pause_s < 5
    assert cell.device.simulated


def test_a_series_right_after_another_waits_and_begins_at_rest(sweep):
    _, cells, _ = sweep
    cell, own = cells[HOT, "gpu"]
    first, *others = of_kind(own, LaunchKind.SUSTAINED)
    assert first.preflight["waited_s"] > 60
    assert {one.preflight["waited_s"] for one in others} == {0.0}
    assert cell.sustained.reason is None


def test_no_launch_of_either_kind_counts_as_a_round(sweep):
    outcome, cells, _ = sweep
    assert outcome.results.sweep.complete
    for cell, own in cells.values():
        assert cell.rounds == len(of_kind(own, LaunchKind.ROUND)) == 1


def test_cold_and_warm_take_turns_and_warm_is_shown_to_be_warm(sweep):
    _, cells, _ = sweep
    cell, own = cells[HOT, "gpu"]
    turns = [one.kind for one in own if one.kind in (LaunchKind.COLD, LaunchKind.WARM)]
    assert turns == [LaunchKind.COLD, LaunchKind.WARM] * 2
    assert cell.init.cache == "used"
    assert cell.init.warm.init_ms.high < cell.init.cold.init_ms.low
    texts = [one.text for one in cell.init.evidence]
    assert "INFO: Initialized OpenCL-based API from serialized data." in texts


def test_page_caches_are_dropped_from_android_12_on(sweep):
    _, cells, _ = sweep
    assert cells[HOT, "cpu-4t"][0].init.page_cache_dropped is True
    assert cells[OLD, "cpu-4t"][0].init.page_cache_dropped is False


def test_opengl_keeps_no_cache_and_so_no_start_is_warm(sweep):
    _, cells, _ = sweep
    cell, _ = cells[OLD, "gpu"]
    assert (cell.init.cache, cell.init.files) == ("none", {})


def test_the_phones_are_left_without_a_cache(sweep):
    _, _, left = sweep
    assert left == {name: ["/data/local/tmp/harness/caches:"] for name in (HOT, OLD)}
