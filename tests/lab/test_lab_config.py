"""devices.yaml: what it says, and how it is refused."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.bench.settings import DEFAULT, RunSettings
from harness.bench.variant import BUILT_IN, Accelerator
from harness.device.controls import DEFAULT_CONTROLS
from harness.errors import ConfigError, UnknownNameError, UsageError
from harness.lab.address import AdbServer, parse_address, server_of_environment
from harness.lab.config import load_config
from harness.lab.schema import SettingsSection

LAB = """\
adb_servers: [127.0.0.1:5037, '[::1]:5038']
settings: {rounds: 7, max_secs: 20}
devices:
  0123:
    alias: pixel8
    tags: [lab, tensor]
    settings: {rounds: 9}
  R3CN30ABCDE: {quarantined: screen broken, exclude_variants: [nnapi, my-gpu]}
models:
  detector:
    path: models/detector.tflite
    inputs:
      image: {shape: [1, 320, 320, 3], range: [0, 1]}
      mask: {file: mask.bin}
    expect: {gpu: partial}
variants:
  my-gpu: {extends: gpu-base, flags: {gpu_backend: cl, num_threads: 2}}
  gpu-base: {extends: gpu-fp32, flags: {gpu_precision_loss_allowed: null}, push: [libgpu.so]}
tools: {mine: {paths: [bin/benchmark_model, bin/libx.so]}}
sweeps:
  nightly: {models: [detector], devices: ['tag:lab&api>=29'], variants: [gpu, my-gpu], rounds: 3}
"""


@pytest.fixture
def lab(tmp_path):
    return lambda text: load_config(written(tmp_path, text))


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "devices.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_whole_file_is_resolved(lab, tmp_path):
    config = lab(LAB)
    assert config.adb_servers == (AdbServer("127.0.0.1", 5037), AdbServer("::1", 5038))
    assert config.device("0123").alias == "pixel8"
    assert config.device("R3CN30ABCDE").quarantine_reason == "screen broken"
    assert config.device("unlisted").quarantine_reason is None
    detector = config.models["detector"]
    assert detector.path == tmp_path / "models/detector.tflite"
    assert detector.inputs["mask"].file == tmp_path / "mask.bin"
    assert config.tools["mine"].paths[1] == tmp_path / "bin/libx.so"


def test_a_variant_extends_another_and_may_drop_its_flags(lab, tmp_path):
    variant = lab(LAB).variant("my-gpu")
    assert variant.accelerator is Accelerator.GPU
    assert variant.flags == {"use_gpu": "true", "gpu_backend": "cl", "num_threads": "2"}
    assert variant.push == (str(tmp_path / "libgpu.so"),)


def test_built_in_variants_are_found_beside_those_of_the_file(lab):
    assert lab(LAB).variant("nnapi") is BUILT_IN["nnapi"]
    with pytest.raises(UnknownNameError) as caught:
        lab(LAB).variant("my-gpuu")
    assert "my-gpu" in caught.value.next_step


def test_a_devices_settings_win_over_the_sweeps_and_these_over_the_files(lab):
    config = lab(LAB)
    nightly = config.sweep("nightly")
    assert config.settings_for("0123", nightly).rounds == 9
    assert config.settings_for("other", nightly).rounds == 3
    assert config.settings_for("other").rounds == 7
    assert config.settings_for("0123", nightly).max_secs == 20


def test_a_devices_controls_win_over_the_sweeps_and_these_over_the_files(lab):
    text = LAB.replace("alias: pixel8", "alias: pixel8\n    controls: [governor, stay_awake]")
    text = text.replace("rounds: 3}", "rounds: 3, controls: none}")
    config = lab(text + "controls: default, doze\n")
    nightly = config.sweep("nightly")
    assert config.controls_for("0123", nightly) == ("governor", "stay_awake")
    assert config.controls_for("other", nightly) == ()
    assert config.controls_for("other") == (*DEFAULT_CONTROLS, "doze")
    assert lab(LAB).controls_for("0123", lab(LAB).sweep("nightly")) is None


@pytest.mark.parametrize("words", ["[dooze]", "7", "[none, doze]", "{doze: true}", "[[doze]]"])
def test_what_is_no_control_is_refused_with_its_line(lab, words):
    with pytest.raises(ConfigError, match=r"devices\.yaml:\d+: controls: "):
        lab(f"controls: {words}\n")


def test_the_file_can_state_every_run_setting_and_no_other():
    stated = {"budget_s" if name == "budget" else name for name in SettingsSection.model_fields}
    assert stated == set(RunSettings.model_fields)


def test_a_serial_of_digits_keeps_its_zeros(lab):
    assert list(lab("devices:\n  00012: {}\n  1e5: {}\n").devices) == ["00012", "1e5"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("device: {}\n", 1, "device: unknown key; did you mean 'devices'?"),
        ("devices:\n  A:\n    alais: x\n", 3, "devices.A.alais: unknown key; did you mean 'alias'"),
        ("settings:\n  rounds: many\n", 2, "settings.rounds"),
        ("settings:\n  rounds: 0\n", 2, "settings.rounds"),
        ("settings:\n  max_secs: .inf\n", 2, "settings.max_secs"),
        ("settings:\n  sustain_s: long\n", 2, "'long' is no duration"),
        ("settings:\n  sustain_s: 40h\n", 2, "settings.sustain_s"),
        ("models: {m: {path: m}}\nsweeps:\n  s: {models: [m], init: [warm]}\n", 3, "cold one"),
        ("settings:\n  precision: often\n", 2, "'often' is no precision"),
        ("settings:\n  precision: 80%\n", 2, "out of range"),
        ("settings:\n  budget: 30\n", 2, "'30' is no duration"),
        ("settings:\n  budget: 200h\n", 2, "settings.budget"),
        ("settings: {rounds: 9, max_rounds: 8}\n", 1, "max_rounds is less than rounds"),
        ("devices:\n  A: {}\n  A: {}\n", 3, "devices.A: the key stands twice"),
        ("devices:\n\tA: {}\n", 2, "indented with a tab"),
        ("devices:\n  A:\n    alias: 12\n", 3, "write it in quotes, '12'"),
        ("devices:\n  A:\n    alias: a,b\n", 3, "a word has no spaces"),
        ("devices:\n  A:\n    tags: [a b]\n", 3, "a word has no spaces"),
        ("devices:\n  A:\n    quarantined: 5\n", 3, "devices.A.quarantined"),
        ("models:\n  m: {}\n", 2, "models.m.path: is needed and not given"),
        ("models:\n  m:\n    path: ''\n    expect:\n      gpu: fulll\n", 5, "'full'"),
        ("models:\n  m:\n    path: m\n    inputs: {i: {range: [2, 1]}}\n", 4, "lowest value"),
        ("variants:\n  gpu: {extends: cpu-1t}\n", 2, "built-in"),
        ("variants:\n  a: {extends: b}\n  b: {extends: a}\n", 2, "a -> b -> a"),
        ("variants:\n  a: {flags: {x: 1}}\n", 2, "needs 'accelerator' or 'extends'"),
        ("variants:\n  a:\n    extends: gpu\n    flags: {--x: 1}\n", 4, "without '--'"),
        ("sweeps:\n  s:\n    models: [m]\n", 3, "no 'm' is known"),
        ("models: {m: {path: m}}\nsweeps:\n  s: {models: [m], variants: [gpuu]}\n", 3, "'gpu'"),
        (
            "models: {m: {path: m}}\nsweeps:\n  s:\n    models: [m]\n    devices: ['api>=x']\n",
            5,
            "API level",
        ),
        ("devices:\n  A: {alias: x}\n  B: {alias: x}\n", 3, "'x' already names A"),
        ("devices:\n  A: {}\n  B: {alias: A}\n", 3, "'A' already names A"),
        ("adb_servers:\n  - 127.0.0.1\n", 2, "not host:port"),
        ("adb_servers:\n  - h:99999\n", 2, "not host:port"),
        ("devices: !lab {}\n", 1, "tags have no meaning"),
        ("devices: *nowhere\n", 1, "undefined alias"),
        ("a: &a [*a]\n", 1, "hold itself"),
        ("a: 1\n---\nb: 1\n", 2, "a second document"),
        ("- a\n", 1, "must be a mapping"),
        (b"devices:\n  \xff: {}\n", 2, "not UTF-8"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_key(lab, text, line, words):
    with pytest.raises(ConfigError) as caught:
        lab(text)
    assert caught.value.line == line
    assert words in caught.value.message
    assert f"devices.yaml:{line}:" in caught.value.message


def test_further_errors_are_told_after_the_first(lab):
    with pytest.raises(ConfigError) as caught:
        lab("settings:\n  rounds: 0\nmodels:\n  m: {}\n")
    assert "also " in caught.value.message
    assert "devices.yaml:4: models.m.path" in caught.value.message


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "\ufeff", "devices:\nmodels:\n", "---\n"])
def test_a_file_that_says_nothing_is_a_lab_without_entries(lab, text):
    config = lab(text)
    assert (config.devices, config.models, config.settings) == ({}, {}, DEFAULT)


def test_a_bom_does_not_hide_the_first_key(lab):
    assert lab("\ufeffdevices: {A: {}}\n").devices.keys() == {"A"}


def test_anchors_and_merge_keys_carry_over_with_lines_of_their_own(lab):
    text = "devices:\n  A: &base\n    tags: [lab]\n    alias: a\n  B: {<<: *base, alias: b}\n"
    assert lab(text).device("B").tags == ("lab",)
    with pytest.raises(ConfigError) as caught:
        lab(text.replace("alias: b", "alias: 7"))
    assert caught.value.line == 5


def test_a_few_lines_of_anchors_cannot_fill_the_memory(lab):
    levels = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 12))
    with pytest.raises(ConfigError, match="too many values"):
        lab("l0: &l0 [x]\n" + levels)


def test_environment_variables_are_left_alone(lab, tmp_path, monkeypatch):
    monkeypatch.setenv("ANYTHING", "elsewhere")
    config = lab("models: {m: {path: $ANYTHING/m.tflite}}\n")
    assert config.models["m"].path == tmp_path / "$ANYTHING/m.tflite"


def test_without_a_file_the_server_is_the_one_adb_would_ask(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ADB_SERVER_SOCKET", raising=False)
    monkeypatch.delenv("ANDROID_ADB_SERVER_ADDRESS", raising=False)
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "6000")
    config = load_config(None)
    assert config.path is None
    assert config.adb_servers == (AdbServer("127.0.0.1", 6000),)


def test_the_file_of_the_working_folder_is_found_and_one_that_is_asked_for_must_exist(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "devices: {A: {alias: x}}")
    assert load_config().device("A").alias == "x"
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path / "other.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path)


@pytest.mark.parametrize(
    ("environment", "server"),
    [
        ({}, "127.0.0.1:5037"),
        ({"ADB_SERVER_SOCKET": "tcp:5038"}, "127.0.0.1:5038"),
        ({"ADB_SERVER_SOCKET": "tcp:lab:5038", "ANDROID_ADB_SERVER_PORT": "1"}, "lab:5038"),
        ({"ANDROID_ADB_SERVER_ADDRESS": "lab"}, "lab:5037"),
    ],
)
def test_adbs_own_variables_name_the_server(environment, server):
    assert str(server_of_environment(environment)) == server


@pytest.mark.parametrize(
    "environment",
    [
        {"ADB_SERVER_SOCKET": "localfilesystem:/tmp/adb"},
        {"ANDROID_ADB_SERVER_PORT": "none"},
        {"ANDROID_ADB_SERVER_PORT": "70000"},
    ],
)
def test_a_variable_that_names_no_address_is_refused(environment):
    with pytest.raises(UsageError):
        server_of_environment(environment)


@given(st.text(max_size=30))
def test_an_address_reads_back_as_it_is_written(text):
    address = parse_address(text)
    assert address is None or parse_address(str(address)) == address


_WORDS = st.sampled_from(
    ["devices", "alias", "tags", "models", "path", "x", "1", "~", "true", "[", "]", "{", "}", ":",
     ",", "\n", "  ", "- ", "&a ", "*a", "<<: ", "'", "\t", "!!int ", "? ", "|", "---\n", "\0", "é"]
)  # fmt: skip


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_WORDS, max_size=25).map("".join) | st.text(max_size=60))
def test_any_text_is_a_lab_or_an_error_that_names_the_file(tmp_path, text):
    try:
        load_config(written(tmp_path, text))
    except ConfigError as error:
        assert "devices.yaml" in error.message  # noqa: PT017 (either outcome is right)


def test_a_sweep_states_its_series_and_starts_in_short_or_in_full(lab):
    begin = "models: {m: {path: m}}\nsweeps:\n  s: {models: [m], "
    ways = ("sustain: 10m, init: 'cold, warm'}\n", "settings: {sustain_s: 600, init_pairs: 3}}\n")
    configs = [lab(begin + way) for way in ways]
    found = [config.settings_for("x", config.sweep("s")) for config in configs]
    assert found[0] == found[1]
    assert (found[0].sustain_s, found[0].init_pairs) == (600, 3)


def test_a_series_that_stands_twice_is_refused(lab):
    with pytest.raises(ConfigError, match="keep one"):
        lab(
            "models: {m: {path: m}}\n"
            "sweeps: {s: {models: [m], sustain: 1m, settings: {sustain_s: 9}}}\n"
        )


def test_a_series_has_a_unit(lab):
    with pytest.raises(ConfigError, match=r"sustain: '10' is no duration"):
        lab("models: {m: {path: m}}\nsweeps: {s: {models: [m], sustain: 10}}\n")


@pytest.mark.parametrize("section", ["policy: off", "settings: [a]", "devices: 7"])
def test_a_section_that_holds_no_keys_is_told_in_plain_words(lab, section):
    with pytest.raises(ConfigError, match="should hold keys with values"):
        lab(f"{section}\n")
