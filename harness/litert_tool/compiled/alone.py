"""Whether an accelerator takes every node: the model is compiled for it alone, and told.

`is_fully_accelerated` cannot tell, since it counts XNNPACK. A compilation without the CPU fails as
soon as one node is left. It is tried in a process of its own, after the timed runs: what it prints
is not of the run that was measured, and a driver that crashes takes nothing with it. (LiteRT 2.3's
C API could tell of a model that is there, but Python gives no handle of the one that runs.)
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum

from harness.litert_tool.compiled.options import COMPILE_ALONE

_REFUSED = "Some ops are not accelerated"
_OVERRIDES = (
    "--use_cpu=false",
    "--require_full_delegation=true",
    "--num_runs=0",
    "--min_secs=0",
    "--warmup_runs=0",
    "--warmup_min_secs=0",
    "--output_filepath=",
    "--samples_file=",
    f"--{COMPILE_ALONE}=false",
)


class Outcome(StrEnum):
    """What came of it; UNKNOWN is an end for another reason, or none in time."""

    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"


def compile_alone(argv: Sequence[str], limit_s: float) -> Outcome:
    """Start this tool again (`argv` has its file first) without the CPU and without any run."""
    try:
        done = subprocess.run(
            # The first argument of a name counts, and an empty path writes nothing.
            [sys.executable, argv[0], *_OVERRIDES, *argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Outcome.UNKNOWN
    if done.returncode == 0:
        return Outcome.OK
    return Outcome.REFUSED if _REFUSED.encode() in done.stdout else Outcome.UNKNOWN
