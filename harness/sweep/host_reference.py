"""LiteRT's own outputs on the host for a sweep's inputs: made once, kept in the sweep's folder.

They lie in `reference/<model>/`, so that a sweep can be judged again years later, on a host whose
LiteRT is another one or missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from harness.bench.command import PROBE_RUNS
from harness.deadline import Deadline
from harness.files import safe_name, write_json, write_whole
from harness.model.inputs import FOLDER as INPUTS_PLACE
from harness.printable import printable
from harness.sweep.record import Manifest, ManifestModel

FOLDER = "reference"
OUTPUTS = "host_outputs.bin"
OTHER = "host_outputs_other.bin"
RECORD = "host.json"

MODEL_S = 180.0
"""For one model: the interpreter's plain kernels can take seconds an invocation."""

_POLL_S = 0.05
_FAILURE_CHARS = 300


class _Tensor(BaseModel):
    name: str
    dtype: str
    shape: list[int]


class _Record(BaseModel):
    """host.json: the version, what was invoked how often, and what came of it."""

    litert: str | None = None
    invocations: int
    outputs: list[_Tensor] = []
    failure: str | None = None


@dataclass(frozen=True)
class HostOutputs:
    """What LiteRT on the host gave: `outputs` None with the `reason` where it gave nothing.

    `other` are its outputs for other values of the inputs; `tensors` have the real shape of each
    output, by name, in the order in which they were written.
    """

    outputs: bytes | None = None
    other: bytes | None = None
    tensors: Sequence[tuple[str, tuple[int, ...]]] = ()
    invocations: int = 0
    version: str = ""
    reason: str = ""
    file: str = ""


def folder_of(model: ManifestModel) -> Path:
    """Return where a model's host outputs lie, relative to the sweep's folder."""
    return Path(FOLDER) / safe_name(model.name)


def read_host_outputs(root: Path, model: ManifestModel) -> HostOutputs:
    """Read what was kept; whatever is missing or damaged is a reason, never an error."""
    folder = root / folder_of(model)
    try:
        record = _Record.model_validate_json((folder / RECORD).read_bytes())
    except (OSError, ValidationError):
        return HostOutputs(reason="no outputs of LiteRT on the host were kept")
    version = f"ai-edge-litert {record.litert}" if record.litert else "LiteRT"
    if record.failure is not None:
        return HostOutputs(reason=f"{version} on the host: {printable(record.failure)}")
    try:
        outputs = (folder / OUTPUTS).read_bytes()
    except OSError:
        return HostOutputs(reason="the outputs of LiteRT on the host are gone")
    return HostOutputs(
        outputs,
        (folder / OTHER).read_bytes() if (folder / OTHER).is_file() else None,
        [(one.name, tuple(one.shape)) for one in record.outputs],
        record.invocations,
        version,
        file=(folder_of(model) / OUTPUTS).as_posix(),
    )


def make_host_outputs(root: Path, manifest: Manifest, stop: threading.Event) -> None:
    """Let LiteRT compute every planned model's outputs, in a child process each, once.

    A model that it cannot run, or not in time, gets a record that says so. Nothing is written for
    a model whose inputs the tool makes itself, or when `stop` is set before the end.
    """
    planned = {cell.model for cell in manifest.cells if cell.skip_reason is None}
    for model in manifest.models:
        fed = bool(model.input_files) or not model.inputs
        done = (root / folder_of(model) / RECORD).is_file()
        if model.sha256 in planned and fed and not done and not stop.is_set():
            make_outputs_of(root, model, stop)


def make_outputs_of(root: Path, model: ManifestModel, stop: threading.Event) -> None:
    """Let LiteRT compute one model's outputs for the inputs that lie in the sweep's folder."""
    folder = root / folder_of(model)
    runs = PROBE_RUNS if model.keeps_state else 1
    with tempfile.TemporaryDirectory() as scratch:
        at = Path(scratch)
        for name, file in model.input_files.items():
            # A comma in the sweep's own path would part the tool's list of files.
            shutil.copyfile(root / file, at / name)
        flags = {"graph": model.path, "num_threads": "-1", "use_xnnpack": "false"}
        flags |= {
            name: text.replace(INPUTS_PLACE, scratch) for name, text in model.input_flags.items()
        }
        request = {
            "flags": [f"--{name}={value}" for name, value in flags.items()],
            "runs": runs,
            "outputs": str(at / OUTPUTS),
            # After other values, a model with state would not be where it was.
            "other": "" if model.keeps_state else str(at / OTHER),
            "report": str(at / "report.json"),
        }
        (at / "request.json").write_text(json.dumps(request))
        ended = _run(at, stop)
        if ended is None:
            return
        report = _report(at / "report.json", ended)
        if report["failure"] is None:
            for name in (OUTPUTS, OTHER):
                if (at / name).is_file():
                    write_whole(folder / name, (at / name).read_bytes())
        # Last, since it says that the others are there.
        write_json(folder / RECORD, {"schema": 1, "invocations": runs, **report})


def _run(at: Path, stop: threading.Event) -> str | None:
    """Run the child to its end and return why it has no report, or ""; None when stopped."""
    deadline = Deadline.after(MODEL_S)
    words = [sys.executable, "-m", "harness.litert_tool.reference", str(at / "request.json")]
    with (at / "log").open("wb") as log:
        # In a session of its own: Ctrl-C is for us, who then end it. The pipe is held and not
        # written to: when we are killed it closes, and the child ends.
        child = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        )
        try:
            while not stop.is_set() and not deadline.passed:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    status = child.wait(_POLL_S)
                    return f"it ended with status {status}" if status else ""
        finally:
            _end(child)
            assert child.stdin is not None  # noqa: S101 (it is a pipe)
            child.stdin.close()
    return None if stop.is_set() else f"it took more than {MODEL_S:g} s"


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def _report(path: Path, ended: str) -> dict[str, Any]:
    """Return the child's report in our own words; one that died has none."""
    try:
        report = json.loads(path.read_bytes())
        failure = report["failure"]
        return {
            "litert": report["litert"],
            "outputs": report.get("outputs", []),
            "failure": " ".join(str(failure).split())[:_FAILURE_CHARS] if failure else None,
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {"litert": None, "outputs": [], "failure": ended or "it left no report"}
