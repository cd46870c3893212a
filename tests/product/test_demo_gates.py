"""The virtual lab under gates: silent fallback is exit 1, and the cells are named everywhere."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from harness.cli.app import run


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "harness", "demo", "--quick", "--out", str(out)),
            *("--fail-on", "none,wrong-output,failed"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    (folder,) = out.iterdir()
    return done, folder


def test_silent_fallback_is_exit_1_and_names_the_cells(demo):
    done, folder = demo
    assert done.returncode == 1, done.stderr
    cells = json.loads((folder / "results.json").read_text())["cells"]
    none = [c for c in cells if c["placement"] == "none"]
    assert none
    said = " ".join(done.stderr.split())
    assert f"gates failed: none {len(none)}" in said
    for cell in none:
        name = f"{cell['variant']['name']} on {cell['device']['model']}, {cell['model']['name']}"
        assert f"none: {name} (simulated): 0 of {cell['nodes_total']} nodes" in said


def test_exactly_the_cells_that_fell_back_fail_the_gate(demo):
    _, folder = demo
    results = json.loads((folder / "results.json").read_text())
    fallen = {c["id"] for c in results["cells"] if c["placement"] == "none"}
    wrong = {
        c["id"]
        for c in results["cells"]
        if "wrong_output" in {finding["kind"] for finding in c["findings"]}
    }
    failures = results["sweep"]["gate_failures"]
    assert {f["cell"] for f in failures if f["gate"] == "none"} == fallen
    assert {f["cell"] for f in failures if f["gate"] == "wrong_output"} == wrong
    assert fallen
    assert wrong
    assert {f["gate"] for f in failures} == {"none", "wrong_output"}
    assert all(f["message"] for f in failures)


def test_the_same_sweep_passes_other_gates_and_fails_stricter_ones(demo):
    _, folder = demo
    assert run(["report", str(folder), "--fail-on", "failed"]) == 0
    assert run(["report", str(folder), "--fail-on", "partial"]) == 1
    assert json.loads((folder / "results.json").read_text())["sweep"]["gates"] == [
        "none",
        "wrong_output",
        "failed",
    ]
