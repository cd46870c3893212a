"""A phone's canaries over time: `<home>/canary/<device>.jsonl`, a line a run, never rewritten.

Those of simulated phones lie in `canary/simulated/`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from harness.bench.toolstore import home
from harness.files import safe_name
from harness.verdict.canary import CanaryKey, CanaryRun, CanaryState
from harness.verdict.outputs import OutputVerdict

SCHEMA = 1


def log_of(device: str, *, simulated: bool) -> Path:
    """Return the file of a device's canaries."""
    folder = home() / "canary"
    return (folder / "simulated" if simulated else folder) / f"{safe_name(device)}.jsonl"


def read_canaries(device: str, *, simulated: bool) -> tuple[CanaryRun, ...]:
    """Return a device's earlier runs in order; a line that cannot be read is left out."""
    try:
        lines = log_of(device, simulated=simulated).read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    runs = (_run(line, simulated=simulated) for line in lines)
    return tuple(run for run in runs if run is not None)


def append_canary(
    device: str, run: CanaryRun, state: CanaryState, more: Mapping[str, object] | None = None
) -> Path:
    """Write down a judged run; it is on the disk when this returns.

    `more` are facts beside it that no judgement reads, as plain JSON data.
    """
    path = log_of(device, simulated=run.key.simulated)
    path.parent.mkdir(parents=True, exist_ok=True)
    run = replace(run, state=state)
    document = {"schema": SCHEMA, **asdict(run.key), **asdict(run), **(more or {})}
    del document["key"]
    with path.open("a+b") as stream:
        # A line that a crash cut short must not swallow this one.
        if stream.tell() and not _ends_whole(path):
            stream.write(b"\n")
        stream.write(json.dumps(document, ensure_ascii=False, allow_nan=False).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    return path


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"


def _run(line: str, *, simulated: bool) -> CanaryRun | None:
    try:
        found = json.loads(line)
        key = CanaryKey(found["fingerprint"], found["tool"], found["model"], found["simulated"])
        p50 = found["p50_ms"]
        run = CanaryRun(
            key,
            str(found["when"]),
            None if p50 is None else float(p50),
            OutputVerdict(found["outputs"]),
            found["outputs_sha256"],
            CanaryState(found["state"]) if found["state"] else None,
            str(found["failure"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
    return run if key.simulated is simulated else None
