"""Phones that vanish, drop, reboot or fill up under a sweep: the others are measured all the same.

Virtual phones behind a real adb server; what goes wrong with them is real to the harness.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN
from harness.deadline import Deadline
from harness.demo_models import paths
from harness.device.base import DeviceState
from harness.lab.address import AdbServer
from harness.lab.config import LabConfig
from harness.lab.inventory import list_devices
from harness.sweep.journal import read_journal
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.prepare import Request
from harness.sweep.progress import SilentProgress
from harness.sweep.run import Stop
from harness.sweep.session import Audience, Outcome, run_sweep
from harness.virtual.lab import Lab, running_lab
from harness.virtual.tool.bundle import bundle

SETTINGS = RunSettings(num_runs=10, min_secs=60, max_secs=120, warmup_min_secs=0.1, rounds=3)
"""A minute of the virtual phones' own time is about a second here."""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with running_lab(["pixel-8", "galaxy-j6"]) as running:
        yield running


def request_for(lab: Lab) -> Request:
    config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
    found = list_devices(config, Deadline.after(20))
    ready = [one for one in found if one.transports and one.state is DeviceState.READY]
    assert len(ready) == 2
    return Request(
        devices=ready,
        models=[prepare_model(str(paths()[0]), None, ModelWords(), seed=0)],
        variants={None: [BUILT_IN["cpu-4t"], BUILT_IN["gpu"]]},
        settings=SETTINGS,
        tools=lambda listed, _dialect: bundle(listed.profile.abis[0]),
    )


def sweep(lab: Lab, out, *, trouble=lambda: None) -> Outcome:
    """Run a sweep and let `trouble` happen once rounds are under way on the Pixel."""
    request = request_for(lab)
    done: list[Outcome] = []
    audience = Audience(SilentProgress(), Stop())
    worker = threading.Thread(target=lambda: done.append(run_sweep(request, out, audience)))
    worker.start()
    deadline = Deadline.after(60)
    while not any(one.kind == "round" for folder in out.glob("*/") for one in read_journal(folder)):
        assert not deadline.passed
        time.sleep(0.05)
    time.sleep(0.3)
    trouble()
    worker.join(timeout=200)
    assert done, "the sweep did not end"
    return done[0]


def cells_of(outcome: Outcome, serial: str):
    return [cell for cell in outcome.results.cells if cell.device.id == serial]


def test_a_cable_that_is_pulled_and_put_back_costs_no_round(lab, tmp_path):
    outcome = sweep(lab, tmp_path, trouble=lambda: lab.tell("pixel-8", "drop"))
    assert outcome.results.sweep.complete
    assert {(cell.status.value, cell.rounds) for cell in outcome.results.cells} == {("ok", 3)}


def test_a_phone_that_reboots_under_a_round_is_tried_once_more(lab, tmp_path):
    outcome = sweep(lab, tmp_path, trouble=lambda: lab.tell("pixel-8", "reboot"))
    records = read_journal(outcome.folder)
    assert [one.failure for one in records if not one.final] == ["device-rebooted"]
    assert {(cell.status.value, cell.rounds) for cell in outcome.results.cells} == {("ok", 3)}


def test_a_phone_that_vanishes_after_listing_is_left_out_and_the_other_measured(lab, tmp_path):
    request = request_for(lab)
    pixel, galaxy = lab.phone("pixel-8").serial, lab.phone("galaxy-j6").serial
    lab.tell("pixel-8", "away", 3600.0)
    began = time.monotonic()
    outcome = run_sweep(request, tmp_path, Audience(SilentProgress(), Stop()))
    assert time.monotonic() - began < 120
    assert [one.id for one in outcome.results.sweep.skipped_devices] == [pixel]
    assert outcome.results.sweep.skipped_devices[0].next_step
    assert {cell.status.value for cell in cells_of(outcome, galaxy)} == {"ok"}


def test_a_full_disk_fails_its_phone_with_the_reason_and_the_other_goes_on(lab, tmp_path):
    request = request_for(lab)
    pixel, galaxy = lab.phone("pixel-8").serial, lab.phone("galaxy-j6").serial
    lab.tell("pixel-8", "full", 4096.0)
    outcome = run_sweep(request, tmp_path, Audience(SilentProgress(), Stop()))
    assert {cell.reason for cell in cells_of(outcome, pixel)} == {"storage-full"}
    assert {cell.status.value for cell in cells_of(outcome, galaxy)} == {"ok"}
