"""An explanation: one run's reading as the document of `harness explain --json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.bench.variant import Accelerator
from harness.errors import UnknownNameError
from harness.model.outline import ModelOutline
from harness.parse.log import parse_joined, parse_log
from harness.parse.model import ProfileRow, Stats, ToolRun
from harness.parse.result_file import ResultFile
from harness.parse.runtime_info import RuntimeInfo
from harness.verdict.agreement import completed
from harness.verdict.cause_facts import Facts
from harness.verdict.cause_key import Cause
from harness.verdict.causes import causes_of
from harness.verdict.claims import tool_verdict
from harness.verdict.judge import judge
from harness.verdict.model import Evidence, Judgement, Status
from harness.verdict.reading import Case
from harness.verdict.requested import requested_accelerators
from harness.verdict.time_share import Profiled, was_profiled, with_time_share

SCHEMA = 1


@dataclass(frozen=True)
class Exhibits:
    """What is handed in beside the output of one run: files that the tool wrote, and its model."""

    runtime_info: RuntimeInfo | None = None
    profile: tuple[ProfileRow, ...] = ()
    result: ResultFile | None = None
    outline: ModelOutline | None = None


_NOTHING = Exhibits()


@dataclass(frozen=True)
class Explanation:
    """A run, what was asked of it, and the judgement."""

    run: ToolRun
    file: str
    requested: tuple[Accelerator, ...]
    judgement: Judgement

    @property
    def document(self) -> dict[str, Any]:
        """The run's object in the document; docs/reference/explain-json.md describes it."""
        judgement = self.judgement
        headline = judgement.headline
        return {
            "schema": SCHEMA,
            "file": self.file,
            "run": self.run.index,
            "dialect": self.run.dialect,
            "requested": self.requested[0] if self.requested else None,
            "requested_all": list(self.requested),
            "verdict": headline,
            "placement": judgement.placement,
            "delegates": self.delegates,
            "findings": [
                {
                    "kind": finding.kind,
                    "message": finding.message,
                    "evidence": [
                        {"source": one.source or None, "line": one.line, "text": one.text}
                        for one in finding.evidence
                    ],
                }
                for finding in judgement.findings
            ],
            "nodes_on_accelerator": judgement.nodes_on_accelerator,
            "nodes_total": judgement.nodes_total,
            "kernels": judgement.kernels,
            "backend": judgement.backend,
            "time_share": _time_share(judgement),
            "latency_us": self.latency_us,
            "unsupported_ops": [
                {"op": one.op, "reason": one.reason} for one in judgement.unsupported_ops
            ],
            "causes": [cause.key for cause in self.causes],
            "evidence": [_evidence(one) for one in judgement.evidence],
            "error": self._error(),
        }

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Why the run did not do what it was asked to."""
        first = self.requested[0] if self.requested else None
        return causes_of(self.judgement, Facts.of_run(self.run, first))

    @property
    def delegates(self) -> list[dict[str, Any]]:
        """What became of each accelerator that was asked for, the judged one first.

        `tool_says` is the tool's own claim about it, whatever better evidence says.
        """
        return [
            self._delegate(
                one, self.judgement if one is self.requested[0] else judge(self.run, requested=one)
            )
            for one in self.requested
        ]

    def _delegate(self, accelerator: Accelerator, judgement: Judgement) -> dict[str, Any]:
        claimed = tool_verdict(Case(self.run, accelerator, self.requested))
        return {
            "requested": accelerator,
            "placement": judgement.placement,
            "nodes_on_accelerator": judgement.nodes_on_accelerator,
            "kernels": judgement.kernels,
            "tool_says": claimed[0] if claimed is not None else None,
        }

    @property
    def latency_us(self) -> dict[str, float | int | None]:
        """Figures of the timed runs in µs; those of a failed run are void even where printed."""
        failed = self.judgement.status is Status.FAILED
        stats = Stats() if failed or self.run.timed is None else self.run.timed
        return {
            "count": stats.count,
            "first": stats.first,
            "min": stats.min,
            "max": stats.max,
            "avg": stats.avg,
            "std": stats.std,
            "p5": stats.p5,
            "p50": stats.p50,
            "p95": stats.p95,
            "init": None if failed else self.run.init_us,
            "first_inference": None if failed else self.run.first_inference_us,
        }

    def _error(self) -> dict[str, str] | None:
        if self.judgement.status is not Status.FAILED:
            return None
        decisive = next((one for one in self.judgement.evidence if one.deciding), None)
        return {
            "code": self.judgement.reason or "failed",
            "message": decisive.text if decisive is not None else "",
        }


def explain_text(
    text: str,
    file: str,
    *,
    requested: Accelerator | None = None,
    exit_status: int | None = None,
    exhibits: Exhibits = _NOTHING,
) -> list[Explanation]:
    """Explain every run in a text. `exit_status` and `exhibits` speak of the last one."""
    *before, last = parse_log(text, file)
    return [
        *(_explain(run, file, requested, None, _NOTHING) for run in before),
        _explain(last, file, requested, exit_status, exhibits),
    ]


def explain_joined(
    texts: Sequence[tuple[str, str]],
    *,
    requested: Accelerator | None = None,
    exit_status: int | None = None,
    exhibits: Exhibits = _NOTHING,
) -> Explanation:
    """Explain one run whose output streams are given as (text, file)."""
    return _explain(parse_joined(texts), texts[0][1], requested, exit_status, exhibits)


def accelerator_named(name: str) -> Accelerator | None:
    """Return the accelerator of this name, None for an empty one.

    Raises:
        UnknownNameError: if there is no such accelerator.
    """
    if not name:
        return None
    try:
        return Accelerator(name.strip().lower().replace("-", "_"))
    except ValueError:
        known = ", ".join(Accelerator)
        raise UnknownNameError(
            f"no accelerator is called {name!r}", next_step=f"use one of {known}"
        ) from None


def _explain(
    run: ToolRun,
    file: str,
    requested: Accelerator | None,
    exit_status: int | None,
    exhibits: Exhibits,
) -> Explanation:
    seen = requested_accelerators(run)
    asked = seen if requested is None else tuple(dict.fromkeys((requested, *seen)))
    run, notes = completed(run, exhibits.result)
    judgement = judge(
        run,
        requested=requested,
        exit_status=exit_status,
        runtime_info=exhibits.runtime_info,
        outline=exhibits.outline,
        profile=exhibits.profile,
    )
    judgement = replace(judgement, evidence=(*judgement.evidence, *notes))
    if asked:
        judgement = with_time_share(judgement, _profiled(run, asked[0], exhibits))
    return Explanation(run, file, asked, judgement)


def _profiled(run: ToolRun, requested: Accelerator, exhibits: Exhibits) -> Profiled:
    """Hold a file's operator times against an output that is of another, unprofiled launch."""
    plain = None if was_profiled(run) or run.timed is None else run.timed.avg
    return Profiled(run, requested, exhibits.profile, plain, exhibits.outline)


def _time_share(judgement: Judgement) -> dict[str, Any] | None:
    share = judgement.time_share
    return {"value": share.value, "source": share.source} if share is not None else None


def _evidence(one: Evidence) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "source": one.source or None,
        "line": one.line,
        "text": one.text,
        "deciding": one.deciding,
    }
