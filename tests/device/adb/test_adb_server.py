from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.deadline import Deadline
from harness.device.adb.private import PrivateServer
from harness.device.adb.server import Server, Transport, parse_transports
from harness.errors import DeviceTimeoutError, DeviceUnavailableError

SEEN = """\
23011WERA0ADER         device 4-1 product:lynx model:Pixel_7a device:lynx transport_id:192
R5CT0000000            device usb:1-4.2 product:x model:y device:z transport_id:3
R5CT0000001            device usb:337641472X product:x model:y device:z transport_id:4
0123456789ABCDEF       no permissions (missing udev rules? user is in the plugdev group); \
see [http://developer.android.com/tools/device.html] usb:1-4.2 transport_id:7
adb-HA2DPWL2-4QfPSa (2)._adb-tls-connect._tcp device product:a model:b device:c transport_id:9
(no serial number)     offline usb:1-1 transport_id:8
????????????           no permissions
emulator-5554          unauthorized transport_id:11
192.168.1.7:5555       authorizing transport_id:12
"""


def test_every_line_that_servers_are_known_to_write_is_read():
    udev = (
        "(missing udev rules? user is in the plugdev group); "
        "see [http://developer.android.com/tools/device.html]"
    )
    assert parse_transports(SEEN) == (
        Transport("23011WERA0ADER", "device", "4-1", 192),
        Transport("R5CT0000000", "device", "usb:1-4.2", 3),
        Transport("R5CT0000001", "device", "usb:337641472X", 4),
        Transport("0123456789ABCDEF", "no permissions", "usb:1-4.2", 7, udev),
        Transport("adb-HA2DPWL2-4QfPSa (2)._adb-tls-connect._tcp", "device", None, 9),
        Transport("(no serial number)", "offline", "usb:1-1", 8),
        Transport("????????????", "no permissions", None, None),
        Transport("emulator-5554", "unauthorized", None, 11),
        Transport("192.168.1.7:5555", "authorizing", None, 12),
    )


@pytest.mark.parametrize("text", ["", "\n\n", "List of devices attached", "x", "* daemon started"])
def test_what_is_no_transport_is_left_out(text):
    assert parse_transports(text) == ()


@given(st.text())
def test_any_text_is_read_without_an_error(text):
    for transport in parse_transports(text):
        assert transport.serial
        assert transport.state


def test_a_private_server_runs_for_the_block_and_lists_nobody():
    with PrivateServer() as adb:
        adb.server.ensure(Deadline.after(5))
        assert adb.server.transports(Deadline.after(5)) == ()
        assert adb.server.listening()
    assert not adb.server.listening()


def test_a_private_server_ends_with_a_process_that_is_killed(tmp_path):
    code = (
        "import os\n"
        "from harness.device.adb.private import PrivateServer\n"
        "with PrivateServer() as adb:\n"
        "    print(adb.server.port, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    server = Server(port=int(done.stdout))
    deadline = Deadline.after(5)
    while server.listening() and not deadline.passed:
        time.sleep(0.05)
    assert done.returncode == -9
    assert not server.listening()


def test_nobody_listening_says_how_to_start_a_server():
    with pytest.raises(DeviceUnavailableError, match="no adb server answers at") as caught:
        Server(port=1).transports(Deadline.after(2))
    assert "adb start-server" in caught.value.next_step


def test_something_else_on_the_port_is_no_adb_server():
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(DeviceTimeoutError):
        Server(port=other.getsockname()[1]).transports(Deadline.after(0.3))


def test_a_server_on_another_port_is_never_started():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(port=port)
    with pytest.raises(DeviceUnavailableError):
        server.ensure(Deadline.after(2))
    assert not server.listening()
