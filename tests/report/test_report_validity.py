import sample

from harness.report import write_reports
from harness.report.details import cell_details
from harness.report.folder import load_sweep
from harness.report.validity import doubts
from harness.sweep.documents import ValidityNoteDoc
from harness.verdict.model import Status, Validity

NOISY = ValidityNoteDoc(
    reason="noisy",
    message="the medians of 15 rounds spread over 31 % of their median",
    next_step="free the device of background work",
)
APART = ValidityNoteDoc(
    reason="outlier_round", message="number 3 took 2.00 times", next_step="nothing", decides=False
)


def with_notes(*notes):
    cells = sample.cells()
    index = next(n for n, one in enumerate(cells) if one.status is Status.OK)
    changes = {
        "validity_notes": list(notes),
        "validity": Validity.INVALID if any(one.decides for one in notes) else Validity.VALID,
        "validity_reasons": [one.reason for one in notes if one.decides],
    }
    cells[index] = cells[index].model_copy(update=changes)
    return cells, cells[index]


def summary(tmp_path, cells):
    folder = sample.write(tmp_path / "s", sample.results(cells))
    write_reports(folder)
    return (folder / "summary.md").read_text()


def test_the_drawer_has_every_note_with_what_to_do(tmp_path):
    cells, cell = with_notes(NOISY, APART)
    data = load_sweep(sample.write(tmp_path / "s", sample.results(cells)))
    assert cell_details(cell, data)["notes"] == [
        ("noisy", NOISY.message, NOISY.next_step),
        ("outlier round", APART.message, "nothing"),
    ]


def test_where_a_note_knows_what_was_done_the_general_advice_is_left_out(tmp_path):
    cells, cell = with_notes(NOISY)
    data = load_sweep(sample.write(tmp_path / "s", sample.results(cells)))
    assert cell_details(cell, data)["advice"] == ""
    elder = cell.model_copy(update={"validity_notes": []})
    assert "quiet, cool device" in cell_details(elder, data)["advice"]


def test_the_summary_says_what_was_seen_and_what_to_do_and_leaves_mere_notes_out(tmp_path):
    text = summary(tmp_path, with_notes(NOISY, APART)[0])
    assert "### Numbers in doubt" in text
    assert "spread over 31 % of their median. Next: free the device of background work" in text
    assert "number 3 took" not in text
    assert "Numbers in doubt" not in summary(tmp_path / "other", with_notes(APART)[0])


def test_hostile_texts_are_inert(tmp_path):
    hostile = NOISY.model_copy(update={"message": "[x](javascript:1) \x1b[2J<b>"})
    cells, cell = with_notes(hostile)
    data = load_sweep(sample.write(tmp_path / "s", sample.results(cells)))
    assert "\x1b" not in str(cell_details(cell, data)["notes"])
    text = summary(tmp_path / "other", cells)
    assert "](javascript" not in text
    assert "<b>" not in text
    assert "\x1b" not in text


def test_the_summary_says_how_many_doubts_it_left_out(tmp_path):
    steps = [f"free the device of work {number}" for number in range(14)]
    notes = [NOISY.model_copy(update={"next_step": step}) for step in steps]
    text = summary(tmp_path, with_notes(*notes)[0])
    assert text.count("Next: free the device of work") == 12
    assert "2 more doubts are in report.html." in text


def test_cells_of_a_device_that_need_the_same_are_one_doubt():
    cells = [one for one in sample.cells() if one.status is Status.OK]
    device = cells[0].device.id
    same = [one for one in cells if one.device.id == device][:3]
    assert len(same) == 3
    noted = [
        one.model_copy(
            update={"validity_notes": [NOISY.model_copy(update={"message": f"spread {number} %"})]}
        )
        for number, one in enumerate(same)
    ]
    (one,) = doubts(noted)
    assert one.message == "spread 0 %, and the like in 2 more cells"
    assert all(cell.variant.name in one.where for cell in same)
