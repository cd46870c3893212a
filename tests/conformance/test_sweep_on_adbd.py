"""The whole sweep on a real adbd: staged, probed, timed, judged, reported, with real LiteRT."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter

import phone as chroot
import pytest
from reaching import connect

from harness.bench.policy import Policy
from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN
from harness.deadline import Deadline
from harness.demo_models import paths
from harness.device.base import DeviceState
from harness.lab.address import AdbServer
from harness.lab.config import LabConfig
from harness.lab.inventory import list_devices
from harness.litert_tool import bundle
from harness.sweep.journal import read_journal
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.prepare import Request
from harness.sweep.progress import SilentProgress
from harness.sweep.run import Stop
from harness.sweep.session import Audience, run_sweep

SETTINGS = RunSettings(num_runs=5, min_secs=0.3, max_secs=5, warmup_min_secs=0.1, rounds=3)
POLICY = Policy(min_idle=None, settle_after_boot=0)
"""The chroot's CPUs and uptime are those of the machine that runs the tests."""
MODELS = paths()
VARIANTS = ("cpu-1t", "cpu-noxnn", "gpu")


def request_for(server, *, settings=SETTINGS, models=MODELS) -> Request:
    config = LabConfig(adb_servers=(AdbServer(server.host, server.port),))
    found = list_devices(config, Deadline.after(20))
    phones = [one for one in found if one.transports and one.state is DeviceState.READY]
    abi = chroot.PROPERTIES["ro.product.cpu.abi"]
    return Request(
        devices=phones,
        models=[prepare_model(str(path), None, ModelWords(), seed=1) for path in models],
        variants={None: [BUILT_IN[name] for name in VARIANTS]},
        settings=settings,
        tools=lambda _listed, _dialect: bundle(abi=abi, python="/usr/bin/python3"),
        seed=1,
        policies={one.id: POLICY for one in phones},
    )


def audience() -> Audience:
    return Audience(SilentProgress(), Stop())


def test_a_sweep_measures_two_models_on_a_phone_with_two_addresses(adb, phone, tmp_path):
    for address in phone.addresses:
        connect(adb, address)
    request = request_for(adb.server)
    assert [one.id for one in request.devices] == ["CHROOT0001"]
    outcome = run_sweep(request, tmp_path, audience())
    cells = outcome.results.cells
    assert Counter((cell.variant.name, cell.status.value) for cell in cells) == {
        ("cpu-1t", "ok"): 2,
        ("cpu-noxnn", "ok"): 2,
        ("gpu", "skipped"): 2,
    }
    for cell in cells:
        if cell.status == "skipped":
            assert cell.reason is not None
            assert cell.reason.startswith("tool-lacks-flag")
            continue
        assert cell.device.kind == "adb"
        assert not cell.device.simulated
        assert cell.placement == "baseline"
        assert cell.rounds == 3
        assert cell.latency_ms is not None
        assert cell.latency_ms.p90 is not None
        assert cell.latency_ms.p90.method == "exact"
        assert cell.nodes_total in (34, 40)
        # The probe's outputs agree with those of the interpreter's own kernels.
        assert not cell.findings
        assert all((outcome.folder / path).is_file() for path in cell.raw)
    assert outcome.results.sweep.complete
    assert outcome.report.read_text(encoding="utf-8").count("CHROOT0001") > 0
    _, *launches = read_journal(outcome.folder)  # before the first, the worker set up its device
    booked = sum(sum(one.spent_s.values()) for one in launches)
    assert booked == pytest.approx(sum(one.worker_s for one in launches), rel=0.05)


def test_killing_the_adb_server_in_mid_sweep_loses_and_doubles_no_round(adb, phone, tmp_path):
    connect(adb, phone.addresses[0])
    settings = SETTINGS.model_copy(update={"min_secs": 1.0})
    request = request_for(adb.server, settings=settings, models=MODELS[:1])
    done: list[object] = []
    sweep = threading.Thread(target=lambda: done.append(run_sweep(request, tmp_path, audience())))
    sweep.start()
    _wait_for(lambda: any(one.kind == "round" for one in _records(tmp_path)))
    time.sleep(0.8)  # a round is under way
    os.kill(adb.pid, signal.SIGKILL)
    time.sleep(1.0)
    adb.start(Deadline.after(15))  # as a lab's supervisor would
    sweep.join(timeout=120)
    assert len(done) == 1
    steps = Counter((one.cell, one.kind, one.index) for one in _records(tmp_path) if one.final)
    assert set(steps.values()) == {1}
    assert len(steps) == 2 * (1 + 3)
    assert all(one.failure is None for one in _records(tmp_path) if one.final)


@pytest.mark.parametrize("name", ["a b.tflite", "it's $(reboot);.tflite", "ein Modell ü.tflite"])
def test_a_models_name_reaches_no_shell(adb, phone, tmp_path, name):
    model = tmp_path / name
    model.write_bytes(MODELS[0].read_bytes())
    connect(adb, phone.addresses[0])
    settings = SETTINGS.model_copy(update={"rounds": 1})
    outcome = run_sweep(
        request_for(adb.server, settings=settings, models=(model,)), tmp_path / "out", audience()
    )
    measured = [cell for cell in outcome.results.cells if cell.status != "skipped"]
    assert {cell.status.value for cell in measured} == {"ok"}
    assert {cell.model.name for cell in measured} == {model.stem}


def _records(out):
    return [one for folder in out.glob("*/") for one in read_journal(folder)]


def _wait_for(condition) -> None:
    deadline = Deadline.after(60)
    while not condition():
        assert not deadline.passed
        time.sleep(0.1)
