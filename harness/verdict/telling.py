"""An explanation in words, for people at a terminal."""

from __future__ import annotations

from harness.bench.variant import Accelerator
from harness.verdict.explanation import Explanation
from harness.verdict.model import Headline, Judgement, Placement

_SENTENCES = {
    Headline.FAILED: "The run failed: no figure of it may be used.",
    Headline.NONE: "Nothing ran on the {what}: the model ran on the CPU.",
    Headline.DOWNGRADED: "The {what} was used, but by a lesser path.",
    Headline.FULL: "The whole model was handed to the {what}.",
    Headline.PARTIAL: "A part of the model was handed to the {what}; the rest ran on the CPU.",
    Headline.BASELINE: "A CPU run, as asked.",
    Headline.UNKNOWN: "These lines do not show where the model ran.",
}
_NAMES = {
    Accelerator.CPU: "CPU",
    Accelerator.XNNPACK: "XNNPACK delegate (CPU)",
    Accelerator.GPU: "GPU",
    Accelerator.NNAPI: "NNAPI driver",
    Accelerator.NPU: "NPU",
    Accelerator.HEXAGON: "Hexagon DSP",
    Accelerator.EXTERNAL: "external delegate",
    Accelerator.STABLE_DELEGATE: "stable delegate",
    Accelerator.COREML: "Core ML delegate",
}
_MAX_OPS = 12


def tell(explanation: Explanation) -> str:
    """Return a short text: verdict, counts, findings, figures, the deciding line."""
    judgement = explanation.judgement
    headline = judgement.headline or Headline.UNKNOWN
    asked = ", ".join(explanation.requested) or "not shown"
    where = _NAMES[explanation.requested[0]] if explanation.requested else "accelerator"
    lines = [
        f"{explanation.file} · run {explanation.run.index} · asked for: {asked}",
        f"{headline.upper()}  {_SENTENCES[headline].format(what=where)}",
    ]
    lines += [f"  {line}" for line in (_where(judgement), _times(explanation)) if line]
    lines += [f"  ! {finding.kind}: {finding.message}" for finding in judgement.findings]
    lines += _refused(judgement)
    for cause in explanation.causes:
        lines += [f"  why: {cause.title} ({cause.anchor})", f"  next: {cause.advice}"]
    lines += [
        f"  because {_place(one.source, one.line)}: {one.text}"
        for one in judgement.evidence
        if one.deciding
    ]
    return "\n".join(lines)


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
        parts.append(f"by {judgement.backend}")
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


def _refused(judgement: Judgement) -> list[str]:
    ops = judgement.unsupported_ops
    lines = [f"  - {one.op}: {one.reason or 'no reason given'}" for one in ops[:_MAX_OPS]]
    if len(ops) > _MAX_OPS:
        lines.append(f"  - and {len(ops) - _MAX_OPS} more")
    return lines


def _place(source: str, line: int | None) -> str:
    if line is None:
        return source or "of the whole output"
    return f"{source}:{line}" if source else f"line {line}"
