"""Whether a warm launch was warm: by what it said, and by the files where it says nothing."""

from __future__ import annotations

import pytest

from harness.parse.cache_lines import read_cache_lines
from harness.verdict.cache_use import CacheUse, judge_pair, merged

MISSED = "ERROR: File /c/t_1.bin couldn't be opened for reading: No such file or directory"
BUILT = "INFO: Initialized OpenCL-based API."
FOUND = "INFO: Found serialized data for model t (9 B) at /c/t_1.bin"
READ = "INFO: Initialized OpenCL-based API from serialized data."
STALE = "WARNING: Cache file is stale. Setting stale flag."
BIN, XNNPACK = {"t_1.bin": "9 1 1"}, {"xnnpack": "9 1 1"}


def judged(cold, warm, before, after) -> CacheUse:
    said = (read_cache_lines("\n".join(lines)) for lines in (cold, warm))
    return judge_pair(*said, before, after)


@pytest.mark.parametrize(
    ("cold", "warm", "before", "after", "use"),
    [
        ([MISSED, BUILT], [FOUND, READ], BIN, BIN, CacheUse.USED),
        # It found a file and built everything all the same: another driver, a file it refused.
        ([MISSED, BUILT], [FOUND, BUILT], BIN, BIN, CacheUse.NOT_USED),
        ([MISSED, BUILT], [MISSED, BUILT], BIN, BIN, CacheUse.NOT_USED),
        ([MISSED, BUILT], [MISSED, BUILT], {}, {}, CacheUse.NONE),
        # NNAPI of 2021 says only that it missed a file, and then no longer does.
        ([MISSED], [], BIN, BIN, CacheUse.USED),
        ([MISSED], [], BIN, None, CacheUse.UNKNOWN),
        ([], [], BIN, BIN, CacheUse.UNKNOWN),
        ([], [], None, None, CacheUse.UNKNOWN),
        ([], [], XNNPACK, XNNPACK, CacheUse.USED),
        ([], [], XNNPACK, {"xnnpack": "9 2 1"}, CacheUse.NOT_USED),
        ([], [STALE], XNNPACK, XNNPACK, CacheUse.NOT_USED),
    ],
)
def test_a_pair_is_judged_by_the_strongest_fact(cold, warm, before, after, use):
    assert judged(cold, warm, before, after) is use


def test_one_warm_launch_without_its_cache_spoils_the_word_of_all():
    assert merged([CacheUse.USED, CacheUse.USED]) is CacheUse.USED
    assert merged([CacheUse.USED, CacheUse.NOT_USED]) is CacheUse.NOT_USED
    assert merged([CacheUse.USED, CacheUse.UNKNOWN]) is CacheUse.UNKNOWN
    assert merged([]) is CacheUse.UNKNOWN
