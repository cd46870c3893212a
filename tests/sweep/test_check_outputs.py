"""Whose answer is held against whose, and what is said of it. Dumps are made up, logs too."""

import numpy as np
import pytest
from folders import CPU, GPU_FULL, Writer, log

from harness.sweep.folder import read_folder
from harness.sweep.results import build

MEDIANS = [1000, 1010, 990, 1005, 995]
FAST = [500, 505, 495, 502, 498]
CHANCE = np.random.default_rng(3)
RIGHT = CHANCE.normal(size=(1, 64)).astype(np.float32)
WRONG = np.roll(RIGHT, 32)
XNNPACK = RIGHT * np.float32(1 + 1e-6)
HALF = RIGHT.astype(np.float16).astype(np.float32)
SPECS = {"outputs": [{"name": "out", "dtype": "float32", "shape": [1, 64]}]}


@pytest.fixture
def writer(tmp_path):
    return Writer(tmp_path, model=dict(SPECS))


def cpu(writer, outputs, *names):
    for name in names or ("cpu-noxnn",):
        writer.add(name, log(*CPU), MEDIANS, outputs=outputs)


def gpu(writer, outputs, name="gpu", **more):
    writer.add(name, log(*GPU_FULL), FAST, outputs=outputs, **more)


def seen(writer):
    return {cell.variant.name: cell for cell in build(read_folder(writer.write())).cells}


def kinds(cell):
    return [str(one.kind) for one in cell.findings]


# --- whose answer is the reference ----------------------------------------------------------------


def test_the_plain_cpu_is_held_against_the_host_and_everything_else_against_the_plain_cpu(writer):
    writer.host(RIGHT)
    cpu(writer, XNNPACK, "cpu-1t")
    cpu(writer, RIGHT, "cpu-noxnn")
    gpu(writer, HALF)
    cells = seen(writer)
    references = {name: cell.outputs.reference for name, cell in cells.items()}
    assert references == {"cpu-1t": "cpu-noxnn", "cpu-noxnn": "host", "gpu": "cpu-noxnn"}
    assert {cell.outputs.verdict for cell in cells.values()} <= {"same", "close"}
    assert all(kinds(cell) == [] for cell in cells.values())
    assert "the host ran ai-edge-litert 9.9" in cells["cpu-noxnn"].outputs.notes


def test_xnnpack_is_the_reference_where_no_plain_cpu_ran(writer):
    writer.host(RIGHT)
    cpu(writer, XNNPACK, "cpu-4t")
    gpu(writer, WRONG)
    cell = seen(writer)["gpu"]
    assert (cell.outputs.verdict, cell.outputs.reference) == ("wrong", "cpu-4t")


def test_the_host_is_the_reference_where_no_cpu_wrote_outputs(writer):
    writer.host(RIGHT)
    cpu(writer, None)
    gpu(writer, WRONG)
    cell = seen(writer)["gpu"]
    assert (cell.outputs.verdict, cell.outputs.reference) == ("wrong", "host")
    assert "ai-edge-litert 9.9 on the host" in cell.findings[0].message


def test_nothing_to_compare_with_is_unknown_and_says_why_the_host_has_none(writer):
    writer.host(None, failure="Encountered unresolved custom op: Foo.\x1b[31m")
    cpu(writer, RIGHT)
    cell = seen(writer)["cpu-noxnn"]
    assert cell.outputs.verdict == "unknown"
    assert "unresolved custom op: Foo" in cell.outputs.reason
    assert "\x1b" not in cell.outputs.reason
    assert kinds(cell) == []


# --- what is said of a wrong one ------------------------------------------------------------------


def test_a_wrong_output_names_the_reference_the_tensor_the_numbers_and_both_files(writer):
    cpu(writer, RIGHT)
    gpu(writer, WRONG)
    cell = seen(writer)["gpu"]
    assert cell.verdict == "wrong"
    (finding,) = cell.findings
    assert "cpu-noxnn on the same device" in finding.message
    assert "'out'" in finding.message
    assert "mean error 0.186, cosine 0.16, SNR -2.25 dB" in finding.message
    assert [one.source for one in finding.evidence] == [
        "raw/gpu/probe-1/outputs.bin",
        "raw/cpu-noxnn/probe-1/outputs.bin",
    ]
    assert cell.outputs.files == [one.source for one in finding.evidence]
    assert cell.outputs.mean_error > 0.1
    assert cell.outputs.snr_db < 10
    assert cell.speedup_vs_cpu is None


def test_nan_is_counted_and_named(writer):
    cpu(writer, RIGHT)
    gpu(writer, np.where(np.arange(64) < 3, np.float32("nan"), RIGHT))
    cell = seen(writer)["gpu"]
    assert cell.outputs.nan == 3
    assert "3 NaN" in cell.findings[0].message


def test_a_cpu_that_disagrees_with_the_host_is_wrong_itself(writer):
    writer.host(RIGHT)
    cpu(writer, WRONG)
    cell = seen(writer)["cpu-noxnn"]
    assert cell.verdict == "wrong"
    assert "on the host" in cell.findings[0].message


@pytest.mark.parametrize(
    ("answer", "verdict", "reference", "said"),
    [
        (WRONG, "unknown", "cpu-noxnn", "this is the CPU's answer"),
        (HALF, "same", "host", "this is the host's answer"),
        (-RIGHT, "wrong", "host", "neither's answer"),
    ],
    ids=["as the CPU", "as the host", "as neither"],
)
def test_where_the_cpu_and_the_host_disagree_both_are_asked(
    writer, answer, verdict, reference, said
):
    writer.host(RIGHT)
    cpu(writer, WRONG)
    gpu(writer, answer)
    found = seen(writer)["gpu"].outputs
    assert (str(found.verdict), found.reference) == (verdict, reference)
    assert said in " ".join([found.reason, *found.notes])


# --- precision ------------------------------------------------------------------------------------


def test_half_precision_where_single_was_demanded_is_downgraded_and_not_wrong(writer):
    cpu(writer, RIGHT)
    gpu(writer, HALF, "gpu")
    gpu(writer, HALF, "gpu-fp32")
    cells = seen(writer)
    assert kinds(cells["gpu"]) == []
    assert kinds(cells["gpu-fp32"]) == ["downgraded"]
    assert cells["gpu-fp32"].verdict == "downgraded"
    assert "half precision" in cells["gpu-fp32"].findings[0].message


def test_single_precision_where_it_was_demanded_is_no_finding(writer):
    cpu(writer, RIGHT)
    gpu(writer, XNNPACK, "gpu-fp32")
    cell = seen(writer)["gpu-fp32"]
    assert kinds(cell) == []
    assert cell.outputs.tolerance.name == "fp32"


# --- bits -----------------------------------------------------------------------------------------


def test_bits_equal_to_any_cpu_run_of_the_device_are_identical_and_it_is_named(writer):
    cpu(writer, RIGHT, "cpu-noxnn")
    cpu(writer, XNNPACK, "cpu-4t")
    gpu(writer, XNNPACK)
    found = seen(writer)["gpu"].outputs
    assert found.reference == "cpu-noxnn"
    assert (found.identical, found.identical_to, found.is_float) == (True, ["cpu-4t"], True)
    assert found.telling_values == 64


def test_bits_of_its_own_are_not_identical(writer):
    cpu(writer, RIGHT)
    gpu(writer, XNNPACK)
    found = seen(writer)["gpu"].outputs
    assert (found.identical, found.identical_to) == (False, [])


# --- what cannot be told --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "the tool cannot write its outputs"),
        ({"command": "./t --output_filepath=o.bin"}, "was asked for its outputs and wrote none"),
        ({"attempt": 2}, "made again without asking for outputs"),
    ],
)
def test_a_probe_without_outputs_is_unknown_and_says_why(writer, change, reason):
    cpu(writer, RIGHT)
    gpu(writer, None)
    writer.records = [one.model_copy(update=change) for one in writer.records]
    found = seen(writer)["gpu"].outputs
    assert found.verdict == "unknown"
    assert reason in found.reason


def test_outputs_that_are_gone_are_unknown(writer):
    cpu(writer, RIGHT)
    gpu(writer, RIGHT)
    root = writer.write()
    (root / "raw/gpu/probe-1/outputs.bin").unlink()
    cells = {cell.variant.name: cell for cell in build(read_folder(root)).cells}
    assert cells["gpu"].outputs.verdict == "unknown"
    assert "gone" in cells["gpu"].outputs.reason


def test_a_failed_and_a_skipped_cell_have_no_outputs(writer):
    cpu(writer, RIGHT)
    text = "INFO: STARTING!\nERROR: Failed to apply GPU delegate.\nERROR: Benchmarking failed.\n"
    writer.add("gpu", text, [], exit_status=1)
    writer.skip("nnapi", "tool-lacks-flag: --use_nnapi")
    cells = seen(writer)
    assert cells["gpu"].outputs is None
    assert cells["nnapi"].outputs is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"drawing_ops": ["RANDOM_UNIFORM"]}, "random numbers (RANDOM_UNIFORM)"),
        ({"inputs": [{"name": "x", "dtype": "float32", "shape": []}]}, "inputs of its own"),
    ],
)
def test_runs_that_need_not_agree_are_not_compared(writer, change, reason):
    writer.model |= change
    cpu(writer, RIGHT)
    gpu(writer, WRONG)
    cell = seen(writer)["gpu"]
    assert cell.outputs.verdict == "unknown"
    assert reason in cell.outputs.reason
    assert kinds(cell) == []


def test_a_model_with_state_is_compared_after_equally_many_invocations_only(writer):
    writer.model |= {"keeps_state": True}
    writer.host(RIGHT, invocations=1)
    cpu(writer, RIGHT)
    gpu(writer, WRONG)
    cells = seen(writer)
    assert cells["cpu-noxnn"].outputs.verdict == "unknown"  # 53 runs against the host's one
    assert "ran 53 and 1 times before" in cells["cpu-noxnn"].outputs.reason
    assert cells["gpu"].outputs.verdict == "wrong"


def test_a_model_with_state_of_unequal_counts_is_unknown(writer):
    writer.model |= {"keeps_state": True}
    cpu(writer, RIGHT)
    writer.add("gpu", log(*GPU_FULL, count=7), FAST, outputs=WRONG)
    cell = seen(writer)["gpu"]
    assert cell.outputs.verdict == "unknown"
    assert "ran 10 and 53 times" in cell.outputs.reason


def test_the_real_shape_of_a_dynamic_output_is_that_of_the_hosts_run(writer):
    open_shape = {"shape": [1, 1], "shape_signature": [-1, -1]}
    writer.model["outputs"] = [{"name": "out", "dtype": "float32", **open_shape}]
    writer.host(RIGHT)
    cpu(writer, XNNPACK)
    assert seen(writer)["cpu-noxnn"].outputs.argmax_agreement == 1.0


def test_a_host_that_writes_outputs_in_another_order_is_no_reference(writer):
    writer.host(RIGHT, outputs=[{"name": "else", "dtype": "float32", "shape": [1, 64]}])
    cpu(writer, RIGHT)
    found = seen(writer)["cpu-noxnn"].outputs
    assert found.verdict == "unknown"
    assert "another order" in found.reason


def test_agreement_on_a_constant_is_not_called_same(writer):
    level = np.zeros((1, 64), np.float32)
    writer.host(level)
    cpu(writer, level)
    found = seen(writer)["cpu-noxnn"].outputs
    assert found.verdict == "unknown"
    assert "all zero" in found.reason
