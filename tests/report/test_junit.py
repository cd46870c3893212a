from __future__ import annotations

import re
from xml.etree import ElementTree

import sample
from junitparser import Error, Failure, Skipped
from junitparser.xunit2 import JUnitXml

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


def test_without_a_gate_nothing_fails_and_a_failed_cell_is_an_error(tmp_path):
    root = junit(tmp_path)
    assert root.get("failures") == "0"
    assert list(root.iter("failure")) == []
    (error,) = root.iter("error")
    assert (error.get("type"), root.get("errors")) == ("signal-11", "1")
    assert "Segmentation fault" in (error.text or "")


def test_a_failed_cell_that_a_gate_forbids_is_a_failure_and_no_error(tmp_path):
    failed = next(c for c in sample.cells() if c.status == "failed")
    gate = sample.gate_failure(failed.id).model_copy(update={"gate": "failed"})
    root = junit(tmp_path, gate_failures=[gate])
    assert [f.get("type") for f in root.iter("failure")] == ["failed"]
    assert list(root.iter("error")) == []


def test_each_gate_that_fails_on_a_cell_is_a_failure_with_its_reason(tmp_path):
    cell = sample.cells()[3]
    gates = [
        sample.gate_failure(cell.id).model_copy(update={"gate": gate, "message": f"why {gate}"})
        for gate in ("none", "expectation")
    ]
    root = junit(tmp_path, gate_failures=gates)
    found = [(f.get("type"), f.get("message")) for f in root.iter("failure")]
    assert found == [("none", "why none"), ("expectation", "why expectation")]
    assert root.get("failures") == "1"  # tests that failed, as readers count them


def properties(element) -> dict[str, str]:
    found = element.find("properties")
    return {p.get("name"): p.get("value") for p in (found if found is not None else ())}


def test_a_case_carries_what_it_is_and_how_it_was_judged(tmp_path):
    root = junit(tmp_path, gates=["none", "partial"])
    suite = root.find("testsuite")
    assert properties(suite)["gates"] == "none,partial"
    assert properties(suite)["simulated"] == "false"
    facts = properties(next(c for c in suite.iter("testcase") if c.get("name") == "gpu"))
    assert facts["model"] == "mobilenet_v2"
    assert facts["variant"] == "gpu"
    assert facts["tool"] == "benchmark_model 2.19.0"
    assert (facts["verdict"], facts["placement"], facts["nodes"]) == ("full", "full", "64/64")
    assert {properties(c)["simulated"] for c in root.findall("testsuite")[3].iter("testcase")} == {
        "true"
    }


def test_what_is_unknown_is_left_out_of_the_properties(tmp_path):
    skipped = next(c for c in junit(tmp_path).iter("testcase") if c.get("name") == "npu")
    facts = properties(skipped)
    assert facts["verdict"] == "skipped"
    assert not {"placement", "nodes", "validity", "expected", "findings"} & set(facts)


ORDER = ("properties", "skipped", "error", "failure", "system-out", "system-err")


def test_the_file_keeps_to_what_readers_of_junit_agree_on(tmp_path):
    """Children in the order of the schema that Jenkins checks, its attributes, true totals."""
    cells = [*sample.cells(), *sample.hostile_cells()]
    gates = [sample.gate_failure(cell.id) for cell in cells[::3]] + [sample.gate_failure(None)]
    root = junit(tmp_path, cells, gate_failures=gates)
    assert root.tag == "testsuites"
    for suite in root:
        assert [c.tag for c in suite] == sorted(c.tag for c in suite)  # properties, then cases
        assert suite.get("name")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        for total, child in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(total) == str(sum(c.find(child) is not None for c in cases))
        for case in cases:
            tags = [c.tag for c in case]
            assert tags == sorted(tags, key=ORDER.index)
            assert tags.count("system-out") <= 1
            assert len({"skipped", "error", "failure"} & set(tags)) <= 1
            assert set(case.attrib) <= {"name", "classname", "time"}
            for child in (*case.iter("failure"), *case.iter("error")):
                assert set(child.attrib) == {"type", "message"}
            for child in case.iter("property"):
                assert set(child.attrib) == {"name", "value"}
    names = [(c.get("classname"), c.get("name")) for c in root.iter("testcase")]
    assert len(set(names)) == len(names)


def test_a_reader_of_others_reads_it(tmp_path):
    cell = sample.cells()[3]
    folder = sample.write(
        tmp_path / "s", sample.results(gate_failures=[sample.gate_failure(cell.id)])
    )
    write_reports(folder)
    suites = list(JUnitXml.fromfile(str(folder / "junit.xml")))
    cases = [case for suite in suites for case in suite]
    results = [result for case in cases for result in case.result]
    assert len(cases) == len(sample.cells())
    assert [type(r) for r in results if not isinstance(r, Skipped)] == [Failure, Error]
    failure = next(r for r in results if isinstance(r, Failure))
    assert (failure.type, failure.message) == ("none", "silent fallback")
    facts = {p.name: p.value for p in next(c for c in cases if c.name == "nnapi").properties()}
    assert facts["verdict"] == "none"


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
