"""What the journal's looks at a device make of its cells."""

from __future__ import annotations

from dataclasses import replace

from folders import CPU, Writer, log

from harness.bench.command import LaunchKind
from harness.bench.policy import Policy
from harness.sweep.folder import read_folder
from harness.sweep.results import build

MEDIANS = [1000, 1005, 995, 1002, 998]


def clocks(khz: int) -> list[dict[str, object]]:
    return [{"name": "policy4", "cur_khz": khz, "max_khz": khz, "hardware_khz": 2_000_000}]


def written(tmp_path, change) -> Writer:
    """Five rounds whose records go through `change(index, record)`."""
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS, health={"thermal_status": 0, "clocks": clocks(2000)})
    writer.records = [
        record.model_copy(update=change(record.index, record) if record.kind == "round" else {})
        for record in writer.records
    ]
    return writer


def cell_of(writer: Writer, policy: Policy | None = None):
    folder = read_folder(writer.write())
    devices = [one.model_copy(update={"policy": policy}) for one in folder.manifest.devices]
    manifest = folder.manifest.model_copy(update={"devices": devices})
    [cell] = build(replace(folder, manifest=manifest)).cells
    return cell


def test_a_ceiling_that_was_down_at_the_look_after_a_round_is_throttling(tmp_path):
    def change(index, record):
        first = {"thermal_status": 0, "clocks": clocks(1500)}
        return (
            {"preflight": {"passed": True, "waited_s": 30.0, "first": first}} if index == 3 else {}
        )

    cell = cell_of(written(tmp_path, change))
    assert cell.validity_reasons == ["throttled"]
    assert cell.waited_s == 30.0


def test_a_status_that_rose_during_a_round_is_throttling(tmp_path):
    def change(index, record):
        first = {"thermal_status": 1, "clocks": clocks(2000)}
        return {"preflight": {"passed": True, "first": first}} if index == 3 else {}

    assert cell_of(written(tmp_path, change)).validity_reasons == ["throttled"]


def test_a_ceiling_that_is_always_down_is_the_devices_rest(tmp_path):
    def change(index, record):
        return {"preflight": {"passed": True}}

    assert cell_of(written(tmp_path, change)).validity == "valid"


def test_load_before_half_of_the_rounds_is_the_cells_and_one_round_is_not(tmp_path):
    def busy(many: int):
        return lambda index, record: {
            "health": {**record.health, "idle_share": 0.5 if index <= many else 0.99}
        }

    (tmp_path / "one").mkdir()
    (tmp_path / "three").mkdir()
    assert cell_of(written(tmp_path / "one", busy(1)), Policy()).validity == "valid"
    writer = written(tmp_path / "three", busy(3))
    assert cell_of(writer, Policy()).validity_reasons == ["background_load"]


def test_a_load_that_no_gate_asks_for_doubts_nothing(tmp_path):
    def change(index, record):
        return {"health": {**record.health, "idle_share": 0.1}}

    assert cell_of(written(tmp_path, change), Policy(min_idle=None)).validity == "valid"


def test_rounds_that_were_not_made_leave_the_others_invalid_and_are_counted(tmp_path):
    obstacle = {"gate": "temperature", "message": "skin at 41.0 °C, wants 38.0"}
    refused = {
        "failure": "not-cooled",
        "failure_message": "skin at 41.0 °C, wants 38.0 after 10 min",
        "exit_status": None,
        "output": None,
        "preflight": {"passed": False, "obstacles": [obstacle]},
    }
    cell = cell_of(written(tmp_path, lambda index, record: refused if index > 3 else {}))
    assert (cell.status, cell.rounds, cell.not_made) == ("ok", 3, {"not-cooled": 2})
    assert (cell.validity, cell.validity_reasons) == ("invalid", ["not_cooled"])
    assert cell.next_step.startswith("skin at 41.0 °C, wants 38.0 after 10 min: let it cool")


def test_rounds_that_were_refused_for_their_clocks_alone_count_as_not_cooled(tmp_path):
    obstacle = {"gate": "clocks", "message": "clock ceilings below those at rest"}
    refused = {
        "failure": "not-cooled",
        "exit_status": None,
        "output": None,
        "preflight": {"passed": False, "obstacles": [obstacle]},
    }
    cell = cell_of(written(tmp_path, lambda index, record: refused if index > 3 else {}))
    assert cell.validity_reasons == ["not_cooled"]


def test_a_crash_among_rounds_that_were_not_made_is_a_failure_still(tmp_path):
    refused = {
        "exit_status": None,
        "output": None,
        "failure": "not-cooled",
        "preflight": {"passed": False, "obstacles": []},
    }
    crashed = {"exit_status": 139, "output": None}
    writer = written(tmp_path, lambda index, record: crashed if index == 1 else refused)
    cell = cell_of(writer)
    assert cell.status == "failed"
    assert cell.reason != "not-cooled"


def test_hostile_facts_of_a_journal_are_unknown(tmp_path):
    def change(index, record):
        return {
            "health": {"clocks": [1, {"name": None}, {"max_khz": 3}], "thermal_status": True},
            "preflight": {"first": "x", "obstacles": {"a": 1}, "waited_s": "long"},
        }

    assert cell_of(written(tmp_path, change)).status == "ok"


REFUSED = {
    "exit_status": None,
    "output": None,
    "failure": "not-cooled",
    "preflight": {"passed": False, "obstacles": [{"gate": "temperature", "message": "warm"}]},
}


def test_a_round_that_was_made_after_all_leaves_no_doubt_behind(tmp_path):
    writer = written(tmp_path, lambda index, record: {})
    first = next(one for one in writer.records if one.kind == "round" and one.index == 2)
    writer.records.insert(2, first.model_copy(update=REFUSED))
    cell = cell_of(writer)
    assert (cell.validity, cell.rounds, cell.not_made) == ("valid", 5, {})


def test_a_cell_none_of_whose_rounds_was_made_says_why_whatever_else_was(tmp_path):
    writer = written(tmp_path, lambda index, record: REFUSED)
    probe = writer.records[0]
    writer.records += [probe.model_copy(update={"kind": LaunchKind.SHORT})]
    assert (cell := cell_of(writer)).status == "skipped"
    assert cell.reason == "throttled"


def test_a_cell_that_ended_in_a_short_launch_without_a_round_is_judged(tmp_path):
    writer = written(tmp_path, lambda index, record: REFUSED)
    probe = writer.records[0].model_copy(update=REFUSED)
    lost = {"kind": LaunchKind.SHORT, "exit_status": None, "failure": "device-lost"}
    writer.records = [probe, *writer.records[1:], writer.records[0].model_copy(update=lost)]
    assert cell_of(writer).status == "failed"
