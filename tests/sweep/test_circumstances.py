"""What the records of a cell tell of how it was measured, from a sweep's folder to its notes."""

import json
from dataclasses import replace

import pytest
from folders import CPU, GPU_FULL, Writer, log

from harness.bench.policy import Policy
from harness.stats.circumstances import ValidityReason
from harness.sweep.circumstances import circumstances
from harness.sweep.folder import read_folder
from harness.sweep.results import build

MEDIANS = [1000, 1010, 990, 1005, 995]
CLIMB = [1000, 1020, 1040, 1060, 1080]


def alternating(writer):
    """The rounds of both variants, one beside the other, as a sweep runs them."""
    writer.add("cpu-4t", log(*CPU), CLIMB)
    writer.add("gpu", log(*GPU_FULL), MEDIANS)
    writer.records.sort(key=lambda one: (one.kind != "probe", one.index, one.cell))


def around(writer, variant="cpu-4t", **changes):
    writer.records = [one.model_copy(update=changes) for one in writer.records]
    (writer.root / "rounds.jsonl").unlink(missing_ok=True)
    folder = read_folder(writer.write())
    cell = next(one for one in folder.manifest.cells if one.variant == variant)
    rounds = [one for one in folder.records_of[cell.id] if one.kind == "round"]
    return circumstances(folder, cell, rounds, MEDIANS[: len(rounds)], rounds)


def test_rounds_with_others_between_them_are_interleaved_and_a_block_is_not(tmp_path):
    beside = Writer(tmp_path / "a")
    alternating(beside)
    assert around(beside).interleaved
    block = Writer(tmp_path / "b")
    block.add("cpu-4t", log(*CPU), CLIMB)
    block.add("gpu", log(*GPU_FULL), MEDIANS)
    assert not around(block).interleaved
    assert not around(block, "gpu").interleaved


def test_a_climb_voids_a_cell_that_was_measured_in_one_block_only(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    beside, block = Writer(tmp_path / "a"), Writer(tmp_path / "b")
    alternating(beside)
    block.add("cpu-4t", log(*CPU), CLIMB)
    found = {
        name: next(c for c in build(read_folder(one.write())).cells if c.variant.name == "cpu-4t")
        for name, one in (("beside", beside), ("block", block))
    }
    assert found["beside"].validity == "valid"
    assert found["block"].validity_reasons == ["drift"]
    (told,) = found["block"].validity_notes
    assert (told.reason, told.decides) == ("drift", True)
    assert "interleaved" in told.next_step


def test_what_was_held_is_read_from_the_records(tmp_path):
    writer = Writer(tmp_path)
    alternating(writer)
    bare = around(writer)
    assert (bare.cooled, bare.pinned, bare.fixed_performance) == (False, False, False)
    held = around(writer, controls={"fixed_performance": "held"})
    assert (held.cooled, held.pinned, held.fixed_performance) == (False, False, True)
    folder = read_folder(writer.root)
    phone = folder.manifest.devices[0].model_copy(update={"policy": Policy(cooldown=60)})
    manifest = folder.manifest.model_copy(update={"devices": [phone]})
    cell = folder.manifest.cells[0].model_copy(update={"cpus": [4, 5]})
    planned = circumstances(replace(folder, manifest=manifest), cell, [], [], [])
    assert (planned.cooled, planned.pinned) == (True, True)
    assert around(writer, controls={"fixed_performance": "already"}).fixed_performance
    refused = around(writer, controls={"fixed_performance": "refused"})
    assert not refused.fixed_performance


def cell_under(root, outcomes, name="fixed_performance"):
    """One calm cell whose rounds ran under these outcomes of a control; None: it is not named."""
    writer = Writer(root)
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    rounds = [one for one in writer.records if one.kind == "round"]
    said = {
        one.index: {} if outcome is None else {name: outcome}
        for one, outcome in zip(rounds, outcomes, strict=True)
    }
    writer.records = [
        one.model_copy(update={"controls": said[one.index] if one.kind == "round" else {}})
        for one in writer.records
    ]
    (cell,) = build(read_folder(writer.write())).cells
    return cell


@pytest.mark.parametrize(
    "outcomes",
    [
        ["held", "held", "not_verified", "held", "held"],
        ["held", "held", "held", "refused", "refused"],
        [None, None, "held", "held", "held"],
        ["held", "held", "held", "held", "no such outcome"],
    ],
)
def test_rounds_with_and_without_a_control_of_clocks_may_not_be_used(tmp_path, outcomes):
    cell = cell_under(tmp_path, outcomes)
    assert (cell.validity, cell.validity_reasons) == ("invalid", ["settings_changed"])
    (note,) = cell.validity_notes
    assert note.message.startswith("fixed performance was ")
    assert "of 5 rounds" in note.message
    assert note.next_step.startswith("measure again")


@pytest.mark.parametrize(
    "outcomes",
    [
        ["held", "already", "held", "held", "already"],
        ["refused", "unsupported", None, "no_rights", "refused"],
        ["not_verified"] * 5,
    ],
)
def test_outcomes_that_leave_a_device_alike_are_no_change(tmp_path, outcomes):
    assert cell_under(tmp_path, outcomes).validity_notes == []


def test_a_control_that_moves_no_clock_stands_beside_the_numbers(tmp_path):
    cell = cell_under(tmp_path, ["held"] * 4 + ["not_verified"], "stay_awake")
    assert (cell.validity, cell.validity_reasons) == ("valid", [])
    (note,) = cell.validity_notes
    assert (note.reason, note.decides) == ("settings_changed", False)
    assert note.message == "stay awake was held in 4, unknown in 1 of 5 rounds"


def test_moments_are_minutes_and_none_where_one_cannot_be_read(tmp_path):
    writer = Writer(tmp_path)
    alternating(writer)
    times = [f"2026-01-01T00:{n:02d}:30+00:00" for n in range(len(writer.records))]
    writer.records = [
        one.model_copy(update={"started": time})
        for one, time in zip(writer.records, times, strict=True)
    ]
    first, second, *_ = around(writer).moments
    assert second - first == pytest.approx(2.0)
    assert around(writer, started="yesterday").moments == ()


def test_heat_is_told_in_the_devices_own_words(tmp_path):
    writer = Writer(tmp_path)
    alternating(writer)
    assert around(writer).seen == {}
    hot = around(writer, health={"thermal_status": 3})
    assert hot.seen == {ValidityReason.THROTTLED: "the device's thermal status was 3 in a round"}


def test_notes_are_in_the_document_as_the_page_says(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), [1000, 1400, 900, 1300, 1000])
    (cell,) = build(read_folder(writer.write())).cells
    (note,) = json.loads(cell.model_dump_json())["validity_notes"]
    assert set(note) == {"reason", "message", "next_step", "decides"}
    assert note["reason"] == "noisy"
    assert note["next_step"].startswith("run more rounds")
