"""`harness devices` over a real adb server, with and without virtual phones."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from harness.cli.app import run
from harness.cli.devices import _plain
from harness.lab.lease import lease


def listing(capsys, *words):
    assert run(["devices", "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def by_id(document):
    return {device["id"]: device for device in document["devices"]}


def test_every_phone_is_listed_once_with_what_it_is(full_desk, capsys):
    document = listing(capsys)
    assert document["schema"] == 1
    phone = by_id(document)[full_desk.phone("pixel-8").serial]
    assert (phone["state"], phone["kind"], phone["simulated"]) == ("ready", "virtual", True)
    assert (phone["model"], phone["manufacturer"]) == ("Pixel 8", "Google")
    assert phone["abis"][0] == "arm64-v8a"
    assert phone["api_level"] >= 34
    assert 0 < phone["battery_percent"] <= 100
    assert phone["soc"]
    assert phone["next"] is None
    assert len(document["devices"]) == 3


def test_a_phone_that_is_not_ready_says_what_to_do(full_desk, capsys):
    (phone,) = [d for d in listing(capsys)["devices"] if d["state"] != "ready"]
    assert phone["state"] == "unauthorized"
    assert phone["next"]
    assert phone["model"] is None
    assert run(["devices"]) == 0
    out = capsys.readouterr().out
    assert f"{phone['id']} is unauthorized" in out
    assert "\x1b" not in out


def test_a_phone_that_is_measured_on_is_busy_with_its_holder(full_desk, capsys):
    serial = full_desk.phone("pixel-8").serial
    with lease(f"{serial}@{full_desk.server}", purpose="a long night"):
        phone = by_id(listing(capsys))[serial]
    assert phone["state"] == "busy"
    assert "a long night" in phone["detail"]


def test_this_machine_is_shown_on_request(full_desk, capsys):
    assert "local" not in by_id(listing(capsys))
    assert by_id(listing(capsys, "--all"))["local"]["kind"] == "local"


def test_the_inventory_gives_aliases_and_tags_and_tells_absent_phones(full_desk, capsys, tmp_path):
    serial = full_desk.phone("pixel-8").serial
    (tmp_path / "devices.yaml").write_text(
        f"devices:\n  {serial}: {{alias: pix, tags: [lab], quarantined: bent}}\n  AWAY1: {{}}\n"
    )
    document = listing(capsys)
    phone = by_id(document)[serial]
    assert (phone["alias"], phone["tags"]) == ("pix", ["lab"])
    assert (phone["state"], phone["detail"]) == ("quarantined", "bent")
    assert [one["id"] for one in document["absent"]] == ["AWAY1"]
    run(["devices"])
    assert "AWAY1 is in devices.yaml and not attached" in capsys.readouterr().out


def test_an_empty_desk_is_no_error_and_tells_what_to_connect(empty_desk, capsys):
    document = listing(capsys)
    assert document["devices"] == []
    assert any("cable" in sentence for sentence in document["advice"])
    assert run(["devices"]) == 0
    assert "no phone is listed by adb" in capsys.readouterr().out


def test_a_wrong_key_is_exit_2_with_its_line(empty_desk, capsys):
    (empty_desk / "devices.yaml").write_text("\n\ndevicess: {}\n")
    assert run(["devices", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "config"
    assert "devices.yaml:3: devicess: unknown key; did you mean 'devices'?" in error["message"]


def test_one_adb_server_of_two_that_is_gone_hides_no_phone(full_desk, capsys, tmp_path):
    with socket.create_server(("127.0.0.2", 0)) as taken:
        gone = taken.getsockname()[1]
    (tmp_path / "devices.yaml").write_text(
        f"adb_servers: ['127.0.0.2:{gone}', '127.0.0.1:{full_desk.server.port}']\n"
    )
    document = listing(capsys)
    assert len(document["devices"]) == 3
    assert any(f"127.0.0.2:{gone}" in sentence for sentence in document["advice"])
    (tmp_path / "devices.yaml").write_text(f"adb_servers: ['127.0.0.2:{gone}']\n")
    assert run(["devices", "--json"]) == 3


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_watching_prints_changes_until_it_is_interrupted(full_desk):
    phone = full_desk.phone("galaxy-j6")
    watch = subprocess.Popen(
        [sys.executable, "-m", "harness", "devices", "--watch"], stdout=subprocess.PIPE, text=True
    )
    try:
        lines = iter(watch.stdout.readline, "")
        assert any(phone.serial in line and "ready" in line for line in lines)
        full_desk.tell("galaxy-j6", "away", 4.0)
        change = next(line for line in lines if "->" in line and phone.serial in line)
        assert "ready -> " in change
        assert any(line.rstrip().endswith("-> ready") for line in lines)
        watch.send_signal(signal.SIGINT)
        assert watch.wait(10) == 130
    finally:
        watch.kill()
        watch.wait()
        watch.stdout.close()


def test_watching_has_no_end_and_so_no_json_document(empty_desk, capsys):
    assert run(["devices", "--watch", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"


def test_what_a_phone_calls_itself_keeps_to_its_line():
    row = ["S1", "ready", "evil\nS2  ready\x1b[2J", "", "", "", "", ""]
    lines = _plain([row]).splitlines()
    assert len(lines) == 2
    assert "\\x1b[2J" in lines[1]
