"""`harness doctor` on this host, over a real adb server."""

import json
import socket
from collections import Counter

from harness.cli.app import run


def checkup(capsys, code, *words):
    assert run(["doctor", "--json", *words]) == code
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == 1
    return document["checks"]


def test_a_host_without_phones_can_still_measure_and_is_told_what_to_do(empty_desk, capsys):
    checks = checkup(capsys, 0)
    keys = {"id", "status", "device", "message", "next", "facts"}
    assert all(set(check) == keys for check in checks)
    assert {check["status"] for check in checks} <= {"ok", "warning"}
    status = {check["id"]: check["status"] for check in checks}
    assert status["python"] == status["litert"] == status["adb"] == status["adb-server"] == "ok"
    assert status["devices"] == "warning"
    assert all(check["next"] for check in checks if check["status"] != "ok")


def test_phones_are_counted_and_the_one_that_is_not_ready_is_named(full_desk, capsys):
    checks = checkup(capsys, 0)
    assert next(c for c in checks if c["id"] == "devices")["message"].startswith("2 ready")
    assert Counter(c["id"] for c in checks)["device"] == 1
    wanted = " ".join(c["message"] for c in checks if c["id"] == "tools")
    assert "arm64-v8a" in wanted


def test_a_failure_is_exit_3_with_the_next_step(empty_desk, capsys, monkeypatch):
    with socket.create_server(("127.0.0.2", 0)) as taken:
        gone = taken.getsockname()[1]
    monkeypatch.setenv("ANDROID_ADB_SERVER_ADDRESS", "127.0.0.2")
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(gone))
    failed = [c for c in checkup(capsys, 3) if c["status"] == "failure"]
    assert {c["id"] for c in failed} == {"adb-server", "devices"}
    assert all(c["next"] for c in failed)


def test_people_get_a_line_a_check_and_the_next_step_below(empty_desk, capsys):
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "ok       python: Python 3" in out
    assert "\n         next: " in out
