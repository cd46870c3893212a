"""How long a plan will take, from its settings alone."""

from __future__ import annotations

from harness.bench.command import LaunchKind
from harness.sweep.agenda import Agenda, course_of
from harness.sweep.record import Manifest

LAUNCH_S = (0.5, 5.0)
"""Process start, model load and delegate creation, from a small CPU model to a large GPU one."""

PROBE_S = (0.5, 30.0)


def estimate(manifest: Manifest, device: str) -> tuple[float, float]:
    """Return the least and the most minutes that the launches of a device should need.

    The most counts all rounds that may follow where p50 is not precise enough, unless the time
    budget ends them. A slow model makes a round longer than `min_secs`, up to `max_secs`; an
    accelerator that compiles for minutes is not foreseen.
    """
    settings = manifest.settings_of(device)
    start_s = LAUNCH_S[0] + settings.warmup_min_secs
    least_s = start_s + settings.min_secs
    most_s = LAUNCH_S[1] + settings.warmup_min_secs + settings.max_secs
    course = course_of(manifest, device)
    pairs = sum(2 * one.init_pairs for one in course.extras.values())
    probes = sum(step.kind is LaunchKind.PROBE for step in course.steps)
    shorts = sum(step.kind is LaunchKind.SHORT for step in course.steps)
    planned = len(course.steps) - probes - shorts
    further = Agenda(course).ahead - pairs - len(course.steps)
    low = probes * PROBE_S[0] + planned * least_s + shorts * start_s
    high = probes * PROBE_S[1] + (planned + shorts + further) * most_s
    if settings.budget_s:
        first = sum(step.kind is LaunchKind.ROUND and step.index == 1 for step in course.steps)
        high = min(high, max(settings.budget_s, probes * PROBE_S[1] + first * most_s))
        low = min(low, max(settings.budget_s, probes * PROBE_S[0] + first * least_s))
    series = [one.sustain_s for one in course.extras.values() if one.sustain_s]
    low += pairs * LAUNCH_S[0] + sum(series)
    high += pairs * PROBE_S[1] + sum(series) + 2 * settings.sustained.min_secs * len(series)
    return low / 60, high / 60
