"""`harness init` over a real adb server, with and without virtual phones."""

import json

from harness.cli.app import run
from harness.lab.config import load_config
from harness.lab.template import lab_text


def test_what_is_attached_is_written_with_comments(full_desk, tmp_path, capsys):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "net.tflite").touch()
    assert run(["init", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    config = load_config(tmp_path / "devices.yaml")
    serials = {full_desk.phone(name).serial for name in ("pixel-8", "galaxy-j6")}
    assert set(document["devices"]) == set(config.devices) == serials
    assert config.device(full_desk.phone("pixel-8").serial).alias == "pixel-8"
    assert config.models["net"].path == tmp_path / "models" / "net.tflite"
    assert run(["devices", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["devices"]
    assert "pixel-8" in {device["alias"] for device in listed}


def test_an_empty_desk_gets_the_file_of_the_checkout(empty_desk, capsys):
    assert run(["init", "--out", "lab/devices.yaml"]) == 0
    assert "0 phones" in capsys.readouterr().out
    assert (empty_desk / "lab" / "devices.yaml").read_text() == lab_text()


def test_a_file_that_is_there_is_replaced_only_by_force(empty_desk, capsys):
    path = empty_desk / "devices.yaml"
    path.write_text("not: [valid\n")
    assert run(["init"]) == 2
    assert "--force" in capsys.readouterr().err
    assert path.read_text() == "not: [valid\n"
    assert run(["init", "--force"]) == 0
    assert load_config(path).devices == {}


def test_a_place_that_cannot_be_written_is_exit_2(empty_desk, capsys):
    (empty_desk / "file").touch()
    assert run(["init", "--out", "file/devices.yaml"]) == 2
    assert "cannot be written" in capsys.readouterr().err
