"""How `harness doctor` writes checks for people: the host's, then each phone's under its name."""

from harness.cli.doctor import _text
from harness.device.base import DeviceKind, DeviceState
from harness.lab.check import Check, CheckId, CheckStatus, ok
from harness.lab.inventory import ListedDevice

PHONE = ListedDevice("SIM1", DeviceKind.VIRTUAL, DeviceState.READY, alias="desk")


def check(device, message="runs at 12 Mbit/s", step=""):
    return Check(CheckId.USB_SPEED, CheckStatus.WARNING, message, step, device)


def test_a_phones_lines_stand_under_its_name_and_a_simulated_one_says_so():
    lines = _text([ok(CheckId.PYTHON, "fine"), check("SIM1"), check("SIM1")], [PHONE]).split("\n")
    assert lines[0] == "ok       python: fine"
    assert lines[1:3] == ["", "desk, simulated"]
    assert lines[3] == lines[4] == "warning  usb-speed: runs at 12 Mbit/s"


def test_a_phone_that_was_not_looked_at_is_named_in_its_line():
    assert _text([check("OTHER")], [PHONE]) == "warning  usb-speed: OTHER: runs at 12 Mbit/s"
    assert _text([check("OTHER", "OTHER is offline")], []) == "warning  usb-speed: OTHER is offline"


def test_line_breaks_of_a_phone_make_no_lines():
    text = _text([check("SIM1", "a\nok       python: fine", "b\nc")], [PHONE])
    assert text.endswith("warning  usb-speed: a ok python: fine\n         next: b c")
