"""Lines of caches: as the real tool wrote them, and out of any text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.parse.cache_lines import CacheSign, read_cache_lines


@pytest.mark.parametrize(
    ("line", "sign"),
    [
        ("INFO: Initialized OpenCL-based API.", CacheSign.BUILT),
        ("INFO: Initialized OpenCL-based API from serialized data.", CacheSign.READ),
        ("INFO: Initialized OpenGL-based API.", CacheSign.BUILT),
        ("INFO: [delegate_kernel.cc:9] Initializing WebGPU-based API from graph.", CacheSign.BUILT),
        ("INFO: Found serialized data for model t (9 B) at /c/t_1.bin", CacheSign.READ),
        ("ERROR: File /c/t_1.bin couldn't be opened for reading: No such f", CacheSign.MISSING),
        ("WARNING: Cache file is stale. Setting stale flag.", CacheSign.MISSING),
        ("ERROR: weight_cache.cc:509: invalid cache file size: 8, expected", CacheSign.MISSING),
        ("INFO: XNNPack file-backed weight cache enabled.", CacheSign.ENABLED),
    ],
)
def test_each_line_has_its_sign_and_number(line, sign):
    (found,) = read_cache_lines(f"INFO: STARTING!\n{line}\n")
    assert (found.sign, found.number, found.text) == (sign, 2, line)


@given(st.text())
def test_any_text_is_read(text):
    assert len(read_cache_lines(text)) <= len(text.splitlines())


@pytest.mark.corpus
def test_two_runs_of_the_real_tool_with_one_cache():
    if "HARNESS_CAPTURES" not in os.environ:
        pytest.skip("HARNESS_CAPTURES is not set")
    root = Path(os.environ["HARNESS_CAPTURES"])
    signs = [
        {one.sign for one in read_cache_lines((root / name / "stderr.txt").read_text())}
        for name in ("pocl-gpu-serialize1", "pocl-gpu-serialize2")
    ]
    assert signs == [{CacheSign.MISSING, CacheSign.BUILT}, {CacheSign.READ}]
