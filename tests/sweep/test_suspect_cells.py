import numpy as np
import pytest
from folders import CPU, GPU_FULL, Writer, log

from harness.bench.variant import Accelerator
from harness.sweep.folder import read_folder
from harness.sweep.results import build
from harness.sweep.suspect_cells import role_of

SLOW = [25000, 25200, 24900, 25100, 25050]
MEDIANS = [10000, 10100, 9900, 10050, 9950]
LIKE = [9980, 10060, 9940, 10090, 9930]
FAST = [5000, 5050, 4950, 5020, 4980]
RIGHT = np.linspace(-1, 1, 8, dtype=np.float32)
HALF = RIGHT.astype(np.float16).astype(np.float32)


def writer(root, gpu, *, outputs=HALF, cpu=RIGHT, variant="gpu", **facts):
    """A phone with two CPU variants and a GPU; `facts` are what its GPU rounds' records say."""
    one = Writer(root)
    one.add("cpu-1t", log(*CPU), SLOW, outputs=cpu)
    one.add("cpu-4t", log(*CPU), MEDIANS, outputs=cpu)
    one.add(variant, log(*GPU_FULL), gpu, outputs=outputs)
    one.records = [
        record.model_copy(update=facts) if record.cell == f"c-{variant}" else record
        for record in one.records
    ]
    return one


def cell_of(one, variant="gpu"):
    cells = build(read_folder(one.write())).cells
    return next(cell for cell in cells if cell.variant.name == variant)


IDLE = {"counters": {"gpu_active_ns": 0}}


def test_the_cpus_time_and_a_gpu_that_did_nothing_is_suspect_with_its_evidence(tmp_path):
    cell = cell_of(writer(tmp_path, LIKE, **IDLE))
    assert (cell.verdict, cell.placement) == ("suspect", "full")
    assert cell.suspicion.verdict == "suspect"
    assert cell.suspicion.against == "cpu-4t"
    assert cell.suspicion.ratio.ci_low < cell.suspicion.ratio.value < cell.suspicion.ratio.ci_high
    idle, finding = cell.findings
    assert (idle.kind, finding.kind) == ("downgraded", "suspect")
    texts = {one.kind: one.text for one in finding.evidence}
    assert "gpu_active_ns grew by 0 s" in texts["counters"]
    assert "90 % interval" in texts["timing"]
    assert "5 pairs" in texts["timing"]


def test_an_output_copied_from_the_cpu_is_suspect_however_fast_and_with_one_round(tmp_path):
    cell = cell_of(writer(tmp_path, FAST[:1], outputs=RIGHT))
    assert cell.verdict == "suspect"
    assert cell.suspicion.against in ("cpu-1t", "cpu-4t")
    assert cell.suspicion.corroborators[0].text.endswith("that of cpu-1t and cpu-4t")
    assert cell.findings[0].evidence[0].source == "raw/gpu/probe-1/outputs.bin"


def test_a_copied_output_of_a_run_in_single_precision_needs_long_sums(tmp_path):
    one = writer(tmp_path, FAST, outputs=RIGHT, variant="gpu-fp32")
    cell = cell_of(one, "gpu-fp32")
    assert cell.suspicion.verdict == "not_testable"
    assert cell.suspicion.corroborators[0].says == "cpu"


@pytest.mark.parametrize("outputs", [np.round(RIGHT), np.zeros(8, np.float32)])
def test_a_copied_output_of_round_numbers_is_chance(tmp_path, outputs):
    cell = cell_of(writer(tmp_path, FAST, outputs=outputs, cpu=outputs))
    assert cell.suspicion.verdict == "clear"
    assert cell.suspicion.corroborators[0].says == "undecided"
    assert "too few telling values" in cell.suspicion.corroborators[0].text


def test_a_fast_gpu_is_clear_and_cpu_cells_are_not_asked(tmp_path):
    one = writer(tmp_path, FAST)
    cells = {cell.variant.name: cell for cell in build(read_folder(one.write())).cells}
    assert cells["gpu"].suspicion.verdict == "clear"
    assert cells["gpu"].findings == []
    assert cells["cpu-1t"].suspicion is None
    assert cells["cpu-4t"].suspicion is None


def test_an_old_sweep_without_counters_says_what_was_not_read(tmp_path):
    cell = cell_of(writer(tmp_path, LIKE))
    assert cell.suspicion.verdict == "not_testable"
    says = {fact.kind: fact.says for fact in cell.suspicion.corroborators}
    assert says == {"outputs": "undecided", "cpu_time": "unreadable", "counters": "unreadable"}


def with_cpu_time(one, probe, rounds):
    """Give every probe and every round its seconds and CPU seconds."""
    one.records = [
        r.model_copy(update=dict(zip(("seconds", "cpu_seconds"), times, strict=True)))
        for r in one.records
        for times in (probe if r.kind == "probe" else rounds,)
    ]
    return one


def test_rounds_that_keep_threads_busy_are_the_cpus(tmp_path):
    cell = cell_of(with_cpu_time(writer(tmp_path, LIKE), (0.1, 0.1), (1.5, 4.2)))
    assert cell.suspicion.verdict == "suspect"
    fact = next(fact for fact in cell.suspicion.corroborators if fact.kind == "cpu_time")
    assert fact.says == "cpu"
    assert fact.text.startswith("2.80 to 2.81 CPU threads busy")


def test_cpu_time_that_the_probe_takes_as_well_is_of_the_start_up(tmp_path):
    cell = cell_of(with_cpu_time(writer(tmp_path, LIKE), (1.0, 4.0), (1.5, 4.2)))
    fact = next(fact for fact in cell.suspicion.corroborators if fact.kind == "cpu_time")
    assert fact.says == "undecided"
    assert fact.text.startswith("0.40 to 2.81 CPU threads busy")


def test_three_rounds_are_no_test(tmp_path):
    one = writer(tmp_path, LIKE[:3], **IDLE)
    cell = cell_of(one)
    assert cell.suspicion.verdict == "not_testable"
    assert "3 rounds" in cell.suspicion.reason


def test_a_failed_or_a_fallen_back_run_is_not_asked(tmp_path):
    one = Writer(tmp_path)
    one.add("cpu-4t", log(*CPU), MEDIANS)
    one.add("gpu", "INFO: STARTING!\nERROR: Benchmarking failed.\n", [], exit_status=1)
    one.skip("nnapi", "tool-lacks-flag")
    cells = build(read_folder(one.write())).cells
    assert [cell.suspicion for cell in cells] == [None] * 3


@pytest.mark.parametrize(
    ("accelerator", "flags", "role"),
    [
        ("cpu", {}, "XNNPACK on one thread"),
        ("cpu", {"num_threads": "1"}, "XNNPACK on one thread"),
        ("cpu", {"num_threads": "-1"}, "XNNPACK on one thread"),
        ("xnnpack", {"num_threads": "4"}, "XNNPACK on several threads"),
        ("cpu", {"num_threads": "4", "use_xnnpack": "false"}, "the interpreter's own kernels"),
        ("nnapi", {"nnapi_accelerator_name": "nnapi-reference"}, "NNAPI's CPU reference"),
        ("nnapi", {"nnapi_accelerator_name": "qti-dsp"}, None),
        ("gpu", {"num_threads": "4"}, None),
    ],
)
def test_a_cpu_path_is_known_by_its_flags(accelerator, flags, role):
    assert role_of(Accelerator(accelerator), flags) == role
