from __future__ import annotations

from xml.etree import ElementTree

import sample

from harness.report import write_reports


def junit(tmp_path, cells=None, **changes) -> ElementTree.Element:
    folder = sample.write(tmp_path / "s", sample.results(cells, **changes))
    write_reports(folder)
    return ElementTree.parse(folder / "junit.xml").getroot()  # noqa: S314 (our own file)


def test_a_case_per_cell_and_a_suite_per_device(tmp_path):
    root = junit(tmp_path)
    assert len(root.findall("testsuite")) == 4
    assert len(list(root.iter("testcase"))) == len(sample.cells())
    assert root.get("tests") == str(len(sample.cells()))


def test_without_a_gate_nothing_fails(tmp_path):
    root = junit(tmp_path)
    assert root.get("failures") == "0"
    assert list(root.iter("failure")) == []
    assert list(root.iter("error")) == []


def test_a_failed_gate_fails_its_cell_with_the_deciding_line(tmp_path):
    cell = sample.cells()[3]
    root = junit(tmp_path, gate_failures=[sample.gate_failure(cell.id)])
    (failure,) = root.iter("failure")
    assert failure.get("type") == "none"
    assert "the model graph will not be executed" in (failure.text or "")
    case = next(c for c in root.iter("testcase") if c.find("failure") is not None)
    assert (case.get("name"), case.get("classname")) == ("nnapi", "Phone Alpha.mobilenet_v2")


def test_a_gate_on_the_whole_sweep_is_a_case_of_its_own(tmp_path):
    root = junit(tmp_path, gate_failures=[sample.gate_failure(None)])
    assert [s.get("name") for s in root.findall("testsuite")][-1] == "sweep"
    assert root.get("failures") == "1"


def test_skipped_cells_carry_reason_and_next_step(tmp_path):
    messages = {s.get("message") for s in junit(tmp_path).iter("skipped")}
    assert messages == {"tool-lacks-flag; use a tool of the compiled-model dialect"}


def test_a_skipped_cell_that_a_gate_forbids_fails(tmp_path):
    skipped = next(c for c in sample.cells() if c.status == "skipped")
    root = junit(tmp_path, gate_failures=[sample.gate_failure(skipped.id)])
    assert root.get("failures") == "1"
    assert root.get("skipped") == "1"


def test_simulated_suites_say_so(tmp_path):
    names = [s.get("name") or "" for s in junit(tmp_path).findall("testsuite")]
    assert [name.endswith("(simulated)") for name in names] == [False, False, False, True]


def test_hostile_text_stays_well_formed_and_whole(tmp_path):
    cells = sample.hostile_cells()
    gates = [sample.gate_failure(cell.id) for cell in cells]
    root = junit(tmp_path, cells, gate_failures=gates)
    texts = [f.text or "" for f in root.iter("failure")]
    assert any("<script>alert(1)</script> \\x1b[31m" in text for text in texts)
