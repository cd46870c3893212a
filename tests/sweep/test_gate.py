"""Every gate fails on a cell that it is about, and holds on one that is well."""

import numpy as np
import pytest
from folders import CPU, GPU_FULL, NNAPI_NONE, Writer, log

from harness.errors import UsageError
from harness.sweep.documents import EvidenceDoc, FindingDoc, SkippedDeviceDoc
from harness.sweep.folder import read_folder
from harness.sweep.gate import failures, parse_gates
from harness.sweep.results import build
from harness.verdict.gate import EXPECTATION, NAMES
from harness.verdict.model import FindingKind, Placement

MEDIANS = [1000, 1010, 990, 1005, 995]
NOISY = [1000, 1500, 2000, 1100, 1700]
PARTLY = tuple(
    line.replace("40 out of 40", "30 out of 40").replace(
        "completely executed", "partially executed"
    )
    for line in GPU_FULL
)
REFUSED = (
    "ERROR: Following operations are not supported by GPU delegate:",
    "ATAN2: Operation is not supported.",
    "30 operations will run on the GPU, and the remaining 10 operations will run on the CPU.",
)
CONTRADICTED = tuple(line.replace("40 out of 40", "30 out of 40") for line in GPU_FULL)
OPENGL = tuple(line.replace("OpenCL", "OpenGL") for line in GPU_FULL)
IN_SOFTWARE = (
    "Accelerators: GPU | CPU",
    (
        "I0000 00:00:1790000000.1 77 environment.cc:5] Selected adapter: "
        "llvmpipe, arch=, vendor=mesa, "
        "backend=Vulkan, adapterType=CPU / Software"
    ),
    "Initializing WebGPU-based API from graph.",
)
IGNORED = ("WARNING: Unconsumed cmdline flags: --use_nnapi=true",)
RIGHT = np.linspace(0, 1, 8, dtype="float32")
ROUNDED = RIGHT.astype("float16").astype("float32")


def well(tmp_path):
    """CPU and GPU as they should be: no gate fails here."""
    writer = Writer(tmp_path / "well")
    writer.add("cpu-4t", log(*CPU), MEDIANS, outputs=RIGHT)
    writer.add("gpu", log(*GPU_FULL), MEDIANS, outputs=ROUNDED)
    return build(read_folder(writer.write())).cells


def ill(tmp_path, gate):
    """One folder with a cell that fails the gate, and its variant."""
    writer = Writer(tmp_path / "ill")
    writer.add("cpu-4t", log(*CPU), MEDIANS, outputs=RIGHT)
    variant = "gpu"
    if gate in ("none", "flag_ignored"):
        variant = "nnapi"
        writer.add("nnapi", log(*(NNAPI_NONE if gate == "none" else IGNORED)), MEDIANS)
    elif gate == "failed":
        writer.add("gpu", "ERROR: it fell over\n", MEDIANS, exit_status=1)
    elif gate == "skipped":
        writer.skip("gpu", "tool-lacks-flag: --use_gpu")
    elif gate == "wrong_output":
        writer.add("gpu", log(*GPU_FULL), MEDIANS, outputs=RIGHT[::-1].copy())
    elif gate == "suspect":
        writer.add("gpu", log(*GPU_FULL), MEDIANS, outputs=RIGHT)
    elif gate in ("invalid", "incomplete"):
        writer.add("gpu", log(*GPU_FULL), NOISY if gate == "invalid" else MEDIANS[:2])
    else:
        lines = {
            "partial": PARTLY,
            "unknown": GPU_FULL[:1],
            "downgraded": OPENGL,
            "software_device": IN_SOFTWARE,
            "tool_verdict_contradicted": CONTRADICTED,
        }
        writer.add("gpu", log(*lines.get(gate, GPU_FULL)), MEDIANS)
    root = writer.write()
    if gate == EXPECTATION:
        expect(root, {"gpu": "full"})
        (root / "raw/gpu/probe-1/output.txt").write_text(log(*PARTLY))
    cells = build(read_folder(root)).cells
    if gate in ("implausible", "outlier"):
        # Judged from more than a log of a few lines can show.
        found = FindingDoc(kind=FindingKind(gate), message=f"It is {gate}.")
        cells = [
            one.model_copy(update={"findings": [found]})
            for one in cells
            if one.variant.name == "gpu"
        ]
    return cells, f"c-{variant}"


def expect(root, expected):
    path = root / "sweep.json"
    manifest = read_folder(root).manifest
    models = [one.model_copy(update={"expect": expected}) for one in manifest.models]
    path.write_text(manifest.model_copy(update={"models": models}).model_dump_json(by_alias=True))


@pytest.mark.parametrize("gate", NAMES)
def test_every_gate_fails_the_cell_that_it_is_about_and_says_why(tmp_path, gate):
    cells, guilty = ill(tmp_path, gate)
    found = failures(cells, [gate])
    assert [(one.gate, one.cell) for one in found] == [(gate, guilty)]
    assert found[0].message


@pytest.mark.parametrize("gate", NAMES)
def test_every_gate_holds_where_all_is_well(tmp_path, gate):
    assert failures(well(tmp_path), [gate]) == []


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ("none", ["0 of 40 nodes on nnapi", "output.txt:7: ", "will not be executed"]),
        ("partial", ["30 of 40 nodes on gpu", "output.txt:7: Replacing 30 out of 40"]),
        ("unknown", ["the evidence does not decide; ? of ? nodes on gpu"]),
        ("failed", ["exit-status", "the tool's exit status is 1"]),
        ("skipped", ["tool-lacks-flag: --use_gpu"]),
        ("downgraded", ["OpenGL"]),
        ("wrong_output", ["not that of cpu-4t", "outputs.bin: outputs wrong"]),
        ("flag_ignored", ["output.txt:4: Unconsumed cmdline flags: --use_nnapi=true"]),
        ("invalid", ["noisy"]),
        ("incomplete", ["fewer_rounds_than_planned"]),
        ("suspect", ["bit for bit that of cpu-4t", "outputs.bin"]),
        ("expectation", ["expected full of gpu, got partial: 30 of 40 nodes", "Replacing 30"]),
    ],
)
def test_a_failure_carries_its_reason(tmp_path, gate, words):
    cells, _ = ill(tmp_path, gate)
    (failure,) = failures(cells, [gate])
    assert all(word in failure.message for word in words), failure.message


def test_operations_left_behind_are_named_with_the_delegates_reason(tmp_path):
    writer = Writer(tmp_path)
    writer.add("gpu", log(*PARTLY[:3], *REFUSED, *PARTLY[3:]), MEDIANS)
    (failure,) = failures(build(read_folder(writer.write())).cells, ["partial"])
    assert "left to the CPU: ATAN2 (Operation is not supported.)" in failure.message


def test_a_partial_run_on_opengl_fails_both_of_its_gates(tmp_path):
    writer = Writer(tmp_path)
    writer.add("gpu", log(*(one.replace("OpenCL", "OpenGL") for one in PARTLY)), MEDIANS)
    cells = build(read_folder(writer.write())).cells
    found = failures(cells, ["partial", "downgraded", "none"])
    assert [one.gate for one in found] == ["partial", "downgraded"]


@pytest.mark.parametrize("placement", list(Placement))
def test_a_cpu_cell_fails_no_gate_of_placement_whatever_it_shows(tmp_path, placement):
    cells = [one.model_copy(update={"placement": placement}) for one in well(tmp_path)[:1]]
    assert cells[0].variant.name == "cpu-4t"
    assert failures(cells, ["none", "partial", "unknown"]) == []


def test_a_wrong_output_fails_its_gate_on_the_cpu_too(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-noxnn", log(*CPU), MEDIANS, outputs=RIGHT)
    writer.add("cpu-4t", log(*CPU), MEDIANS, outputs=RIGHT[::-1].copy())
    cells = build(read_folder(writer.write())).cells
    assert [one.cell for one in failures(cells, ["wrong_output"])] == ["c-cpu-4t"]


@pytest.mark.parametrize("gate", ["none", "partial", "unknown", "skipped"])
def test_a_failed_cell_shows_no_placement(tmp_path, gate):
    cells, _ = ill(tmp_path, "failed")
    assert failures(cells, [gate]) == []


@pytest.mark.parametrize(
    ("reason", "fails"),
    [
        ("excluded: devices.yaml keeps it off this device", False),
        ("tool-lacks-flag: --use_gpu", True),
        ("no-tool: none", True),
        ("needs-input: image", True),
        ("excludedly", True),
    ],
)
def test_only_what_a_person_left_out_does_not_fail_skipped(tmp_path, reason, fails):
    writer = Writer(tmp_path)
    writer.skip("gpu", reason)
    cells = build(read_folder(writer.write())).cells
    assert bool(failures(cells, ["skipped"])) is fails


def test_what_was_planned_and_never_launched_fails_skipped(tmp_path):
    writer = Writer(tmp_path)
    writer.variants["gpu"] = None
    (failure,) = failures(build(read_folder(writer.write())).cells, ["skipped"])
    assert failure.message == "not-run; resume the sweep"


@pytest.mark.parametrize(
    ("state", "fails"), [("offline", True), ("busy", True), ("quarantined", False)]
)
def test_a_device_that_was_not_measured_fails_skipped_unless_quarantined(state, fails):
    left = SkippedDeviceDoc(id="S1", model="Phone", state=state, reason="why", next_step="what")
    found = failures([], ["skipped"], [left])
    assert [one.cell for one in found] == ([None] if fails else [])
    assert not fails or "Phone (S1) was not measured" in found[0].message
    assert failures([], ["none"], [left]) == []


def test_a_hostile_line_is_visible_short_and_on_one_line(tmp_path):
    cells, _ = ill(tmp_path, "none")
    line = "\x1b[31m\u202e" + "x" * 5000 + "\n## heading"
    evil = EvidenceDoc(kind="x", source="raw\n/a", line=1, text=line, deciding=True)
    cells = [one.model_copy(update={"evidence": [evil]}) for one in cells]
    (failure,) = failures(cells, ["none"])
    assert failure.message.isprintable()
    assert len(failure.message) < 400
    assert "\\x1b[31m\\u202e" in failure.message


def test_no_gate_fails_nothing(tmp_path):
    cells, _ = ill(tmp_path, "none")
    assert failures(cells, parse_gates(None)) == []


def test_dashes_stand_for_underscores_and_a_gate_is_tested_once():
    assert parse_gates("wrong-output, none,wrong_output") == ("wrong_output", "none")


def test_an_unknown_gate_is_refused_with_those_there_are():
    with pytest.raises(UsageError) as caught:
        parse_gates("none,bad")
    assert all(name in caught.value.next_step for name in NAMES)


def test_no_two_fields_share_a_name_of_a_gate():
    assert len(set(NAMES)) == len(NAMES)
