"""Traced launches: how a job's words become those of traced.sh, and how its change is undone.

The script restores the property that it sets, also when the phone's own limit ends it. Should the
script itself be killed, its mark stays on the phone, and the next launch finds it, whatever host
that comes from: it removes what was traced too. A reboot forgets the property by itself.
"""

from __future__ import annotations

import posixpath
from pathlib import Path

from harness.device.adb.staging import ROOT
from harness.device.base import Job

SCRIPT = Path(__file__).with_name("traced.sh")
MARK = f"{ROOT}/tracing"
PROPERTY = "debug.tflite.trace"
UNTRACED = "untraced"
"""The file of a job in which the script says why it could not trace."""

TRACED_INTO = "/data/misc/perfetto-traces/harness.pftrace"
"""Where perfetto writes, which may write nowhere else."""

RESTORE = (
    f'[ ! -f {MARK} ] || {{ setprop {PROPERTY} "$(cat {MARK})"; rm -f {MARK} {TRACED_INTO}; }}'
)


def traced_words(job: Job, folder: str) -> list[str]:
    """Return the words that run a job's program under the tracer; `folder` holds the scripts."""
    settings = [f"{name}={value}" for name, value in job.env.items()]
    script = posixpath.join(folder, SCRIPT.name)
    limit = str(max(1, round(job.limit_s)))
    return ["sh", script, MARK, limit, job.argv[0], "env", *settings, "./traced", *job.argv[1:]]
