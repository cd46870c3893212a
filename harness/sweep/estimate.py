"""How long a plan will take, from its settings alone."""

from __future__ import annotations

from harness.bench.command import LaunchKind
from harness.sweep.record import Manifest

LAUNCH_S = (0.5, 5.0)
"""Process start, model load and delegate creation, from a small CPU model to a large GPU one."""

PROBE_S = (0.5, 30.0)


def estimate(manifest: Manifest, device: str) -> tuple[float, float]:
    """Return the least and the most minutes that the launches of a device should need.

    A slow model makes a round longer than `min_secs`, up to `max_secs`; an accelerator that
    compiles for minutes is not foreseen.
    """
    settings = next(one.settings for one in manifest.devices if one.id == device)
    settings = settings or manifest.settings
    low = high = 0.0
    for step in manifest.schedule.get(device, []):
        if step.kind is LaunchKind.PROBE:
            low, high = low + PROBE_S[0], high + PROBE_S[1]
        elif step.kind is LaunchKind.SHORT:
            low += LAUNCH_S[0] + settings.warmup_min_secs
            high += LAUNCH_S[1] + settings.warmup_min_secs + settings.max_secs
        else:
            low += LAUNCH_S[0] + settings.warmup_min_secs + settings.min_secs
            high += LAUNCH_S[1] + settings.warmup_min_secs + settings.max_secs
    return low / 60, high / 60
