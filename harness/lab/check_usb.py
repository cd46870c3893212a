"""Checks of the USB bus: who may open the phones, how fast their cables are, how many share one."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.device.adb.server_status import LinkSpeed
from harness.lab.advice import Step
from harness.lab.check import Check, CheckId, ok, unknown, warning
from harness.lab.desk import Desk
from harness.lab.usb import UsbPhone

MOST_PER_CONTROLLER = 20
"""An xHCI controller has endpoints for about 32 phones; reports get unstable beyond 20 to 25
(openstf/stf#489, DeviceFarmer/stf#299 and #708)."""

_RULE_FOLDERS = ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d")
_GROUPS = ("plugdev", "adbusers")
_FULL_SPEED = 12
_HIGH_SPEED = 480  # USB 2, Mbit/s
_CABLE = "try another cable and port, straight into this computer or a hub of USB 3"


def check_usb(desk: Desk) -> Check:
    """See that adb lists the phones on the bus, and that this user may open them (udev)."""
    if desk.usb is None:
        message = "the USB bus cannot be read here; adb lists its phones"
        return ok(CheckId.USB, message)
    closed = [phone.label for phone in desk.usb if phone.accessible is False]
    if closed:
        return warning(CheckId.USB, f"this user may not open {', '.join(closed)}", Step.UDEV)
    if desk.phones and desk.advice:
        return warning(CheckId.USB, "adb does not list every phone", "; ".join(desk.advice))
    return ok(CheckId.USB, f"{len(desk.usb)} phones on the USB bus")


def check_udev(
    usb: Sequence[UsbPhone] | None,
    *,
    folders: Sequence[str] = _RULE_FOLDERS,
    groups: Sequence[str] | None = None,
) -> Iterator[Check]:
    """See that rules let users open phones, before the first phone is plugged in. Linux only."""
    if sys.platform != "linux":
        return
    if any(phone.accessible for phone in usb or ()):
        yield ok(CheckId.UDEV, "this user may open the phones on the bus")
        return
    rules = [
        path.name
        for folder in folders
        for path in sorted(Path(folder).glob("*android*.rules"))
        if path.is_file()
    ]
    mine = [name for name in _GROUPS if name in (own_groups() if groups is None else groups)]
    member = f"; this user is in {', '.join(mine)}" if mine else "; this user is in none of its"
    if rules:
        member = member if mine else f"{member} groups ({', '.join(_GROUPS)})"
        yield ok(CheckId.UDEV, f"rules for Android: {', '.join(rules)}{member}")
        return
    yield warning(CheckId.UDEV, "no udev rules for Android are installed", Step.UDEV)


def own_groups() -> tuple[str, ...]:
    """Return the names of this process's groups."""
    import grp  # noqa: PLC0415 (not on every system)
    import os  # noqa: PLC0415

    names = []
    for number in os.getgroups():
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:
            continue
    return tuple(names)


def check_hubs(usb: Sequence[UsbPhone] | None) -> Iterator[Check]:
    """Count the phones of each controller and hub; nothing to say of fewer than two phones."""
    if usb is None or len(usb) <= 1:
        return
    controllers = Counter(phone.controller for phone in usb if phone.controller)
    hubs = Counter(phone.hub for phone in usb if phone.hub)
    facts = {"controllers": dict(controllers), "hubs": dict(hubs)}
    crowded = {name: n for name, n in controllers.items() if n > MOST_PER_CONTROLLER}
    if crowded:
        shown = ", ".join(f"{n} on {name}" for name, n in crowded.items())
        yield warning(
            CheckId.USB_HUBS,
            f"more than {MOST_PER_CONTROLLER} phones on one USB controller: {shown}",
            "add a controller (a PCIe card) or another host",
            **facts,
        )
        return
    shown = ", ".join(f"{n} at hub {name}" for name, n in sorted(hubs.items()))
    counted = f"{len(usb)} phones on {len(controllers) or 'unknown'} controllers"
    yield ok(CheckId.USB_HUBS, f"{counted}{'; ' + shown if shown else ''}", **facts)


def check_speeds(
    usb: Sequence[UsbPhone], told: Mapping[str, LinkSpeed], ids: Mapping[str, str]
) -> Iterator[Check]:
    """Judge each cable's speed: as adb's server tells it, else as the bus does.

    `told` is by transport serial, `ids` gives the device of a transport's serial.
    """
    on_bus = {phone.serial: phone for phone in usb if phone.serial}
    for serial in dict.fromkeys((*told, *on_bus)):
        link = told.get(serial, LinkSpeed(serial))
        phone = on_bus.get(serial)
        speed = link.negotiated or (phone.speed if phone else None)
        power = phone.max_power_ma if phone else None
        check = judge_speed(speed, link.most, power)
        yield replace(check, device=ids.get(serial, serial))


def judge_speed(speed: int | None, most: int | None, power_ma: int | None) -> Check:
    """Judge one cable: Mbit/s agreed on, Mbit/s the phone can, mA it may draw as it says."""
    facts = {"negotiated_mbps": speed, "max_mbps": most, "max_power_ma": power_ma}
    if speed is None:
        return unknown(CheckId.USB_SPEED, "the speed of its cable cannot be read", _CABLE, **facts)
    drawn = f", asks for {power_ma} mA" if power_ma else ""
    if speed <= _FULL_SPEED:
        return warning(
            CheckId.USB_SPEED, f"its cable runs at {speed} Mbit/s: a bad contact", _CABLE, **facts
        )
    if most is not None and speed < most:
        return warning(
            CheckId.USB_SPEED,
            f"its cable runs at {speed} Mbit/s and the phone can {most}{drawn}",
            _CABLE,
            **facts,
        )
    pushes = ", enough for about 38 MB a second" if speed == _HIGH_SPEED else ""
    return ok(CheckId.USB_SPEED, f"its cable runs at {speed} Mbit/s{pushes}{drawn}", **facts)
