"""Noise floors of the record in judged cells: what they let be said, and of whom they speak."""

import pytest
from folders import CPU, GPU_FULL, NNAPI_NONE, Writer, log

from harness.files import write_json
from harness.sweep.documents import NoiseFloorDoc
from harness.sweep.folder import MANIFEST, read_folder
from harness.sweep.results import build

MEDIANS = [1000, 1004, 996, 1002, 998]
SLIGHTLY_FASTER = [970, 974, 966, 972, 968]
WHEN = "2026-01-01T00:00:00+00:00"


def cells_of(writer, floors, controls=None, **alike):
    if controls is not None:
        writer.records = [one.model_copy(update={"controls": controls}) for one in writer.records]
    root = writer.write()
    manifest = read_folder(root).manifest
    words = {"pairs": 3, "measured": WHEN, "rounds": 5, **alike}
    noise = [
        NoiseFloorDoc(relative=relative, variant_kind=kind, **words)
        for kind, relative in floors.items()
    ]
    device = manifest.devices[0].model_copy(update={"noise": noise})
    write_json(root / MANIFEST, manifest.model_copy(update={"devices": [device]}).to_json())
    return {cell.variant.name: cell for cell in build(read_folder(root)).cells}


@pytest.fixture
def writer(tmp_path):
    made = Writer(tmp_path)
    made.add("cpu-4t", log(*CPU), MEDIANS)
    made.add("gpu", log(*GPU_FULL), SLIGHTLY_FASTER)
    return made


@pytest.mark.parametrize(
    ("floors", "said"),
    [
        ({"cpu": 0.01, "gpu": 0.01}, "faster"),
        ({"cpu": 0.05, "gpu": 0.01}, "same"),
        ({"cpu": 0.01, "gpu": 0.05}, "same"),
        ({"cpu": 0.01}, "unknown"),
        ({"gpu": 0.01}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_gain_of_three_percent_is_claimed_only_beyond_the_noise_of_both_sides(
    writer, floors, said
):
    cell = cells_of(writer, floors)["gpu"]
    assert cell.speedup_vs_cpu.value == pytest.approx(1.031, abs=0.001)
    assert cell.speedup_vs_cpu.ci_low > 1.02
    assert cell.speedup_vs_cpu.claim == said


def test_each_cell_has_the_floor_of_what_did_its_work(writer):
    writer.add("nnapi", log(*NNAPI_NONE), MEDIANS)
    cells = cells_of(writer, {"cpu": 0.01, "gpu": 0.02, "nnapi": 0.03})
    kinds = {name: cell.noise_floor.variant_kind for name, cell in cells.items()}
    # What fell back whole ran on the CPU, whatever its name.
    assert kinds == {"cpu-4t": "cpu", "gpu": "gpu", "nnapi": "cpu"}


def test_without_a_floor_the_cell_says_null(writer):
    assert {cell.noise_floor for cell in cells_of(writer, {}).values()} == {None}


@pytest.mark.parametrize(
    ("controls", "alike", "has_floor"),
    [
        ({}, {}, True),
        ({"stay_awake": "held", "fixed_performance": "refused"}, {}, True),
        ({"fixed_performance": "held"}, {}, False),
        ({"fixed_performance": "held"}, {"clocks": {"fixed_performance": "held"}}, True),
        ({"fixed_performance": "not_verified"}, {"clocks": {"fixed_performance": "held"}}, False),
        ({"power_saver": "already"}, {"clocks": {"power_saver": "held"}}, True),
        ({}, {"clocks": {"fixed_performance": "held"}}, False),
        ({}, {"cores": "big"}, False),
        ({}, {"rounds": 6}, False),
        ({}, {"rounds": None}, False),
        ({}, {"rounds": 4}, True),
    ],
)
def test_a_floor_speaks_of_cells_that_were_measured_alike(writer, controls, alike, has_floor):
    cells = cells_of(writer, {"cpu": 0.01, "gpu": 0.01}, controls, **alike)
    assert {cell.noise_floor is not None for cell in cells.values()} == {has_floor}
    assert cells["gpu"].speedup_vs_cpu.claim == ("faster" if has_floor else "unknown")
