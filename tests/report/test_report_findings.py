from __future__ import annotations

import string

import pytest
import sample

from harness.report import titles, words, write_reports
from harness.report.details import op_note
from harness.report.findings import deciding_evidence, group_findings, matches
from harness.sweep.documents import UnsupportedOpDoc
from harness.verdict.cause_key import CauseKey
from harness.verdict.failure import FailureReason
from harness.verdict.model import FindingKind, Status


def test_one_cause_on_several_phones_and_models_is_one_finding():
    groups = group_findings(sample.cells())
    nnapi = [g for g in groups if g.cause.key == "nnapi-reference-only" and not g.simulated]
    assert [len(g.cells) for g in nnapi] == [3]
    assert nnapi[0].title == "nnapi ran on the CPU on Phone Alpha and Phone Beta"


def test_simulated_cells_never_share_a_finding_with_real_ones():
    for group in group_findings(sample.cells()):
        assert {cell.device.simulated for cell in group.cells} == {group.simulated}


def test_findings_come_worst_first_and_simulated_ones_last():
    groups = group_findings(sample.cells())
    keys = [(g.simulated, titles.rank(g.match.title, g.cause.key)) for g in groups]
    assert keys == sorted(keys)
    assert [g.icon for g in groups][:2] == ["wrong", "none"]


def test_every_cell_that_is_not_fine_is_in_a_finding():
    in_findings = {cell.id for group in group_findings(sample.cells()) for cell in group.cells}
    for cell in sample.cells():
        fine = cell.verdict in ("full", "baseline") and cell.validity == "valid"
        assert (cell.id in in_findings) == (not fine and cell.status is not Status.SKIPPED)


def test_a_flag_that_came_back_is_named_as_the_cause_of_the_fallback():
    cell = next(c for c in sample.cells() if c.verdict == "none" and c.findings)
    assert [match.cause.key for match in matches(cell)] == ["provider-not-built"]


def test_results_that_name_no_cause_still_have_findings():
    for cell in sample.cells():
        bare = cell.model_copy(update={"causes": []})
        assert [m.title for m in matches(bare)] == [m.title for m in matches(cell)] or (
            cell.verdict == "downgraded"
        )


def test_a_cause_that_only_a_newer_version_knows_is_left_out():
    cell = next(c for c in sample.cells() if c.verdict == "partial")
    newer = cell.model_copy(update={"causes": ["of-tomorrow", "custom-op"]})
    assert [match.cause.key for match in matches(newer)] == ["custom-op"]


def test_further_causes_stand_beside_the_first_and_split_no_finding():
    cell = next(c for c in sample.cells() if c.verdict == "partial")
    other = cell.model_copy(update={"causes": ["custom-op"]})
    (group,) = group_findings([other, cell])
    assert [cause.key for cause in group.also] == ["partition-limit"]


def test_half_precision_stands_beside_a_wrong_output():
    cell = next(c for c in sample.cells() if c.verdict == "wrong")
    (match,) = matches(cell.model_copy(update={"causes": ["half-precision"]}))
    assert (match.cause.key, match.also[0].key) == ("wrong-output", "half-precision")


def test_a_flag_ignored_beside_a_placement_is_a_finding_of_its_own():
    ignored = sample.finding(FindingKind.FLAG_IGNORED, "1 flag came back.")
    case = sample.Case(findings=[ignored])
    (match,) = matches(sample.cell(sample.PHONES[0], sample.MODELS[0], "gpu", case))
    assert match.cause.key == "flag-ignored"


def test_a_failed_cell_is_headed_by_its_failure_and_told_by_its_first_cause():
    case = sample.Case(
        None,
        None,
        Status.FAILED,
        "delegate-failed",
        nodes=(None, None),
        causes=["dynamic-tensors", "delegate-failed"],
    )
    (match,) = matches(sample.cell(sample.PHONES[0], sample.MODELS[0], "gpu", case))
    assert match.cause.key == "dynamic-tensors"
    assert match.title.text == "{variants}: the delegate failed on {devices}"


def test_titles_never_hold_text_of_a_log():
    for group in group_findings(sample.hostile_cells()):
        for cell in group.cells:
            for evidence in cell.evidence:
                assert evidence.text not in group.title
        assert "onerror" not in group.title.replace(words.label(sample.QUOTES), "")


def test_the_title_slots_are_names_only():
    own = [titles.NONE, titles.PLAIN, titles.PARTIAL, titles.UNKNOWN, titles.DELEGATE_FAILED]
    for title in (*own, titles.LESSER, *titles.OWN.values()):
        slots = {name for _, name, _, _ in string.Formatter().parse(title.text) if name}
        assert slots <= {"variants", "devices"}
        assert title.icon in words.ICONS
        assert titles.rank(title, CauseKey.UNDECIDED)


@pytest.mark.parametrize("kind", FindingKind)
def test_every_finding_of_the_judge_heads_one_of_the_report(kind):
    case = sample.Case(findings=[sample.finding(kind, "Something.", "a line")])
    (match,) = matches(sample.cell(sample.PHONES[0], sample.MODELS[0], "gpu", case))
    assert deciding_evidence(
        sample.cell(sample.PHONES[0], sample.MODELS[0], "gpu", case), match.cause.key
    )


@pytest.mark.parametrize("reason", FailureReason)
def test_every_reason_of_a_failed_run_has_a_finding(reason):
    failed = sample.Case(None, None, Status.FAILED, str(reason), nodes=(None, None))
    cell = sample.cell(sample.PHONES[0], sample.MODELS[0], "gpu", failed)
    (match,) = matches(cell)
    assert match.title.icon == "failed"


def test_the_finding_that_made_the_verdict_brings_its_own_deciding_line():
    cell = next(c for c in sample.cells() if c.verdict == "wrong")
    found = deciding_evidence(cell, "wrong-output")
    assert found is not None
    assert found.text == "max 0.41"


def test_the_page_of_a_finding_is_named_and_not_linked_to(tmp_path):
    folder = sample.write(tmp_path / "s", sample.results())
    (folder / "sweep.json").unlink()
    write_reports(folder)
    page = (folder / "report.html").read_text()
    assert "<code>docs/reference/fallback-causes.md#nnapi-reference-only</code>" in page
    assert "Besides: supported operations left behind: too many pieces." in page
    assert "fallback-causes.md#custom-op" in (folder / "summary.md").read_text()


@pytest.mark.parametrize(
    ("op", "note"),
    [
        (UnsupportedOpDoc(op="ADD", reason="No."), "No."),
        (
            UnsupportedOpDoc(
                op="ADD", reason="", cause="dropped", count=2, of=5, nodes=[3, 7],
                counted="computed",
            ),
            "2 of 5 (node 3, 7), computed; supported, left beyond a refused one",
        ),
        (
            UnsupportedOpDoc(
                op="ADD", reason="No.", cause="refused", count=9, of=9, nodes=list(range(8)),
                counted="runtime-info",
            ),
            "all 9 (node 0, 1, 2, 3, 4, 5, 6, 7, …); No.",
        ),
    ],
)  # fmt: skip
def test_an_operation_is_told_with_its_nodes(op, note):
    assert op_note(op) == note
