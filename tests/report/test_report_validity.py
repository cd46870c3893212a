import sample

from harness.report import write_reports
from harness.report.details import cell_details
from harness.report.folder import load_sweep
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
    text = summary(tmp_path, with_notes(*[NOISY] * 14)[0])
    assert text.count("Next: free the device of background work") == 12
    assert "2 more doubts are in report.html." in text
