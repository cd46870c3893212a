"""A phone's own counters: what accelerators did for whom, as their drivers count it.

Two are read. `dumpsys gpu --gpuwork` (Android 13, frameworks/native gpuservice/gpuwork) adds up,
for each GPU and user, the time that the GPU worked, from the kernel's power/gpu_work_period events.
`inference_count` of a Tensor chip's TPU (edgetpu-usage-stats.c) counts inferences, one figure for
each cluster. Only counters that grow are of use: kgsl's `gpubusy` holds the last window's figures
and forgets them on reading, /sys/kernel/gpu/gpu_busy is a percentage; neither is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.device.base import GPU_ACTIVE_NS, NPU_INFERENCES

COMMANDS = {
    # mksh knows its user, and asks for the release once a shell.
    "uid": "echo ${USER_ID:-$(id -u)}",
    # Before Android 13 the option is unknown, and the whole of a long dump comes back.
    "gpuwork": '[ "${sdk:=$(getprop ro.build.version.sdk)}" -ge 33 ] && dumpsys gpu --gpuwork',
    "npu": 'for f in /sys/devices/platform/*.rio/inference_count; do read v <"$f" && echo $v; done',
}
"""Around every launch: whatever the shell can do itself starts no program."""

NOW = "date '+%m-%d %H:%M:%S.000'"
"""The phone's time as logcat takes it."""

LATENCY_S = 3.0
"""How long GPU work may stay unseen: a period lasts up to a second, and is told at most two later
(the contract of the event power/gpu_work_period)."""

_HEADER = "gpu_id uid total_active_duration_ns total_inactive_duration_ns"
_ROW = re.compile(r"(\[errors:\d{1,10}\])?\d{1,10} (\d{1,10}) (\d{1,20}) \d{1,20}")


def parse_gpuwork(text: str, uid: int) -> int | None:
    """Return the nanoseconds that all GPUs worked for a user; None where nobody counts them.

    A table without a row comes from a driver that tells of no work at all. In one with rows, a user
    without a row has had none. Rows with errors have lost some work, and so count as unreadable.
    """
    _, header, table = text.replace("\r", "").partition(_HEADER)
    rows = [match for line in table.split("\n") if (match := _ROW.fullmatch(line.strip()))]
    mine = [row for row in rows if int(row[2]) == uid]
    if not header or not rows or any(row[1] for row in mine):
        return None
    return sum(int(row[3]) for row in mine)


def parse_inference_count(text: str) -> int | None:
    """Return the sum over an accelerator's clusters, None for what is no list of numbers."""
    words = text.split()
    if not words or any(re.fullmatch(r"\d{1,18}", word) is None for word in words):
        return None
    return sum(map(int, words))


def read_counters(sections: Mapping[str, str]) -> dict[str, int]:
    """Read the outputs of `COMMANDS`; what cannot be read is absent."""
    uid = sections.get("uid", "").strip()
    found = {
        GPU_ACTIVE_NS: parse_gpuwork(sections.get("gpuwork", ""), int(uid))
        if re.fullmatch(r"\d{1,10}", uid)
        else None,
        NPU_INFERENCES: parse_inference_count(sections.get("npu", "")),
    }
    return {name: value for name, value in found.items() if value is not None}


def growth(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Return how far each counter grew; one that shrank was reset in between, and says nothing."""
    return {
        name: after[name] - value
        for name, value in before.items()
        if name in after and after[name] >= value
    }
