"""Expectations of devices.yaml in a sweep: which cells they cover, and what follows."""

import pytest
from folders import CPU, GPU_FULL, NNAPI_NONE, Writer, log

from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN
from harness.demo_models import paths
from harness.device.base import DeviceKind, Profile
from harness.errors import UsageError
from harness.lab.schema import ModelSection
from harness.sweep.folder import read_folder
from harness.sweep.gate import failures
from harness.sweep.models import ModelWords, prepare_model
from harness.sweep.plan import PlannedDevice, PlannedModel, plan_sweep
from harness.sweep.results import build, record_gates

MEDIANS = [1000, 1010, 990, 1005, 995]
PARTLY = tuple(
    line.replace("40 out of 40", "30 out of 40").replace("completely", "partially")
    for line in GPU_FULL
)


def sweep(tmp_path, expected, *, expanded=False):
    """CPU, GPU partial, NNAPI none, one failed, one skipped, one excluded."""
    writer = Writer(tmp_path)
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    writer.add("gpu", log(*PARTLY), MEDIANS)
    writer.add("nnapi", log(*NNAPI_NONE), MEDIANS)
    writer.add("gpu-fp32", "ERROR: it fell over\n", MEDIANS[:1], exit_status=1)
    writer.skip("gpu-opengl", "tool-lacks-flag: --gpu_backend")
    writer.skip("npu", "excluded: devices.yaml keeps it off this device")
    root = writer.write()
    manifest = read_folder(root).manifest
    models = [one.model_copy(update={"expect": expected}) for one in manifest.models]
    base = {"expanded_from": "base"}
    variants = [
        one.model_copy(update=base) if expanded and one.name == "nnapi" else one
        for one in manifest.variants
    ]
    manifest = manifest.model_copy(update={"models": models, "variants": variants})
    (root / "sweep.json").write_text(manifest.model_dump_json(by_alias=True))
    return root


def results(tmp_path, expected, gates=(), **how):
    root = sweep(tmp_path, expected, **how)
    record_gates(root, gates)
    return build(read_folder(root))


def outcomes(found):
    return {
        cell.variant.name: cell.expectation.outcome.value
        for cell in found.cells
        if cell.expectation is not None
    }


def failed(found):
    return [(one.gate, one.cell) for one in found.sweep.gate_failures]


@pytest.mark.parametrize(
    ("expected", "outcome"),
    [
        ({"gpu": "full"}, "unmet"),
        ({"gpu": "partial"}, "met"),
        ({"gpu": ">= 75%"}, "met"),
        ({"gpu": ">= 0.76"}, "unmet"),
        ({"gpu": "none"}, "better"),
        ({"nnapi": "none"}, "met"),
        ({"nnapi": "partial"}, "unmet"),
        ({"gpu-fp32": "partial"}, "unmet"),
        ({"gpu-fp32": "none"}, "untested"),
        ({"gpu-opengl": "partial"}, "unmet"),
        ({"gpu-opengl": "none"}, "untested"),
        ({"npu": "full"}, "untested"),
    ],
)
def test_a_cell_is_held_to_what_is_expected_of_its_variant(tmp_path, expected, outcome):
    found = results(tmp_path, expected)
    (name,) = expected
    assert outcomes(found) == {name: outcome}
    unmet = [("expectation", f"c-{name}")] if outcome == "unmet" else []
    assert failed(found) == unmet


def test_an_unmet_expectation_fails_without_any_gate_and_says_wanted_and_got(tmp_path):
    found = results(tmp_path, {"gpu": "full", "gpu-fp32": "full", "gpu-opengl": "full"})
    messages = [one.message for one in found.sweep.gate_failures]
    assert messages[0].startswith("expected full of gpu, got partial: 30 of 40 nodes on gpu; ")
    assert messages[1].startswith("expected full of gpu-fp32, got failed: exit-status; ")
    assert messages[2].startswith("expected full of gpu-opengl, got skipped: tool-lacks-flag")


def test_the_name_that_a_variant_was_expanded_from_covers_it(tmp_path):
    found = results(tmp_path, {"base": "full"}, expanded=True)
    assert outcomes(found) == {"nnapi": "unmet"}
    assert found.cells[2].expectation.variant == "base"


def test_its_own_name_wins_over_the_one_it_was_expanded_from(tmp_path):
    assert outcomes(results(tmp_path, {"base": "full", "nnapi": "none"}, expanded=True)) == {
        "nnapi": "met"
    }


def test_a_placement_that_is_expected_fails_no_gate(tmp_path):
    gates = ["none", "partial"]
    assert failed(results(tmp_path / "a", {}, gates)) == [("partial", "c-gpu"), ("none", "c-nnapi")]
    known = {"gpu": ">= 0.5", "nnapi": "none"}
    assert failed(results(tmp_path / "b", known, gates)) == []


def test_a_placement_below_what_is_expected_fails_its_gate_too(tmp_path):
    found = results(tmp_path, {"gpu": "full"}, ["partial"])
    assert failed(found) == [("expectation", "c-gpu"), ("partial", "c-gpu")]


def test_unknown_is_never_excused(tmp_path):
    writer = Writer(tmp_path)
    writer.add("gpu", log(*GPU_FULL[:1]), MEDIANS)
    root = writer.write()
    manifest = read_folder(root).manifest
    models = [one.model_copy(update={"expect": {"gpu": "none"}}) for one in manifest.models]
    manifest = manifest.model_copy(update={"models": models})
    (root / "sweep.json").write_text(manifest.model_dump_json(by_alias=True))
    cells = build(read_folder(root)).cells
    assert [one.gate for one in failures(cells, ["unknown", "none"])] == ["unknown"]


def test_a_manifest_whose_expectation_is_none_is_refused(tmp_path):
    root = sweep(tmp_path, {"gpu": "full"})
    path = root / "sweep.json"
    path.write_text(path.read_text().replace('"gpu":"full"', '"gpu":"fast"'))
    with pytest.raises(UsageError, match="not an expectation"):
        read_folder(root)


def test_recorded_gates_change_nothing_else_of_the_manifest(tmp_path):
    root = sweep(tmp_path, {})
    before = read_folder(root).manifest
    record_gates(root, ["none"])
    after = read_folder(root).manifest
    assert after.sweep.gates == ["none"]
    assert after.model_copy(update={"sweep": before.sweep}) == before


def test_a_model_of_devices_yaml_takes_its_expectations_into_the_manifest(tmp_path):
    section = ModelSection.model_validate({"path": str(paths()[0]), "expect": {"gpu": "90%"}})
    model = prepare_model("m", section, ModelWords(), seed=0)
    assert model.manifest.expect == {"gpu": ">= 90%"}
    bare = prepare_model(str(paths()[0]), None, ModelWords(), seed=0)
    assert bare.manifest.expect == {}


def phone(excluded=frozenset()):
    profile = Profile(api_level=33, nnapi_devices=("edge-npu", "nnapi-reference"))
    return PlannedDevice("S", DeviceKind.ADB, profile, {}, {}, excluded)


def planned(device):
    models, variants = [PlannedModel("ab", "m")], [BUILT_IN["cpu-4t"], BUILT_IN["nnapi"]]
    return plan_sweep([device], models, variants, RunSettings(), 0)


def test_planning_remembers_which_variant_a_cell_was_expanded_from():
    found = {one.name: one.expanded_from for one in planned(phone()).variants}
    assert found == {"cpu-4t": None, "nnapi-edge-npu": "nnapi"}


def test_a_variant_that_is_kept_off_a_device_is_kept_off_in_all_that_it_becomes():
    cells = planned(phone(frozenset({"nnapi"}))).cells
    reasons = {one.variant: (one.skip_reason or "").partition(":")[0] for one in cells}
    assert reasons == {"cpu-4t": "no-tool", "nnapi-edge-npu": "excluded"}
