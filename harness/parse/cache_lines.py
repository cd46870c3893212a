"""Lines in which the runtime and its delegates speak of compiled caches."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CacheSign(StrEnum):
    """What a line says of a cache.

    It was read; it was not there or does not fit; all was built anew; it could not be written; or
    it is switched on, which says nothing of its use.
    """

    READ = "read"
    MISSING = "missing"
    BUILT = "built"
    NOT_SAVED = "not-saved"
    ENABLED = "enabled"


@dataclass(frozen=True)
class CacheLine:
    """One such line, by its number (from 1)."""

    sign: CacheSign
    number: int
    text: str


# In this order: the longer sentence holds the shorter one. tflite/delegates/serialization.cc,
# gpu/delegate.cc, ml_drift delegate_kernel.cc, evaluation/utils.cc, litert compiled_model.cc, and
# xnnpack/weight_cache.cc, whose complaints were seen of another model's cache and of a torn one.
_SIGNS: tuple[tuple[str, CacheSign], ...] = (
    ("-based API from serialized data.", CacheSign.READ),
    ("Found serialized data for model ", CacheSign.READ),
    ("Flatbuffer model initialized from cached model.", CacheSign.READ),
    ("couldn't be opened for reading", CacheSign.MISSING),
    ("Cache file is stale.", CacheSign.MISSING),
    ("invalid cache file", CacheSign.MISSING),
    ("Failed to save serialized data", CacheSign.NOT_SAVED),
    ("Initialized OpenCL-based API.", CacheSign.BUILT),
    ("Initialized OpenGL-based API.", CacheSign.BUILT),
    ("-based API from graph.", CacheSign.BUILT),
    ("file-backed weight cache enabled.", CacheSign.ENABLED),
)


def read_cache_lines(text: str) -> tuple[CacheLine, ...]:
    """Return the lines of a tool's output that speak of a cache, in order."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        sign = next((sign for words, sign in _SIGNS if words in line), None)
        if sign is not None:
            found.append(CacheLine(sign, number, line.strip()))
    return tuple(found)
