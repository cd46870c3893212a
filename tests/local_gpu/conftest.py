"""Sweeps of this machine as a user starts them; `nox -s local-gpu` brings a driver and a model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.device.vulkan import find_vulkan

MODELS_HERE = "HARNESS_MEDIAPIPE_MODELS"


@dataclass(frozen=True)
class Sweep:
    """What came of a call of `harness run`: exit code, output, cells by variant, their folder."""

    code: int
    output: str
    cells: dict[str, dict[str, Any]]
    folder: Path

    def log(self, variant: str) -> str:
        """Return the output of the variant's probe."""
        raw = next(one for one in self.cells[variant]["raw"] if one.endswith("output.log"))
        return (self.folder / raw).read_text("utf-8", "replace")


@pytest.fixture
def vulkan():
    found = find_vulkan()
    if not found.usable:
        assert not os.environ.get(MODELS_HERE), "the session's own driver is not found"
        pytest.skip("no Vulkan loader and driver here: nox -s local-gpu brings them")
    return found


@pytest.fixture(autouse=True)
def own_lease(tmp_path, monkeypatch):
    """Times are not what is tested here: another sweep of this machine need not be waited for."""
    monkeypatch.setenv("HARNESS_LEASES", str(tmp_path / "leases"))


@pytest.fixture
def sweep(tmp_path):
    def run(model: Path, variants: str, *words: str, env: dict[str, str] | None = None) -> Sweep:
        out = tmp_path / "reports"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "harness", "run", str(model), "--device", "local"),
                *("--variant", variants, "--quick", "--rounds", "1", "--out", str(out), *words),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={**os.environ, **(env or {})},
        )
        (folder,) = out.iterdir()
        cells = json.loads((folder / "results.json").read_text("utf-8"))["cells"]
        return Sweep(
            done.returncode, done.stdout, {one["variant"]["name"]: one for one in cells}, folder
        )

    return run


@pytest.fixture
def pose_detection():
    folder = os.environ.get(MODELS_HERE)
    if not folder:
        pytest.skip(f"{MODELS_HERE} is not set: nox -s local-gpu fetches the model")
    return Path(folder) / "pose_detection.tflite"
