"""Cold and warm starts in results.json: their figures, and what shows that warm was warm."""

from __future__ import annotations

import json

import pytest
from folders import CPU, GPU_FULL, Writer, log

from harness.files import write_json
from harness.sweep.results import build, read_folder

FILE = {"t_1.bin": "4096 1 1"}
MISSED = "ERROR: File /c/t_1.bin couldn't be opened for reading: No such file or directory"
FOUND = "INFO: Found serialized data for model t (4096 B) at /c/t_1.bin"
WARM = [line.replace("API.", "API from serialized data.") for line in GPU_FULL]


class Starts(Writer):
    """A folder with pairs of cold and warm launches."""

    reason: str | None = None

    def start(self, variant, kind, index, init_us, *lines, dropped=None, **files):
        text = log(*lines).replace("Init: 3200", f"Init: {init_us}")
        self._launch(variant, kind, index, text, 0, {}, {})
        cache = {"before": {}, "after": FILE, **files}
        if kind == "cold":
            cache["page_cache_dropped"] = dropped
        self.records[-1] = self.records[-1].model_copy(update={"cache": cache})

    def cell(self):
        self.write()
        manifest = json.loads((self.root / "sweep.json").read_text())
        manifest["settings"]["init_pairs"] = 2
        manifest["cells"][0]["init_reason"] = self.reason
        write_json(self.root / "sweep.json", manifest)
        results = build(read_folder(self.root))
        return results, results.cells[0]


@pytest.fixture
def writer(tmp_path):
    made = Starts(tmp_path, rounds=3)
    made.add("gpu", log(*GPU_FULL), [1000, 1000, 1000])
    return made


def pair(writer, index, cold_us, warm_us, **more):
    writer.start("gpu", "cold", index, cold_us, MISSED, *GPU_FULL, **more)
    writer.start("gpu", "warm", index, warm_us, FOUND, *WARM, before=FILE, after=FILE)


def test_cold_and_warm_stand_apart_and_never_feed_the_headline(writer):
    pair(writer, 1, 90_000, 9_000, dropped=True)
    pair(writer, 2, 110_000, 11_000, dropped=True)
    results, cell = writer.cell()
    cold, warm = cell.init.cold.init_ms, cell.init.warm.init_ms
    assert (cold.value, cold.low, cold.high, cold.rounds) == (100, 90, 110, 2)
    assert (warm.value, warm.low, warm.high, warm.rounds) == (10, 9, 11, 2)
    assert cell.init.cold.first_inference_ms.value == 4.0
    assert (cell.latency_ms.init, cell.rounds) == (3.2, 3)
    assert results.sweep.complete


def test_the_lines_and_files_that_show_the_cache_are_kept(writer):
    pair(writer, 1, 90_000, 9_000)
    _, cell = writer.cell()
    assert (cell.init.cache, cell.init.files) == ("used", {"t_1.bin": 4096})
    texts = [one.text for one in cell.init.evidence]
    assert FOUND in texts
    assert "warm launch 1 found t_1.bin of 4096 bytes and left it as it was" in texts
    lines = (writer.root / cell.init.evidence[0].source).read_text().splitlines()
    assert lines[cell.init.evidence[0].line - 1] == MISSED


@pytest.mark.parametrize(
    ("said", "dropped"),
    [([True, True], True), ([True, False], False), ([True, None], None), ([None, None], None)],
)
def test_page_caches_count_as_dropped_when_every_cold_launch_saw_it(writer, said, dropped):
    for index, one in enumerate(said, start=1):
        pair(writer, index, 90_000, 9_000, dropped=one)
    _, cell = writer.cell()
    assert cell.init.page_cache_dropped is dropped


def test_half_a_pair_leaves_the_sweep_open(writer):
    pair(writer, 1, 90_000, 9_000)
    writer.start("gpu", "cold", 2, 90_000, MISSED, *GPU_FULL)
    results, _ = writer.cell()
    assert not results.sweep.complete


def test_of_a_launch_that_was_made_twice_the_later_one_counts(writer):
    pair(writer, 1, 500_000, 9_000)
    first = writer.records[-2]
    again = first.model_copy(update={"started": "2026-01-01T01:00:00.000+00:00"})
    text = (writer.root / first.output).read_text().replace("Init: 500000", "Init: 80000")
    (writer.root / first.output).write_text(text)
    writer.records.append(again)
    _, cell = writer.cell()
    assert (cell.init.cold.init_ms.value, cell.init.cold.init_ms.rounds) == (80, 1)


def test_a_tool_without_the_flags_has_an_empty_init_with_its_reason(writer):
    writer.reason = "tool-lacks-flag: --delegate_serialize_dir"
    results, cell = writer.cell()
    assert (cell.init.cold, cell.init.warm, cell.init.cache) == (None, None, "none")
    assert cell.init.reason == "tool-lacks-flag: --delegate_serialize_dir"
    assert results.sweep.complete


def test_a_folder_that_nothing_was_asked_of_has_no_init(writer):
    writer.write()
    assert build(read_folder(writer.root)).cells[0].init is None


def test_what_could_not_be_listed_is_unknown_for_a_silent_cache(tmp_path):
    made = Starts(tmp_path, rounds=3)
    made.add("cpu-4t", log(*CPU), [1000, 1000, 1000])
    made.start("cpu-4t", "cold", 1, 9_000, *CPU)
    made.start("cpu-4t", "warm", 1, 1_000, *CPU, before=None, after=None)
    _, cell = made.cell()
    assert cell.init.cache == "unknown"
