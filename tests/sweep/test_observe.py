"""What the device saw of a launch, read from a sweep's folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import GPU_FULL, Writer, log

from harness.sweep.folder import read_folder
from harness.sweep.results import build

DATA = Path(__file__).parent.parent / "data" / "parse"
TOOL = "/data/local/tmp/harness/cas/ab12/benchmark_model"
NNAPI_FULL = (
    "INFO: Use NNAPI: [1]",
    "INFO: Created TensorFlow Lite delegate for NNAPI.",
    "INFO: NNAPI delegate created.",
    (
        "VERBOSE: Replacing 40 out of 40 node(s) with delegate (TfLiteNnapiDelegate) node, "
        "yielding 1 partitions for subgraph 0 (main)."
    ),
)
MEDIANS = [1000, 1010, 990, 1005, 995]


def witnessed(writer: Writer, kind: str, files: dict[str, str] | None = None, **facts: object):
    """Give all launches of a kind what a device adds to their records."""
    for place, record in enumerate(writer.records):
        if record.kind != kind:
            continue
        found = dict(record.files)
        for name, text in (files or {}).items():
            found[name] = f"raw/{record.cell}-{kind}-{record.index}-{name}"
            (writer.root / found[name]).write_text(text)
        writer.records[place] = record.model_copy(update={"files": found, **facts})


def cell_of(writer: Writer):
    (cell,) = build(read_folder(writer.write())).cells
    return cell


def test_rounds_that_the_gpus_counter_did_not_see_downgrade_the_cell(tmp_path):
    writer = Writer(tmp_path)
    writer.add("gpu", log(*GPU_FULL), MEDIANS)
    witnessed(writer, "probe", counters={"gpu_active_ns": 5_000_000})
    assert cell_of(writer).verdict == "full"
    witnessed(writer, "round", counters={"gpu_active_ns": 0})
    cell = cell_of(writer)
    assert (cell.placement, cell.verdict) == ("full", "downgraded")
    assert cell.findings[0].evidence[0].source == "rounds.jsonl"


def test_cpu_time_and_counters_of_the_rounds_are_evidence_of_the_cell(tmp_path):
    writer = Writer(tmp_path)
    writer.add("gpu", log(*GPU_FULL), MEDIANS)
    witnessed(writer, "round", cpu_seconds=0.25, counters={"gpu_active_ns": 56_000_000})
    told = {one.kind: one.text for one in cell_of(writer).evidence}
    assert told["cpu-time"].startswith("0.25 CPUs busy on average (0.25 s of CPU time in 1.00 s")
    assert told["gpu-counter"].startswith("the GPU worked 0.06 s")


def test_a_log_that_repeats_the_output_counts_no_node_twice(tmp_path):
    writer = Writer(tmp_path)
    writer.add("gpu", log(*GPU_FULL), MEDIANS)
    stamp = "08-21 12:00:01.100  6200  6200 I tflite  : "
    lines = "".join(f"{stamp}{line.partition(': ')[2]}\n" for line in GPU_FULL)
    witnessed(writer, "probe", {"logcat.txt": lines})
    cell = cell_of(writer)
    assert (cell.placement, cell.nodes_on_accelerator, cell.kernels) == ("full", 40, 1)
    assert not any(one.source.endswith("logcat.txt") for one in cell.evidence)


def test_the_log_adds_what_the_output_lacks(tmp_path):
    writer = Writer(tmp_path)
    writer.add("nnapi", log(*NNAPI_FULL), MEDIANS)
    witnessed(writer, "probe", {"logcat.txt": (DATA / "nnapi_cpu_fallback.logcat").read_text()})
    cell = cell_of(writer)
    assert (cell.placement, cell.verdict) == ("full", "downgraded")
    (evidence,) = cell.findings[0].evidence
    assert evidence.source.endswith("logcat.txt")


@pytest.mark.parametrize(("command", "named"), [(f"env A=B {TOOL} --x", True), ("./other", False)])
def test_a_crash_is_the_tools_only_if_its_program_is(tmp_path, command, named):
    writer = Writer(tmp_path)
    writer.add("gpu", "INFO: STARTING!\nINFO: Graph: [m.tflite]\n", MEDIANS, exit_status=139)
    crash = (DATA / "crash.logcat").read_text()
    witnessed(writer, "round", {"crash.txt": crash}, command=command)
    cell = cell_of(writer)
    assert (cell.status, cell.reason) == ("failed", "crashed")
    texts = [one.text for one in cell.evidence if one.kind == "crash"]
    assert len(texts) == named
    assert all("libGLES_maker.so" in text for text in texts)
