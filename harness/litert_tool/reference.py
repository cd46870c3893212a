"""Right outputs of a model on this machine: `python -m harness.litert_tool.reference REQUEST`.

REQUEST is a JSON file: `flags` (the tool's `--graph` and `--input_layer…` flags), `runs` (how often
to invoke), `outputs`, `other` and `report` (files to write; `other` empty for none). The
interpreter's own kernels compute, without XNNPACK. `other` gets the outputs for the same values in
another order, so that a reader can tell whether outputs follow their inputs at all. The report has
the version, and each output's name, type and real shape; or `failure`, when there are no outputs.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from harness.litert_tool import flags
from harness.litert_tool.options import TABLE
from harness.litert_tool.program import open_fed
from harness.litert_tool.session import Session, ToolError


def main(argv: Sequence[str]) -> int:
    """Compute, write the files and return the exit status."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    request = json.loads(Path(argv[1]).read_text())
    report: dict[str, Any] = {"litert": version("ai-edge-litert"), "failure": None}
    try:
        report["outputs"] = _compute(request)
    except (ToolError, RuntimeError, ValueError) as error:
        report["failure"] = str(error).strip() or type(error).__name__
    Path(request["report"]).write_text(json.dumps(report))
    return 0


def _end_with_parent() -> None:
    """End when whoever started this is gone and with it the other end of the input."""
    sys.stdin.buffer.read()
    os._exit(1)


def _compute(request: dict[str, Any]) -> list[dict[str, Any]]:
    parsed = flags.parse(request["flags"], TABLE)
    session, values = open_fed(parsed)
    invoke = session.invoker()
    for _ in range(request["runs"]):
        # Before each run, as the tool does: an input's memory may be used for something else.
        for index, value in values:
            session.feed(index, value)
        invoke()
    _write(session, request["outputs"])
    shapes = [_tensor(one) for one in session.outputs]
    if request["other"]:
        chance = np.random.default_rng(0)
        for index, value in values:
            mixed = chance.permutation(value.reshape(-1))
            session.feed(index, mixed.reshape(value.shape))
        invoke()
        _write(session, request["other"])
    return shapes


def _tensor(detail: dict[str, Any]) -> dict[str, Any]:
    dtype = np.dtype(detail["dtype"])
    return {
        "name": detail["name"],
        "dtype": "string" if dtype.kind in "OSU" else dtype.name,
        "shape": [int(size) for size in detail["shape"]],
    }


def _write(session: Session, path: str) -> None:
    Path(path).write_bytes(b"".join(session.fetch(one["index"]) for one in session.outputs))


if __name__ == "__main__":
    sys.exit(main(sys.argv))
