"""A cell's cold and warm launches as results.json has them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from harness.bench.command import LaunchKind
from harness.parse.cache_lines import CacheLine
from harness.sweep.extra_documents import CacheLineDoc, InitDoc, InitFigureDoc, InitSideDoc
from harness.sweep.observe import Observation
from harness.sweep.units import in_ms
from harness.verdict.cache_use import CacheUse, Files, judge_pair, merged

_MOST_EVIDENCE = 12


def init_document(
    launches: Sequence[Observation], *, asked: bool, reason: str | None
) -> InitDoc | None:
    """Write down a cell's cold and warm launches; None where they were not asked for.

    Args:
        launches: all launches of the cell, in order; of two of one index the later counts.
        asked: whether any were planned.
        reason: why this cell has none, as planning knew it.
    """
    if not asked:
        return None
    if reason is not None:
        return InitDoc(cache=CacheUse.NONE, reason=reason)
    cold, warm = _of(launches, LaunchKind.COLD), _of(launches, LaunchKind.WARM)
    if not cold:
        return InitDoc(cache=CacheUse.UNKNOWN, reason="not-run")
    pairs = [(cold[n], warm[n]) for n in sorted(cold) if n in warm]
    good = [(one, other) for one, other in pairs if one.timed and other.timed]
    return InitDoc(
        cold=_side([one for one in cold.values() if one.timed]),
        warm=_side([one for one in warm.values() if one.timed]),
        cache=merged(_judged(one, other) for one, other in good),
        page_cache_dropped=_dropped([one for one, _ in good]),
        files=_sizes(good[-1][1]) if good else {},
        evidence=_evidence(good),
        reason=_reason([*cold.values(), *warm.values()]),
    )


def _of(launches: Sequence[Observation], kind: LaunchKind) -> dict[int, Observation]:
    return {one.record.index: one for one in launches if one.record.kind is kind}


def _side(launches: Sequence[Observation]) -> InitSideDoc:
    return InitSideDoc(
        init_ms=_figure([one.run.init_us for one in launches]),
        first_inference_ms=_figure([one.run.first_inference_us for one in launches]),
    )


def _figure(values: Sequence[float | None]) -> InitFigureDoc | None:
    known = [us for us in values if us is not None]
    if not known:
        return None
    return InitFigureDoc(
        value=in_ms(median(known)),
        low=in_ms(min(known)),
        high=in_ms(max(known)),
        rounds=len(known),
    )


def _judged(cold: Observation, warm: Observation) -> CacheUse:
    return judge_pair(
        cold.cache_lines, warm.cache_lines, _files(warm, "before"), _files(warm, "after")
    )


def _files(one: Observation, when: str) -> Files | None:
    found = one.record.cache.get(when)
    if not isinstance(found, dict):
        return None
    return {str(name): str(state) for name, state in found.items()}


def _sizes(warm: Observation) -> dict[str, int]:
    states = _files(warm, "before") or {}
    sizes = {name: state.split(" ")[0] for name, state in states.items()}
    return {name: int(size) for name, size in sizes.items() if size.isascii() and size.isdigit()}


def _dropped(cold: Sequence[Observation]) -> bool | None:
    """Whether it was done before every cold launch; unknown before one is unknown."""
    said = {one.record.cache.get("page_cache_dropped") for one in cold}
    if False in said:
        return False
    return True if said == {True} else None


def _evidence(pairs: Sequence[tuple[Observation, Observation]]) -> list[CacheLineDoc]:
    found: list[CacheLineDoc] = []
    for cold, warm in pairs:
        found += [_line(cold, line) for line in cold.cache_lines]
        found += [_line(warm, line) for line in warm.cache_lines]
        found += _file_facts(warm)
    return found[:_MOST_EVIDENCE]


def _line(one: Observation, line: CacheLine) -> CacheLineDoc:
    return CacheLineDoc(source=one.record.output or "", line=line.number, text=line.text)


def _file_facts(warm: Observation) -> list[CacheLineDoc]:
    before, after = _files(warm, "before"), _files(warm, "after")
    if before is None or after is None:
        text = f"warm launch {warm.record.index}: what lies in the cache could not be read"
        return [CacheLineDoc(source="rounds.jsonl", line=None, text=text)]
    said = [f"warm launch {warm.record.index} found no file in the cache"] if not before else []
    for name, state in sorted(before.items()):
        kept = "left it as it was" if after.get(name) == state else "changed it"
        size = state.split(" ")[0]
        said.append(f"warm launch {warm.record.index} found {name} of {size} bytes and {kept}")
    return [CacheLineDoc(source="rounds.jsonl", line=None, text=text) for text in said]


def _reason(launches: Sequence[Observation]) -> str | None:
    bad = next((one for one in launches if not one.timed), None)
    if bad is None:
        return None
    why = bad.record.failure or bad.judgement.reason or "no times"
    return f"{bad.record.kind} launch {bad.record.index} failed: {why}"
