"""`expect:` and `fail_on:` of devices.yaml: what they cover, and how they are refused."""

import pytest

from harness.errors import ConfigError
from harness.lab.config import load_config

VARIANTS = """\
variants:
  qnn: {accelerator: external, flags: {external_delegate_path: q.so}}
  qnn-fast: {extends: qnn, flags: {x: 1}}
  my-nnapi: {extends: nnapi, flags: {nnapi_execution_preference: low_power}}
  dsp: {extends: nnapi, flags: {nnapi_accelerator_name: dsp}}
"""


@pytest.fixture
def lab(tmp_path):
    def load(text: str):
        path = tmp_path / "devices.yaml"
        path.write_text(text, encoding="utf-8")
        return load_config(path)

    return load


@pytest.fixture
def expect(lab):
    return lambda text: (
        lab(f"models: {{m: {{path: m, expect: {text}}}}}\n{VARIANTS}").models["m"].expect
    )


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("{gpu: full}", {"gpu": "full"}),
        ("{gpu: '>= 0.9'}", {"gpu": ">= 0.9"}),
        ("{gpu: '>=0.9'}", {"gpu": ">= 0.9"}),
        ("{gpu: 0.9}", {"gpu": ">= 0.9"}),
        ("{gpu: 1}", {"gpu": ">= 1"}),
        ("{gpu: 90%}", {"gpu": ">= 90%"}),
        ("{npu: none}", {"npu": "none"}),
        ("{nnapi: full}", {"nnapi": "full"}),
        ("{nnapi-google-edgetpu: full}", {"nnapi-google-edgetpu": "full"}),
        ("{my-nnapi-google-edgetpu: full}", {"my-nnapi-google-edgetpu": "full"}),
        ("{external: full}", {"qnn": "full", "qnn-fast": "full"}),
        ("{external: full, qnn: partial}", {"qnn": "partial", "qnn-fast": "full"}),
        ("{qnn: partial, external: full}", {"qnn": "partial", "qnn-fast": "full"}),
    ],
)
def test_names_cover_variants(expect, text, covered):
    assert expect(text) == covered


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("gpuu: full", "models.m.expect.gpuu", "did you mean 'gpu'?"),
        ("gpu: fulll", "models.m.expect.gpu", "'full', 'partial', 'none'"),
        ("gpu: true", "models.m.expect.gpu", ""),
        ("gpu: [full]", "models.m.expect.gpu", ""),
        ("gpu: null", "models.m.expect.gpu", ""),
        ("gpu: 90", "models.m.expect.gpu", "at most 1"),
        ("cpu-4t: full", "models.m.expect.cpu-4t", "asks for the CPU"),
        ("cpu: full", "models.m.expect.cpu", "asks for the CPU"),
        ("hexagon: full", "models.m.expect.hexagon", "no variant asks for 'hexagon'"),
        ("dsp-x: full", "models.m.expect.dsp-x", "no 'dsp-x' is known"),
        ("gpu-x: full", "models.m.expect.gpu-x", "no 'gpu-x' is known"),
    ],
)
def test_an_expectation_that_means_nothing_is_refused_with_its_line_and_key(
    lab, line, place, words
):
    with pytest.raises(ConfigError) as caught:
        lab(f"models:\n  m:\n    path: m\n    expect:\n      {line}\n{VARIANTS}")
    assert caught.value.line == 5
    assert place in caught.value.message
    assert words in caught.value.message


def test_a_share_without_its_quotes_is_told_to_take_them(lab):
    with pytest.raises(ConfigError) as caught:
        lab("models:\n  m:\n    path: m\n    expect:\n      gpu: >= 0.9\n")
    assert caught.value.line == 5
    assert "'>= 0.9'" in caught.value.next_step


@pytest.mark.parametrize(
    "gates", ["[none, wrong_output]", "'none,wrong-output'", "[none, wrong-output]"]
)
def test_a_sweep_names_its_gates(lab, gates):
    sweeps = f"sweeps: {{s: {{models: [m], fail_on: {gates}}}}}"
    config = lab(f"models: {{m: {{path: m}}}}\n{sweeps}\n")
    assert config.sweep("s").fail_on == ("none", "wrong_output")


def test_a_sweep_without_gates_has_none(lab):
    assert lab("models: {m: {path: m}}\nsweeps: {s: {models: [m]}}\n").sweep("s").fail_on == ()


@pytest.mark.parametrize(
    ("gates", "line", "place", "words"),
    [
        ("[none, wrong_ouput]", 4, "sweeps.s.fail_on[1]", "did you mean 'wrong_output'?"),
        ("[none, 5]", 4, "sweeps.s.fail_on[1]", ""),
        ("full", 4, "sweeps.s.fail_on", "no gate is called 'full'"),
    ],
)
def test_an_unknown_gate_is_refused_with_its_line_and_key(lab, gates, line, place, words):
    with pytest.raises(ConfigError) as caught:
        lab(f"models: {{m: {{path: m}}}}\nsweeps:\n  s:\n    fail_on: {gates}\n    models: [m]\n")
    assert caught.value.line == line
    assert place in caught.value.message
    assert words in caught.value.message
