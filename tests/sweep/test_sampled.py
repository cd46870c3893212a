"""Heat, clocks, memory and drain of a cell, from the files that its rounds left."""

from __future__ import annotations

import pytest
from folders import CPU, Writer, log

from harness.device.base import TELEMETRY, CpuCluster
from harness.stats.energy import WhyNoEnergy
from harness.sweep.cells import cell_document, judge_cell, view_cell
from harness.sweep.folder import read_folder
from harness.sweep.sampled import hardware_khz

PROFILE = {
    "clusters": [
        {"name": "policy0", "cpus": [0], "min_khz": 300000, "max_khz": 2000000},
        {"name": "policy7", "cpus": [7], "min_khz": 300000, "max_khz": None},
    ]
}
HEAD = (
    "uptime policy0.cur policy0.max policy7.max zone:cpu zone:skin "
    "battery.status battery.temp VmHWM"
)


def rounds(folder, *series, profile=PROFILE):
    """Write one cell whose rounds left these samples; None left none. Return it judged."""
    writer = Writer(folder, rounds=len(series))
    writer.add("cpu-1t", log(*CPU), [1000] * len(series), health={"plugged": True})
    for index, samples in enumerate(series, 1):
        if samples is None:
            continue
        path = f"raw/cpu-1t/round-{index}/{TELEMETRY}"
        (folder / path).write_text("\n".join([HEAD, *samples, ""]))
        record = writer.records[index]
        writer.records[index] = record.model_copy(update={"files": {TELEMETRY: path}})
    writer.write()
    read = read_folder(folder)
    device = read.manifest.devices[0].model_copy(update={"profile": profile})
    manifest = read.manifest.model_copy(update={"devices": [device]})
    read = type(read)(read.root, manifest, read.records)
    view = view_cell(read, read.manifest.cells[0])
    return cell_document(view, judge_cell(view))


COOL = (
    "10 300000 2000000 2900000 40000 30100 Full 280 900",
    "11 2000000 2000000 2900000 60000 30200 Full 281 50000",
    "12 1600000 2000000 2900000 58000 30300 Full 282 52000",
)
FALLING = (
    "20 300000 2000000 2900000 70000 33000 Full 290 -",
    "21 1500000 1500000 2900000 82500 34000 Full 291 51000",
)


def test_a_cell_has_its_heat_clocks_and_memory_over_all_rounds(tmp_path):
    found = rounds(tmp_path, COOL, FALLING).conditions
    assert found.samples == 5
    heat = found.temperature
    assert (heat.sensor, heat.start, heat.end, heat.max) == ("cpu", 40.0, 82.5, 82.5)
    assert (found.battery.start, found.battery.end, found.battery.max) == (28.0, 29.1, 29.1)
    assert found.lowest_ceiling == {"policy0": 0.75}
    assert found.mean_khz == {"policy0": 1700000}
    assert found.peak_memory_kb == 52000


def test_each_round_stands_by_itself(tmp_path):
    first, second = rounds(tmp_path, COOL, FALLING).conditions.rounds
    assert (first.round, first.samples, first.lowest_ceiling) == (1, 3, {"policy0": 1.0})
    assert (second.round, second.ceiling_fell, second.mean_khz) == (
        2,
        ["policy0"],
        {"policy0": 1500000},
    )
    assert first.ceiling_fell == []


def test_a_ceiling_that_sank_during_a_round_is_throttling(tmp_path):
    assert "throttled" in rounds(tmp_path, COOL, FALLING).validity_reasons


def test_a_ceiling_that_is_low_from_the_start_is_none(tmp_path):
    low = [line.replace("2000000 2900000", "1500000 2900000") for line in COOL]
    document = rounds(tmp_path, low, low)
    assert document.validity_reasons == []
    assert document.conditions.lowest_ceiling == {"policy0": 0.75}


def test_a_single_sample_tells_neither_clocks_nor_memory_of_the_tool(tmp_path):
    found = rounds(tmp_path, COOL[:1]).conditions
    assert (found.samples, found.mean_khz, found.peak_memory_kb) == (1, {}, None)


def test_without_samples_nothing_is_said(tmp_path):
    document = rounds(tmp_path, None, None)
    assert (document.conditions, document.energy) == (None, None)


def test_only_rounds_with_samples_are_told(tmp_path):
    assert [one.round for one in rounds(tmp_path, None, COOL).conditions.rounds] == [2]


def test_energy_on_a_cable_has_its_reason(tmp_path):
    found = rounds(tmp_path, COOL).energy
    assert (found.per_inference_mj, found.reason) == (None, WhyNoEnergy.ON_USB_POWER)


def drained(folder, *launches):
    """Write a cell on the battery: launches of 700 s by kind, index and exit status."""
    head = HEAD.replace("VmHWM", "battery.current_now battery.voltage_now VmHWM")
    rows = [
        f"{n} 300000 2000000 2900000 40000 30100 Discharging 280 {-900000 - 1000 * n} 4000000 900"
        for n in range(0, 700, 2)
    ]
    writer = Writer(folder, rounds=1)
    writer.add("cpu-1t", log(*CPU), [], health={"plugged": False})
    for kind, index, status in launches:
        files = {TELEMETRY: "\n".join([head, *rows, ""]).encode()}
        health = {"plugged": False}
        writer._launch("cpu-1t", kind, index, log(*CPU), status, files, health)
    made = [one.model_copy(update={"seconds": 700.0}) for one in writer.records]
    writer.records[:] = made
    writer.write()
    read = read_folder(folder)
    view = view_cell(read, read.manifest.cells[0])
    return cell_document(view, judge_cell(view)).energy


EACH_MJ = 1.25 * 4.0 * 700 / 53 * 1000
"""50 timed invocations and 3 of the warm-up in 700 s at 4 V and about 1.25 A."""


def test_energy_of_long_rounds_on_the_battery_is_a_value_with_its_interval(tmp_path):
    found = drained(tmp_path, ("round", 1, 0))
    assert (found.reason, found.discharging_s) == (None, 698)
    each = found.per_inference_mj
    assert each.low < EACH_MJ < each.high


def test_energy_counts_rounds_and_series_with_all_that_they_did_and_no_probe(tmp_path):
    found = drained(tmp_path, ("round", 1, 0), ("sustained", 1, 0), ("sustained", 2, 0))
    assert found.discharging_s == 3 * 698
    assert found.per_inference_mj.value == pytest.approx(EACH_MJ, rel=0.01)


def test_a_launch_that_failed_drained_the_battery_for_nothing_that_can_be_counted(tmp_path):
    found = drained(tmp_path, ("round", 1, 0), ("sustained", 1, 1))
    assert found.discharging_s == 698
    assert found.per_inference_mj.value == pytest.approx(EACH_MJ, rel=0.01)


@pytest.mark.parametrize("profile", [{}, {"clusters": None}, {"clusters": ["x", {"name": "a"}]}])
def test_a_profile_without_clocks_leaves_shares_unknown(tmp_path, profile):
    assert rounds(tmp_path, COOL, profile=profile).conditions.lowest_ceiling == {}


def test_clocks_of_the_hardware_are_read_as_they_were_found_and_as_they_were_stored():
    cluster = CpuCluster("policy4", (4,), None, 2400000)
    assert hardware_khz({"clusters": (vars(cluster),)}) == {"policy4": 2400000}
    assert hardware_khz(PROFILE) == {"policy0": 2000000}
