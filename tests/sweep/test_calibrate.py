"""A/A sweeps: twins, and the noise floors that they come to, from folders written by hand."""

import folders
import pytest
from folders import CPU, GPU_FULL, NNAPI_NONE, Writer, log

from harness.bench.policy import Policy
from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN, Accelerator
from harness.lab.noise import read_noise
from harness.sweep import calibrate
from harness.sweep.calibrate import doubled, measured, twin_of
from harness.sweep.folder import read_folder
from harness.sweep.prepare import Request
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


def found_in(root, variants, rounds=15, controls=None):
    """`controls` by variant: outcomes that all its launches record."""
    writer = Writer(root, rounds=rounds)
    for name, (lines, medians) in variants.items():
        before = len(writer.records)
        writer.add(name, log(*lines), medians)
        said = {"controls": (controls or {}).get(name, {})}
        writer.records[before:] = [one.model_copy(update=said) for one in writer.records[before:]]
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


def test_a_floor_keeps_under_which_controls_of_clocks_it_was_measured(tmp_path, known_twins):
    said = {"stay_awake": "held", "fixed_performance": "held", "governor": "no_rights"}
    twins = {"cpu-4t": (CPU, A), "again-cpu-4t": (CPU, B)}
    alike = found_in(tmp_path / "a", twins, controls=dict.fromkeys(twins, said))
    assert alike["cpu-4t"].entry.clocks == {"fixed_performance": "held"}
    assert alike["cpu-4t"].entry.cores is None
    unlike = found_in(tmp_path / "b", twins, controls={"cpu-4t": said})["cpu-4t"]
    assert unlike.entry is None
    assert "not measured under the same settings" in unlike.reason


def test_what_the_file_wants_beside_rounds_is_left_out(tmp_path):
    given = RunSettings(
        rounds=15, precision=0.02, budget_s=60, sustain_s=600, init_pairs=3, samples=("short",),
        cores=("big",), min_secs=2,
    )  # fmt: skip
    request = Request(
        devices=[], models=[], variants={None: [BUILT_IN["gpu"]]}, settings=given, tools=None,
        device_settings={"A": given}, policies={"A": Policy(cooldown=60)},
    )  # fmt: skip
    made = doubled(request)
    assert [one.name for one in made.variants[None]] == ["gpu", "again-gpu"]
    for settings in (made.settings, made.device_settings["A"]):
        assert settings == RunSettings(rounds=15, cores=("big",), min_secs=2)
    assert made.policies == request.policies


def test_what_is_kept_is_what_was_measured(tmp_path, known_twins, monkeypatch):
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "home"))
    found = found_in(tmp_path / "s", {"cpu-4t": (CPU, A), "again-cpu-4t": (CPU, B)})
    one = found["cpu-4t"]
    calibrate.keep(list(found.values()))
    assert read_noise(one.device, simulated=one.simulated) == (one.entry,)
