"""Is it really the accelerator: a run that claims one and is as fast as a CPU path.

All evidence of a log may say "delegated" while a driver computes on its own CPU. The rule asks for
two things together: the times are those of a CPU path by a test of likeness (or slower than every
XNNPACK path), and a fact of another sort agrees (`harness.verdict.corroborate`). What cannot be
tested says so, and why; it is never "clear".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

from harness.bench.variant import Accelerator
from harness.stats.contrast import Contrast, contrast
from harness.stats.interval import MIN_ROUNDS
from harness.verdict.corroborate import Corroborator, Kind, Says
from harness.verdict.model import Placement, Validity

TOO_SMALL_MS = 2.0
"""A model that any CPU path runs within this: a trip to an accelerator and back takes 0.3 to 3 ms,
so that equal or slower is normal."""

CALL_MS = 1.0
"""A typical trip, one for each kernel; where they may be half of the time, time tells nothing."""

_SOFTWARE = re.compile(r"nnapi-reference|\((?:[^)]{0,60}/ )?(?:cpu|software)\b", re.IGNORECASE)


class Role(StrEnum):
    """What a CPU path is in the comparison; the value names it in words."""

    ONE_THREAD = "XNNPACK on one thread"
    MANY_THREADS = "XNNPACK on several threads"
    PLAIN = "the interpreter's own kernels"
    REFERENCE = "NNAPI's CPU reference"

    @property
    def is_xnnpack(self) -> bool:
        """Whether it is one of the two paths that a hidden CPU run may hardly beat."""
        return self in (Role.ONE_THREAD, Role.MANY_THREADS)


class SuspicionVerdict(StrEnum):
    """What came of the test."""

    SUSPECT = "suspect"
    CLEAR = "clear"
    NOT_TESTABLE = "not_testable"


@dataclass(frozen=True)
class Timed:
    """A variant's times in ms: its p50, and the median of each round (None: a round without)."""

    variant: str
    p50_ms: float
    medians_ms: tuple[float | None, ...]

    @property
    def rounds(self) -> int:
        """How many rounds have a median."""
        return sum(one is not None for one in self.medians_ms)


@dataclass(frozen=True)
class Rival(Timed):
    """A CPU path of the same device and model, its numbers valid."""

    role: Role = Role.ONE_THREAD


@dataclass(frozen=True)
class Claim(Timed):
    """A run that claims an accelerator; `void` names a finding under which times mean nothing."""

    accelerator: Accelerator = Accelerator.GPU
    placement: Placement = Placement.FULL
    kernels: int | None = None
    backend: str | None = None
    validity: Validity | None = None
    validity_reasons: tuple[str, ...] = ()
    void: str | None = None


@dataclass(frozen=True)
class Suspicion:
    """What came of it: `against` is the variant that it is like, `contrast` over its times."""

    verdict: SuspicionVerdict
    reason: str
    against: str | None = None
    contrast: Contrast | None = None
    corroborators: tuple[Corroborator, ...] = ()


@dataclass(frozen=True)
class _Pairing:
    rival: Rival
    contrast: Contrast


def judge_suspicion(
    claim: Claim,
    rivals: Sequence[Rival],
    corroborators: Sequence[Corroborator],
    *,
    copied_from: Sequence[str] = (),
) -> Suspicion:
    """Judge whether a claimed accelerator is a CPU in disguise.

    Args:
        claim: the run.
        rivals: CPU paths of the same device and model, real with real, simulated with simulated.
        corroborators: the facts beside the time, unreadable ones too.
        copied_from: the CPU variants whose float output this run's is bit for bit, where no such
            accelerator can give it; conclusive alone.
    """
    facts = tuple(corroborators)
    pairings = [
        _Pairing(rival, found)
        for rival in rivals
        if (found := contrast(claim.medians_ms, rival.medians_ms)) is not None
    ]
    if copied_from:
        twins = [one for one in pairings if one.rival.variant in copied_from]
        twin = _nearest(twins) if twins else None
        name = twin.rival.variant if twin else copied_from[0]
        reason = f"its float output is bit for bit that of {name}: the CPU computed it"
        verdict = SuspicionVerdict.SUSPECT
        return Suspicion(verdict, reason, name, twin.contrast if twin else None, facts)
    hindrance = _hindrance(claim, rivals, pairings)
    if hindrance is not None:
        return Suspicion(SuspicionVerdict.NOT_TESTABLE, hindrance, corroborators=facts)
    match = _match(pairings)
    if match is not None:
        return _judge_match(claim, rivals, match, facts)
    return _judge_difference(claim, rivals, pairings, facts)


def is_software(backend: str | None) -> bool:
    """Whether a back end calls itself a CPU: a lesser path by name, and nothing is hidden."""
    return backend is not None and _SOFTWARE.search(backend) is not None


def _hindrance(claim: Claim, rivals: Sequence[Rival], pairings: Sequence[_Pairing]) -> str | None:
    """Say why times cannot be tested at all."""
    if is_software(claim.backend):
        return "its back end calls itself a CPU, so nothing is hidden"
    if claim.void is not None:
        return f"its times mean nothing: {claim.void}"
    if claim.validity is Validity.INVALID or claim.validity is None:
        return f"its times may not be used: {', '.join(claim.validity_reasons) or 'not judged'}"
    if claim.rounds < MIN_ROUNDS:
        return f"insufficient replication: {claim.rounds} rounds, and the test needs {MIN_ROUNDS}"
    if not rivals:
        return f"no valid CPU variant to compare with: {_missing(())}"
    if not pairings:
        return f"insufficient replication: no CPU variant has {MIN_ROUNDS} rounds beside its own"
    if all(one.contrast.too_restless for one in pairings):
        return "the CPU variants scatter too much to be like anything"
    return None


def _match(pairings: Sequence[_Pairing]) -> _Pairing | None:
    """Return the CPU path whose times these are, or the slowest one that they are slower than."""
    alike = [one for one in pairings if one.contrast.equivalent]
    if alike:
        return _nearest(alike)
    xnnpack = [one for one in pairings if one.rival.role.is_xnnpack]
    both = {one.rival.role for one in xnnpack} == {Role.ONE_THREAD, Role.MANY_THREADS}
    if both and all(one.contrast.slower for one in xnnpack):
        return min(xnnpack, key=lambda one: one.contrast.ratio)
    return None


def _nearest(pairings: Sequence[_Pairing]) -> _Pairing:
    return min(pairings, key=lambda one: abs(log(one.contrast.ratio)))


def _judge_match(
    claim: Claim, rivals: Sequence[Rival], match: _Pairing, facts: tuple[Corroborator, ...]
) -> Suspicion:
    name = match.rival.variant
    alike = match.contrast.equivalent
    says = f"its times are those of {name}" if alike else "it is slower than XNNPACK on the CPU"

    def of(verdict: SuspicionVerdict, reason: str) -> Suspicion:
        return Suspicion(verdict, f"{says}, {reason}", name, match.contrast, facts)

    small = _too_small(claim, rivals)
    if small is not None:
        return of(SuspicionVerdict.NOT_TESTABLE, f"but {small}")
    agreeing = [one.kind for one in facts if one.says is Says.CPU]
    opposing = [one.kind for one in facts if one.says is Says.ACCELERATOR]
    if opposing and set(agreeing) <= {Kind.CPU_TIME}:
        # A spinning driver looks busy; a counter of the accelerator's own work does not lie so.
        return of(SuspicionVerdict.CLEAR, f"but {_named(opposing)} shows the accelerator at work")
    if not alike and agreeing == [Kind.CPU_TIME]:
        reason = "with CPU threads busy, which a driver that waits by spinning shows as well"
        return of(SuspicionVerdict.NOT_TESTABLE, reason)
    if agreeing:
        return of(SuspicionVerdict.SUSPECT, f"and {_named(agreeing)} agrees that the CPU worked")
    if all(one.says is Says.UNREADABLE for one in facts):
        return of(SuspicionVerdict.NOT_TESTABLE, "and nothing else could be read")
    return of(SuspicionVerdict.NOT_TESTABLE, "and nothing else that was read decides")


def _judge_difference(
    claim: Claim,
    rivals: Sequence[Rival],
    pairings: Sequence[_Pairing],
    facts: tuple[Corroborator, ...],
) -> Suspicion:
    """Judge times that are no CPU path's: clear only where every path of weight is there."""
    nearest = _nearest(pairings)

    def of(verdict: SuspicionVerdict, reason: str) -> Suspicion:
        return Suspicion(verdict, reason, nearest.rival.variant, nearest.contrast, facts)

    against = [one.kind for one in facts if one.says is Says.CPU and one.kind is not Kind.CPU_TIME]
    if against:
        reason = f"its times are no CPU variant's, yet {_named(against)} says that the CPU worked"
        return of(SuspicionVerdict.NOT_TESTABLE, reason)
    unsure = [one for one in pairings if not one.contrast.distinct]
    roles = {one.rival.role for one in pairings}
    fast = [one for one in pairings if one.rival.role is Role.MANY_THREADS]
    if not unsure and fast and all(one.contrast.high < 1 for one in fast):
        return of(SuspicionVerdict.CLEAR, f"it is faster than {fast[0].rival.variant}")
    if not unsure and roles >= {Role.ONE_THREAD, Role.MANY_THREADS}:
        return of(SuspicionVerdict.CLEAR, "its times are no CPU variant's")
    small = _too_small(claim, rivals)
    if small is not None:
        return of(SuspicionVerdict.NOT_TESTABLE, small)
    if unsure:
        reason = f"its times are too near to those of {unsure[0].rival.variant} to tell them apart"
        return of(SuspicionVerdict.NOT_TESTABLE, reason)
    reason = f"its times may be those of a CPU path that was not measured: {_missing(roles)}"
    return of(SuspicionVerdict.NOT_TESTABLE, reason)


def _too_small(claim: Claim, rivals: Sequence[Rival]) -> str | None:
    fastest = min(one.p50_ms for one in rivals)
    if fastest < TOO_SMALL_MS:
        return f"the model is too small: {fastest:.3g} ms on the CPU"
    trips = CALL_MS * max(1, claim.kernels or 1)
    if trips >= claim.p50_ms / 2:
        return f"{claim.kernels or 1} trips to the accelerator may be half of its time"
    return None


def _missing(roles: Sequence[Role] | set[Role]) -> str:
    wanted = (Role.ONE_THREAD, Role.MANY_THREADS)
    return " and ".join(role.value for role in wanted if role not in roles)


def _named(kinds: Sequence[Kind]) -> str:
    words = {Kind.OUTPUTS: "its output", Kind.CPU_TIME: "its CPU time", Kind.COUNTERS: "a counter"}
    return " and ".join(words[kind] for kind in kinds)
