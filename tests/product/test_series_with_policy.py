"""Sustained series under a policy: when the device rests, what is sampled, what energy comes of it.

Virtual phones behind a real adb server; time is the phones' own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.bench.command import LaunchKind
from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN
from harness.deadline import Deadline
from harness.demo_models import paths
from harness.device.base import DeviceState
from harness.lab.address import AdbServer
from harness.lab.config import LabConfig
from harness.lab.inventory import list_devices
from harness.report.conditions import facts
from harness.sweep.journal import read_journal
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.prepare import Request
from harness.sweep.progress import SilentProgress
from harness.sweep.record import RoundRecord
from harness.sweep.run import Stop
from harness.sweep.session import Audience, Outcome, run_sweep
from harness.virtual.lab import DEFAULT_SPEED, running_lab
from harness.virtual.tool.bundle import bundle

HOT, AIR = "galaxy-s24-c", "pixel-8-air"
SETTINGS = RunSettings(num_runs=10, min_secs=1, warmup_min_secs=0.1, rounds=2)


@dataclass(frozen=True)
class Swept:
    """A sweep of one phone, and its series by variant."""

    outcome: Outcome
    records: list[RoundRecord]

    def series(self, variant: str) -> list[RoundRecord]:
        cells = {one.id: one.variant.name for one in self.outcome.results.cells}
        kind = LaunchKind.SUSTAINED
        return [one for one in self.records if one.kind is kind and cells[one.cell] == variant]

    def cell(self, variant: str):
        return next(one for one in self.outcome.results.cells if one.variant.name == variant)


def sweep(
    phone: str, out: Path, variants: list[str], speed: float = DEFAULT_SPEED, **settings
) -> Swept:
    with running_lab([phone], speed=speed) as lab:
        config = LabConfig(adb_servers=(AdbServer(lab.server.host, lab.server.port),))
        found = list_devices(config, Deadline.after(30))
        request = Request(
            devices=[one for one in found if one.transports and one.state is DeviceState.READY],
            models=[prepare_model(str(paths()[0]), None, ModelWords(), seed=0)],
            variants={None: [BUILT_IN[name] for name in variants]},
            settings=SETTINGS.model_copy(update=settings),
            tools=lambda listed, _dialect: bundle(listed.profile.abis[0]),
        )
        outcome = run_sweep(request, out, Audience(SilentProgress(), Stop()))
    return Swept(outcome, read_journal(outcome.folder))


@pytest.fixture(scope="module")
def hot(tmp_path_factory) -> Swept:
    return sweep(HOT, tmp_path_factory.mktemp("hot"), ["cpu-4t", "gpu"], sustain_s=240)


@pytest.fixture(scope="module")
def air(tmp_path_factory) -> Swept:
    return sweep(AIR, tmp_path_factory.mktemp("air"), ["cpu-4t"], sustain_s=660)


def test_only_the_first_launch_of_a_series_is_waited_for(hot):
    first, second = hot.series("cpu-4t"), hot.series("gpu")
    assert min(len(first), len(second)) > 10
    for series in (first, second):
        assert {one.preflight["waited_s"] for one in series[1:]} == {0.0}
        assert {one.spent_s["cooldown"] for one in series[1:]} == {0.0}
    assert first[-1].health["battery_celsius"] > 38  # it would be waited for, were it a round
    assert second[0].preflight["waited_s"] > 60
    assert "temperature" in second[0].preflight["waited_for"]
    assert second[0].health["battery_celsius"] < 37


def test_a_series_watches_no_load_and_its_pauses_stay_short(hot):
    for variant in ("cpu-4t", "gpu"):
        first, *others = hot.series(variant)
        assert first.health["idle_share"] is not None
        assert {one.health["idle_share"] for one in others} == {None}
        assert hot.cell(variant).sustained.longest_pause_s < 2


def test_both_series_begin_at_rest_and_end_hot(hot):
    for variant in ("cpu-4t", "gpu"):
        found = hot.cell(variant).sustained
        assert found.reason is None
        assert found.points[0].ceiling_share == 1.0
        assert found.points[-1].ceiling_share < 0.9
        assert found.points[-1].celsius > found.points[0].celsius + 5


def test_heat_and_ceilings_are_sampled_where_a_shell_may_read_them(hot, air):
    found = hot.cell("cpu-4t").sustained
    assert (found.sensor, found.sampled) == ("SKIN", ["celsius", "ceiling_share"])
    # Its zones are closed to a shell: the skin is what the thermal service told between launches.
    found = air.cell("cpu-4t").sustained
    assert (found.sensor, found.sampled) == ("VIRTUAL-SKIN", ["ceiling_share"])


def test_a_long_series_on_the_battery_has_a_figure_of_energy_that_is_simulated(air):
    cell = air.cell("cpu-4t")
    found, series = cell.energy, air.series("cpu-4t")
    assert (found.reason, cell.device.simulated) == (None, True)
    assert {one.simulated for one in series} == {True}
    rounds = [one for one in air.records if one.kind is LaunchKind.ROUND]
    lived = sum(one.seconds for one in (*series, *rounds))
    assert lived - len(series) - len(rounds) < found.discharging_s <= lived
    # The virtual phone draws 1.29 A at work, from a battery between 3.3 and 4.45 V.
    each_ms = cell.sustained.first_minute_ms
    power_w = found.per_inference_mj.value / each_ms
    assert 1.29 * 3.3 * 0.95 < power_w < 1.29 * 4.45 * 1.3
    told = dict(facts(cell))["energy"]
    assert "mJ an inference" in told
    assert told.endswith("on the battery, simulated")
    page = (air.outcome.folder / "report.html").read_text(encoding="utf-8")
    assert "on the battery, simulated" in page


def test_where_a_workers_seconds_went_adds_up_to_all_of_them(tmp_path):
    swept = sweep("pixel-8", tmp_path, ["cpu-4t"], speed=1.0, min_secs=0.5, sustain_s=4)
    _, *launches = swept.records  # before the first, the worker set up its device
    assert {one.kind.value for one in launches} == {"round", "sustained"}
    parts = {"preflight", "cooldown", "staging", "tool", "collect"}
    assert [set(one.spent_s) for one in launches] == [parts] * len(launches)
    booked = sum(sum(one.spent_s.values()) for one in launches)
    assert booked == pytest.approx(sum(one.worker_s for one in launches), rel=0.05)
