"""junit.xml: a test case per cell; it fails where a gate that was asked for says so."""

from __future__ import annotations

from xml.etree import ElementTree

from harness.report import figures, words
from harness.report.details import say
from harness.report.findings import deciding_evidence, device_name, matches
from harness.report.folder import SweepData
from harness.report.grid import model_label
from harness.sweep.documents import CellDoc, GateFailureDoc
from harness.verdict.model import Status


def render_junit(data: SweepData) -> bytes:
    """Render the sweep as JUnit XML, one suite per device, UTF-8."""
    by_device: dict[str, list[CellDoc]] = {}
    for cell in data.cells:
        by_device.setdefault(cell.device.id, []).append(cell)
    gates: dict[str | None, list[GateFailureDoc]] = {}
    for failure in data.results.sweep.gate_failures:
        gates.setdefault(failure.cell, []).append(failure)
    root = ElementTree.Element("testsuites", name=_attribute(f"harness {data.results.sweep.id}"))
    for cells in by_device.values():
        suite = ElementTree.SubElement(root, "testsuite", name=_attribute(_suite_name(cells[0])))
        for cell in cells:
            _case(suite, cell, gates.get(cell.id, []))
        _count(suite)
    known = {cell.id for cell in data.cells}
    loose = [f for cell, found in gates.items() if cell not in known for f in found]
    if loose:
        suite = ElementTree.SubElement(root, "testsuite", name="sweep")
        for failure in loose:
            case = ElementTree.SubElement(
                suite, "testcase", classname="sweep", name=_attribute(failure.gate)
            )
            _failures(case, [failure], "")
        _count(suite)
    _count(root)
    ElementTree.indent(root)
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _suite_name(cell: CellDoc) -> str:
    simulated = " (simulated)" if cell.device.simulated else ""
    return f"{device_name(cell)} {cell.device.id}{simulated}"


def _attribute(text: str, limit: int = 200) -> str:
    """Make text fit for an attribute: XML forbids most control characters even when escaped."""
    return words.label(text, limit)


def _case(suite: ElementTree.Element, cell: CellDoc, failures: list[GateFailureDoc]) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_attribute(f"{device_name(cell)}.{model_label(cell)}"),
        name=_attribute(cell.variant.name),
    )
    wrong = [match.cause.key for match in matches(cell) if match.cause.icon == "wrong"]
    found = deciding_evidence(cell, *wrong[:1])
    line = words.clean(f"{found.source}:{found.line}: {found.text}") if found else ""
    _failures(case, failures, line)
    if cell.status is Status.SKIPPED and not failures:
        reason = f"{cell.reason or 'no reason given'}; {cell.next_step or ''}".rstrip("; ")
        ElementTree.SubElement(case, "skipped", message=_attribute(reason))
    output = ElementTree.SubElement(case, "system-out")
    output.text = words.clean("\n".join(filter(None, [*_lines(cell), line])))


def _failures(case: ElementTree.Element, failures: list[GateFailureDoc], line: str) -> None:
    for failure in failures:
        element = ElementTree.SubElement(
            case,
            "failure",
            type=_attribute(failure.gate),
            message=_attribute(failure.message),
        )
        element.text = line


def _lines(cell: CellDoc) -> list[str]:
    ratio = figures.speedup(cell)
    return [
        say(cell),
        "simulated" if cell.device.simulated else "",
        f"verdict {cell.verdict or 'skipped'}, validity {cell.validity or 'none'}",
        _p50(cell),
        f"{ratio} vs {cell.baseline}" if ratio else "",
        *(finding.message for finding in cell.findings),
    ]


def _p50(cell: CellDoc) -> str:
    p50 = figures.figure(cell.latency_ms.p50) if cell.latency_ms else None
    if p50 is None:
        return ""
    time = f"{p50.mark}{p50.text} ms"
    return f"p50 void: {time} of a wrong answer" if figures.is_void(cell) else f"p50 {time}"


def _count(element: ElementTree.Element) -> None:
    """Write the totals of the cases below an element into its attributes."""
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    element.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    element.set("errors", "0")
    element.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
