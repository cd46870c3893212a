"""The devices.yaml that `harness init` writes."""

import re
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench.settings import DEFAULT
from harness.bench.variant import BUILT_IN
from harness.device.base import DeviceKind, DeviceState, Profile
from harness.lab.config import load_config
from harness.lab.schema import LabFile
from harness.lab.template import lab_text

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Listed:
    id: str
    profile: Profile | None = None
    kind: DeviceKind = DeviceKind.ADB
    state: DeviceState = DeviceState.READY
    alias: str | None = None
    tags: tuple[str, ...] = ()
    transports: tuple[()] = ()
    detail: str = ""
    next_step: str = ""


def read_back(folder, text):
    path = folder / "devices.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def test_the_file_at_the_top_of_the_checkout_is_the_one_for_an_empty_desk(tmp_path):
    assert (ROOT / "devices.yaml").read_text(encoding="utf-8") == lab_text()
    config = read_back(tmp_path, lab_text())
    assert (config.devices, config.sweeps, config.settings) == ({}, {}, DEFAULT)


def test_every_example_is_right_once_its_comment_sign_is_gone(tmp_path):
    config = read_back(tmp_path, re.sub(r"(?m)^#(?=  )", "", lab_text()))
    for section in set(LabFile.model_fields) - {"adb_servers"}:
        assert getattr(config, section), section
    assert len(config.adb_servers) == 2
    assert config.settings == DEFAULT  # they are said to be the defaults


def test_the_comment_names_every_built_in_variant():
    comment = re.search(r"built-in ones: (.*?)\.\n", lab_text(), re.DOTALL)
    assert comment[1].replace("#", "").split() == list(BUILT_IN)


def test_attached_phones_and_models_become_entries(tmp_path):
    desk = (
        Listed("0042", Profile(model="Pixel 8", soc="Tensor G3", os_version="14")),
        Listed("0043", Profile(model="Pixel 8")),
        Listed("192.168.0.9:5555", state=DeviceState.UNAUTHORIZED),
        Listed("local", Profile(), DeviceKind.LOCAL),
        Listed("emulator-5554", Profile(), DeviceKind.EMULATOR),
    )
    text = lab_text(desk, [Path("models/My Net.tflite"), Path("my-net.tflite")])
    config = read_back(tmp_path, text)
    assert {k: v.alias for k, v in config.devices.items()} == {
        "0042": "pixel-8",
        "0043": "pixel-8-2",
    }
    assert "# Pixel 8, Tensor G3, Android 14" in text
    assert '#  "192.168.0.9:5555": {}  # unauthorized' in text
    assert list(config.models) == ["my-net", "my-net-2"]
    assert config.models["my-net"].path == tmp_path / "models/My Net.tflite"


@settings(deadline=None)
@given(st.text(min_size=1).filter(lambda t: "\0" not in t), st.text(), st.text())
def test_whatever_a_phone_calls_itself_stays_in_its_place(tmp_path_factory, serial, model, soc):
    text = lab_text([Listed(serial, Profile(model=model, soc=soc))])
    config = read_back(tmp_path_factory.mktemp("lab"), text)
    assert list(config.devices) == [serial]
    assert config.models == {}
