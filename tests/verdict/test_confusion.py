"""The harness against simple ways of reading, over texts whose truth is known."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from fallback_modes import all_modes
from judged_texts import of_modes, of_real_tools
from naive_readers import Text, confusion, dangerous, reads_verdict_line, trusts_exit_status

FIGURES = Path(__file__).parent.parent / "data" / "fallback" / "confusion.json"


def said(read, text, status=0):
    return read(Text(text, status, "none", "unknown"))


def test_the_reader_of_verdict_lines_reads_what_its_page_says():
    figures = "count=5 first=1\n"
    verdict = "Explicitly applied GPU delegate, and the model graph will be {} executed by the d"
    assert said(reads_verdict_line, figures + verdict.format("completely")) == "full"
    assert said(reads_verdict_line, figures + verdict.format("partially")) == "partial"
    assert said(reads_verdict_line, figures + "Though GPU delegate is explicitly applied") == "none"
    assert said(reads_verdict_line, verdict.format("completely")) == "failed"


def test_the_reader_of_exit_statuses_reads_what_its_page_says():
    assert said(trusts_exit_status, "GPU delegate created.") == "full"
    assert said(trusts_exit_status, "GPU delegate created.", 1) == "failed"
    assert said(trusts_exit_status, "INFO: STARTING!") == "none"


def test_on_the_fallback_modes_only_what_no_log_can_show_misleads_the_harness():
    matrices = confusion(of_modes())
    assert dangerous(matrices["harness"]) == sum(bool(mode.unseen) for mode in all_modes())
    assert dangerous(matrices["verdict line"]) > 10
    assert dangerous(matrices["exit status"]) > 10


def test_the_stored_figures_show_no_dangerous_error_of_the_harness():
    stored = json.loads(FIGURES.read_text())
    assert len(stored) == 3
    assert [dangerous(matrices["harness"]) for matrices in stored.values()] == [0, 0, 0]


@pytest.mark.corpus
def test_the_stored_figures_are_those_of_the_logs_at_hand():
    corpus, captures = os.environ.get("HARNESS_CORPUS"), os.environ.get("HARNESS_CAPTURES")
    if not corpus or not captures:
        pytest.skip("HARNESS_CORPUS or HARNESS_CAPTURES is not set: figures are not counted anew")
    texts = of_real_tools(Path(corpus), Path(captures))
    counted = {name: confusion(members) for name, members in texts.items()}
    assert counted == json.loads(FIGURES.read_text())
