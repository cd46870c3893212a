"""`harness doctor` on a real adbd with real toybox and mksh: no Android around them, no crash."""

from __future__ import annotations

import json

import phone as chroot
import pytest
from reaching import connect, open_shell

from harness.bench.toolstore import add
from harness.cli.app import run
from harness.deadline import Deadline
from harness.device.adb.diagnosis import diagnose
from harness.litert_tool import bundle


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch, adb):
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HARNESS_LEASES", str(tmp_path / "leases"))
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(adb.server.port))
    monkeypatch.chdir(tmp_path)
    abi = chroot.PROPERTIES["ro.product.cpu.abi"]
    tool = bundle(abi, "/usr/bin/python3", folder=tmp_path / "tool")
    add([file.path for file in tool.files.values()], abi=abi, name="litert")
    return tmp_path


def checkup(capsys, code, *words):
    assert run(["doctor", "--json", *words]) == code
    return json.loads(capsys.readouterr().out)["checks"]


def test_a_phone_without_android_around_it_is_told_as_far_as_it_can_be(adb, phone):
    connect(adb, phone.addresses[0])
    shell = open_shell(adb.server, phone.addresses[0])
    found = diagnose(shell, Deadline.after(20))
    assert found.executes is True
    assert found.uid is not None
    assert found.health.uptime_s is not None
    # There is no `settings`, no vendor and no clock: unknown, and not "none".
    assert found.opencl is None
    assert found.public_opencl is None
    assert found.authorization_read is False
    assert found.auto_blocker is None
    assert found.undo == ()
    # pidof is toybox's own, and nothing compiles apps here.
    assert found.dexopt is False
    left = shell.run("ls -a /data/local/tmp", Deadline.after(10)).text.split()
    assert "harness" not in left


def test_a_note_of_settings_is_found_on_the_phone(adb, phone):
    connect(adb, phone.addresses[0])
    shell = open_shell(adb.server, phone.addresses[0])
    undo = "/data/local/tmp/harness/undo"
    shell.check(f"mkdir -p {undo} && echo x >'{undo}/a b.json'", Deadline.after(10))
    assert diagnose(shell, Deadline.after(20)).undo == ("a b.json",)


def test_every_check_is_made_and_the_canary_really_runs_there(adb, phone, capsys, own_places):
    for address in phone.addresses:
        connect(adb, address)
    checks = checkup(capsys, 0, phone.serial)
    mine = {one["id"]: one for one in checks if one["device"] == phone.serial}
    assert {"scratch", "storage", "tool", "canary", "undo"} <= set(mine)
    assert mine["scratch"]["status"] == "ok"
    assert {mine[name]["status"] for name in ("opencl", "authorization")} == {"unknown"}
    assert mine["tool"]["facts"]["dialect"] == "interpreter"
    assert all(one["next"] for one in checks if one["status"] != "ok")
    canary = mine["canary"]["facts"]
    assert canary["state"] == "first"
    assert canary["p50_ms"] > 0
    assert canary["outputs"] in ("same", "close")
    assert canary["simulated"] is False
    again = {one["id"]: one for one in checkup(capsys, 0, phone.serial)}["canary"]["facts"]
    assert again["state"] in ("as_before", "slower")  # this machine is nobody's alone
    assert again["same_bytes"] is True
    log = own_places / "home" / "canary" / f"{phone.serial}.jsonl"
    assert len(log.read_text().splitlines()) == 2
