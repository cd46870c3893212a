"""Cables, hubs, controllers and rules, judged from what the bus and adb's server say."""

import pytest

from harness.device.adb.server_status import LinkSpeed
from harness.lab.check import CheckStatus
from harness.lab.check_usb import check_hubs, check_speeds, check_udev, judge_speed
from harness.lab.usb import UsbPhone, usb_phones


def on_bus(path, serial=None, *, controller="0000:00:14.0", speed=None, accessible=None):
    return UsbPhone(
        path, "18d1", "4ee7", "Google", serial=serial, speed=speed,
        controller=controller, accessible=accessible,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("speed", "most", "status"),
    [
        (480, 480, CheckStatus.OK),
        (5000, 5000, CheckStatus.OK),
        (480, None, CheckStatus.OK),
        (480, 5000, CheckStatus.WARNING),
        (12, 480, CheckStatus.WARNING),
        (None, 5000, CheckStatus.UNKNOWN),
    ],
)
def test_a_cable_slower_than_its_phone_is_a_warning_and_an_unread_one_unknown(speed, most, status):
    check = judge_speed(speed, most, 500)
    assert check.status is status
    assert bool(check.next) == (status is not CheckStatus.OK)
    assert check.facts["negotiated_mbps"] == speed


def test_the_server_is_believed_before_the_bus_and_phones_get_their_own_ids():
    usb = [on_bus("1-1", "A", speed=480), on_bus("1-2", "B", speed=480)]
    told = {"A": LinkSpeed("A", 5000, 10000)}
    first, second = check_speeds(usb, told, {"A": "phone-a"})
    assert (first.device, first.facts["negotiated_mbps"]) == ("phone-a", 5000)
    assert first.status is CheckStatus.WARNING
    assert (second.device, second.facts["negotiated_mbps"]) == ("B", 480)


def test_phones_are_counted_by_hub_and_controller():
    usb = [on_bus("1-4.1"), on_bus("1-4.2"), on_bus("2-1", controller="0000:02:00.0")]
    (check,) = check_hubs(usb)
    assert check.status is CheckStatus.OK
    assert check.facts["hubs"] == {"1-4": 2}
    assert check.facts["controllers"] == {"0000:00:14.0": 2, "0000:02:00.0": 1}
    assert not list(check_hubs([on_bus("1-1")]))


def test_more_phones_than_a_controller_bears_are_a_warning():
    (check,) = check_hubs([on_bus(f"1-4.{n}") for n in range(21)])
    assert check.status is CheckStatus.WARNING
    assert "21 on 0000:00:14.0" in check.message
    (check,) = check_hubs([on_bus(f"1-4.{n}") for n in range(20)])
    assert check.status is CheckStatus.OK


@pytest.mark.skipif("sys.platform != 'linux'", reason="udev is Linux's")
def test_rules_are_wanted_unless_a_phone_shows_that_none_is_needed(tmp_path):
    folders = [str(tmp_path)]
    (check,) = check_udev([], folders=folders, groups=())
    assert check.status is CheckStatus.WARNING
    (check,) = check_udev([on_bus("1-1", accessible=True)], folders=folders, groups=())
    assert check.status is CheckStatus.OK
    (tmp_path / "51-android.rules").touch()
    (check,) = check_udev([], folders=folders, groups=("plugdev",))
    assert check.status is CheckStatus.OK
    assert "51-android.rules" in check.message
    assert "plugdev" in check.message


@pytest.mark.skipif("sys.platform == 'darwin'", reason="reads sysfs")
def test_speed_power_and_controller_are_read_from_the_bus(tmp_path):
    devices = tmp_path / "bus" / "devices"
    devices.mkdir(parents=True)
    real = tmp_path / "devices" / "pci0000:00" / "0000:00:14.0" / "usb1"
    real.mkdir(parents=True)
    (devices / "usb1").symlink_to(real)
    phone = devices / "1-4.2"
    interface = phone / "1-4.2:1.0"
    interface.mkdir(parents=True)
    words = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
    for name, value in zip(words, ("ff", "42", "01"), strict=True):
        (interface / name).write_text(value)
    for name, value in {"idVendor": "18d1", "speed": "480", "bMaxPower": "500mA"}.items():
        (phone / name).write_text(f"{value}\n")
    (found,) = usb_phones(devices, tmp_path / "nodes")
    assert (found.speed, found.max_power_ma) == (480, 500)
    assert (found.controller, found.hub) == ("0000:00:14.0", "1-4")
