"""A series in results.json: from a journal and raw files, apart from the headline figures."""

from __future__ import annotations

import json

import pytest
from folders import CPU, Writer, log

from harness.device.base import TELEMETRY
from harness.files import write_json
from harness.sweep.results import build, read_folder
from harness.sweep.sustained_cells import BEGAN_THROTTLED

MINUTE = [1000] * 4
PROFILE = {"clusters": [{"name": "policy0", "cpus": [0], "max_khz": 2000000}]}


def sampled(*rows, head="uptime policy0.max zone:skin-therm battery.temp"):
    """The file of a sampler: `rows` are seconds and what was read then."""
    return "\n".join([head, *rows, ""])


class Series(Writer):
    """A folder whose variant is also run without a pause, from uptime 100 on."""

    planned_s = 600.0

    def sustain(
        self, variant, medians, seconds=15.0, pause=0.5, samples=None, telemetry=(), **health
    ):
        for index, median in enumerate(medians, start=1):
            at = 100.0 + (index - 1) * (seconds + pause)
            known = {"uptime_s": at, "boot_id": "b", "battery_celsius": 25.0 + index, **health}
            files = {} if samples is None else {"samples.json": samples[index - 1]}
            if index <= len(telemetry):
                files[TELEMETRY] = telemetry[index - 1].encode()
            self._launch(variant, "sustained", index, log(*CPU, median=median), 0, files, known)
            last = self.records[-1].model_copy(update={"seconds": seconds})
            self.records[-1] = last

    def cell(self):
        self.write()
        manifest = json.loads((self.root / "sweep.json").read_text())
        manifest["settings"]["sustain_s"] = self.planned_s
        manifest["devices"][0]["profile"] = PROFILE
        write_json(self.root / "sweep.json", manifest)
        results = build(read_folder(self.root))
        return results, results.cells[0]


@pytest.fixture
def writer(tmp_path):
    made = Series(tmp_path, rounds=3)
    made.add("cpu-4t", log(*CPU), [1000, 1000, 1000])
    return made


def test_minute_one_and_the_last_come_from_launches_and_leave_the_rounds_alone(writer):
    writer.planned_s = 240.0
    writer.sustain("cpu-4t", [*MINUTE, *[1200] * 8, *[1380] * 4])
    results, cell = writer.cell()
    found = cell.sustained
    assert (found.first_minute_ms, found.last_minute_ms, found.change) == (1.0, 1.38, 0.38)
    assert found.throttled_after_s == pytest.approx(69.5)
    assert (found.exact, found.launches, found.longest_pause_s) == (False, 16, 0.5)
    assert [point.count for point in found.points] == [50] * 16
    assert found.points[1].t_s == pytest.approx(15.5 + 7.5)
    assert (found.sensor, found.points[1].celsius) == ("battery", 27.0)
    assert (cell.latency_ms.p50.value, cell.rounds) == (1.0, 3)
    assert results.sweep.complete


def test_a_series_that_was_cut_says_so_and_the_sweep_is_not_whole(writer):
    writer.sustain("cpu-4t", MINUTE)
    results, cell = writer.cell()
    assert cell.sustained.reason == "cut-short"
    assert not results.sweep.complete


def test_a_series_begun_anew_is_the_one_that_counts(writer):
    writer.planned_s = 60.0
    writer.sustain("cpu-4t", [9000, 9000])
    kept = list(writer.records)
    for record in writer.records[4:]:
        for path in (writer.root / record.output).parent.iterdir():
            path.unlink()
        (writer.root / record.output).parent.rmdir()
    writer.records = kept
    writer.sustain("cpu-4t", MINUTE)
    _, cell = writer.cell()
    assert (cell.sustained.launches, cell.sustained.first_minute_ms) == (4, 1.0)


def test_samples_give_points_finer_than_launches_and_exact_medians(writer):
    writer.planned_s = 9.0
    each = json.dumps({"timed": [1e6, 2e6, 3e6]}).encode()
    writer.sustain("cpu-4t", [1000], seconds=9.0, samples=[each])
    _, cell = writer.cell()
    found = cell.sustained
    # The six timed seconds are the last of nine: what comes before is the start of the process.
    assert [(round(p.t_s), p.p50_ms) for p in found.points] == [(3, 1e3), (4, 2e3), (6, 3e3)]
    assert found.exact
    assert (found.first_minute_ms, found.last_minute_ms) == (1e3, 3e3)


def test_a_phone_without_any_temperature_has_none_not_zero(writer):
    writer.planned_s = 30.0
    writer.sustain("cpu-4t", [1000, 1000], battery_celsius=None, ceiling_share=0.5)
    _, cell = writer.cell()
    assert (cell.sustained.sensor, cell.sustained.points[0].celsius) == (None, None)
    assert cell.sustained.points[0].ceiling_share == 0.5


COOL = sampled("50 2000000 30000 250", "58 1900000 33000 260", "65 1800000 34000 265")
WARM = sampled("70 1800000 35000 270", "78 1500000 38000 280", "85 1400000 39000 285")


def points_of(writer, *telemetry, **health):
    writer.planned_s = 30.0
    writer.sustain("cpu-4t", [1000, 1000], telemetry=telemetry, **health)
    found = writer.cell()[1].sustained
    return found, [(point.celsius, point.ceiling_share) for point in found.points]


def test_heat_and_ceilings_of_a_point_are_those_sampled_in_its_time(writer):
    found, points = points_of(writer, COOL, WARM, ceiling_share=1.0)
    assert points == [(33.0, 0.95), (38.0, 0.75)]
    assert (found.sensor, found.sampled) == ("skin-therm", ["celsius", "ceiling_share"])


def test_a_launch_without_samples_leaves_all_to_what_was_read_before_each(writer):
    found, points = points_of(writer, COOL, ceiling_share=0.5)
    assert points == [(26.0, 0.5), (27.0, 0.5)]
    assert (found.sensor, found.sampled) == ("battery", [])


def test_a_skin_that_only_the_services_tell_goes_before_a_battery_that_is_sampled(writer):
    dark = sampled("50 2000000 250", head="uptime policy0.max battery.temp")
    found, points = points_of(writer, dark, dark, temperatures={"VIRTUAL-SKIN": 31.5})
    assert points == [(31.5, 1.0)] * 2
    assert (found.sensor, found.sampled) == ("VIRTUAL-SKIN", ["ceiling_share"])


def test_without_any_skin_the_battery_is_the_one_that_was_sampled(writer):
    dark = sampled("50 260", "57 280", head="uptime battery.temp")
    found, points = points_of(writer, dark, dark)
    assert points == [(28.0, None)] * 2
    assert (found.sensor, found.sampled) == ("battery", ["celsius"])


def test_a_policy_whose_ceiling_is_closed_leaves_those_that_are_not(writer):
    closed = sampled("50 300000 1000000", head="uptime policy9.cur policy0.max")
    assert [share for _, share in points_of(writer, closed, closed)[1]] == [0.5, 0.5]


def test_health_that_was_edited_into_something_else_is_unknown(writer):
    found, points = points_of(writer, temperatures=["skin"], battery_celsius="hot")
    assert (found.sensor, points) == (None, [(None, None)] * 2)


def test_a_series_that_begins_warm_is_told(writer):
    writer.planned_s = 30.0
    writer.sustain("cpu-4t", [1000, 1000], capped_policies=["policy7"])
    _, cell = writer.cell()
    assert cell.sustained.reason == BEGAN_THROTTLED


def test_a_cell_without_a_series_has_none(writer):
    _, cell = writer.cell()
    assert cell.sustained is None


def test_a_series_whose_first_launch_was_not_made_was_not_begun(writer):
    writer.sustain("cpu-4t", [1000])
    unfit = {"passed": False, "obstacles": []}
    writer.records[-1] = writer.records[-1].model_copy(
        update={"preflight": unfit, "failure": "battery-low"}
    )
    _, cell = writer.cell()
    assert cell.sustained is None
    assert cell.not_made == {"battery-low": 1}
