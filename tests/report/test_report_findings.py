from __future__ import annotations

import string

import pytest
import sample

from harness.report import words
from harness.report.advice import CAUSES, FAILURE_CAUSES, NONE_CAUSES
from harness.report.findings import deciding_evidence, group_findings, matches
from harness.verdict.failure import FailureReason
from harness.verdict.model import Status


def test_one_cause_on_several_phones_and_models_is_one_finding():
    groups = group_findings(sample.cells())
    nnapi = [g for g in groups if g.cause.key == "none-nnapi" and not g.simulated]
    assert [len(g.cells) for g in nnapi] == [3]
    assert nnapi[0].title == "nnapi ran on the CPU on Phone Alpha and Phone Beta"


def test_simulated_cells_never_share_a_finding_with_real_ones():
    for group in group_findings(sample.cells()):
        assert {cell.device.simulated for cell in group.cells} == {group.simulated}


def test_findings_come_worst_first_and_simulated_ones_last():
    keys = [(g.simulated, list(CAUSES).index(g.cause.key)) for g in group_findings(sample.cells())]
    assert keys == sorted(keys)


def test_every_cell_that_is_not_fine_is_in_a_finding():
    in_findings = {cell.id for group in group_findings(sample.cells()) for cell in group.cells}
    for cell in sample.cells():
        fine = cell.verdict in ("full", "baseline") and cell.validity == "valid"
        assert (cell.id in in_findings) == (not fine and cell.status is not Status.SKIPPED)


def test_a_flag_that_came_back_is_named_as_the_cause_of_the_fallback():
    cell = next(c for c in sample.cells() if c.verdict == "none" and c.findings)
    assert [match.cause.key for match in matches(cell)] == ["flag-ignored"]


@pytest.mark.parametrize(("kind", "cause"), NONE_CAUSES.items())
def test_the_deciding_evidence_names_the_cause_of_a_fallback(kind, cause):
    cell = sample.cell(sample.PHONES[0], sample.MODELS[0], "gpu", sample.NONE)
    decided = [e.model_copy(update={"kind": kind if e.deciding else e.kind}) for e in cell.evidence]
    assert [m.cause.key for m in matches(cell.model_copy(update={"evidence": decided}))] == [cause]


def test_a_missing_accelerator_library_is_the_tools_fault():
    assert "tool's fault" in CAUSES["none-library"].why


def test_titles_never_hold_text_of_a_log():
    for group in group_findings(sample.hostile_cells()):
        for cell in group.cells:
            for evidence in cell.evidence:
                assert evidence.text not in group.title
        assert "onerror" not in group.title.replace(words.label(sample.QUOTES), "")


def test_the_title_slots_are_names_only():
    for cause in CAUSES.values():
        slots = {name for _, name, _, _ in string.Formatter().parse(cause.title) if name}
        assert slots <= {"variants", "devices"}
        assert cause.icon in words.ICONS
        assert cause.why
        assert cause.advice


def test_every_table_of_causes_points_at_one_that_exists():
    assert set(FAILURE_CAUSES.values()) | set(NONE_CAUSES.values()) <= set(CAUSES)


@pytest.mark.parametrize("reason", FailureReason)
def test_every_reason_of_a_failed_run_has_a_finding(reason):
    failed = sample.Case(None, None, Status.FAILED, str(reason), nodes=(None, None))
    cell = sample.cell(sample.PHONES[0], sample.MODELS[0], "gpu", failed)
    (match,) = matches(cell)
    assert match.cause.icon == "failed"


def test_the_finding_that_made_the_verdict_brings_its_own_deciding_line():
    cell = next(c for c in sample.cells() if c.verdict == "wrong")
    found = deciding_evidence(cell, "wrong-output")
    assert found is not None
    assert found.text == "max 0.41"
