"""Is a phone sick, or is a model bad: a small known model against the phone's own past.

A phone whose canary is as it was and whose other times are not has met a bad model; one whose
canary is slow too, or wrong, is sick. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from harness.stats.contrast import robust_deviation
from harness.verdict.outputs import OutputVerdict

LEAST = math.log(1.10)
"""What is less than this is no sickness: androidx.benchmark takes a reference kernel that is 10 %
slower for a throttled phone."""

WIDENING = 3.0
"""A phone that scatters more than others is given this many robust deviations of its own past."""

REMEMBERED = 20
"""So many runs, the latest, make a phone's past."""


class CanaryState(StrEnum):
    """How the canary is. UNKNOWN: it was not seen to its end."""

    FIRST = "first"
    AS_BEFORE = "as_before"
    SLOWER = "slower"
    WRONG_OUTPUT = "wrong_output"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CanaryKey:
    """What must be the same for two runs to be compared: the phone's system, the tool, the model.

    Runs of a simulated phone are never compared with a real one's.
    """

    fingerprint: str | None
    tool: str
    model: str
    simulated: bool


@dataclass(frozen=True)
class CanaryRun:
    """One run: the median of its processes' medians in ms, and what became of its outputs.

    `outputs` is the comparison with LiteRT on the host, `outputs_sha256` the hash of their bytes.
    `state` is how it was judged then; `failure` why there is no time.
    """

    key: CanaryKey
    when: str
    p50_ms: float | None
    outputs: OutputVerdict = OutputVerdict.UNKNOWN
    outputs_sha256: str | None = None
    state: CanaryState | None = None
    failure: str = ""


@dataclass(frozen=True)
class CanaryVerdict:
    """The state; `change` is now over before, less 1, and `limit` how much of it is nothing.

    `against` is the number of runs that it was held against, `before_ms` their median. `same_bytes`
    tells whether the outputs are those of the last run; None where one of them is not known.
    """

    state: CanaryState
    reason: str
    change: float | None = None
    limit: float | None = None
    against: int = 0
    before_ms: float | None = None
    same_bytes: bool | None = None


def judge_canary(
    past: Sequence[CanaryRun], now: CanaryRun, floor: float | None = None
) -> CanaryVerdict:
    """Judge a run against the phone's past, given in the order in which it was.

    Args:
        past: all that is known of the phone; runs of another key, and sick ones, do not count.
        now: the run to be judged.
        floor: the phone's own relative noise floor on the CPU, where it was measured.
    """
    if now.outputs is OutputVerdict.WRONG:
        return CanaryVerdict(
            CanaryState.WRONG_OUTPUT, "its CPU gives other outputs than LiteRT on the host"
        )
    if now.p50_ms is None or now.p50_ms <= 0:
        return CanaryVerdict(CanaryState.UNKNOWN, now.failure or "it gave no time")
    well = (CanaryState.FIRST, CanaryState.AS_BEFORE)
    like = [one for one in past if one.key == now.key and one.state in well]
    known = [(one, one.p50_ms) for one in like if one.p50_ms is not None and one.p50_ms > 0]
    known = known[-REMEMBERED:]
    if not known:
        return CanaryVerdict(CanaryState.FIRST, "there is no earlier run to hold it against")
    logs = [math.log(p50) for _, p50 in known]
    before = median(logs)
    limit = max(LEAST, WIDENING * robust_deviation(logs), math.log1p(floor or 0.0))
    change = math.log(now.p50_ms) - before
    slow = change > limit
    runs = "1 earlier run" if len(known) == 1 else f"{len(known)} earlier runs"
    noise = f"up to {100 * math.expm1(limit):.0f} % is its noise"
    told = f"{100 * math.expm1(change):+.1f} % against {runs}, {noise}"
    last = known[-1][0].outputs_sha256
    same = None if None in (last, now.outputs_sha256) else last == now.outputs_sha256
    return CanaryVerdict(
        CanaryState.SLOWER if slow else CanaryState.AS_BEFORE,
        told,
        round(math.expm1(change), 4),
        round(math.expm1(limit), 4),
        len(known),
        round(math.exp(before), 6),
        same,
    )
