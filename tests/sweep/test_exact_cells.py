"""Exact percentiles and cores of cells, from sweep folders written by hand."""

from __future__ import annotations

import pytest
from folders import CPU, Writer, log

from harness.bench.command import LaunchKind
from harness.bench.samples import SampleSource
from harness.device.base import TRACE
from harness.sweep.folder import read_folder
from harness.sweep.results import build
from harness.virtual.phones.tracing import perfetto_trace

WARMUP = 3  # as the log of folders.py tells


def short_log(low, middle, high):
    """A log of three invocations: p5 is the least of three, p95 the most."""
    text = log(*CPU, count=3, median=middle)
    for old, new in (
        (f"min={middle - 90} max={middle + 90}", f"min={low} max={high}"),
        (f"p5={middle - 50} ", f"p5={low} "),
        (f"p95={middle + 60}", f"p95={high}"),
    ):
        assert old in text
        text = text.replace(old, new)
    return text


def cell_of(tmp_path, extra=(), samples=tuple(SampleSource), **changes):
    writer = Writer(tmp_path / "s", variants={"cpu-4t": None})
    writer.add("cpu-4t", log(*CPU), [1000, 1001, 999, 1002, 998])
    writer.write()
    folder = read_folder(tmp_path / "s")
    manifest = folder.manifest
    settings = manifest.settings.model_copy(update={"samples": samples})
    cells = [one.model_copy(update=changes.get("cell", {})) for one in manifest.cells]
    variants = [one.model_copy(update=changes.get("variant", {})) for one in manifest.variants]
    records = [one.model_copy(update=changes.get("round", {})) for one in folder.records]
    base = next(one for one in records if one.kind is LaunchKind.ROUND)
    for number, (kind, text, trace) in enumerate(extra, start=1):
        place = folder.root / "raw" / f"extra{number}"
        place.mkdir(parents=True)
        (place / "output.log").write_text(text)
        files = {}
        if trace is not None:
            (place / TRACE).write_bytes(trace)
            files = {TRACE: f"raw/extra{number}/{TRACE}"}
        output = f"raw/extra{number}/output.log"
        update = {"kind": kind, "index": number, "output": output, "files": files}
        records.append(base.model_copy(update=update))
    records[-1] = records[-1].model_copy(update=changes.get("last", {}))
    manifest = manifest.model_copy(
        update={"settings": settings, "cells": cells, "variants": variants}
    )
    changed = type(folder)(folder.root, manifest, tuple(records))
    return next(one for one in build(changed).cells if one.variant.name == "cpu-4t")


def traced(*durations_us):
    marks = []
    at = 1000
    for us in durations_us:
        marks += [(at, 9, "B|9|Invoke@0/0"), (at + us * 1000, 9, "E|9")]
        at += us * 1000 + 10
    return perfetto_trace(marks)


def test_three_invocations_a_launch_pool_to_an_exact_p90(tmp_path):
    launches = [(LaunchKind.SHORT, short_log(900 + n, 1000 + n, 1100 + n), None) for n in range(10)]
    cell = cell_of(tmp_path, launches)
    short = cell.exact.short
    assert (short.count, short.launches) == (30, 10)
    assert short.p90.value == 1.107  # the 28th of 30
    assert short.p50.value == 1.005
    assert cell.rounds == 5
    assert len(cell.round_medians_ms) == 5


def test_a_trace_without_its_warmup_gives_the_timed_invocations(tmp_path):
    times = [5000] * WARMUP + [1000 + n for n in range(10)]
    cell = cell_of(tmp_path, [(LaunchKind.TRACED, log(*CPU, count=10), traced(*times))])
    found = cell.exact.traced
    assert (found.count, found.launches) == (10, 1)
    assert found.p90.value == 1.009
    assert found.overhead.ratio == pytest.approx(1.005)
    assert found.overhead.low < 1 < found.overhead.high


def test_a_slow_trace_is_told_to_have_overhead(tmp_path):
    times = [5000] * WARMUP + [1100] * 10
    cell = cell_of(tmp_path, [(LaunchKind.TRACED, log(*CPU, count=10), traced(*times))])
    assert cell.exact.traced.with_overhead is True
    assert cell.latency_ms.p50.value == 1.0


def test_a_trace_that_disagrees_with_the_tools_count_is_refused(tmp_path):
    cell = cell_of(tmp_path, [(LaunchKind.TRACED, log(*CPU, count=10), traced(*[1000] * 12))])
    assert cell.exact.traced is None
    assert "12 invocations, the tool tells of 3 of warm-up and 10 timed" in cell.exact.reason


def test_a_trace_that_lost_events_is_refused(tmp_path):
    lost = bytes.fromhex("0a040a021801")  # a packet with a bundle whose lost_events is true
    whole = traced(*[1000] * (WARMUP + 10))
    cell = cell_of(tmp_path, [(LaunchKind.TRACED, log(*CPU, count=10), whole + lost)])
    assert cell.exact.traced is None
    assert "not whole: the kernel lost events" in cell.exact.reason


def test_a_trace_that_cannot_be_read_is_refused(tmp_path):
    cell = cell_of(tmp_path, [(LaunchKind.TRACED, log(*CPU, count=10), b"\x0f\xff")])
    assert cell.exact.traced is None
    assert "no trace" in cell.exact.reason


def test_a_failed_trace_leaves_the_cell_as_it_was(tmp_path):
    cell = cell_of(tmp_path, [(LaunchKind.TRACED, "nothing", None)])
    assert cell.status == "ok"
    assert cell.exact.traced is None
    assert "traced: " in cell.exact.reason


def test_nobody_asked_so_nothing_is_said(tmp_path):
    assert cell_of(tmp_path, samples=(SampleSource.TOOL,)).exact is None


def test_rounds_on_other_cores_than_asked_for_may_not_be_used(tmp_path):
    bound = {"cell": {"cpus": [4, 5]}, "variant": {"cores": "big"}}
    cell = cell_of(tmp_path, round={"cpus_allowed": "4-5"}, **bound)
    assert (cell.validity, cell.cores.allowed) == ("valid", ["4-5"])
    assert "taskset 30 " in cell.commands[1]
    assert cell.cores.notes == ["4 threads on 2 cores wait for each other: ask for num_threads=2"]


@pytest.mark.parametrize("allowed", ["0-7", "4-5, then 4", None])
def test_a_mismatch_or_silence_of_the_kernel_is_never_silent(tmp_path, allowed):
    bound = {"cell": {"cpus": [4, 5]}, "variant": {"cores": "big"}}
    cell = cell_of(tmp_path, round={"cpus_allowed": allowed}, **bound)
    assert cell.validity == "invalid"
    assert "affinity" in cell.validity_reasons
    assert any("bound to CPUs 4-5" in note for note in cell.cores.notes)


def test_short_launches_that_were_not_made_are_not_said_to_have_failed(tmp_path):
    extra = [(LaunchKind.SHORT, "", None)]
    cell = cell_of(tmp_path, extra, (SampleSource.SHORT,), last={"preflight": {"passed": False}})
    assert cell.exact.reason == "short: no such launch was made"
