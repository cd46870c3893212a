"""What to do about a phone that is not ready, and about a desk without phones: a closed set."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from harness.device.base import DeviceState
from harness.lab.usb import UsbPhone


class Step(StrEnum):
    """Next steps, one sentence each; nothing that a device said is part of them."""

    ALLOW = (
        "unlock the phone and allow USB debugging for this computer; without a dialog: revoke the "
        "authorizations in its developer options and plug it in again"
    )
    WAIT = "wait a few seconds, then look again"
    REPLUG = (
        "unplug it and plug it in again, with another cable or port if that does not help; "
        "then 'adb reconnect offline'"
    )
    UDEV = (
        "install udev rules for Android (https://github.com/M0Rf30/android-udev-rules), join the "
        "group plugdev, log in again, plug the phone in again, then 'adb kill-server'"
    )
    REBOOT = "it is in recovery or sideload mode: 'adb reboot' brings Android back"
    FASTBOOT = "it is in the bootloader: 'fastboot reboot' brings Android back"
    BOOT = "wait until Android has booted; if it does not, restart the phone"
    BUSY = "wait for the other run, or stop it"
    RECOVER = "let the phone cool down and charge, or restart it"
    QUARANTINE = "when the phone is well again, delete 'quarantined' from its entry in devices.yaml"
    DEBUGGING = (
        "turn on USB debugging: Settings, About phone, tap Build number seven times, then "
        "Developer options, USB debugging; Samsung: also turn Auto Blocker off"
    )
    RESTART_ADB = "adb does not list it: 'adb kill-server', then plug the phone in again"
    CABLE = "use a data cable and not one that only charges, straight into this computer"
    PLUG_IN = "connect a phone by USB and unlock it"
    OTHERWISE = (
        "without a phone: '--device local' measures on this machine, 'harness demo' simulates"
    )


_BY_STATE = {
    DeviceState.BUSY: Step.BUSY,
    DeviceState.UNAUTHORIZED: Step.ALLOW,
    DeviceState.OFFLINE: Step.REPLUG,
    DeviceState.NO_PERMISSION: Step.UDEV,
    DeviceState.UNHEALTHY: Step.RECOVER,
    DeviceState.QUARANTINED: Step.QUARANTINE,
}

# ConnectionState in packages/modules/adb: adb.cpp, to_string.
_BY_ADB_STATE = {
    "authorizing": Step.WAIT,
    "connecting": Step.WAIT,
    "recovery": Step.REBOOT,
    "sideload": Step.REBOOT,
    "rescue": Step.REBOOT,
    "bootloader": Step.FASTBOOT,
}


def step_for(state: DeviceState, adb_state: str = "") -> str:
    """Return what to do about a device in a state; "" when it is ready.

    `adb_state` is adb's own word where there is one, since it tells recovery from offline.
    """
    if state is DeviceState.READY:
        return ""
    return str(_BY_ADB_STATE.get(adb_state, _BY_STATE[state]))


def desk_advice(usb: Sequence[UsbPhone] | None, attached: Sequence[str]) -> tuple[str, ...]:
    """Tell about phones on the USB bus that adb does not list.

    `usb` is None where the bus cannot be read; `attached` are the serials that adb lists. A desk
    with phones and nothing amiss gets no advice.
    """
    # adb shows a phone that it cannot open without its serial, so that it cannot be matched.
    missing = [
        phone
        for phone in usb or ()
        if phone.serial not in attached and (phone.serial or not attached)
    ]
    if missing:
        return tuple(f"{phone.label} is on the USB bus: {usb_step(phone)}" for phone in missing)
    if attached:
        return ()
    if usb is None:
        return (Step.PLUG_IN, Step.CABLE, Step.DEBUGGING, Step.OTHERWISE)
    return ("no Android phone is seen on the USB bus", Step.PLUG_IN, Step.CABLE, Step.OTHERWISE)


def usb_step(phone: UsbPhone) -> Step:
    """Return what keeps a phone on the USB bus from adb, as far as the bus tells."""
    if phone.fastboot:
        return Step.FASTBOOT
    if phone.debugging is False or phone.debugging is None:
        return Step.DEBUGGING
    return Step.UDEV if phone.accessible is False else Step.RESTART_ADB
