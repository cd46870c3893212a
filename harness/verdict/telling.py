"""An explanation in words, for people at a terminal: the verdict, then a reading of the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.parse.model import Event
from harness.parse.patterns import Code
from harness.printable import printable
from harness.verdict.explanation import Explanation
from harness.verdict.missing import missing
from harness.verdict.model import Evidence, Headline, Judgement, Placement
from harness.verdict.shows import NAMES, shows

_SENTENCES = {
    Headline.FAILED: "The run failed: no figure of it may be used.",
    Headline.NONE: "Nothing ran on the {what}: the model ran on the CPU.",
    Headline.DOWNGRADED: "The {what} was used, but by a lesser path.",
    Headline.FULL: "The whole model was handed to the {what}.",
    Headline.PARTIAL: "A part of the model was handed to the {what}; the rest ran on the CPU.",
    Headline.BASELINE: "A CPU run, as asked.",
    Headline.UNKNOWN: "These lines do not show where the model ran.",
}
_FINE = (Headline.FULL, Headline.BASELINE)
_CAUSES_PAGE = "docs/reference/fallback-causes.md"
_MAX_OPS = 12
_MAX_LINES = 40
_MAX_TEXT = 160


def tell(explanation: Explanation) -> str:
    """Return what a person should read of one run, each part on lines of its own.

    The verdict comes first, then the lines of the log that bear on it, in order, with what each
    shows; the deciding one is marked. Text of the log is made visible, whatever it holds.
    """
    judgement = explanation.judgement
    headline = judgement.headline or Headline.UNKNOWN
    asked = ", ".join(explanation.requested) or "not shown"
    where = NAMES[explanation.requested[0]] if explanation.requested else "accelerator"
    lines = [
        f"{_visible(explanation.file)} · run {explanation.run.index} · asked for: {asked}",
        f"{headline.upper()}  {_SENTENCES[headline].format(what=where)}",
    ]
    lines += [f"  {line}" for line in (_where(judgement), _times(explanation)) if line]
    lines += _delegates(explanation)
    lines += [f"  ! {one.kind}: {_visible(one.message)}" for one in judgement.findings]
    lines += _refused(judgement)
    for cause in explanation.causes:
        lines += [f"  why: {cause.title} ({cause.anchor})", f"  next: {cause.advice}"]
    lines += [
        f"  because {_place(one)}: {_visible(one.text)}"
        for one in judgement.evidence
        if one.deciding
    ]
    reading = _reading(explanation)
    lines += ["", "  what the log says, line by line", *reading] if reading else []
    unsaid = [f"  - {sentence}" for sentence in missing(explanation)]
    lines += ["", "  what would tell more", *unsaid] if unsaid else []
    lines += (
        ["", f"  {_advice(headline)}"] if headline not in _FINE and not explanation.causes else []
    )
    return "\n".join(lines)


def _advice(headline: Headline) -> str:
    """Return the one line of advice; a cause's own comes from the table of causes."""
    what = "why runs fail" if headline is Headline.FAILED else "why nodes stay on the CPU"
    return f"{what}, and what to do: {_CAUSES_PAGE}"


def _where(judgement: Judgement) -> str:
    parts = []
    if judgement.placement is not Placement.BASELINE:
        if judgement.nodes_on_accelerator is not None:
            total = judgement.nodes_total
            parts.append(
                f"{judgement.nodes_on_accelerator} of "
                f"{total if total is not None else 'an unknown number of'} nodes"
            )
        if judgement.kernels:
            parts.append(f"{judgement.kernels} kernel{'s' if judgement.kernels > 1 else ''}")
    if judgement.backend:
        parts.append(f"by {_visible(judgement.backend)}")
    return " · ".join(parts)


def _times(explanation: Explanation) -> str:
    latency = explanation.latency_us
    named = (("p50", "p50"), ("p95", "p95"), ("avg", "mean"), ("min", "min"), ("max", "max"))
    parts = [
        f"{label} {value / 1000:.6g} ms"
        for key, label in named
        if (value := latency[key]) is not None
    ]
    if latency["count"] is not None:
        parts.append(f"{latency['count']} invocations")
    return " · ".join(parts)


def _delegates(explanation: Explanation) -> Iterator[str]:
    """Name each delegate's own share where more than one was asked for."""
    if len(explanation.delegates) > 1:
        for one in explanation.delegates:
            nodes = one["nodes_on_accelerator"]
            share = "" if nodes is None else f", {nodes} nodes"
            says = f"; the tool says {one['tool_says']}" if one["tool_says"] else ""
            yield f"  {one['requested']}: {one['placement'] or 'failed'}{share}{says}"


def _refused(judgement: Judgement) -> list[str]:
    ops = judgement.unsupported_ops
    lines = [
        f"  - {_visible(one.op)}: {_visible(one.reason) or 'no reason given'}"
        for one in ops[:_MAX_OPS]
    ]
    if len(ops) > _MAX_OPS:
        lines.append(f"  - and {len(ops) - _MAX_OPS} more")
    return lines


def _reading(explanation: Explanation) -> list[str]:
    """Return the lines that bear on the verdict, each with its number and what it shows."""
    run = explanation.run
    deciding = next((one for one in explanation.judgement.evidence if one.deciding), None)
    told = _without_repeats(
        [(event, shown) for event in run.events if (shown := shows(event, run)) is not None]
    )
    lines: list[str] = []
    source = run.source
    for place, (event, shown) in enumerate(told):
        decides = deciding is not None and _is_line_of(event, deciding)
        if place >= _MAX_LINES and not decides:
            continue
        if event.source != source:
            source = event.source
            lines.append(f"  {_visible(source)}")
        mark, end = (">", "; this decides") if decides else (" ", "")
        lines.append(f"  {mark} {event.line:>5} | {_visible(event.text)}")
        lines.append(f"          |   {shown}{end}")
    if len(told) > _MAX_LINES:
        lines.append(f"    and {len(told) - _MAX_LINES} more lines")
    return lines


def _without_repeats(told: Sequence[tuple[Event, str]]) -> list[tuple[Event, str]]:
    """Leave out a line that says what one before it said."""
    seen: set[str] = set()
    kept = []
    for event, shown in told:
        if event.text not in seen or event.code is Code.STATS:
            kept.append((event, shown))
        seen.add(event.text)
    return kept


def _is_line_of(event: Event, evidence: Evidence) -> bool:
    place = (evidence.line, evidence.source, evidence.kind)
    return (event.line, event.source, str(event.code)) == place


def _visible(text: str) -> str:
    """Make text of others one line that steers nothing, and not longer than a person reads."""
    line = printable(text.replace("\t", " ").replace("\n", "\\n"))
    return line if len(line) <= _MAX_TEXT else line[:_MAX_TEXT] + "…"


def _place(evidence: Evidence) -> str:
    source, line = _visible(evidence.source), evidence.line
    if line is None:
        return source or "of the whole output"
    return f"{source}:{line}" if source else f"line {line}"
