"""A GPU that is a CPU in disguise is found out in a whole sweep, and a slow one is not accused.

Virtual phones behind a real adb server: times are simulated, outputs are LiteRT's.
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
from harness.sweep.folder import read_folder
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.prepare import Request
from harness.sweep.progress import SilentProgress
from harness.sweep.results import rebuild
from harness.sweep.run import Stop
from harness.sweep.session import Audience, Outcome, run_sweep
from harness.virtual.lab import running_lab
from harness.virtual.phones.catalog import phone
from harness.virtual.tool.bundle import bundle

SECRET, HONEST = "galaxy-a55-c", "galaxy-a55-d"
VARIANTS = ("cpu-1t", "cpu-4t", "gpu")
SETTINGS = RunSettings(num_runs=20, min_secs=0.3, max_secs=5, warmup_min_secs=0.1, rounds=6)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory) -> Outcome:
    whole = next(path for path in paths() if "mobile" in path.name)
    with running_lab([SECRET, HONEST]) as lab:
        config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
        found = list_devices(config, Deadline.after(20))
        request = Request(
            devices=[one for one in found if one.transports and one.state is DeviceState.READY],
            models=[prepare_model(str(whole), None, ModelWords(), seed=0)],
            variants={None: [BUILT_IN[name] for name in VARIANTS]},
            settings=SETTINGS,
            tools=lambda listed, _dialect: bundle(listed.profile.abis[0]),
        )
        out = tmp_path_factory.mktemp("sweep")
        return run_sweep(request, out, Audience(SilentProgress(), Stop()))


def gpu_of(results, name):
    serial = phone(name).serial
    (cell,) = [c for c in results.cells if c.device.id == serial and c.variant.name == "gpu"]
    return cell


def test_the_tool_claims_the_same_on_both_phones(outcome):
    claims = {gpu_of(outcome.results, name).placement.value for name in (SECRET, HONEST)}
    assert claims == {"full"}


def test_a_driver_that_computes_on_the_cpu_is_suspect_with_time_and_output(outcome):
    cell = gpu_of(outcome.results, SECRET)
    assert cell.verdict == "suspect"
    assert cell.device.simulated
    assert "bit for bit that of cpu-4t" in cell.suspicion.reason
    many = next(
        c
        for c in outcome.results.cells
        if c.variant.name == "cpu-4t" and c.device.id == cell.device.id
    )
    assert cell.latency_ms.p50.value == pytest.approx(many.latency_ms.p50.value, rel=0.1)
    kinds = {evidence.kind for finding in cell.findings for evidence in finding.evidence}
    assert kinds >= {"outputs", "timing"}


def test_an_honest_gpu_as_slow_as_the_cpu_is_not_accused(outcome):
    cell = gpu_of(outcome.results, HONEST)
    assert cell.suspicion.verdict in ("clear", "not_testable")
    assert cell.suspicion.against == "cpu-4t"
    assert 0.85 < cell.suspicion.ratio.value < 1.18
    assert all(finding.kind != "suspect" for finding in cell.findings)


def test_the_manifest_says_what_a_run_of_the_model_takes(outcome):
    (model,) = read_folder(outcome.folder).manifest.models
    assert model.macs == 8_291_968
    assert 300_000 < model.weight_bytes < model.size


def test_judging_the_folder_again_comes_to_the_same(outcome):
    again = rebuild(outcome.folder)
    assert gpu_of(again, SECRET) == gpu_of(outcome.results, SECRET)
    assert gpu_of(again, HONEST).suspicion == gpu_of(outcome.results, HONEST).suspicion
