"""A real benchmark_model on a real adbd: LiteRT loads the given model there and invokes it."""

from __future__ import annotations

import re

import pytest

from harness.deadline import Deadline
from harness.demo_models import paths
from harness.device.base import Bundle, Job, LocalFile
from harness.files import sha256_of
from harness.litert_tool import bundle


@pytest.fixture
def staged(device, tmp_path):
    """Return the tool's and the first demo model's paths on the phone."""
    tool = bundle(device.profile.abis[0], "/usr/bin/python3", folder=tmp_path / "tool")
    model = paths()[0]
    digest = sha256_of(model)
    models = Bundle(digest, {"model.tflite": LocalFile(model, digest)})
    deadline = Deadline.after(30)
    binary = f"{device.stage(tool.bundle, deadline)}/{tool.binary}"
    return binary, f"{device.stage(models, deadline)}/model.tflite"


def run(device, into, *argv: str, **words):
    return device.run(Job("litert", argv, **words), into, Deadline.after(60))


def test_a_round_yields_timings_of_really_invoked_models(device, staged, tmp_path):
    binary, model = staged
    result = run(
        device,
        tmp_path,
        *(binary, f"--graph={model}", "--num_threads=1", "--num_runs=30", "--min_secs=0"),
        *("--warmup_min_secs=0", "--samples_file=samples.json"),
        collect=("samples.json",),
    )
    text = result.output.read_text()
    assert result.exit_status == 0, text
    assert re.search(r"count=30\b", text)
    assert "Inference timings in us" in text
    assert result.files["samples.json"].stat().st_size > 100


def test_a_missing_model_fails_as_the_tool_fails(device, staged, tmp_path):
    binary, _ = staged
    result = run(device, tmp_path, binary, "--graph=missing.tflite")
    assert result.exit_status == 1
    assert b"missing.tflite" in result.output.read_bytes()


def test_the_help_text_comes_home_with_its_status(device, staged, tmp_path):
    binary, _ = staged
    result = run(device, tmp_path, binary, "--help")
    assert result.exit_status == 1
    assert b"--graph" in result.output.read_bytes()
