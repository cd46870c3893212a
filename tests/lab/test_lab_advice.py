"""Next steps: one for every state, and for a desk on which adb sees nothing."""

import pytest

from harness.device.base import DeviceState
from harness.lab.advice import Step, desk_advice, step_for, usb_step
from harness.lab.usb import UsbPhone


def phone(**facts):
    return UsbPhone("1-4", "18d1", "4ee7", "Google", "Pixel 8", **facts)


@pytest.mark.parametrize("state", [s for s in DeviceState if s is not DeviceState.READY])
def test_every_state_but_ready_has_a_next_step(state):
    assert step_for(state)


def test_a_ready_phone_needs_nothing():
    assert step_for(DeviceState.READY) == ""


def test_adbs_own_word_makes_the_step_more_exact():
    assert step_for(DeviceState.OFFLINE, "recovery") == Step.REBOOT
    assert step_for(DeviceState.OFFLINE, "bootloader") == Step.FASTBOOT
    assert step_for(DeviceState.UNAUTHORIZED, "authorizing") == Step.WAIT


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"debugging": False}, Step.DEBUGGING),
        ({"debugging": None}, Step.DEBUGGING),
        ({"fastboot": True}, Step.FASTBOOT),
        ({"debugging": True, "accessible": False}, Step.UDEV),
        ({"debugging": True, "accessible": True}, Step.RESTART_ADB),
    ],
)
def test_the_bus_tells_what_keeps_a_phone_from_adb(facts, step):
    assert usb_step(phone(**facts)) == step


def test_an_empty_desk_names_the_phones_on_the_bus():
    (line,) = desk_advice((phone(serial="X1", debugging=False),), ())
    assert line.startswith("Google Pixel 8 (X1) is on the USB bus: turn on USB debugging")


def test_an_empty_desk_with_an_empty_bus_names_the_cable():
    assert Step.CABLE in desk_advice((), ())
    assert Step.DEBUGGING not in desk_advice((), ())
    assert Step.DEBUGGING in desk_advice(None, ())


def test_a_second_phone_that_adb_does_not_list_is_named_too():
    usb = (phone(serial="X1", debugging=True), phone(serial="X2", debugging=False))
    (line,) = desk_advice(usb, ("X1",))
    assert "X2" in line
    assert desk_advice(usb[:1], ("X1",)) == ()


def test_a_phone_without_a_readable_serial_is_not_told_twice():
    assert desk_advice((phone(debugging=True),), ("????????????",)) == ()
