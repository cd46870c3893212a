import numpy as np
import pytest
from folders import CPU, GPU_FULL, NNAPI_NONE, Writer, log

from harness.errors import UsageError
from harness.sweep.folder import read_folder
from harness.sweep.results import build, rebuild

MEDIANS = [1000, 1010, 990, 1005, 995]
FAST = [500, 505, 495, 502, 498]


def cells_of(writer: Writer):
    results = build(read_folder(writer.write()))
    return results, {cell.variant.name: cell for cell in results.cells}


def test_the_three_fields_of_a_cpu_a_gpu_and_a_silent_fallback(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    writer.add("gpu", log(*GPU_FULL), FAST)
    writer.add("nnapi", log(*NNAPI_NONE), MEDIANS)
    results, cells = cells_of(writer)
    seen = {name: (c.status, c.placement, c.verdict, c.validity) for name, c in cells.items()}
    assert seen == {
        "cpu-4t": ("ok", "baseline", "baseline", "valid"),
        "gpu": ("ok", "full", "full", "valid"),
        "nnapi": ("ok", "none", "none", "valid"),
    }
    assert results.sweep.complete


def test_latency_is_pooled_and_says_how_it_is_known(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    _, cells = cells_of(writer)
    latency = cells["cpu-4t"].latency_ms
    assert latency.p50.value == pytest.approx(1.0)
    assert latency.p50.method == "tool"
    assert latency.p50.ci_low < 1.0 < latency.p50.ci_high
    assert latency.p90.method == "interpolated"
    assert latency.p90.bound_low <= latency.p90.value <= latency.p90.bound_high
    assert latency.init == pytest.approx(3.2)
    assert latency.first_inference == pytest.approx(4.0)
    assert cells["cpu-4t"].samples == 250


def test_every_ratio_names_its_baseline_and_has_an_interval(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-1t", log(*CPU), [2 * one for one in MEDIANS])
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    writer.add("gpu", log(*GPU_FULL), FAST)
    _, cells = cells_of(writer)
    assert {cell.baseline for cell in cells.values()} == {"cpu-4t"}
    speedup = cells["gpu"].speedup_vs_cpu
    assert speedup.value == pytest.approx(2.0)
    assert speedup.ci_low < 2.0 < speedup.ci_high


def test_output_that_differs_from_the_plain_cpu_is_wrong_and_has_no_speedup(tmp_path):
    right = np.linspace(-1, 1, 8, dtype=np.float32)
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS, outputs=right)
    writer.add("gpu", log(*GPU_FULL), FAST, outputs=right[::-1].copy())
    _, cells = cells_of(writer)
    assert cells["gpu"].verdict == "wrong"
    assert [one.kind for one in cells["gpu"].findings] == ["wrong_output"]
    assert cells["gpu"].speedup_vs_cpu is None
    assert cells["gpu"].placement == "full"


def test_fp16_rounding_is_not_wrong(tmp_path):
    right = np.linspace(-1, 1, 8, dtype=np.float32)
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS, outputs=right)
    writer.add("gpu", log(*GPU_FULL), FAST, outputs=(right * 1.001).astype(np.float32))
    _, cells = cells_of(writer)
    assert cells["gpu"].findings == []


def test_a_probe_that_exits_with_an_error_fails_the_cell_alone(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    text = "INFO: STARTING!\nERROR: Failed to apply GPU delegate.\nERROR: Benchmarking failed.\n"
    writer.add("gpu", text, [], exit_status=1)
    results, cells = cells_of(writer)
    assert (cells["gpu"].status, cells["gpu"].verdict) == ("failed", "failed")
    assert cells["gpu"].validity is None
    assert cells["gpu"].latency_ms is None
    assert cells["cpu-4t"].verdict == "baseline"
    assert results.sweep.complete


def test_a_sweep_that_was_cut_before_a_cells_first_round_has_not_failed_it(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), [])
    results, cells = cells_of(writer)
    assert (cells["cpu-4t"].status, cells["cpu-4t"].reason) == ("skipped", "not-run")
    assert cells["cpu-4t"].next_step == "resume the sweep"
    assert not results.sweep.complete


def test_a_skipped_cell_has_no_placement_and_no_verdict(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    writer.skip("gpu", "tool-lacks-flag: --use_gpu")
    _, cells = cells_of(writer)
    cell = cells["gpu"]
    assert (cell.status, cell.placement, cell.verdict, cell.validity) == (
        "skipped",
        None,
        None,
        None,
    )


def test_rounds_that_are_missing_make_the_cell_and_the_sweep_incomplete(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS[:3])
    results, cells = cells_of(writer)
    assert cells["cpu-4t"].validity == "incomplete"
    assert not results.sweep.complete


def test_a_thermal_status_that_rises_makes_the_cell_throttled(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS, health={"thermal_status": 2})
    _, cells = cells_of(writer)
    assert cells["cpu-4t"].validity_reasons == ["throttled"]


def test_a_clock_ceiling_that_came_with_the_sweep_is_throttling_and_one_at_rest_is_not(tmp_path):
    capped = {"thermal_status": 0, "capped_policies": ["policy7"]}
    (tmp_path / "rest").mkdir()
    at_rest = Writer(tmp_path / "rest")
    at_rest.add("cpu-4t", log(*CPU), MEDIANS, health=capped)
    (tmp_path / "later").mkdir()
    later = Writer(tmp_path / "later")
    later.add("cpu-1t", log(*CPU), MEDIANS, health={"capped_policies": []})
    later.add("cpu-4t", log(*CPU), MEDIANS, health=capped)
    assert cells_of(at_rest)[1]["cpu-4t"].validity == "valid"
    assert cells_of(later)[1]["cpu-4t"].validity_reasons == ["throttled"]


def test_a_raw_path_that_leads_out_of_the_folder_is_not_read(tmp_path):
    (tmp_path / "elsewhere.txt").write_text(log(*GPU_FULL))
    root = tmp_path / "sweep"
    root.mkdir()
    writer = Writer(root)
    writer.add("gpu", log(*GPU_FULL), FAST)
    writer.records = [
        one.model_copy(update={"output": "../elsewhere.txt"}) for one in writer.records
    ]
    _, cells = cells_of(writer)
    assert cells["gpu"].status == "failed"


def test_judging_twice_gives_the_same_document(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    root = writer.write()
    rebuild(root)
    first = (root / "results.json").read_bytes()
    rebuild(root)
    assert (root / "results.json").read_bytes() == first


def test_a_folder_without_a_manifest_is_refused_with_what_to_name_instead(tmp_path):
    with pytest.raises(UsageError) as caught:
        read_folder(tmp_path)
    assert "reports/<sweep-id>" in caught.value.next_step
