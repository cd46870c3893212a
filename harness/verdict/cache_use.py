"""Whether a warm launch used the cache that the cold one before it had filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from harness.parse.cache_lines import CacheLine, CacheSign

Files = Mapping[str, str]


class CacheUse(StrEnum):
    """Used, not used, no cache was written, or nothing shows either."""

    USED = "used"
    NOT_USED = "not-used"
    NONE = "none"
    UNKNOWN = "unknown"


def judge_pair(
    cold: Sequence[CacheLine],
    warm: Sequence[CacheLine],
    before: Files | None,
    after: Files | None,
) -> CacheUse:
    """Judge one cold launch and the warm one after it.

    A delegate that says it built everything anew did so, whatever it found. Next come its words
    that it read the cache, or missed it. Where the cold launch missed a file that the warm one does
    not miss, it was read. XNNPACK says nothing of a cache that fits and complains of one that does
    not: a file that the same command wrote and that it now left as it was has been used.

    Args:
        cold: what the cold launch said of its cache.
        warm: what the warm launch said.
        before: the files of the cache before the warm launch, by name; None: not readable.
        after: the same after it.
    """
    said = {one.sign for one in warm}
    if before is not None and not before:
        return CacheUse.NONE
    if CacheSign.BUILT in said or CacheSign.MISSING in said:
        return CacheUse.NOT_USED
    if CacheSign.READ in said:
        return CacheUse.USED
    if before is None or after is None:
        return CacheUse.UNKNOWN
    missed = any(one.sign is CacheSign.MISSING for one in cold)
    kept = all(after.get(name) == state for name, state in before.items())
    weights = any("xnnpack" in name for name in before)
    if kept and (missed or weights):
        return CacheUse.USED
    return CacheUse.NOT_USED if weights and not kept else CacheUse.UNKNOWN


def merged(pairs: Iterable[CacheUse]) -> CacheUse:
    """Return what holds of all pairs: the worst, since one warm launch without its cache is one."""
    found = set(pairs)
    worst = (CacheUse.NOT_USED, CacheUse.NONE, CacheUse.UNKNOWN, CacheUse.USED)
    return next((use for use in worst if use in found), CacheUse.UNKNOWN)
