"""What a server says of itself and its cables.

The texts follow packages/modules/adb (proto/adb_host.proto, proto/devices.proto), as a server of
release 36 answers; serials are made up.
"""

from hypothesis import given
from hypothesis import strategies as st

from harness.deadline import Deadline
from harness.device.adb.private import PrivateServer
from harness.device.adb.server_status import (
    LinkSpeed,
    ServerStatus,
    parse_speeds,
    parse_status,
    read_speeds,
    read_status,
)

DEVICES = """\
device {
  serial: "AAA111"
  state: DEVICE
  bus_address: "1-4.2"
  connection_type: USB
  negotiated_speed: 480
  max_speed: 5000
  transport_id: 1
}
device {
  serial: "127.0.0.1:5555"
  state: DEVICE
  connection_type: SOCKET
  negotiated_speed: 7
}
device {
  serial: "BBB222"
  connection_type: USB
}
"""


def test_only_cables_have_a_speed_and_what_is_not_told_is_unknown():
    assert parse_speeds(DEVICES) == {
        "AAA111": LinkSpeed("AAA111", 480, 5000),
        "BBB222": LinkSpeed("BBB222", None, None),
    }


def test_the_fields_of_a_status_are_read_by_number():
    data = b"\x08\x02\x18\x02*\x0636.0.02\x0813206524:\x04/adb"
    assert parse_status(data) == ServerStatus("36.0.0", "libusb", "13206524", "/adb")
    assert parse_status(b"\x08\x00") == ServerStatus()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_status_or_none(data):
    assert isinstance(parse_status(data), ServerStatus)


@given(st.text(max_size=300))
def test_any_text_is_a_list_of_cables(text):
    assert isinstance(parse_speeds(text), dict)


def test_a_real_server_tells_both():
    with PrivateServer() as adb:
        status = read_status(adb.server, Deadline.after(5))
        assert status is not None
        assert status.version
        assert status.back_end in ("libusb", "native")
        assert read_speeds(adb.server, Deadline.after(5)) == {}
