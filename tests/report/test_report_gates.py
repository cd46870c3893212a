"""Failed gates in the report: at the top of the page, in the summary, on the terminal."""

from __future__ import annotations

import io
import re

import sample
from rich.console import Console

from harness.report import write_reports
from harness.report.folder import SweepData
from harness.report.gates import MOST_LINES, failure_lines, gate_views, news
from harness.report.grid import anchor
from harness.report.terminal import print_results
from harness.sweep.documents import ExpectationDoc
from harness.verdict.model import Placement

GATES = ["wrong_output", "none", "failed"]


def failure(gate: str, cell_id: str | None, message: str = "0 of 64 nodes on nnapi"):
    return sample.gate_failure(cell_id).model_copy(update={"gate": gate, "message": message})


def failing():
    cells = sample.cells()
    found = [failure("none", one.id) for one in cells if one.placement is Placement.NONE]
    return sample.results(cells, gates=GATES, gate_failures=found)


def expecting(outcome: str, variant: str = "nnapi", least: str = "none"):
    expected = ExpectationDoc(variant=variant, least=least, outcome=outcome)
    return [
        one.model_copy(update={"expectation": expected}) if one.variant.name == variant else one
        for one in sample.cells()
    ]


def page(tmp_path, results) -> str:
    folder = sample.write(tmp_path / "s", results)
    return write_reports(folder).read_text(encoding="utf-8")


def strip(html: str) -> str:
    found = re.search(r'<section class="gates.*?</section>', html, re.DOTALL)
    return found[0] if found else ""


def test_failed_gates_come_first_and_those_that_held_are_named():
    views = gate_views(failing())
    assert [(view.name, len(view.failures)) for view in views] == [
        ("none", 5),
        ("wrong_output", 0),
        ("failed", 0),
    ]


def test_the_page_has_a_strip_at_its_top_with_a_link_to_every_failed_cell(tmp_path):
    results = failing()
    html = page(tmp_path, results)
    found = strip(html)
    assert html.index(found) < html.index('id="findings"')
    assert "Gates failed" in found
    for one in results.sweep.gate_failures:
        assert f'href="#cell={anchor(one.cell or "")}"' in found
    assert "nnapi on Phone Alpha, mobilenet_v2" in found
    assert "0 of 64 nodes on nnapi" in found
    assert "wrong output held" in " ".join(found.split())
    assert found.count('class="sim"') == 1


def test_gates_that_all_held_say_so(tmp_path):
    found = strip(page(tmp_path, sample.results(gates=["none"], gate_failures=[])))
    assert "Gates held" in found
    assert "Gates failed" not in found


def test_without_gates_the_page_says_nothing_of_them(tmp_path):
    assert strip(page(tmp_path, sample.results())) == ""


def test_expectations_are_counted(tmp_path):
    cells = expecting("unmet")
    found = [failure("expectation", one.id) for one in cells if one.expectation][:1]
    (view,) = gate_views(sample.results(cells, gate_failures=found))
    assert (view.name, view.about) == ("expectation", "0 of 6 expectations met")


def test_a_failure_without_a_cell_has_no_link(tmp_path):
    found = failure("skipped", None, "Phone Omega (OFFLINE1) was not measured: offline, no link")
    html = strip(page(tmp_path, sample.results(gates=["skipped"], gate_failures=[found])))
    assert "Phone Omega (OFFLINE1) was not measured" in html
    assert "<a " not in html


def test_hostile_names_and_reasons_are_text_in_the_strip(tmp_path):
    cells = sample.hostile_cells()
    found = [failure("none", one.id, sample.SCRIPT + "\x1b[31m") for one in cells]
    html = strip(page(tmp_path, sample.results(cells, gates=["none"], gate_failures=found)))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "\x1b" not in html


def test_the_summary_names_failed_cells_with_reasons_and_gates_that_held(tmp_path):
    page(tmp_path, failing())
    text = (tmp_path / "s/summary.md").read_text()
    line = "- **Gate failed, none**: nnapi on Phone Alpha, mobilenet&#95;v2: 0 of 64 nodes on nnapi"
    assert line in text.replace("mobilenet_v2", "mobilenet&#95;v2")
    assert "- **Gates held**: wrong output, failed" in text


def test_a_hostile_reason_is_text_in_the_summary(tmp_path):
    cell = sample.hostile_cells()[1]
    found = failure("none", cell.id, f"{sample.SCRIPT} @everyone [x](http://x) `code`\n# head")
    page(tmp_path, sample.results([cell], gates=["none"], gate_failures=[found]))
    text = (tmp_path / "s/summary.md").read_text()
    (line,) = [one for one in text.splitlines() if one.startswith("- **Gate failed, none**")]
    assert not set("<>@[`") & set(line.removeprefix("- **Gate failed, none**"))
    assert "&#60;script&#62;" in line


def test_the_terminal_names_failed_cells_and_marks_simulated_ones():
    out = io.StringIO()
    print_results(failing(), Console(file=out, width=200))
    text = out.getvalue()
    assert "gates failed: none 5" in text
    assert "none: nnapi on Phone Alpha, mobilenet_v2: 0 of 64 nodes on nnapi" in text
    assert "nnapi on Virtual Delta, mobilenet_v2 (simulated)" in text


def test_a_terminal_gets_a_bounded_number_of_lines():
    results = failing()
    many = list(results.sweep.gate_failures) * 20
    results = sample.results(gates=["none"], gate_failures=many)
    lines = failure_lines(results)
    assert len(lines) == MOST_LINES + 2
    assert lines[0] == "gates failed: none 100"
    assert "80 more" in lines[-1]


def test_a_better_result_than_the_known_fallback_is_news(tmp_path):
    cells = expecting("better", "gpu")
    told = news(SweepData(sample.results(cells)))
    assert len(told) == 2
    assert told[0].startswith("devices.yaml expects none of gpu with mobilenet_v2, and it is full")
    assert "full on Virtual Delta (simulated)" in told[0]
    html = page(tmp_path, sample.results(cells))
    assert "raise what is expected" in html


def test_an_expectation_of_an_nnapi_device_that_no_phone_has_is_told():
    results = sample.results()
    manifest = sample.manifest(results)
    expect = {"nnapi-typo": "full", "nnapi-edge": "full", "gpu-new": "full", "nnapi": "full"}
    models = [manifest.models[0].model_copy(update={"expect": expect})]
    edge = {"name": "nnapi-edge", "expanded_from": "nnapi"}
    variants = [
        one.model_copy(update=edge) if one.name == "nnapi" else one for one in manifest.variants
    ]
    manifest = manifest.model_copy(update={"models": models, "variants": variants})
    found = news(SweepData(results, manifest))
    assert len(found) == 1
    assert "nnapi-typo" in found[0]


def test_the_drawer_says_what_was_expected(tmp_path):
    html = page(tmp_path, sample.results(expecting("met", "gpu", "full")))
    assert "full of gpu, by devices.yaml: met" in html
