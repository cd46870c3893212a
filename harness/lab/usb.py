"""Android phones on the USB bus, as the host's own system sees them without adb."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SYSFS = Path("/sys/bus/usb/devices")
_NODES = Path("/dev/bus/usb")
_PROFILER = ("system_profiler", "SPUSBDataType", "-json")
_PROFILER_S = 20.0  # it walks the whole machine

# packages/modules/adb: adb.h; fastboot's protocol is in platform/system/core: fastboot.
_ADB = ("ff", "42", "01")
_FASTBOOT = ("ff", "42", "03")
_STILL_IMAGE = "06"  # PTP and most MTP
# Classes that a phone waiting to be set up does not show: audio, HID, printer, storage, hub, video.
_NOT_A_PHONE = frozenset({"01", "03", "07", "08", "09", "0e"})

# Vendor ids of phone makers, from the rules of github.com/M0Rf30/android-udev-rules and
# developer.android.com/studio/run/device (table of USB vendor ids).
_PHONE_MAKERS = {
    "04e8": "Samsung",
    "0bb4": "HTC",
    "0e8d": "MediaTek",
    "0fce": "Sony",
    "1004": "LG",
    "109b": "Hisense",
    "12d1": "Huawei",
    "18d1": "Google",
    "19d2": "ZTE",
    "1bbb": "TCL",
    "1ebf": "Coolpad",
    "22b8": "Motorola",
    "22d9": "OPPO or realme",
    "2717": "Xiaomi",
    "2a45": "Meizu",
    "2a47": "BQ",
    "2a70": "OnePlus",
    "2ae5": "Fairphone",
    "2d95": "vivo",
    "2e04": "Nokia (HMD)",
    "2e17": "Essential",
    "05c6": "Qualcomm",
}
# These make much else with a plug; only a still-image interface tells a phone or tablet.
_MAKERS_OF_MUCH = {
    "0502": "Acer",
    "054c": "Sony",
    "0955": "Nvidia",
    "0b05": "ASUS",
    "17ef": "Lenovo",
    "1949": "Amazon",
    "2207": "Rockchip",
}


@dataclass(frozen=True)
class UsbPhone:
    """A device that looks like an Android phone. None means that the bus does not tell.

    `path` is the bus path, as `1-4.2`. `debugging`: it offers an adb interface. `accessible`: this
    user may open its node. `speed` is what its cable runs at in Mbit/s, `max_power_ma` what it says
    that it draws at the most, `controller` the host's own part that its bus belongs to.
    """

    path: str
    vendor_id: str
    product_id: str
    vendor: str
    product: str | None = None
    serial: str | None = None
    debugging: bool | None = None
    fastboot: bool = False
    accessible: bool | None = None
    speed: int | None = None
    max_power_ma: int | None = None
    controller: str | None = None

    @property
    def hub(self) -> str | None:
        """The bus path of the hub that it hangs at; None at a port of the host itself."""
        parent, dot, _ = self.path.rpartition(".")
        return parent if dot else None

    @property
    def label(self) -> str:
        """A name for people."""
        words = [self.vendor, self.product or "phone"]
        return f"{' '.join(words)} ({self.serial or self.path})"


def usb_phones(sysfs: Path = SYSFS, nodes: Path = _NODES) -> tuple[UsbPhone, ...] | None:
    """Return the phones on the bus; None where the bus cannot be read."""
    if sys.platform == "darwin":
        return _macos()
    try:
        folders = sorted(sysfs.iterdir())
    except OSError:
        return None
    found = (_linux_phone(folder, nodes) for folder in folders if ":" not in folder.name)
    return tuple(phone for phone in found if phone is not None)


def _linux_phone(folder: Path, nodes: Path) -> UsbPhone | None:
    vendor_id = _word(folder / "idVendor")
    if vendor_id is None:
        return None
    interfaces = [
        tuple(
            _word(interface / name) or ""
            for name in ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
        )
        for interface in folder.glob(f"{folder.name}:*")
    ]
    if not _looks_like_a_phone(vendor_id, interfaces):
        return None
    return UsbPhone(
        path=folder.name,
        vendor_id=vendor_id,
        product_id=_word(folder / "idProduct") or "",
        vendor=_maker(vendor_id) or _word(folder / "manufacturer") or "Android",
        product=_word(folder / "product"),
        serial=_word(folder / "serial"),
        debugging=_ADB in interfaces if interfaces else None,
        fastboot=_FASTBOOT in interfaces,
        accessible=_accessible(folder, nodes),
        speed=_number(_word(folder / "speed")),
        max_power_ma=_number((_word(folder / "bMaxPower") or "").removesuffix("mA")),
        controller=_controller(folder),
    )


def _looks_like_a_phone(vendor_id: str, interfaces: list[tuple[str, ...]]) -> bool:
    if _ADB in interfaces or _FASTBOOT in interfaces:
        return True
    classes = {interface[0] for interface in interfaces}
    if vendor_id in _MAKERS_OF_MUCH:
        return _STILL_IMAGE in classes
    return vendor_id in _PHONE_MAKERS and not classes & _NOT_A_PHONE


def _accessible(folder: Path, nodes: Path) -> bool | None:
    bus, device = _word(folder / "busnum"), _word(folder / "devnum")
    if bus is None or device is None or not (bus.isdecimal() and device.isdecimal()):
        return None
    node = nodes / f"{int(bus):03}" / f"{int(device):03}"
    return os.access(node, os.R_OK | os.W_OK) if node.exists() else None


def _controller(folder: Path) -> str | None:
    """Return the name of what the root hub `usbN` is part of: USB 2 and 3 are two buses of one."""
    root = folder.parent / f"usb{folder.name.split('-')[0]}"
    try:
        return root.resolve(strict=True).parent.name
    except OSError:
        return None


def _number(word: str | None) -> int | None:
    return int(word) if word and re.fullmatch(r"\d{1,9}", word, re.ASCII) else None


def _word(path: Path) -> str | None:
    """Read a file of one line; None when it is absent or empty."""
    try:
        return path.read_text("utf-8", "replace").strip() or None
    except OSError:
        return None


def _maker(vendor_id: str) -> str | None:
    return _PHONE_MAKERS.get(vendor_id) or _MAKERS_OF_MUCH.get(vendor_id)


def _macos() -> tuple[UsbPhone, ...] | None:
    try:
        done = subprocess.run(_PROFILER, check=True, capture_output=True, timeout=_PROFILER_S)
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_system_profiler(done.stdout)


def parse_system_profiler(answer: bytes) -> tuple[UsbPhone, ...] | None:
    """Read `system_profiler SPUSBDataType -json`; None when it is not what it should be.

    It tells vendors and serials but no interfaces, so that debugging stays unknown and a maker
    of much else is not told from its keyboards.
    """
    try:
        document = json.loads(answer)
    except ValueError:
        return None
    phones = []
    for entry in _entries(document):
        match = re.match(r"0x([0-9a-f]{4})", str(entry.get("vendor_id", "")).lower())
        if match is None or match[1] not in _PHONE_MAKERS:
            continue
        phones.append(
            UsbPhone(
                path=str(entry.get("location_id", "")).split(" ")[0],
                vendor_id=match[1],
                product_id=str(entry.get("product_id", "")).removeprefix("0x"),
                vendor=_PHONE_MAKERS[match[1]],
                product=entry.get("_name"),
                serial=entry.get("serial_num"),
            )
        )
    return tuple(phones)


def _entries(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _entries(value)
    elif isinstance(node, list):
        for value in node:
            yield from _entries(value)
