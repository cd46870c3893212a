"""Gates at the command line: exit codes, and what is said. Real LiteRT on this machine."""

from __future__ import annotations

import json

import pytest
from folders import CPU, GPU_FULL, NNAPI_NONE, Writer, log

from harness.cli.app import run
from harness.demo_models import paths

MEDIANS = [1000, 1010, 990, 1005, 995]
MODEL = str(paths()[0])
LOCAL = ("--device", "local", "--variant", "cpu-1t", "--quick", "--rounds", "1")


def folder(tmp_path, gates=(), expected=None):
    writer = Writer(tmp_path / "s1")
    writer.add("cpu-4t", log(*CPU), MEDIANS)
    writer.add("gpu", log(*GPU_FULL), MEDIANS)
    writer.add("nnapi", log(*NNAPI_NONE), MEDIANS)
    root = writer.write()
    path = root / "sweep.json"
    manifest = json.loads(path.read_text())
    manifest["sweep"]["gates"] = list(gates)
    manifest["models"][0]["expect"] = expected or {}
    path.write_text(json.dumps(manifest))
    return root


def on_disk(root):
    return json.loads((root / "results.json").read_text())["sweep"]


def recorded(root):
    return json.loads((root / "sweep.json").read_text())["sweep"]["gates"]


def test_a_report_alone_tests_the_recorded_gates_and_exits_with_0(tmp_path, capsys):
    root = folder(tmp_path, ["none"])
    assert run(["report", str(root)]) == 0
    out = capsys.readouterr().out
    assert "gates failed: none 1" in out
    assert "nnapi on Phone, m: 0 of 40 nodes on nnapi" in out
    assert on_disk(root)["gate_failures"][0]["gate"] == "none"


@pytest.mark.parametrize(("gates", "code"), [("none", 1), ("partial,wrong-output", 0), ("", 0)])
def test_a_report_that_is_asked_for_gates_exits_by_them(tmp_path, capsys, gates, code):
    root = folder(tmp_path, ["skipped"])
    assert run(["report", str(root), "--fail-on", gates]) == code
    assert ("gates failed: none 1" in capsys.readouterr().out) == bool(code)


def test_asking_leaves_the_record_and_its_files_as_they_are(tmp_path, capsys):
    root = folder(tmp_path, ["partial"])
    assert run(["report", str(root), "--fail-on", "none", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["gates"] == ["none"]
    assert [one["cell"] for one in document["gate_failures"]] == ["c-nnapi"]
    assert recorded(root) == ["partial"]
    assert (on_disk(root)["gates"], on_disk(root)["gate_failures"]) == (["partial"], [])
    assert "<failure" not in (root / "junit.xml").read_text()


def test_recording_makes_them_the_sweeps_own(tmp_path):
    root = folder(tmp_path, ["partial"])
    assert run(["report", str(root), "--fail-on", "none", "--record"]) == 1
    assert recorded(root) == ["none"]
    assert "<failure" in (root / "junit.xml").read_text()
    assert run(["report", str(root)]) == 0
    assert on_disk(root)["gates"] == ["none"]


def test_recording_nothing_is_a_usage_error(tmp_path, capsys):
    assert run(["report", str(folder(tmp_path)), "--record"]) == 2
    assert "--fail-on none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code"), [((), 0), (("--fail-on", "expectation"), 1), (("--fail-on", "partial"), 1)]
)
def test_a_report_tests_what_was_expected_when_it_was_run(tmp_path, words, code):
    root = folder(tmp_path, expected={"nnapi": "full", "gpu": "full"})
    assert run(["report", str(root), *words]) == code
    found = on_disk(root)["gate_failures"]
    assert [(one["gate"], one["cell"]) for one in found] == [("expectation", "c-nnapi")]


def test_results_without_their_manifest_can_be_asked_but_not_recorded(tmp_path):
    root = folder(tmp_path)
    assert run(["report", str(root)]) == 0
    (root / "sweep.json").unlink()
    assert run(["report", str(root), "--fail-on", "none"]) == 1
    assert run(["report", str(root), "--fail-on", "none", "--record"]) == 2


@pytest.mark.parametrize("verb", [["run", MODEL, *LOCAL], ["report", "."], ["demo"]])
def test_an_unknown_gate_is_exit_2_before_anything_is_done(own_places, capsys, verb):
    assert run([*verb, "--fail-on", "none,silent", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert "'silent'" in error["message"]
    assert "wrong_output" in error["next"]
    assert list(own_places.iterdir()) == []


def lab(own_places, rest="", expect=""):
    text = f"models:\n  digits:\n    path: {MODEL}\n{expect}"
    text += f"sweeps:\n  s:\n    models: [digits]\n    devices: [local]\n{rest}"
    (own_places / "devices.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def swept(own_places, capsys):
    """Run and return the exit code with results.json."""

    def go(*words: str):
        code = run(["run", *words, "--quick", "--rounds", "1", "--json"])
        return code, json.loads(capsys.readouterr().out)

    return go


@pytest.mark.parametrize(("gate", "code"), [("skipped", 1), ("none,wrong-output", 0)])
def test_a_sweep_is_held_to_its_gates(swept, gate, code):
    # LiteRT's compiled-model tool has no choice of OpenGL: the variant is skipped on this machine.
    words = ("--device", "local", "--variant", "cpu-1t,gpu-opengl", "--fail-on", gate)
    found, document = swept(MODEL, *words)
    assert found == code
    failed = document["sweep"]["gate_failures"]
    assert [one["gate"] for one in failed] == (["skipped"] if code else [])
    assert "--fail-on" in document["sweep"]["command"]


def test_the_gates_of_the_call_are_added_to_those_of_the_sweep(own_places, swept):
    lab(own_places, "    variants: [cpu-1t, gpu-opengl]\n    fail_on: [skipped, none]\n")
    code, document = swept("--sweep", "s", "--fail-on", "wrong-output,none")
    assert code == 1
    assert document["sweep"]["gates"] == ["skipped", "none", "wrong_output"]
    assert [one["gate"] for one in document["sweep"]["gate_failures"]] == ["skipped"]


def test_an_expectation_that_is_not_met_is_exit_1_without_any_gate(own_places, swept):
    lab(own_places, "    variants: [cpu-1t, gpu-opengl]\n", "    expect: {gpu-opengl: full}\n")
    code, document = swept("--sweep", "s")
    assert code == 1
    (failure,) = document["sweep"]["gate_failures"]
    assert failure["gate"] == "expectation"
    expected = "expected full of gpu-opengl, got skipped: tool-lacks-flag"
    assert failure["message"].startswith(expected)
    assert document["cells"][1]["expectation"] == {
        "variant": "gpu-opengl",
        "least": "full",
        "outcome": "unmet",
    }


def test_gates_come_before_validity_in_the_exit_code(swept):
    words = ("--device", "local", "--variant", "cpu-1t,gpu-opengl")
    # One round of a few milliseconds may be valid or not; a gate that fails is told first.
    assert swept(MODEL, *words, "--fail-on", "skipped", "--strict")[0] == 1


def test_a_resume_adds_its_gates_for_good(own_places, swept):
    code, document = swept(MODEL, "--device", "local", "--variant", "cpu-1t,gpu-opengl")
    assert code in {0, 4}
    root = own_places / document["folder"]
    code, document = swept("--resume", str(root), "--fail-on", "skipped")
    assert code == 1
    assert recorded(root) == ["skipped"]
