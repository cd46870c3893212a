"""Fast, fully delegated and wrong: in no form of the report may its time pass for a result."""

from __future__ import annotations

import io
import json
from xml.etree import ElementTree

import pytest
import sample
from rich.console import Console

from harness.report import write_reports
from harness.report.details import cell_details
from harness.report.folder import load_sweep
from harness.report.grid import anchor
from harness.report.headline import plain, sentence
from harness.report.terminal import print_results
from harness.sweep.documents import OutputsDoc, ToleranceDoc
from harness.verdict.model import FindingKind, Placement

TOLERANCE = ToleranceDoc(
    name="fp16",
    same_max=0.001,
    same_mean=0.0001,
    mean_error=0.02,
    channel_error=0.05,
    cosine=0.98,
    one_value=0.1,
    agreement=0.5,
    single_error=0.0001,
    reason="made up here",
)
FILES = ["raw/phone/gpu/probe-1/outputs.bin", "reference/m/host_outputs.bin"]


def outputs(verdict, **more):
    return OutputsDoc(verdict=verdict, tolerance=TOLERANCE, files=FILES, **more)


WRONG = sample.Case(
    p50=1.234,
    findings=[sample.finding(FindingKind.WRONG_OUTPUT, "Its output is not that.", "outputs wrong")],
)
CPU = sample.Case(Placement.BASELINE, 8.0, nodes=(0, 64))


def made(variant, case, found=None):
    cell = sample.cell(sample.PHONES[0], sample.MODELS[0], variant, case)
    return cell.model_copy(update={"outputs": found})


@pytest.fixture
def cells():
    wrong = outputs("wrong", reference="cpu-noxnn", mean_error=0.4, cosine=0.1, tensor="y")
    return [
        made("cpu-4t", CPU, outputs("same", reference="host", identical=True, max_error=0.0)),
        made("gpu", WRONG, wrong),
        made("nnapi", sample.NONE, outputs("unknown", reason="the tool cannot write its outputs")),
    ]


@pytest.fixture
def folder(tmp_path, cells):
    root = sample.write(tmp_path / "s", sample.results(cells))
    write_reports(root)
    return root


def test_the_sentence_begins_with_wrong_answers(cells):
    assert plain(sentence(cells)) == (
        "1 of 2 accelerated cells gives wrong answers, and one silently ran on the CPU."
    )
    assert plain(sentence(cells[:2])) == "The only accelerated cell is wrong."
    two = [cells[1], made("gpu-fp32", sample.Case())]
    assert plain(sentence(two)) == (
        "1 of 2 accelerated cells gives wrong answers, and none silently ran on the CPU."
    )


def test_the_summary_begins_with_it_and_strikes_its_time(folder):
    summary = (folder / "summary.md").read_text()
    assert summary.startswith("## 1 of 2 accelerated cells gives wrong answers")
    assert summary.count("~~1.23 ms~~ void") == summary.count("1.23") == 1
    findings = summary.partition("### Findings")[2].splitlines()
    assert findings[2].startswith("- **wrong output**")
    assert "Decided by raw/x/probe&#46;txt&#58;7: outputs wrong" in summary


def test_the_terminal_says_void_where_the_time_would_stand(cells):
    stream = io.StringIO()
    print_results(sample.results(cells), Console(file=stream, width=160))
    lines = stream.getvalue().splitlines()
    (row,) = [line for line in lines if " gpu " in line and "wrong output" in line]
    assert row.count("void") == 2
    assert "1.23" not in stream.getvalue()
    advice = next(n for n, line in enumerate(lines) if "wrong answers on" in line)
    assert advice < next(n for n, line in enumerate(lines) if "ran on the CPU on" in line)
    assert lines[-1].startswith("1 of 2 accelerated cells gives wrong answers")


def test_junit_says_void_and_gives_the_line_about_the_outputs(folder):
    root = ElementTree.parse(folder / "junit.xml").getroot()  # noqa: S314 (our own file)
    (text,) = [
        case.findtext("system-out") for case in root.iter("testcase") if case.get("name") == "gpu"
    ]
    assert "p50 void: 1.23 ms of a wrong answer" in text
    assert "vs cpu-4t" not in text
    assert "outputs wrong" in text


def test_the_first_finding_of_the_page_is_the_wrong_answer(folder):
    page = (folder / "report.html").read_text()
    heading = page.partition("<h1>")[2].partition("</h1>")[0]
    assert "gives wrong answers" in heading
    assert heading.index("wrong answers") < heading.index("silently")
    findings = page.partition('id="findings"')[2]
    assert findings.index("wrong answers on") < findings.index("ran on the CPU on")


def test_the_drawer_says_whether_the_answer_is_right_and_links_both_files(folder, cells):
    data = load_sweep(folder)
    cpu, gpu, nnapi = (cell_details(cell, data)["outputs"] for cell in data.cells)
    assert cpu["text"] == "The same as LiteRT on the host, bit for bit."
    assert gpu["text"] == "Not the answer of cpu-noxnn."
    assert "mean error 0.4 of the range" in gpu["note"]
    assert gpu["files"] == [(path, path) for path in FILES]
    assert nnapi["text"] == "Not known to be right: the tool cannot write its outputs."
    shown = json.loads(
        (folder / "report.html").read_text().partition('id="details">')[2].partition("</script>")[0]
    )
    assert shown[anchor(cells[1].id)]["outputs"]["text"] == gpu["text"]


def test_a_cpu_that_is_wrong_itself_is_told_apart_from_an_accelerator(tmp_path):
    case = sample.Case(
        Placement.BASELINE,
        8.0,
        nodes=(0, 64),
        findings=[sample.finding(FindingKind.WRONG_OUTPUT, "Its output is not that.")],
    )
    root = sample.write(tmp_path / "s", sample.results([made("cpu-4t", case)]))
    write_reports(root)
    assert "the CPU itself gives another answer" in (root / "summary.md").read_text()


def test_half_precision_that_was_not_asked_for_has_words_of_its_own(tmp_path):
    found = sample.finding(FindingKind.DOWNGRADED, "Single precision was demanded.", "outputs")
    found = found.model_copy(
        update={"evidence": [found.evidence[0].model_copy(update={"kind": "precision"})]}
    )
    cells = [
        made("cpu-4t", CPU),
        made("gpu-fp32", sample.Case(findings=[found], causes=["precision-lost"])),
    ]
    root = sample.write(tmp_path / "s", sample.results(cells))
    write_reports(root)
    assert "computed in half precision on" in (root / "summary.md").read_text()


def test_a_wrong_time_counts_as_no_valid_one_and_is_struck_in_the_grid(folder):
    summary = (folder / "summary.md").read_text()
    assert "2 of 3 times are valid; 1 void, of wrong answers" in summary
    page = (folder / "report.html").read_text()
    cell = page.partition('<div class="num void">')[2]
    assert '<span class="x slow">void</span>' in cell[:300]
    assert '<div class="p90 void">' in cell[:400]
