"""junit.xml: a test case per cell; it fails where a gate that was asked for says so.

The order of children is that of the schema which Jenkins checks; `properties` of a test case are
not in it, and are written as pytest does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from harness.report import figures, words
from harness.report.details import say
from harness.report.findings import deciding_evidence, device_name, matches
from harness.report.folder import SweepData
from harness.report.grid import model_label
from harness.sweep.documents import CellDoc, DeviceDoc, GateFailureDoc
from harness.verdict.model import Status


def render_junit(data: SweepData) -> bytes:
    """Render the sweep as JUnit XML, one suite per device, UTF-8."""
    sweep = data.results.sweep
    by_device: dict[str, list[CellDoc]] = {}
    for cell in data.cells:
        by_device.setdefault(cell.device.id, []).append(cell)
    gates: dict[str | None, list[GateFailureDoc]] = {}
    for failure in sweep.gate_failures:
        gates.setdefault(failure.cell, []).append(failure)
    root = ElementTree.Element("testsuites", name=_attribute(f"harness {sweep.id}"))
    for cells in by_device.values():
        suite = _suite(root, _suite_name(cells[0]), sweep.started)
        _properties(suite, _device_facts(cells[0].device, sweep.gates))
        for cell in cells:
            _case(suite, cell, gates.get(cell.id, []), _seconds(data, cell))
        _count(suite)
    known = {cell.id for cell in data.cells}
    loose = [f for cell, found in gates.items() if cell not in known for f in found]
    if loose:
        suite = _suite(root, "sweep", sweep.started)
        for number, failure in enumerate(loose, start=1):
            name = _attribute(f"{failure.gate} {number}")
            case = ElementTree.SubElement(suite, "testcase", classname="sweep", name=name)
            _failures(case, [failure])
        _count(suite)
    _count(root)
    ElementTree.indent(root)
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _suite(root: ElementTree.Element, name: str, started: str) -> ElementTree.Element:
    # ISO 8601 without a zone, as the schema has it.
    attributes = {"name": _attribute(name), "timestamp": _attribute(started[:19])}
    return ElementTree.SubElement(root, "testsuite", attributes)


def _suite_name(cell: CellDoc) -> str:
    simulated = " (simulated)" if cell.device.simulated else ""
    return f"{device_name(cell)} {cell.device.id}{simulated}"


def _attribute(text: str, limit: int = 200) -> str:
    """Make text fit for an attribute: XML forbids most control characters even when escaped."""
    return words.label(text, limit)


def _properties(parent: ElementTree.Element, facts: Mapping[str, str | None]) -> None:
    """Write the facts that are known; an unknown one is left out."""
    known = {name: value for name, value in facts.items() if value}
    if known:
        block = ElementTree.SubElement(parent, "properties")
        for name, value in known.items():
            ElementTree.SubElement(block, "property", name=name, value=_attribute(value, 500))


def _device_facts(device: DeviceDoc, gates: Sequence[str]) -> dict[str, str | None]:
    return {
        "device": device.id,
        "device_model": device.model,
        "device_kind": str(device.kind),
        "soc": device.soc,
        "simulated": "true" if device.simulated else "false",
        "gates": ",".join(gates),
    }


def _cell_facts(cell: CellDoc) -> dict[str, str | None]:
    tool, expected = cell.tool, cell.expectation
    nodes = (cell.nodes_on_accelerator, cell.nodes_total)
    return {
        "cell": cell.id,
        "device": cell.device.id,
        "model": cell.model.name,
        "model_sha256": cell.model.sha256,
        "variant": cell.variant.name,
        "accelerator": str(cell.variant.accelerator),
        "tool": " ".join(filter(None, [tool.name, tool.version])) if tool else None,
        "verdict": str(cell.verdict or "skipped"),
        "placement": str(cell.placement) if cell.placement else None,
        "nodes": f"{nodes[0]}/{nodes[1]}" if None not in nodes else None,
        "findings": ",".join(dict.fromkeys(str(one.kind) for one in cell.findings)),
        "validity": str(cell.validity) if cell.validity else None,
        "expected": f"{expected.least} ({expected.outcome})" if expected else None,
        "simulated": "true" if cell.device.simulated else "false",
    }


def _case(
    suite: ElementTree.Element,
    cell: CellDoc,
    failures: Sequence[GateFailureDoc],
    seconds: float | None,
) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_attribute(f"{device_name(cell)}.{model_label(cell)}"),
        name=_attribute(cell.variant.name),
    )
    if seconds is not None:
        case.set("time", f"{seconds:.3f}")
    _properties(case, _cell_facts(cell))
    line = _deciding(cell)
    reason = cell.reason or "no reason given"
    if failures:
        _failures(case, failures, line)
    elif cell.status is Status.SKIPPED:
        message = f"{reason}; {cell.next_step or ''}".rstrip("; ")
        ElementTree.SubElement(case, "skipped", message=_attribute(message))
    elif cell.status is Status.FAILED:
        attributes = {"type": _attribute(reason.partition(":")[0]), "message": _attribute(reason)}
        ElementTree.SubElement(case, "error", attributes).text = line
    output = ElementTree.SubElement(case, "system-out")
    output.text = words.clean("\n".join(filter(None, [*_lines(cell), line])))


def _deciding(cell: CellDoc) -> str:
    wrong = [match.cause.key for match in matches(cell) if match.title.icon == "wrong"]
    found = deciding_evidence(cell, *wrong[:1])
    if found is None:
        return ""
    place = f"{found.source}:{found.line}" if found.line else found.source
    return words.clean(f"{place}: {found.text}")


def _failures(
    case: ElementTree.Element, failures: Sequence[GateFailureDoc], line: str = ""
) -> None:
    """Write each failed gate: some readers show the message, others the text."""
    for failure in failures:
        message = _attribute(failure.message, 700)
        element = ElementTree.SubElement(
            case, "failure", type=_attribute(failure.gate), message=message
        )
        element.text = "\n".join(filter(None, [f"{_attribute(failure.gate)}: {message}", line]))


def _lines(cell: CellDoc) -> list[str]:
    ratio = figures.speedup(cell)
    return [
        say(cell),
        "simulated" if cell.device.simulated else "",
        f"verdict {cell.verdict or 'skipped'}, validity {cell.validity or 'none'}",
        _p50(cell),
        f"{ratio} vs {figures.against(cell)}" if ratio else "",
        *(finding.message for finding in cell.findings),
    ]


def _seconds(data: SweepData, cell: CellDoc) -> float | None:
    """Return how long a cell's timed rounds took; None where the journal has none of them."""
    rounds = data.rounds_of.get(cell.id)
    return sum(one.seconds for one in rounds) if rounds else None


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
    for total, child in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(total, str(sum(case.find(child) is not None for case in cases)))
    element.set("time", f"{sum(float(case.get('time') or 0) for case in cases):.3f}")
