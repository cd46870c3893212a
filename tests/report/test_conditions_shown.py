"""Heat, clocks and drain in the drawer, and where a worker's time went."""

from __future__ import annotations

import pytest
import sample

from harness.report import conditions
from harness.report.charts import rounds as rounds_chart
from harness.stats.energy import WhyNoEnergy
from harness.sweep.condition_documents import (
    ConditionsDoc,
    EnergyDoc,
    EnergyValueDoc,
    RoundConditionsDoc,
    TemperatureDoc,
)
from harness.sweep.record import RoundRecord

FACTS = {
    "samples": 4,
    "temperature": TemperatureDoc(sensor="<b>cpu", start=40.0, end=60.0, max=61.5),
    "lowest_ceiling": {"policy0": 0.75, "policy7": 0.5},
    "mean_khz": {"policy0": 1500000, "policy7": 1200000},
    "ceiling_fell": ["policy7"],
    "peak_memory_kb": 52 * 1024,
}


def cell(**changes):
    doc = ConditionsDoc(**FACTS, rounds=[RoundConditionsDoc(round=2, **FACTS)])
    return sample.cells()[0].model_copy(update={"conditions": doc, **changes})


def test_facts_say_heat_clocks_and_memory_and_what_is_unknown():
    told = dict(conditions.facts(cell(energy=EnergyDoc(reason=WhyNoEnergy.ON_USB_POWER))))
    assert "40 to 60 °C (at most 61.5)" in told["heat"]
    assert (
        "policy7 allowed 50% of its clock at the lowest and sank during a round, seen at 1.20"
        in told["clocks"]
    )
    assert told["memory"] == "52.0 MB at most"
    assert told["energy"].startswith("unknown: on a cable")


@pytest.mark.parametrize("reason", list(WhyNoEnergy))
def test_every_reason_for_no_energy_has_words_of_its_own(reason):
    told = dict(conditions.facts(cell(energy=EnergyDoc(reason=reason))))
    assert told["energy"].startswith("unknown: ")


def test_energy_has_its_interval_and_how_long_was_looked():
    value = EnergyValueDoc(value=12.34, low=11.0, high=14.0)
    told = dict(conditions.facts(cell(energy=EnergyDoc(per_inference_mj=value, discharging_s=700))))
    assert told["energy"].startswith("12.3 mJ an inference (11 to 14)")
    assert "11 min 40 s" in told["energy"]


def test_a_cell_that_was_not_sampled_says_nothing():
    assert conditions.facts(cell(conditions=None)) == []


def test_the_chart_takes_the_fastest_cpus_and_only_rounds_that_were_sampled():
    full = {"policy0": 2000000, "policy7": 3000000}
    assert conditions.points(cell(), 2, full) == {"hottest": 61.5, "ghz": 1.2, "ceiling": 1.5}
    assert conditions.points(cell(), 1, full) == {"hottest": None, "ghz": None, "ceiling": None}
    assert conditions.points(cell(), 2, {})["ghz"] is None


def test_each_line_of_the_chart_shows_one_value_of_the_rounds():
    parts = rounds_chart()["vconcat"]
    shown = [[line["encoding"]["y"]["field"] for line in part["layer"]] for part in parts]
    assert shown == [["ms", "ms"], ["hottest", "celsius"], ["ghz", "ceiling"]]


def record(*, simulated: bool = False, **spent: float) -> RoundRecord:
    return RoundRecord(
        cell="c",
        kind="round",
        index=1,
        attempt=1,
        started="2026-01-01T00:00:00+00:00",
        seconds=1.0,
        exit_status=0,
        simulated=simulated,
        spent_s=spent,
    )


def test_a_workers_time_is_the_tools_with_preflight_and_cool_down_apart():
    one = record(tool=1.9, staging=0.0, collect=0.1, preflight=3.0, cooldown=62.0)
    found = conditions.worker_time([one, one])
    assert found.share == "95.0%"
    assert found.note == "cool-down 2 min 4 s, preflight 6 s"


def test_a_simulated_phones_seconds_are_no_share_of_a_workers():
    assert conditions.worker_time([record(simulated=True, tool=9.0, collect=0.1)]).share == (
        "simulated"
    )


def test_records_without_it_leave_a_workers_time_unknown():
    assert conditions.worker_time([record()]).share == "unknown"
    assert conditions.worker_time([]).share == "unknown"
