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
