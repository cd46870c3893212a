"""Series and starts as people read them: in the drawer, in the summary, in the browser's chart."""

from __future__ import annotations

import io

import pytest
import sample

from harness.bench.command import LaunchKind
from harness.bench.settings import RunSettings
from harness.report import write_reports
from harness.report.details import cell_details
from harness.report.extras import (
    init_lines,
    summary_lines,
    sustained_details,
    sustained_sentence,
)
from harness.report.folder import SweepData
from harness.report.terminal import LineProgress
from harness.sweep.documents import CellDoc
from harness.sweep.estimate import estimate
from harness.sweep.extra_documents import (
    CacheLineDoc,
    InitDoc,
    InitFigureDoc,
    InitSideDoc,
    SustainedDoc,
    SustainedPointDoc,
)

PHONE = sample.device("Phone", soc=None)
HOSTILE = "x\x1b[2J\u202e<b>"


def series(change: float | None = 0.38, **more) -> SustainedDoc:
    known = {
        "planned_s": 600,
        "duration_s": 603,
        "launches": 40,
        "window_s": 60,
        "points": [
            SustainedPointDoc(t_s=15.0 * n, p50_ms=10 + n, count=9, celsius=30 + n)
            for n in range(4)
        ],
        "first_minute_ms": 10,
        "last_minute_ms": 13.8,
        "change": change,
        "throttled_after_s": 240,
        "exact": False,
        "sensor": "skin",
        "longest_pause_s": 0.4,
        "reason": None,
    }
    return SustainedDoc(**{**known, **more})


def starts(**more) -> InitDoc:
    def side(ms: float) -> InitSideDoc:
        figure = InitFigureDoc(value=ms, low=ms - 1, high=ms + 1, rounds=3)
        return InitSideDoc(init_ms=figure, first_inference_ms=None)

    line = CacheLineDoc(source="raw/p/warm-1/output.log", line=3, text=HOSTILE)
    known = {"cold": side(100), "warm": side(10), "cache": "used", "evidence": [line]}
    return InitDoc(**{**known, **more})


def cell(variant: str = "gpu", **more) -> CellDoc:
    return sample.cell(PHONE, sample.MODELS[0], variant, sample.Case()).model_copy(update=more)


def test_a_device_that_slows_within_its_first_minute_is_not_called_steady():
    points = [
        SustainedPointDoc(t_s=15.0 * n, p50_ms=ms, count=9, celsius=None)
        for n, ms in enumerate([2.0, 3.9, 3.9, 3.9])
    ]
    fell = series(0.01, points=points, first_minute_ms=3.86, last_minute_ms=3.9)
    assert sustained_sentence(fell) == "slows by 95 % within its first launches, then holds"
    told = dict(summary_lines([cell(sustained=fell)]))["Sustained"]
    assert told.startswith("1 of 1 cell slows down by 10 % or more: gpu on Phone slows by 95 %")


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (series(), "slows by 38 % after 4 min 0 s"),
        (series(throttled_after_s=None), "slows by 38 %"),
        (series(0.021), "holds within 2.1 %"),
        (series(-0.004, reason="began-throttled"), "holds within 0.4 %, but began throttled"),
        (series(-0.3), "gets faster by 30 %"),
        (series(None, reason="cut-short"), "has no comparison: cut-short"),
    ],
)
def test_a_series_is_one_sentence(found, sentence):
    assert sustained_sentence(found) == sentence


def test_the_drawer_has_what_the_sentence_rests_on():
    shown = sustained_details(cell(sustained=series()))
    assert shown["say"] == "Slows by 38 % after 4 min 0 s."
    assert "first minute 10.0 ms; last minute 13.8 ms; medians of launches" in shown["note"]
    assert "40 launches in 10 min 3 s of 10 min 0 s" in shown["note"]
    assert shown["points"][2] == {
        "minute": 0.5,
        "ms": 12.0,
        "count": 9,
        "celsius": 32.0,
        "ceiling": None,
    }


def test_thirds_are_not_called_minutes():
    note = sustained_details(cell(sustained=series(window_s=10, duration_s=30)))["note"]
    assert "first third" in note
    assert "minute" not in note.replace("too short to compare minutes", "")


def test_a_start_that_is_not_known_to_be_warm_says_so():
    for cache, said in (("used", "used the cache"), ("not-used", "no warm"), ("none", "no warm")):
        found = init_lines(cell(init=starts(cache=cache)))
        assert said in next(note for name, _, note in found if "warm" in name)
    assert "dropped" in init_lines(cell(init=starts(page_cache_dropped=True)))[0][2]


def test_a_tool_without_the_flags_is_a_line_with_its_reason():
    found = InitDoc(cache="none", reason="tool-lacks-flag: --delegate_serialize_dir")
    (line,) = init_lines(cell(init=found))
    assert line == ("cold, warm start", "none", "tool-lacks-flag: --delegate_serialize_dir")


def test_the_summary_names_the_worst_series_and_only_a_known_warm_start():
    cells = [cell("cpu-4t", sustained=series(0.2)), cell("gpu", sustained=series(0.6))]
    ((name, text),) = summary_lines(cells)
    assert (name, text.split(":")[0]) == ("Sustained", "2 of 2 cells slow down by 10 % or more")
    assert "gpu on Phone slows by 60 %" in text
    assert summary_lines([cell(init=starts(cache="unknown"))]) == []
    ((_, spared),) = summary_lines([cell(init=starts())])
    assert spared == "gpu on Phone spares most: 100 ms without a cache, 10.0 ms with it."


@pytest.mark.parametrize(
    ("sampled", "how"),
    [(["celsius"], "sampled while the tool ran"), (["ceiling_share"], "read before each launch")],
)
def test_a_temperature_says_which_it_is_and_how_it_was_read(sampled, how):
    shown = sustained_details(cell(sustained=series(sampled=sampled)))
    assert shown["sensor"] == f"skin, {how}"


def test_a_cache_that_makes_a_start_slower_is_not_said_to_spare_anything():
    found = starts()
    slow = found.model_copy(update={"cold": found.warm, "warm": found.cold})
    ((_, said),) = summary_lines([cell(init=slow)])
    assert said.startswith("gpu on Phone is best, and spares nothing: 10.0 ms without a cache")


def test_what_a_phone_calls_its_sensor_and_its_lines_are_made_visible():
    data = SweepData(sample.results([cell(sustained=series(sensor=HOSTILE), init=starts())]))
    shown = cell_details(data.cells[0], data)
    assert "\x1b" not in shown["sustained"]["sensor"]
    assert "\x1b" not in shown["cache"][0]["text"]
    assert shown["cache"][0]["link"] == "raw/p/warm-1/output.log"


def test_the_written_summary_has_the_line(tmp_path):
    results = sample.results([cell(sustained=series())])
    folder = sample.write(tmp_path / "s", results)
    write_reports(folder)
    assert "slows by 38 %" in (folder / "summary.md").read_text()


def planned(**settings):
    manifest = sample.manifest(sample.results([cell()]))
    known = RunSettings(**settings)
    return manifest.model_copy(update={"settings": known}), manifest.devices[0].id


def test_an_estimate_counts_the_series_and_the_pairs():
    short, phone = planned()
    long, _ = planned(sustain_s=600, init_pairs=3)
    assert estimate(long, phone)[0] - estimate(short, phone)[0] == pytest.approx(10.05)


def test_a_launch_of_a_series_is_none_of_the_planned_number():
    manifest, phone = planned(sustain_s=600, init_pairs=3)
    stream = io.StringIO()
    progress = LineProgress(stream)
    progress.sweep_started(manifest)
    record = sample.rounds(sample.results([cell()]))[0]
    for kind in (LaunchKind.COLD, LaunchKind.SUSTAINED):
        progress.step_finished(phone, record.model_copy(update={"kind": kind}))
    planned_number = len(manifest.schedule.get(phone, [])) + 6
    _, cold, sustained = stream.getvalue().splitlines()
    assert f"[1/{planned_number}]" in cold
    assert "[" not in sustained
    assert "sustained 1: done" in sustained
