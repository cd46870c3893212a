"""How a time shows what it is worth: its text, its honesty mark and what the mark means."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.words import DASH, TIMES, label, ms, times
from harness.stats.claim import Claim
from harness.sweep.documents import CellDoc
from harness.sweep.extra_documents import PercentileDoc
from harness.verdict.model import FindingKind, Headline, Placement, Validity

ABOUT = "\N{ALMOST EQUAL TO}"
AT_MOST = "\N{LESS-THAN OR EQUAL TO}"
AT_LEAST = "\N{GREATER-THAN OR EQUAL TO}"

_METHODS = {
    "exact": "exact: computed from every timed invocation",
    "tool": "as printed by the tool",
    "interpolated": "interpolated between known order statistics",
    "bounded": "only its bounds are known",
}


@dataclass(frozen=True)
class Figure:
    """A percentile as text (ms): `mark` stands before it, `note` says how it is known."""

    text: str
    mark: str
    method: str
    note: str


def figure(percentile: PercentileDoc | None) -> Figure | None:
    """Write a percentile; None when nothing at all is known of it."""
    if percentile is None:
        return None
    low, high = percentile.bound_low, percentile.bound_high
    # Bounds that read as the value itself tell nothing.
    told = percentile.method == "exact" or ms(low) == ms(high) == ms(percentile.value)
    bounds = "" if told else _span("bounds", low, high)
    note = "; ".join(filter(None, [_METHODS[percentile.method], bounds]))
    if percentile.method != "bounded" and percentile.value is not None:
        mark = ABOUT if percentile.method == "interpolated" else ""
        return Figure(ms(percentile.value), mark, percentile.method, note)
    if low is not None and high is not None:
        return Figure(f"{ms(low)}{DASH}{ms(high)}", "", "bounded", note)
    if high is not None:
        return Figure(ms(high), AT_MOST, "bounded", note)
    return Figure(ms(low), AT_LEAST, "bounded", note) if low is not None else None


def interval(percentile: PercentileDoc) -> str:
    """Write the interval for the next process, or say that there is none."""
    return _span("95 % interval", percentile.ci_low, percentile.ci_high) or "no interval"


def _span(name: str, low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        return f"{name} {AT_MOST} {ms(high)} ms"
    return (
        f"{name} {AT_LEAST} {ms(low)} ms" if high is None else f"{name} {ms(low)} to {ms(high)} ms"
    )


def is_void(cell: CellDoc) -> bool:
    """Whether a time must not be used at all, so that it is struck out: the answer is wrong."""
    kinds = {finding.kind for finding in cell.findings}
    return bool(kinds & {FindingKind.WRONG_OUTPUT, FindingKind.IMPLAUSIBLE})


def is_valid(cell: CellDoc) -> bool:
    """Whether a time may be used: its rounds are valid, and it is not that of a wrong answer."""
    return cell.validity is Validity.VALID and not is_void(cell)


def is_grey(cell: CellDoc) -> bool:
    """Whether a time is not a valid time of what was asked for."""
    return (
        is_void(cell)
        or cell.validity is not Validity.VALID
        or cell.verdict in (Headline.NONE, Headline.SUSPECT, Headline.UNKNOWN)
    )


def is_honest(cell: CellDoc) -> bool:
    """Whether a cell may be chosen or ranked: valid, right, and known to be what it claims."""
    return (
        cell.validity is Validity.VALID
        and not is_void(cell)
        and p50(cell) is not None
        and cell.verdict
        in (Headline.FULL, Headline.PARTIAL, Headline.DOWNGRADED, Headline.BASELINE)
    )


def p50(cell: CellDoc) -> float | None:
    """Return a cell's median in ms, None when there is none."""
    latency = cell.latency_ms
    return latency.p50.value if latency and latency.p50 else None


def is_baseline(cell: CellDoc) -> bool:
    """Whether other cells are compared with this one."""
    return cell.placement is Placement.BASELINE and cell.baseline == cell.variant.name


def speedup(cell: CellDoc) -> str:
    """Write the ratio against the baseline; empty for the baseline and for a void time."""
    ratio = cell.speedup_vs_cpu
    if ratio is None or ratio.value is None or is_baseline(cell) or is_void(cell):
        return ""
    return times(ratio.value)


def speedup_interval(cell: CellDoc) -> str:
    """Write the interval of the ratio; empty when it has none."""
    ratio = cell.speedup_vs_cpu
    if ratio is None or ratio.ci_low is None or ratio.ci_high is None:
        return ""
    return f"95 % interval {ratio.ci_low:.2f} to {ratio.ci_high:.2f}{TIMES}"


def claim_note(cell: CellDoc) -> str:
    """Say what the device's noise leaves of a ratio; empty where its noise was never measured."""
    ratio = cell.speedup_vs_cpu
    if ratio is None or cell.noise_floor is None or not speedup(cell):
        return ""
    return {
        Claim.FASTER: "faster, beyond its noise",
        Claim.SLOWER: "slower, beyond its noise",
        Claim.SAME: "the same, within its noise",
        Claim.UNKNOWN: "not told from its noise",
    }[ratio.claim]


def is_claimed(cell: CellDoc) -> bool:
    """Whether a ratio may be shown as a gain or a loss: what the noise explains is neither."""
    ratio = cell.speedup_vs_cpu
    settled = ratio is not None and ratio.claim in (Claim.FASTER, Claim.SLOWER)
    return cell.noise_floor is None or settled


def against(cell: CellDoc) -> str:
    """Name what a ratio is against, and say where noise explains it; empty without a ratio."""
    if not speedup(cell):
        return ""
    return label(cell.baseline, 32) + ("" if is_claimed(cell) else ", within noise")


def reach(cell: CellDoc) -> tuple[float, float] | None:
    """Return the interval (ms) of a cell's next process, else the span of its rounds."""
    found = cell.latency_ms.p50 if cell.latency_ms else None
    if found is not None and found.ci_low is not None and found.ci_high is not None:
        return found.ci_low, found.ci_high
    medians = [value for value in cell.round_medians_ms if value is not None]
    return (min(medians), max(medians)) if len(medians) > 1 else None


def tied(first: CellDoc, second: CellDoc) -> bool:
    """Whether neither may be called the faster: intervals overlap, or noise explains the gap."""
    a, b = reach(first), reach(second)
    overlap = a is not None and b is not None and a[0] <= b[1] and b[0] <= a[1]
    return overlap or _within_noise(first, second)


def _within_noise(first: CellDoc, second: CellDoc) -> bool:
    """Whether two medians lie no further apart than the noisier side differs from itself."""
    a, b = p50(first), p50(second)
    floors = [one.noise_floor.relative for one in (first, second) if one.noise_floor is not None]
    if not a or not b or len(floors) < 2:  # noqa: PLR2004 (of both, or it says nothing)
        return False
    return max(a, b) / min(a, b) <= 1.0 + max(floors)
