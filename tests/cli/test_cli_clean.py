import json

import pytest

from harness.bench.toolstore import Origin, add, list_tools
from harness.cli.app import run
from harness.device.base import DeviceKind, DeviceState
from harness.lab import inventory, leftovers
from harness.lab.inventory import ListedDevice
from harness.lab.leftovers import Leftovers


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def phones(monkeypatch):
    """Two listed phones, and a clean that only remembers what it was asked for."""
    asked = []
    known = tuple(
        ListedDevice(id=name, kind=DeviceKind.ADB, state=DeviceState.READY) for name in ("P1", "P2")
    )
    answers = {
        "P1": Leftovers("P1", DeviceKind.ADB, kb=2048, removed=True),
        "P2": Leftovers("P2", DeviceKind.ADB, reason="busy\x1b[2J", next_step="wait"),
    }

    def clean_devices(devices, *, dry_run):
        asked.append((tuple(one.id for one in devices), dry_run))
        return tuple(answers[one.id] for one in devices)

    monkeypatch.setattr(inventory, "list_devices", lambda _config, _deadline: known)
    monkeypatch.setattr(leftovers, "clean_devices", clean_devices)
    return asked


def test_every_ready_phone_is_cleaned_by_default(phones, capsys):
    assert run(["clean", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert phones == [(("P1", "P2"), False)]
    assert [one["id"] for one in document["devices"]] == ["P1", "P2"]
    assert (
        document["devices"][0] | {"kb": 2048, "removed": True, "reason": None}
        == document["devices"][0]
    )
    assert document["devices"][1]["next"] == "wait"


def test_a_phone_can_be_named_and_only_looked_at(phones, capsys):
    assert run(["clean", "P1", "--dry-run"]) == 0
    assert phones == [(("P1",), True)]
    assert "2.0 MB" in capsys.readouterr().out


def test_no_phone_cleaned_is_exit_3_and_its_words_cannot_steer_the_terminal(phones, capsys):
    assert run(["clean", "P2"]) == 3
    out = capsys.readouterr().out
    assert "left alone, busy\\x1b[2J" in out
    assert "next: wait" in out


def test_an_unknown_phone_is_a_usage_error(phones, capsys):
    assert run(["clean", "P9", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "unknown-name"
    assert phones == []


def test_replaced_tools_go_only_when_it_is_meant(tmp_path, capsys):
    for day in ("monday", "tuesday"):
        script = tmp_path / day / "benchmark_model"
        script.parent.mkdir()
        script.write_text(f"#!/bin/sh\n# {day}\n")
        add([script], name=day, abi="x86_64", origin=Origin("https://host/latest"))
    assert run(["clean", "--tools", "--dry-run", "--json"]) == 0
    assert [tool["name"] for tool in json.loads(capsys.readouterr().out)["tools"]] == ["monday"]
    assert len(list_tools()) == 2
    assert run(["clean", "--tools"]) == 0
    assert [tool.name for tool in list_tools()] == ["tuesday"]
