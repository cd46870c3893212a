"""The desk: what is attached, what is only on the USB bus, and what to do about the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.deadline import Deadline
from harness.device.base import DeviceKind, Health, Profile
from harness.errors import HarnessError
from harness.lab.advice import desk_advice
from harness.lab.config import LabConfig
from harness.lab.inventory import ListedDevice, survey
from harness.lab.schema import DeviceSection
from harness.lab.usb import UsbPhone, usb_phones

_ASIDE = (DeviceKind.LOCAL, DeviceKind.EMULATOR)


@dataclass(frozen=True)
class Desk:
    """Everything that is there. `usb` is None where the bus cannot be read.

    `absent` are phones of devices.yaml that no adb server lists; `problems` are adb servers that
    could not be asked.
    """

    devices: tuple[ListedDevice, ...]
    usb: tuple[UsbPhone, ...] | None = None
    absent: Mapping[str, DeviceSection] | None = None
    problems: tuple[HarnessError, ...] = ()

    @property
    def phones(self) -> tuple[ListedDevice, ...]:
        """The devices without emulators and this machine."""
        return tuple(device for device in self.devices if device.kind not in _ASIDE)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do about phones that adb does not list, one sentence each."""
        listed = [route.transport.serial for d in self.devices for route in d.transports]
        told = desk_advice(self.usb, [*listed, *(phone.id for phone in self.phones)])
        return (*(f"{p.message}; {p.next_step}" for p in self.problems), *told)

    def document(self, *, everything: bool) -> dict[str, Any]:
        """Return the desk as plain JSON data; what is unknown is null."""
        return {
            "devices": [_device(d) for d in (self.devices if everything else self.phones)],
            "absent": [
                {"id": serial, "alias": section.alias, "tags": list(section.tags)}
                for serial, section in (self.absent or {}).items()
            ],
            "advice": list(self.advice),
        }


def look(config: LabConfig, deadline: Deadline) -> Desk:
    """Look at every adb server of the lab and at the USB bus.

    Raises:
        DeviceUnavailableError: no adb server at all could be asked.
    """
    found = survey(config, deadline)
    if found.problems and len(found.problems) == len(config.adb_servers):
        raise found.problems[0]
    seen = {device.id for device in found.devices}
    absent = {serial: section for serial, section in config.devices.items() if serial not in seen}
    return Desk(found.devices, usb_phones(), absent, found.problems)


def _device(device: ListedDevice) -> dict[str, Any]:
    profile, health = device.profile or Profile(), device.health or Health()
    return {
        "id": device.id,
        "alias": device.alias,
        "tags": list(device.tags),
        "kind": device.kind.value,
        "simulated": device.kind is DeviceKind.VIRTUAL,
        "state": device.state.value,
        "detail": device.detail or None,
        "next": device.next_step or None,
        "manufacturer": profile.manufacturer,
        "model": profile.model,
        "soc": profile.soc or profile.platform,
        "android": profile.os_version if device.kind is not DeviceKind.LOCAL else None,
        "api_level": profile.api_level,
        "abis": list(profile.abis),
        "battery_percent": health.battery_percent,
        "battery_celsius": health.battery_celsius,
        "transports": [str(route) for route in device.transports],
    }
