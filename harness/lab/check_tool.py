"""Checks of what the harness itself has to do with a phone: its tool and its canary."""

from __future__ import annotations

from harness.bench.command import OWN_TOOL, unseen_without
from harness.bench.tool import Tool
from harness.errors import HarnessError
from harness.lab.check import Check, CheckId, CheckStatus, ok, warning
from harness.verdict.canary import CanaryRun, CanaryState, CanaryVerdict

_STATUS = {
    CanaryState.FIRST: CheckStatus.OK,
    CanaryState.AS_BEFORE: CheckStatus.OK,
    CanaryState.SLOWER: CheckStatus.WARNING,
    CanaryState.WRONG_OUTPUT: CheckStatus.FAILURE,
    CanaryState.UNKNOWN: CheckStatus.UNKNOWN,
}
_STEP = {
    CanaryState.SLOWER: "let it cool down and charge, close what runs on it, restart it; a bad "
    "model would not slow the canary",
    CanaryState.WRONG_OUTPUT: "do not measure on it: its CPU or memory, or the tool, is broken; "
    "try another tool, then another phone",
    CanaryState.UNKNOWN: "see the checks above, then run `harness doctor` again",
}


def tool(learned: Tool) -> tuple[Check, Check]:
    """Say what a tool answered to --help on the phone, and which evidence it cannot give."""
    flags = learned.flags or frozenset()
    dialect = learned.dialect.value if learned.dialect is not None else "unknown"
    told = ok(
        CheckId.TOOL,
        f"{learned.name} starts: {dialect}, {len(flags)} flags",
        tool=learned.name,
        sha256=learned.sha256,
        dialect=dialect,
        flags=len(flags),
    )
    lacking = unseen_without(flags)
    if not lacking:
        return told, ok(CheckId.EVIDENCE, "the tool has every flag for evidence")
    if OWN_TOOL in flags:
        # Ours writes every time and tells the placement itself; there is no newer one to fetch.
        message = f"a tool of the harness itself, without {', '.join(lacking)}"
        return told, ok(CheckId.EVIDENCE, message, lacking=list(lacking))
    return told, warning(
        CheckId.EVIDENCE,
        f"the tool cannot give {', '.join(lacking)}",
        "a newer build has it: `harness tools fetch`",
        lacking=list(lacking),
    )


def no_tool(error: HarnessError) -> Check:
    """Say why there is no tool for a phone, or why it does not start."""
    return warning(CheckId.TOOL, error.message, error.next_step)


def canary(run: CanaryRun, verdict: CanaryVerdict) -> Check:
    """Word a canary's verdict."""
    state = verdict.state
    time = f"{run.p50_ms:.3f} ms" if run.p50_ms is not None else "no time"
    label = f"simulated {time}" if run.key.simulated else time
    words = {
        CanaryState.FIRST: f"first: {label}; {verdict.reason}",
        CanaryState.AS_BEFORE: f"as before: {label}, {verdict.reason}",
        CanaryState.SLOWER: f"slower by {100 * (verdict.change or 0):.0f} %: {label}, "
        f"{verdict.reason}",
        CanaryState.WRONG_OUTPUT: f"wrong output: {verdict.reason}",
        CanaryState.UNKNOWN: f"unknown: {verdict.reason}",
    }
    facts = {
        "state": state.value,
        "p50_ms": run.p50_ms,
        "before_ms": verdict.before_ms,
        "change": verdict.change,
        "limit": verdict.limit,
        "against": verdict.against,
        "outputs": run.outputs.value,
        "outputs_sha256": run.outputs_sha256,
        "same_bytes": verdict.same_bytes,
        "simulated": run.key.simulated,
    }
    message = words[state]
    if state in (CanaryState.FIRST, CanaryState.AS_BEFORE):
        told = {"same": "right", "close": "right", "unknown": "not compared"}
        message += f"; outputs {told.get(run.outputs.value, run.outputs.value)}"
    return Check(CheckId.CANARY, _STATUS[state], message, _STEP.get(state, ""), facts=facts)
