from __future__ import annotations

import phone as chroot
import pytest
from reaching import connect, open_adb_device, open_shell

from harness.device.adb.private import PrivateServer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = chroot.missing_means()
    for item in items:
        if "conformance" not in item.path.parts:
            continue
        item.add_marker("adbd")
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=f"a real adbd in a chroot {reason}"))


@pytest.fixture
def adb():
    with PrivateServer() as server:
        yield server


@pytest.fixture
def phone():
    with chroot.running_phone() as running:
        yield running


@pytest.fixture
def shell(adb, phone):
    connect(adb, phone.addresses[0])
    return open_shell(adb.server, phone.addresses[0])


@pytest.fixture
def device(adb, phone, shell):
    return open_adb_device(adb.server, phone.addresses[0])
