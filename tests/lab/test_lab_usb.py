"""The USB bus as Linux and macOS show it, in trees made for the test."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.lab.usb import parse_system_profiler, usb_phones

pytestmark = pytest.mark.skipif("sys.platform == 'darwin'", reason="reads sysfs")


@pytest.fixture
def bus(tmp_path):
    """Build a sysfs tree: name → attributes, interfaces as class/subclass/protocol."""

    def plug(name, vendor, *interfaces, **attributes):
        folder = tmp_path / "devices" / name
        words = {"idVendor": vendor, "idProduct": "4ee7", "busnum": "1", "devnum": "7"}
        _write(folder, words | attributes)
        for i, interface in enumerate(interfaces):
            names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
            own = dict(zip(names, interface.split("/"), strict=True))
            _write(folder / f"{name}:1.{i}", own)
            _write(tmp_path / "devices" / f"{name}:1.{i}", own)
        return folder

    plug.look = lambda: usb_phones(tmp_path / "devices", tmp_path / "nodes")
    plug.root = tmp_path
    return plug


def _write(folder, attributes):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in attributes.items():
        (folder / name).write_text(f"{value}\n")


def test_a_phone_with_debugging_on_shows_its_adb_interface(bus):
    bus("1-4.2", "18d1", "06/01/01", "ff/42/01", product="Pixel 8", serial="37041FDJH00")
    (phone,) = bus.look()
    assert phone.debugging
    assert not phone.fastboot
    assert phone.label == "Google Pixel 8 (37041FDJH00)"


def test_a_phone_that_only_offers_files_has_debugging_off(bus):
    bus("1-1", "04e8", "06/01/01")
    assert [phone.debugging for phone in bus.look()] == [False]


def test_an_adb_interface_tells_a_phone_of_any_maker(bus):
    bus("1-1", "abcd", "ff/42/01", manufacturer="Acme")
    assert [phone.vendor for phone in bus.look()] == ["Acme"]


def test_a_phone_in_the_bootloader_is_told(bus):
    bus("1-1", "18d1", "ff/42/03")
    assert [phone.fastboot for phone in bus.look()] == [True]


@pytest.mark.parametrize(
    ("vendor", "interface"),
    [
        ("046d", "03/01/01"),  # a mouse
        ("1d6b", "09/00/00"),  # a root hub
        ("04e8", "07/01/02"),  # a Samsung printer
        ("04e8", "08/06/50"),  # a Samsung disk
        ("17ef", "03/01/01"),  # a Lenovo keyboard
        ("0b05", "ff/ff/ff"),  # an ASUS radio
    ],
)
def test_other_things_with_a_plug_are_no_phones(bus, vendor, interface):
    bus("1-1", vendor, interface)
    assert bus.look() == ()


def test_a_node_that_this_user_may_not_open_is_told(bus, monkeypatch):
    bus("1-1", "18d1", "ff/42/01")
    assert bus.look()[0].accessible is None
    _write(bus.root / "nodes" / "001", {"007": ""})
    assert bus.look()[0].accessible is True
    monkeypatch.setattr("os.access", lambda *_: False)  # root may open every file
    assert bus.look()[0].accessible is False


def test_a_bus_that_cannot_be_read_is_unknown_and_not_empty(tmp_path):
    assert usb_phones(tmp_path / "nowhere") is None
    assert usb_phones(tmp_path) == ()


def test_system_profiler_tells_phones_under_hubs():
    hub = {
        "_name": "USB3.1 Bus",
        "_items": [
            {"_name": "Keyboard", "vendor_id": "apple_vendor_id", "product_id": "0x0250"},
            {
                "_name": "Hub",
                "vendor_id": "0x0bda  (Realtek Semiconductor Corp.)",
                "_items": [
                    {
                        "_name": "Pixel 8",
                        "vendor_id": "0x18d1  (Google Inc.)",
                        "product_id": "0x4ee7",
                        "serial_num": "37041FDJH00",
                        "location_id": "0x01120000 / 5",
                    }
                ],
            },
        ],
    }
    (phone,) = parse_system_profiler(json.dumps({"SPUSBDataType": [hub]}).encode()) or ()
    assert (phone.label, phone.path) == ("Google Pixel 8 (37041FDJH00)", "0x01120000")
    assert phone.debugging is None


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_any_answer_of_system_profiler_is_read_or_unknown(answer):
    assert parse_system_profiler(answer) in (None, ())
