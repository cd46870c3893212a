"""A/A sweeps: twins, and the noise floors that they come to, from folders written by hand."""

import folders
import pytest
from folders import CPU, GPU_FULL, NNAPI_NONE, Writer, log

from harness.bench.variant import BUILT_IN, Accelerator
from harness.lab.noise import read_noise
from harness.sweep import calibrate
from harness.sweep.calibrate import measured, twin_of
from harness.sweep.folder import read_folder
from harness.sweep.results import build

WHEN = "2026-01-01T00:00:00+00:00"
# Three comparisons of five rounds: the medians of the twins differ by 1, 2 and 3 %.
A = [1000] * 15
B = [1010] * 5 + [1020] * 5 + [1030] * 5


@pytest.fixture
def known_twins(monkeypatch):
    """Let the folder's writer know the twins, which are no variants of the harness."""
    twins = {one.name: one for one in map(twin_of, BUILT_IN.values())}
    monkeypatch.setattr(folders, "BUILT_IN", {**BUILT_IN, **twins})


def found_in(root, variants, rounds=15):
    writer = Writer(root, rounds=rounds)
    for name, (lines, medians) in variants.items():
        writer.add(name, log(*lines), medians)
    folder = read_folder(writer.write())
    return {one.variant: one for one in measured(folder, build(folder).cells, WHEN)}


def test_a_twin_differs_by_its_name_alone():
    for variant in BUILT_IN.values():
        twin = twin_of(variant)
        assert twin.name == f"again-{variant.name}"
        assert (twin.flags, twin.accelerator) == (variant.flags, variant.accelerator)
        assert (twin.environment, twin.push, twin.dialect) == (
            variant.environment, variant.push, variant.dialect,
        )  # fmt: skip


def test_twins_come_to_a_floor_that_no_comparison_exceeds(tmp_path, known_twins):
    found = found_in(tmp_path, {"cpu-4t": (CPU, A), "again-cpu-4t": (CPU, B)})
    assert set(found) == {"cpu-4t"}
    entry = found["cpu-4t"].entry
    assert (entry.pairs, entry.rounds, entry.measured) == (3, 5, WHEN)
    assert entry.variant_kind is Accelerator.CPU
    assert entry.relative >= 0.0299
    calm = found_in(tmp_path / "calm", {"cpu-4t": (CPU, A), "again-cpu-4t": (CPU, A)})
    assert calm["cpu-4t"].entry.relative < 0.001


def test_too_few_rounds_come_to_none(tmp_path, known_twins):
    short = {"cpu-4t": (CPU, A[:14]), "again-cpu-4t": (CPU, B[:14])}
    found = found_in(tmp_path, short, rounds=14)["cpu-4t"]
    assert found.entry is None
    assert "14 rounds" in found.reason


def test_what_ran_on_the_cpu_in_the_open_tells_nothing_of_an_accelerator(tmp_path, known_twins):
    found = found_in(
        tmp_path,
        {
            "cpu-4t": (CPU, A),
            "again-cpu-4t": (CPU, A),
            "nnapi": (NNAPI_NONE, A),
            "again-nnapi": (NNAPI_NONE, A),
            "gpu": (GPU_FULL, A),
            "again-gpu": (GPU_FULL, A),
        },
    )
    assert found["nnapi"].entry is None
    assert "placement none" in found["nnapi"].reason
    assert found["gpu"].entry.variant_kind is Accelerator.GPU


def test_times_that_may_not_be_used_tell_no_noise(tmp_path, known_twins):
    restless = [1000, 1500] * 7 + [1000]
    found = found_in(tmp_path, {"cpu-4t": (CPU, A), "again-cpu-4t": (CPU, restless)})["cpu-4t"]
    assert found.entry is None
    assert "again-cpu-4t is invalid: noisy" in found.reason


def test_what_is_kept_is_what_was_measured(tmp_path, known_twins, monkeypatch):
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "home"))
    found = found_in(tmp_path / "s", {"cpu-4t": (CPU, A), "again-cpu-4t": (CPU, B)})
    one = found["cpu-4t"]
    calibrate.keep(list(found.values()))
    assert read_noise(one.device, simulated=one.simulated) == (one.entry,)
