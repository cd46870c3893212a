"""What a phone itself says of a sweep, from its counters and log to the verdict.

Virtual phones behind a real adb server: the work is simulated; asking and reading are real.
"""

from __future__ import annotations

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
from harness.sweep.session import Audience, run_sweep
from harness.virtual.lab import running_lab
from harness.virtual.tool.bundle import bundle

SETTINGS = RunSettings(num_runs=10, min_secs=5, max_secs=20, warmup_min_secs=0.1, rounds=2)
HONEST, IDLE, CRASHING, OLD = "pixel-8", "pixel-6-b", "galaxy-a55-b", "xiaomi-12"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """One sweep over four phones: its cells and launches, by the phone's name and the variant."""
    with running_lab([HONEST, IDLE, CRASHING, OLD]) as lab:
        config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
        found = list_devices(config, Deadline.after(30))
        request = Request(
            devices=[one for one in found if one.transports and one.state is DeviceState.READY],
            models=[prepare_model(str(paths()[0]), None, ModelWords(), seed=0)],
            variants={None: [BUILT_IN["cpu-4t"], BUILT_IN["gpu"]]},
            settings=SETTINGS,
            tools=lambda listed, _dialect: bundle(listed.profile.abis[0]),
        )
        out = tmp_path_factory.mktemp("out")
        outcome = run_sweep(request, out, Audience(SilentProgress(), Stop()))
        name = {phone.serial: phone.name for phone in lab.phones}
    launches = read_journal(outcome.folder)
    cells = {}
    for cell in outcome.results.cells:
        own = [one for one in launches if one.cell == cell.id]
        cells[name[cell.device.id], cell.variant.name] = (cell, own)
    return outcome.folder, cells


def of_kind(launches, kind):
    return [one for one in launches if one.kind == kind]


def test_four_busy_threads_take_four_times_the_wall_time_and_a_gpu_run_little(sweep):
    _, cells = sweep
    for variant, low, high in (("cpu-4t", 3.0, 4.0), ("gpu", 0.05, 0.6)):
        for one in of_kind(cells[HONEST, variant][1], "round"):
            assert low < one.cpu_seconds / one.seconds <= high


def test_the_gpus_counter_grows_by_what_the_invocations_took(sweep):
    cell, launches = sweep[1][HONEST, "gpu"]
    assert cell.verdict == "full"
    for one in of_kind(launches, "round"):
        assert 4.9e9 < one.counters["gpu_active_ns"] < 7e9
    assert all(one.counters["gpu_active_ns"] == 0 for one in sweep[1][HONEST, "cpu-4t"][1])


def test_a_gpu_that_claims_all_nodes_while_its_counter_stands_still_is_downgraded(sweep):
    cell, _ = sweep[1][IDLE, "gpu"]
    assert (cell.placement, cell.verdict) == ("full", "downgraded")
    assert [one.kind for one in cell.findings] == ["downgraded"]
    assert cell.findings[0].evidence[0].kind == "device-idle"


def test_a_phone_that_counts_nothing_is_taken_at_its_tools_word(sweep):
    cell, launches = sweep[1][OLD, "gpu"]
    assert cell.verdict == "full"
    assert all(one.counters == {} for one in launches)
    assert not any(one.kind == "gpu-counter" for one in cell.evidence)


def test_a_crash_is_told_with_its_library_from_the_phones_log(sweep):
    folder, cells = sweep
    cell, launches = cells[CRASHING, "gpu"]
    assert (cell.status, cell.reason) == ("failed", "crashed")
    told = [one for one in cell.evidence if one.kind == "crash"]
    assert told[0].text.startswith("SIGSEGV (SEGV_MAPERR) in libOpenCL.so, a library of the phone")
    line = (folder / told[0].source).read_text().split("\n")[told[0].line - 1]
    assert "libOpenCL.so" in line
    assert all({"logcat.txt", "crash.txt"} <= set(one.files) for one in launches)


def test_rounds_that_end_well_fetch_no_log_and_probes_do(sweep):
    _, launches = sweep[1][HONEST, "gpu"]
    assert all("logcat.txt" in one.files for one in of_kind(launches, "probe"))
    assert not any("logcat.txt" in one.files for one in of_kind(launches, "round"))
    assert not any("crash.txt" in one.files for one in launches)
