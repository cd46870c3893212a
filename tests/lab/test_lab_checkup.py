"""The checks of `harness doctor`, against real programs and sockets where there are any."""

import shutil
import socket
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.device.adb.private import PrivateServer
from harness.device.base import DeviceKind, DeviceState, Profile
from harness.lab import check_adb, check_usb, checkup
from harness.lab.address import AdbServer
from harness.lab.advice import Step
from harness.lab.check import CheckId, CheckStatus
from harness.lab.config import load_config
from harness.lab.desk import Desk
from harness.lab.inventory import ListedDevice
from harness.lab.usb import UsbPhone


@contextmanager
def listener(answer: bytes):
    """Something that is no adb server: accepts, says `answer`, and hangs up unless it is empty."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            held = []
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    break
                connection.sendall(answer)
                if answer:
                    connection.close()
                held.append(connection)
            for connection in held:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield AdbServer("127.0.0.1", server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_this_python_litert_and_adb_are_found():
    for check in (checkup.check_python(), checkup.check_litert(), check_adb.check_adb_binary()):
        assert check.status is CheckStatus.OK, check


def test_a_python_without_litert_fails_with_the_reason(tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    python.chmod(0o755)
    check = checkup.check_litert(str(python))
    assert check.status is CheckStatus.FAILURE
    assert "ModuleNotFoundError" in check.message
    assert checkup.check_litert(str(tmp_path / "none")).status is CheckStatus.FAILURE


def test_a_server_that_answers_is_told_with_its_version():
    with PrivateServer() as adb:
        (check,) = check_adb.check_server(AdbServer("127.0.0.1", adb.server.port))
    assert check.status is CheckStatus.OK
    assert "version 1.0.41, release 3" in check.message
    assert check.facts["back_end"] in ("libusb", "native")


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b""])
def test_a_port_that_something_else_has_is_told_from_a_missing_server(answer, monkeypatch):
    monkeypatch.setattr(check_adb, "ASK_S", 0.5)
    with listener(answer) as address:
        (check,) = check_adb.check_server(address)
    assert check.status is CheckStatus.FAILURE
    assert "does not answer as an adb server" in check.message
    assert str(address.port) in check.next


def test_a_server_on_another_host_is_not_started():
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
    (check,) = check_adb.check_server(AdbServer("127.0.0.2", port))
    assert check.status is CheckStatus.FAILURE
    assert "no adb server answers" in check.message


@pytest.mark.parametrize(
    ("free_mb", "status"), [(5000, CheckStatus.OK), (500, CheckStatus.WARNING), (50, "failure")]
)
def test_room_is_judged_where_the_folder_will_be(free_mb, status, tmp_path, monkeypatch):
    asked = []

    def usage(path):
        asked.append(path)
        return shutil._ntuple_diskusage(0, 0, free_mb * 1_000_000)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    check = checkup.check_space(CheckId.REPORTS_SPACE, tmp_path / "not" / "yet", "another folder")
    assert (check.status, asked) == (status, [tmp_path])
    assert bool(check.next) == (status != CheckStatus.OK)


def test_files_that_the_lab_names_and_nobody_has_are_a_warning(tmp_path):
    path = tmp_path / "devices.yaml"
    path.write_text("models: {m: {path: m.tflite, inputs: {i: {file: i.bin}}}}\n")
    (tmp_path / "m.tflite").touch()
    (check,) = checkup.check_config(load_config(path))
    assert check.status is CheckStatus.WARNING
    assert "i.bin" in check.message
    assert "m.tflite" not in check.message
    (tmp_path / "i.bin").touch()
    (check,) = checkup.check_config(load_config(path))
    assert check.status is CheckStatus.OK


def phone(name, state=DeviceState.READY, **more):
    return ListedDevice(name, DeviceKind.ADB, state, **more)


def test_each_phone_that_is_not_ready_is_a_warning_with_its_next_step():
    desk = Desk((phone("A"), phone("B", DeviceState.UNAUTHORIZED, next_step="tap Allow")))
    ready, waiting = checkup.check_devices(desk)
    assert (ready.status, ready.message) == (CheckStatus.OK, "1 ready: A")
    assert (waiting.status, waiting.next) == (CheckStatus.WARNING, "tap Allow")


def test_an_empty_desk_is_a_warning_that_names_the_phone_on_the_bus():
    usb = (UsbPhone("1-4", "18d1", "4ee7", "Google", "Pixel 8", "X1", debugging=False),)
    (check,) = checkup.check_devices(Desk((), usb))
    assert check.status is CheckStatus.WARNING
    assert "Google Pixel 8 (X1)" in check.next


def test_a_phone_that_this_user_may_not_open_asks_for_udev_rules():
    usb = (UsbPhone("1-4", "18d1", "4ee7", "Google", "Pixel 8", "X1", True, accessible=False),)
    assert check_usb.check_usb(Desk((), usb)).next == Step.UDEV
    assert check_usb.check_usb(Desk((), None)).status is CheckStatus.OK


def test_the_store_is_asked_for_the_abi_of_each_phone(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path))
    (check,) = checkup.check_tools(Desk((phone("A", profile=Profile(abis=("armeabi-v7a",))),)))
    assert check.status is CheckStatus.WARNING
    assert "--abi armeabi-v7a" in check.next
    (check,) = checkup.check_tools(Desk(()))
    assert "no benchmark_model" in check.message


def test_a_broken_lab_file_is_a_failure_and_ends_the_checkup(tmp_path):
    path = tmp_path / "devices.yaml"
    path.write_text("devicess: {}\n")
    *_, last = checkup.check_host(path, Path("reports"))
    assert (last.id, last.status) == ("config", CheckStatus.FAILURE)
    assert "devices.yaml:1" in last.message
