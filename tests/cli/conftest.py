"""A desk for commands: a private adb server, alone or with virtual phones."""

import pytest

from harness.device.adb.private import PrivateServer
from harness.virtual.lab import running_lab


@pytest.fixture
def own_places(tmp_path, monkeypatch):
    """Keep a command away from the user's files, leases and adb server."""
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HARNESS_LEASES", str(tmp_path / "leases"))
    for name in ("ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def private_adb():
    with PrivateServer() as adb:
        yield adb.server


@pytest.fixture(scope="session")
def virtual_lab():
    with running_lab(
        ["pixel-8", "galaxy-j6", "pixel-6"], faults={"pixel-6": "unauthorized"}
    ) as lab:
        yield lab


@pytest.fixture
def empty_desk(own_places, private_adb, monkeypatch):
    """No phone at all; returns the working folder."""
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(private_adb.port))
    return own_places


@pytest.fixture
def full_desk(own_places, virtual_lab, monkeypatch):
    """Two virtual phones that are ready and one that is unauthorized; returns the lab."""
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(virtual_lab.server.port))
    return virtual_lab
