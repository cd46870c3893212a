"""XNNPACK's weight cache through the compiled-model tool: LiteRT itself writes and reads it."""

from __future__ import annotations

import subprocess

import pytest

from harness.demo_models import paths
from harness.litert_tool import bundle_compiled
from harness.parse.cache_lines import CacheSign, read_cache_lines

QUICK = ("--num_runs=1", "--min_secs=0", "--warmup_runs=1", "--warmup_min_secs=0")


@pytest.fixture
def run(tmp_path):
    tool = bundle_compiled(folder=tmp_path / "tool")
    binary = str(tool.files[tool.binary].path)

    def call(model):
        argv = [binary, f"--graph={model}", *QUICK, "--xnnpack_weight_cache_file_path=w"]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True)
        return {one.sign for one in read_cache_lines(done.stdout + done.stderr)}

    return call


def test_the_first_run_writes_it_and_the_second_leaves_it(run, tmp_path):
    model = paths()[0]
    run(model)
    before = (tmp_path / "w").stat()
    assert before.st_size > model.stat().st_size / 2
    assert run(model) == set()
    after = (tmp_path / "w").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_another_models_cache_is_complained_of(run):
    run(paths()[0])
    assert CacheSign.MISSING in run(paths()[1])


def test_a_torn_cache_is_complained_of_and_made_anew(run, tmp_path):
    (tmp_path / "w").write_bytes(b"torn")
    assert CacheSign.MISSING in run(paths()[0])
    assert (tmp_path / "w").stat().st_size > 1000
