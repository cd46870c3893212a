"""Phones that are not fit: what is waited for, what is not made, and who is held up by it.

Virtual phones behind a real adb server; the waits are by the phones' own clocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.bench.policy import Policy
from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN
from harness.cli.run import exit_code
from harness.deadline import Deadline
from harness.demo_models import paths
from harness.device.base import DeviceState
from harness.device.controls import DEFAULT_CONTROLS, ControlWish
from harness.errors import ExitCode
from harness.lab.address import AdbServer
from harness.lab.config import LabConfig
from harness.lab.inventory import list_devices
from harness.sweep.journal import read_journal
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.prepare import Request
from harness.sweep.progress import SilentProgress
from harness.sweep.run import Stop
from harness.sweep.session import Audience, Outcome, resume_sweep, run_sweep
from harness.virtual.lab import Lab, running_lab
from harness.virtual.tool.bundle import bundle

SETTINGS = RunSettings(num_runs=5, min_secs=0.1, max_secs=10, warmup_min_secs=0.1, rounds=3)
AUDIENCE = Audience(SilentProgress(), Stop())


def request_for(lab: Lab, held=DEFAULT_CONTROLS, **more) -> Request:
    config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
    found = list_devices(config, Deadline.after(20))
    ready = [one for one in found if one.transports and one.state is DeviceState.READY]
    assert len(ready) == len(lab.phones)
    return Request(
        devices=ready,
        models=[prepare_model(str(paths()[0]), None, ModelWords(), seed=0)],
        variants={None: [BUILT_IN["cpu-4t"], BUILT_IN["gpu"]]},
        settings=SETTINGS,
        tools=lambda listed, _dialect: bundle(listed.profile.abis[0]),
        controls={one.id: ControlWish(tuple(held)) for one in ready},
        **more,
    )


def sweep(phones: Sequence[str], out: Path, **more) -> tuple[Lab, Outcome]:
    with running_lab(list(phones)) as lab:
        return lab, run_sweep(request_for(lab, **more), out, AUDIENCE)


def cells_of(lab: Lab, outcome: Outcome, phone: str):
    serial = lab.phone(phone).serial
    return [cell for cell in outcome.results.cells if cell.device.id == serial]


def records_of(lab: Lab, outcome: Outcome, phone: str):
    mine = {cell.id for cell in cells_of(lab, outcome, phone)}
    return [one for one in read_journal(outcome.folder) if one.cell in mine]


@pytest.fixture(scope="module")
def three(tmp_path_factory) -> tuple[Lab, Outcome]:
    phones = ["pixel-8", "oneplus-9-pro-hot", "galaxy-a55"]
    return sweep(phones, tmp_path_factory.mktemp("three"))


def test_a_phone_that_never_cools_holds_up_nobody(three):
    lab, outcome = three
    for phone in ("pixel-8", "galaxy-a55"):
        cells = cells_of(lab, outcome, phone)
        assert {(cell.status.value, cell.rounds) for cell in cells} == {("ok", 3)}
        assert {cell.waited_s for cell in cells} == {0.0}
    hot = {cell.id for cell in cells_of(lab, outcome, "oneplus-9-pro-hot")}
    order = [(one.cell in hot, one.kind) for one in read_journal(outcome.folder)]
    # Its first round is told when it has been given up: the others went on meanwhile.
    refused = order.index((True, "round"))
    assert sum(one == (False, "round") for one in order[:refused]) >= 6


def test_its_cells_are_throttled_with_the_reason_and_the_next_step(three):
    lab, outcome = three
    for cell in cells_of(lab, outcome, "oneplus-9-pro-hot"):
        assert (cell.status, cell.reason) == ("skipped", "throttled")
        assert (cell.placement, cell.validity) == (None, None)
        assert cell.not_made == {"not-cooled": 3}
        assert "wants 38.0; given up after" in cell.next_step
        assert "after 0 min" not in cell.next_step
        assert "resume" in cell.next_step
    assert not outcome.results.sweep.complete


def test_its_launches_say_what_was_read_and_the_first_was_waited_for_longest(three):
    lab, outcome = three
    probes = [one for one in records_of(lab, outcome, "oneplus-9-pro-hot") if one.kind == "probe"]
    rounds = [one for one in records_of(lab, outcome, "oneplus-9-pro-hot") if one.kind == "round"]
    assert {one.exit_status for one in probes} == {0}
    assert {one.failure for one in rounds} == {"not-cooled"}
    waits = [one.preflight["waited_s"] for one in rounds]
    assert waits[0] >= 240
    assert sum(waits[1:]) < 200
    assert rounds[0].preflight["obstacles"][0]["gate"] == "temperature"
    assert rounds[0].spent_s["cooldown"] > rounds[0].spent_s["preflight"] > 0
    assert all(one.health["skin_celsius"] > 38 for one in rounds)


def test_the_reports_say_which_phone_could_not_cool(three):
    _, outcome = three
    for name in ("summary.md", "report.html"):
        text = (outcome.folder / name).read_text(encoding="utf-8")
        assert "2 cells throttled: LE2120 could not cool" in text


def test_the_exit_code_is_of_the_cells_that_were_to_be_measured(three):
    _, outcome = three
    assert exit_code(outcome, strict=False) is ExitCode.OK
    assert exit_code(outcome, strict=True) is ExitCode.NO_VALID_CELL


def test_what_was_not_made_for_heat_is_made_on_resume(three, tmp_path):
    _, outcome = three
    with running_lab(["oneplus-9-pro-hot"]) as lab:
        again = resume_sweep(outcome.folder, request_for(lab, cooldown=0.0), AUDIENCE)
        cells = cells_of(lab, again, "oneplus-9-pro-hot")
    assert {(cell.status.value, cell.rounds) for cell in cells} == {("ok", 3)}
    assert {cell.validity.value for cell in cells} == {"invalid"}
    assert all("not_cooled" in cell.validity_reasons for cell in cells)
    assert all(cell.not_made == {} for cell in cells)
    assert again.results.sweep.complete


def test_a_warm_phone_is_waited_for_by_its_own_clock_and_measured(tmp_path):
    lab, outcome = sweep(["pixel-8-warm"], tmp_path)
    rounds = [one for one in records_of(lab, outcome, "pixel-8-warm") if one.kind == "round"]
    assert {one.failure for one in rounds} == {None}
    first = rounds[0].preflight
    assert (first["passed"], first["ended"]) == (True, "passed")
    assert "temperature" in first["waited_for"]
    assert first["first"]["skin_celsius"] > 38 >= rounds[0].health["skin_celsius"]
    assert rounds[0].spent_s["cooldown"] < first["waited_s"]
    assert {cell.validity.value for cell in cells_of(lab, outcome, "pixel-8-warm")} == {"valid"}


def test_a_low_battery_refuses_even_the_probe_and_says_what_else_was_amiss(tmp_path):
    # Held settings would switch the power saver off.
    lab, outcome = sweep(["pixel-6-low"], tmp_path, held=())
    records = records_of(lab, outcome, "pixel-6-low")
    assert {one.failure for one in records} == {"battery-low"}
    assert {(cell.status, cell.reason) for cell in outcome.results.cells} == {
        ("skipped", "battery-low")
    }
    assert records[0].health["power_saver"] is True
    assert records[0].health["doze"] == {"light": "IDLE", "deep": "IDLE"}
    assert exit_code(outcome, strict=False) is ExitCode.NO_VALID_CELL


def test_a_busy_phone_is_measured_and_its_cells_say_so(tmp_path):
    lab, outcome = sweep(["galaxy-a55-busy"], tmp_path)
    rounds = [one for one in records_of(lab, outcome, "galaxy-a55-busy") if one.kind == "round"]
    assert all(one.health["idle_share"] == pytest.approx(0.67, abs=0.05) for one in rounds)
    assert {one.exit_status for one in rounds} == {0}
    for cell in outcome.results.cells:
        assert (cell.status, cell.validity) == ("ok", "invalid")
        assert cell.validity_reasons == ["background_load"]


def test_frozen_readings_are_reset_before_a_gate_believes_them(tmp_path):
    lab, outcome = sweep(["pixel-8-frozen"], tmp_path)
    records = records_of(lab, outcome, "pixel-8-frozen")
    assert [one.preflight["resets"] for one in records if one.preflight["resets"]] == [
        ["dumpsys battery reset"]
    ]
    assert {one.failure for one in records} == {None}


def test_a_link_that_is_lost_during_a_wait_lets_no_hot_launch_through(tmp_path):
    with running_lab(["oneplus-9-pro-hot"]) as lab:
        dropped: list[str] = []

        class Puller(SilentProgress):
            def device_note(self, device: str, text: str) -> None:
                if text.startswith("cooling") and not dropped:
                    dropped.append(text)
                    lab.tell("oneplus-9-pro-hot", "drop")

        outcome = run_sweep(request_for(lab), tmp_path, Audience(Puller(), Stop()))
        records = records_of(lab, outcome, "oneplus-9-pro-hot")
    assert dropped
    rounds = [one for one in records if one.kind == "round"]
    assert {one.failure for one in rounds if one.final} == {"not-cooled"}
    assert {one.failure for one in rounds if not one.final} == {"device-lost"}
    assert len([one for one in rounds if one.final]) == 6


def test_gates_that_are_off_are_not_waited_for(tmp_path):
    with running_lab(["oneplus-9-pro-hot"]) as lab:
        serial = lab.phone("oneplus-9-pro-hot").serial
        off = Policy(max_temperature=None, max_rise=None, max_thermal_status=None)
        outcome = run_sweep(request_for(lab, policies={serial: off}), tmp_path, AUDIENCE)
        rounds = records_of(lab, outcome, "oneplus-9-pro-hot")
    assert {one.preflight["waited_s"] for one in rounds} == {0.0}
    assert {one.failure for one in rounds} == {None}
