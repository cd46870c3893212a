"""Virtual phones behind the real adb server: what the adb program and adbutils see."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import adbutils
import pytest
from adbd_desk import Desk, address, desk_in

from harness.deadline import Deadline
from harness.device.adb.private import PrivateServer
from harness.device.adb.server import adb_binary
from harness.errors import DeviceUnavailableError
from harness.virtual.adbd import PhoneServer

TMP = "/data/local/tmp"


@pytest.fixture(scope="module")
def adb() -> Iterator[PrivateServer]:
    with PrivateServer() as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as desk:
        yield desk


@pytest.fixture
def phone(adb: PrivateServer, desk: Desk) -> Iterator[PhoneServer]:
    server = desk.add()
    adb.server.connect(address(server), Deadline.after(10))
    yield server
    with contextlib.suppress(DeviceUnavailableError):  # a test may have done it
        adb.server.ask(f"host:disconnect:{address(server)}", Deadline.after(10))


def cli(
    adb: PrivateServer, phone: PhoneServer, *words: str, stdin: bytes = b"", timeout: float = 20
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [adb_binary(), "-P", str(adb.server.port), "-s", address(phone), *words],
        input=stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
    )


def client(adb: PrivateServer, phone: PhoneServer) -> adbutils.AdbDevice:
    return adbutils.AdbClient(adb.server.host, adb.server.port).device(address(phone))


def state(adb: PrivateServer, phone: PhoneServer) -> str:
    listing = adb.server.ask("host:devices", Deadline.after(10))
    words = dict(line.split("\t") for line in listing.splitlines())
    return words.get(address(phone), "")


def eventually(what: Callable[[], object], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.05)
    return False


def running(phone: PhoneServer, name: str) -> bool:
    return any(name in process.argv for process in phone.phone.processes)


def test_streams_arrive_apart_with_the_real_status(adb, phone):
    done = cli(adb, phone, "shell", "echo out; echo err >&2; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == (b"out\n", b"err\n", 7)
    again = client(adb, phone).shell2("echo out; echo err >&2; exit 7", v2=True, timeout=10)
    assert (again.stdout, again.stderr, again.returncode) == ("out\n", "err\n", 7)


def test_the_old_shell_merges_streams_on_a_terminal(adb, phone):
    done = client(adb, phone).shell2("echo out; echo err >&2; [ -t 0 ] && echo tty")
    assert done.output.split() == ["out", "err", "tty"]


def test_input_is_passed_on_and_ends(adb, phone):
    done = cli(adb, phone, "shell", "sha256sum; echo rest", stdin=bytes(300_000))
    assert done.stdout == f"{hashlib.sha256(bytes(300_000)).hexdigest()}  -\nrest\n".encode()


def test_exec_out_passes_bytes_unchanged(adb, phone):
    (phone.phone.root / "raw").write_bytes(bytes(range(256)) * 500)
    assert cli(adb, phone, "exec-out", f"cat {TMP}/raw").stdout == bytes(range(256)) * 500


def test_a_typed_session_on_a_terminal(adb, phone):
    done = cli(adb, phone, "shell", "-tt", stdin=b"echo $((6*7))\rexit 3\r")
    assert b"42\r\n" in done.stdout
    assert b"virtual:/ $ " in done.stdout
    assert done.returncode == 3


def test_commands_on_stdin_run_line_by_line(adb, phone):
    done = cli(adb, phone, "shell", stdin=b"for i in 1 2\ndo echo $i\ndone\nexit 4\n")
    assert (done.stdout, done.returncode) == (b"1\n2\n", 4)


def test_a_big_file_survives_both_ways(adb, phone, tmp_path):
    data = os.urandom(50_000_000)
    (tmp_path / "big").write_bytes(data)
    pushed = cli(adb, phone, "push", str(tmp_path / "big"), f"{TMP}/deep/folder/big")
    assert pushed.returncode == 0, pushed.stderr
    summed = cli(adb, phone, "shell", f"sha256sum <{TMP}/deep/folder/big")
    assert summed.stdout.split()[0].decode() == hashlib.sha256(data).hexdigest()
    cli(adb, phone, "pull", f"{TMP}/deep/folder/big", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == data


def test_adbutils_pushes_stats_lists_and_pulls(adb, phone, tmp_path):
    (tmp_path / "tool").write_bytes(b"x" * 70_000)
    sync = client(adb, phone).sync
    sync.push(tmp_path / "tool", f"{TMP}/tool", mode=0o755)
    found = sync.stat(f"{TMP}/tool")
    # adbd gives group and others what the owner has.
    assert (found.size, found.mode & 0o777) == (70_000, 0o777)
    assert {item.path for item in sync.list(TMP)} == {"tool"}
    assert sync.read_bytes(f"{TMP}/tool") == b"x" * 70_000
    assert sync.stat(f"{TMP}/missing").mode == 0


def test_a_folder_is_pushed_and_pulled(adb, phone, tmp_path):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "in" / "sub" / "a b").write_text("one")
    (tmp_path / "in" / "ü").write_text("two")
    cli(adb, phone, "push", str(tmp_path / "in"), TMP)
    cli(adb, phone, "pull", f"{TMP}/in", str(tmp_path / "out"))
    assert (tmp_path / "out" / "sub" / "a b").read_text() == "one"
    assert (tmp_path / "out" / "ü").read_text() == "two"


def test_a_missing_file_is_an_error_of_pull(adb, phone, tmp_path):
    done = cli(adb, phone, "pull", f"{TMP}/nope", str(tmp_path / "x"))
    assert done.returncode != 0
    assert b"No such file or directory" in done.stderr


def test_a_full_disk_fails_a_push_with_its_reason(adb, desk, tmp_path):
    small = desk.add(capacity=1_000_000)
    adb.server.connect(address(small), Deadline.after(10))
    (tmp_path / "big").write_bytes(bytes(5_000_000))
    done = cli(adb, small, "push", str(tmp_path / "big"), f"{TMP}/big")
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert not (small.phone.root / "big").exists()


@pytest.mark.parametrize("target", ["/system/bin/new", "/proc/uptime", "/nowhere/x"])
def test_nothing_can_be_pushed_outside_the_writable_folder(adb, phone, tmp_path, target):
    (tmp_path / "f").write_text("x")
    assert cli(adb, phone, "push", str(tmp_path / "f"), target).returncode == 1


def test_a_lost_link_ends_what_runs_in_front_and_spares_what_does_not(adb, phone):
    lines = {
        "front": "echo up; sleep 61",
        "background": "sleep 62 >/dev/null 2>&1 & echo up; sleep 60",
        "timeout": "echo up; timeout 90 sleep 63",
        "session": "(setsid sleep 64 </dev/null >/dev/null 2>&1 &); echo up; sleep 60",
    }
    command = [adb_binary(), "-P", str(adb.server.port), "-s", address(phone), "shell"]
    shells = [
        subprocess.Popen([*command, line], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in lines.values()
    ]
    for shell in shells:
        assert shell.stdout is not None
        assert shell.stdout.readline() == b"up\n"
    adb.server.ask(f"host:disconnect:{address(phone)}", Deadline.after(10))
    assert eventually(lambda: not running(phone, "60") and not running(phone, "61"))
    assert [running(phone, second) for second in ("62", "63", "64")] == [True, True, True]
    for shell in shells:
        shell.communicate(timeout=10)


def test_a_background_job_holds_the_shell_until_its_output_is_closed(adb, phone):
    start = time.monotonic()
    cli(adb, phone, "shell", "sleep 0.6 & echo started")
    assert time.monotonic() - start > 0.5
    start = time.monotonic()
    cli(adb, phone, "shell", "sleep 5 >/dev/null 2>&1 & echo started")
    assert time.monotonic() - start < 2


def test_a_reboot_kills_everything_and_changes_the_boot_id(adb, phone):
    before = cli(adb, phone, "shell", "cat /proc/sys/kernel/random/boot_id").stdout
    cli(adb, phone, "shell", f"setsid sleep 71 >/dev/null 2>&1 & echo kept >{TMP}/file")
    assert cli(adb, phone, "reboot").returncode == 0
    assert eventually(lambda: phone.phone.boot_id.encode() != before.strip())
    assert not running(phone, "71")
    adb.server.ask(f"host:disconnect:{address(phone)}", Deadline.after(10))
    adb.server.connect(address(phone), Deadline.after(10))
    shown = cli(adb, phone, "shell", f"cat {TMP}/file; cut -d. -f1 /proc/uptime").stdout.split()
    assert shown[0] == b"kept"
    assert int(shown[1]) < 10


def test_an_unauthorized_phone_stays_so(adb, desk):
    locked = desk.add(authorized=False)
    subprocess.run(
        [adb_binary(), "-P", str(adb.server.port), "connect", address(locked)],
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert eventually(lambda: state(adb, locked) == "unauthorized")
    assert b"unauthorized" in cli(adb, locked, "shell", "true").stderr


def test_a_phone_that_is_away_shows_offline_and_comes_back(adb, desk, phone):
    desk.do(phone.link.away(2))
    assert eventually(lambda: state(adb, phone) == "offline", 2)
    assert eventually(lambda: state(adb, phone) == "device", 15)
    assert cli(adb, phone, "shell", "echo back").stdout == b"back\n"


def test_a_stalled_link_moves_nothing_and_then_everything(adb, desk, phone):
    async def stall() -> None:
        phone.link.stall(1)

    desk.do(stall())
    start = time.monotonic()
    assert cli(adb, phone, "shell", "echo late").stdout == b"late\n"
    assert time.monotonic() - start > 0.8


def test_a_slow_link_takes_its_time(adb, phone, tmp_path):
    phone.link.bytes_per_second = 2_000_000
    (tmp_path / "f").write_bytes(bytes(2_000_000))
    start = time.monotonic()
    assert cli(adb, phone, "push", str(tmp_path / "f"), f"{TMP}/f").returncode == 0
    assert time.monotonic() - start > 0.8


def test_twenty_phones_answer_at_once(adb, desk):
    phones = [desk.add() for _ in range(20)]
    for phone in phones:
        adb.server.connect(address(phone), Deadline.after(10))

    def ask(phone: PhoneServer) -> list[str]:
        script = "for i in 1 2 3; do getprop ro.serialno; sleep 0.2; done"
        return client(adb, phone).shell2(script, v2=True, timeout=30).stdout.split()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, phones))
    assert answers == [[phone.phone.serial] * 3 for phone in phones]


@pytest.mark.parametrize(
    "noise", [b"GET / HTTP/1.1\r\n\r\n" * 4, bytes(64), b"OPEN" + bytes(20), b"\xff" * 100]
)
def test_what_is_not_adb_is_dropped(desk, noise):
    phone = desk.add()
    with socket.create_connection(("127.0.0.1", phone.port), 5) as peer:
        peer.sendall(noise)
        with contextlib.suppress(ConnectionResetError):
            assert peer.recv(100) == b""
    assert desk.do(asyncio.sleep(0, "alive")) == "alive"
