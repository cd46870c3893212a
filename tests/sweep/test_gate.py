import pytest
from folders import CPU, GPU_FULL, NNAPI_NONE, Writer, log

from harness.errors import UsageError
from harness.sweep.folder import read_folder
from harness.sweep.gate import NAMES, failures, parse_gates
from harness.sweep.results import build

MEDIANS = [1000, 1010, 990, 1005, 995]


@pytest.fixture
def cells(tmp_path):
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    writer.add("gpu", log(*GPU_FULL), MEDIANS)
    writer.add("nnapi", log(*NNAPI_NONE), MEDIANS)
    writer.skip("gpu-opengl", "tool-lacks-flag: --gpu_backend")
    return build(read_folder(writer.write())).cells


def test_a_gate_names_the_cells_that_fail_it(cells):
    assert [one.cell for one in failures(cells, ["none"])] == ["c-nnapi"]
    assert [one.cell for one in failures(cells, ["skipped"])] == ["c-gpu-opengl"]
    assert failures(cells, ["wrong_output", "downgraded", "partial", "failed"]) == []


def test_no_gate_fails_nothing(cells):
    assert failures(cells, parse_gates(None)) == []


def test_an_unknown_gate_is_refused_with_those_there_are():
    with pytest.raises(UsageError) as caught:
        parse_gates("none,bad")
    assert all(name in caught.value.next_step for name in NAMES)
