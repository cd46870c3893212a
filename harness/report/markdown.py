"""summary.md: the outcome for a pull request, short, with names of others made inert."""

from __future__ import annotations

import re

from harness.report.gates import GateView, line
from harness.report.grid import GridCell, Table
from harness.report.validity import DoubtView
from harness.report.view import FindingView, ReportView

MOST_FAILURES = 5
MOST_FINDINGS = 12
MOST_ROWS = 60
"""A comment on a pull request may have 65,536 characters; the whole lies in report.html."""

_SPECIAL = re.compile(r"([\\`*{}\[\]()#+!|~<>&@$:.]|(?<![A-Za-z0-9])[_-]|[_-](?![A-Za-z0-9]))")
_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_HARMLESS = re.compile(r"&#(40|41|45);|&#(46|58);(?=\s|$)|(?<=\d)&#(46);(?=\d)")


def escape(text: str) -> str:
    """Make text literal in Markdown: every sign with a meaning becomes a character reference.

    References cannot open code, links, HTML, tables or mentions, and show as the sign itself.
    """
    return _SPECIAL.sub(lambda sign: f"&#{ord(sign[1])};", _BREAK.sub(" ", text))


def soft(text: str) -> str:
    """Escape a sentence of ours with foreign names in its slots, keeping plain punctuation.

    A stop or colon stays escaped inside a word: there it could make an address into a link.
    """
    return _HARMLESS.sub(lambda sign: chr(int(next(filter(None, sign.groups())))), escape(text))


def render_markdown(view: ReportView) -> str:
    """Render the summary."""
    parts = [f"## {soft(view.outcome)}", f"`{_code(view.sweep_id)}`"]
    parts += [f"> **Simulated.** {soft(view.simulated_note)}"] if view.simulated_note else []
    parts += [f"- **{escape(name)}**: {soft(text)}" for name, text in view.lines]
    parts += _gates(view.gates)
    parts += [f"- **Note**: {soft(text)}" for text in view.notes]
    blocks = ["\n".join(_spaced(parts))]
    blocks += [_table(table) for table in view.tables]
    if view.findings:
        blocks.append("### Findings")
        blocks.append("\n".join(_finding(finding) for finding in view.findings[:MOST_FINDINGS]))
    if len(view.findings) > MOST_FINDINGS:
        blocks.append(f"{len(view.findings) - MOST_FINDINGS} more findings are in report.html.")
    if view.doubts:
        blocks.append("### Numbers in doubt")
        blocks.append("\n".join(_doubt(one) for one in view.doubts[:MOST_FINDINGS]))
    if len(view.doubts) > MOST_FINDINGS:
        blocks.append(f"{len(view.doubts) - MOST_FINDINGS} more doubts are in report.html.")
    if view.not_measured:
        blocks.append("### Not measured")
        blocks.append(
            "\n".join(
                f"- **{soft(left.what)}** ({soft(left.count)}, {soft(left.state)}): "
                f"{soft(left.reason)}. Next: {soft(left.next_step)}"
                for left in view.not_measured[:MOST_FINDINGS]
            )
        )
    return "\n\n".join(blocks) + "\n"


def _gates(gates: tuple[GateView, ...]) -> list[str]:
    """Write failed gates with some of their cells and the reasons, then the gates that held."""
    parts: list[str] = []
    for gate in gates:
        shown = gate.failures[:MOST_FAILURES]
        parts += [f"- **Gate failed, {escape(gate.label)}**: {soft(line(one))}" for one in shown]
        if len(gate.failures) > MOST_FAILURES:
            more = len(gate.failures) - MOST_FAILURES
            parts.append(f"- **Gate failed, {escape(gate.label)}**: {more} more in junit.xml")
    held = [gate.label for gate in gates if not gate.failures]
    return parts + ([f"- **Gates held**: {escape(', '.join(held))}"] if held else [])


def _spaced(parts: list[str]) -> list[str]:
    """Part headings, quotes and paragraphs by empty lines; keep list items together."""
    spaced: list[str] = []
    for part in parts:
        if spaced and not (part.startswith("- ") and spaced[-1].startswith("- ")):
            spaced.append("")
        spaced.append(part)
    return spaced


def _code(text: str) -> str:
    return text.replace("`", "'")


def _table(table: Table) -> str:
    head = ["Device", *table.columns]
    lines = [f"### {escape(table.name)}", "", _row([escape(name) for name in head])]
    lines.append("|" + " --- |" * len(head))
    for row in table.rows[:MOST_ROWS]:
        name = escape(row.device) + (" *(simulated)*" if row.simulated else "")
        lines.append(_row([name, *(_cell(cells) for cells in row.cells)]))
    if len(table.rows) > MOST_ROWS:
        lines += ["", f"{len(table.rows) - MOST_ROWS} more devices are in report.html."]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cells: tuple[GridCell, ...]) -> str:
    if not cells:
        return "not planned"
    return "<br>".join(_one(cell) for cell in cells)


def _one(cell: GridCell) -> str:
    loud = cell.kind in ("wrong", "none", "failed", "suspect")
    word = f"**{escape(cell.badge)}**" if loud else escape(cell.badge)
    doubts = "".join(f", {escape(text)}" for _, text in cell.doubts)
    if cell.p50 is None:
        return f"{word}{doubts}" + (f"<br>{escape(cell.why)}" if cell.why else "")
    time = f"{cell.p50.mark}{cell.p50.text} ms"
    if cell.tone == "void":
        time = f"~~{time}~~ void"
    against = f" vs {escape(cell.against)}" if cell.against else ""
    ratio = f" ({cell.ratio}{against})" if cell.ratio else ""
    nodes = f"<br>{escape(cell.coverage.text)} nodes" if cell.coverage else ""
    return f"{word}{doubts}<br>{time}{ratio}{nodes}"


def _doubt(doubt: DoubtView) -> str:
    simulated = " *(simulated)*" if doubt.simulated else ""
    told = f"{soft(doubt.where)}: {soft(doubt.message)}. Next: {soft(doubt.next_step)}"
    return f"- **{escape(doubt.label)}**{simulated} {told}"


def _finding(finding: FindingView) -> str:
    simulated = " *(simulated)*" if finding.simulated else ""
    lines = [
        f"- **{escape(finding.badge)}**{simulated} {soft(finding.title)}: {soft(finding.where)}"
    ]
    lines.append(f"  {finding.why} *{finding.advice}*")
    lines.append("  " + " ".join(filter(None, [finding.also, f"More: `{finding.page}`"])))
    if finding.deciding:
        lines.append(
            f"  Decided by {escape(finding.deciding.where)}: {escape(finding.deciding.text)}"
        )
    return "  \n".join(lines)
