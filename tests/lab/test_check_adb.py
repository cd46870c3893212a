"""Which adb programs and servers get in each other's way, judged from what they say."""

import os
import stat

import pytest

from harness.device.adb.server_status import ServerStatus
from harness.lab import check_adb
from harness.lab.check import CheckStatus
from harness.lab.check_adb import Client, check_clients, check_environment, judge_server

OLD = "Android Debug Bridge version 1.0.39\nVersion 1:8.1.0+r23-8\nInstalled as /usr/bin/adb\n"
NEW = "Android Debug Bridge version 1.0.41\nVersion 36.0.0-13206524\nInstalled as /opt/adb\n"


@pytest.fixture
def program(tmp_path):
    """Make a program that says what an adb says of its version."""

    def make(folder, said):
        path = tmp_path / folder / "adb"
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\ncat <<'EOF'\n{said}EOF\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


def test_programs_on_the_path_and_in_an_sdk_are_found_once_each(program, tmp_path):
    old, new = program("bin", OLD), program("sdk/platform-tools", NEW)
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "adb").symlink_to(old)
    path = os.pathsep.join(str(tmp_path / one) for one in ("bin", "link", "none"))
    found = check_adb.find_clients({"PATH": path, "ANDROID_HOME": str(tmp_path / "sdk")}, tmp_path)
    by_path = {client.path: client for client in found}
    assert by_path[str(old)] == Client(str(old), 39, "1:8.1.0+r23-8")
    assert by_path[str(new)] == Client(str(new), 41, "36.0.0-13206524")
    assert str(tmp_path / "link" / "adb") not in by_path


def test_a_client_of_another_protocol_is_named_with_the_server_that_it_would_kill():
    clients = [Client("/usr/bin/adb", 39, "8.1"), Client("/opt/adb", 41, "36.0.0")]
    check = check_clients(clients, {"127.0.0.1:5037": 41})
    assert check.status is CheckStatus.WARNING
    assert "/usr/bin/adb (1.0.39) against the server at 127.0.0.1:5037 (1.0.41)" in check.message
    assert "/opt/adb" not in check.message
    assert check.next


def test_releases_of_one_protocol_share_a_server():
    clients = [Client("/usr/bin/adb", 41, "29.0.6"), Client("/opt/adb", 41, "36.0.0")]
    assert check_clients(clients, {"a": 41}).status is CheckStatus.OK


@pytest.mark.parametrize(
    ("version", "back_end", "status"),
    [
        ("35.0.2", "libusb", CheckStatus.WARNING),
        ("35.0.2", "native", CheckStatus.OK),
        ("36.0.0", "libusb", CheckStatus.OK),
        (None, None, CheckStatus.OK),
    ],
)
def test_the_release_that_loses_phones_is_told(version, back_end, status):
    check = judge_server("a:1", 41, ServerStatus(version, back_end), started=False)
    assert check.status is status
    assert (back_end or "unknown") in check.message


def test_a_server_that_does_not_tell_its_release_is_said_to_be_too_old_for_it():
    assert "too old" in judge_server("a:1", 41, None, started=True).message


def test_keys_that_are_not_there_are_a_warning_with_their_path(tmp_path):
    check = check_environment({"ADB_VENDOR_KEYS": str(tmp_path / "gone")}, 1)
    assert check.status is CheckStatus.WARNING
    assert "gone" in check.message
    assert check_environment({"ADB_VENDOR_KEYS": str(tmp_path)}, 1).status is CheckStatus.OK


def test_several_phones_are_told_how_to_guard_the_server():
    assert "ADB_REJECT_KILL_SERVER" in check_environment({}, 2).message
    assert "ADB_REJECT_KILL_SERVER" not in check_environment({}, 1).message
