"""What a cell's launches show only together: the share of time, and files that contradict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.bench.variant import Accelerator
from harness.sweep.observe import Observation
from harness.sweep.record import ManifestModel
from harness.verdict.model import Evidence, EvidenceKind, Judgement
from harness.verdict.time_share import Profiled, was_profiled, with_time_share


def with_launches(
    judgement: Judgement,
    probe: Observation | None,
    rounds: Sequence[Observation],
    model: ManifestModel,
    requested: Accelerator,
) -> Judgement:
    """Add what the rounds' result files say, and hold the probe's profile against the rounds."""
    told = {one.text for one in judgement.evidence}
    notes: list[Evidence] = []
    for launch in rounds:
        for one in launch.judgement.evidence:
            # Rounds of a tool that prints no percentiles all say so in the same words.
            if one.kind is EvidenceKind.RESULT_FILE and one.text not in told:
                told.add(one.text)
                notes.append(one)
    judgement = replace(judgement, evidence=(*judgement.evidence, *notes))
    if probe is None:
        return with_time_share(judgement, None)
    profiled = Profiled(
        probe.run,
        requested,
        probe.profile,
        _unprofiled_us(rounds),
        model.outline,
        model.signature,
    )
    return with_time_share(judgement, profiled)


def _unprofiled_us(rounds: Sequence[Observation]) -> float | None:
    """Return the mean over all invocations of the rounds, none of which times operators."""
    means = [
        (one.stats.count, one.stats.avg)
        for one in rounds
        if one.stats and one.stats.count and one.stats.avg and not was_profiled(one.run)
    ]
    count = sum(number for number, _ in means)
    return sum(number * mean for number, mean in means) / count if count else None
