"""Compiled caches of the simulated tool: files that are there, and lines that fit them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from launching import launch
from little_models import chain

from harness.virtual.tool import bundle
from harness.virtual.tool.build import FLAGS, REVISION

WHOLE = chain(["ADD", "TANH", "MUL", "LOGISTIC"])
OTHER = chain(["ADD", "TANH", "ADD", "LOGISTIC"])
SERIALIZE = ("--delegate_serialize_dir=.", "--delegate_serialize_token=tok")
GPU = ("--graph=model.tflite", "--use_gpu=true", *SERIALIZE)
WEIGHTS = ("--graph=model.tflite", "--xnnpack_weight_cache_file_path=w")


def init_us(text: str) -> int:
    return int(re.search(r"Init: (\d+)", text)[1])


def test_a_second_launch_reads_what_the_first_serialized_and_starts_sooner():
    cold, warm = (launch("pixel-8", WHOLE, *GPU, times=times) for times in (1, 2))
    assert "couldn't be opened for reading" in cold.text
    assert "Initialized OpenCL-based API.\n" in cold.text
    (name,) = [name for name in warm.files if name.startswith("tok_")]
    assert f"Found serialized data for model tok ({len(warm.files[name])} B)" in warm.text
    assert "Initialized OpenCL-based API from serialized data." in warm.text
    assert init_us(warm.text) < init_us(cold.text) / 3


def test_another_model_does_not_find_it():
    (name,) = [n for n in launch("pixel-8", WHOLE, *GPU).files if n.startswith("tok_")]
    other = launch("pixel-8", OTHER, *GPU, files={name: b"x"})
    assert "couldn't be opened for reading" in other.text


def test_without_a_folder_opencl_fails_as_it_does_on_phones():
    argv = ("--graph=model.tflite", "--use_gpu=true", "--delegate_serialize_dir=absent")
    done = launch("pixel-8", WHOLE, *argv, "--delegate_serialize_token=tok")
    assert "Failed to save serialized data" in done.text
    assert "Initialized OpenGL-based API." in done.text


def test_xnnpack_is_told_of_its_file_only_when_it_is_asked_for():
    assert "w" not in launch("pixel-8", WHOLE, *WEIGHTS).files
    asked = launch("pixel-8", WHOLE, *WEIGHTS, "--use_xnnpack=true", times=2)
    assert asked.files["w"]
    assert "stale" not in asked.text


def test_weights_of_another_model_are_called_stale_and_left_alone():
    kept = launch("pixel-8", OTHER, *WEIGHTS, "--use_xnnpack=true").files["w"]
    done = launch("pixel-8", WHOLE, *WEIGHTS, "--use_xnnpack=true", files={"w": kept})
    assert "Cache file is stale." in done.text
    assert done.files["w"] == kept


def test_the_pushed_file_changes_with_the_flags_that_it_stands_for():
    path = Path(bundle.__file__).with_name("benchmark_model")
    assert f"# flags {REVISION}\n" in path.read_text()
    names = " ".join(flag.name for flag in FLAGS)
    assert hashlib.sha256(names.encode()).hexdigest().startswith(REVISION)
