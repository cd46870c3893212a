"""Every command that the product sends to a phone in any test has its row in the table."""

from __future__ import annotations

import sys

import pytest

from harness.device.adb import shell
from phone_commands import unlisted

_HEARD: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def _listen():
    """Note what the product runs through `Shell.run`; a test's own words are its own affair."""
    run = shell.Shell.run

    def listening(self, command, *args, **kwargs):
        frame = sys._getframe(1)
        while frame is not None and frame.f_globals.get("__name__") == shell.__name__:
            frame = frame.f_back
        if frame is not None and str(frame.f_globals.get("__name__")).startswith("harness."):
            _HEARD.append(command)
        return run(self, command, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shell.Shell, "run", listening)
        yield


@pytest.fixture(autouse=True)
def _commands_are_listed(_listen):
    yield
    heard, _HEARD[:] = set(_HEARD), []
    lacking = {name: text[:200] for text in heard for name in unlisted(text)}
    assert not lacking, f"no row in harness/device/adb/commands.py for {lacking}"
