import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from harness.errors import ExitCode, LeaseHeldError, UsageError
from harness.lab import lease as lease_module
from harness.lab.lease import Holder, holder, lease, leases_folder

HOLD = """
import sys, time
from harness.lab.lease import lease
with lease(sys.argv[1], purpose="a nightly sweep"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_LEASES", str(tmp_path / "leases"))
    return tmp_path / "leases"


@pytest.fixture
def other_process():
    children = []

    def start(device_id):
        child = subprocess.Popen(
            [sys.executable, "-c", HOLD, device_id], stdout=subprocess.PIPE, text=True
        )
        children.append(child)
        assert child.stdout.readline() == "held\n"
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


def test_a_phone_that_nobody_holds_has_no_holder():
    assert holder("R58M12ABC") is None


def test_a_second_process_is_told_who_holds_the_phone(other_process):
    child = other_process("R58M12ABC")
    with pytest.raises(LeaseHeldError) as caught, lease("R58M12ABC", purpose="run"):
        pass
    assert f"pid {child.pid}" in caught.value.message
    assert "a nightly sweep" in caught.value.message
    assert caught.value.next_step
    assert caught.value.exit_code == ExitCode.NOTHING_MEASURED
    found = holder("R58M12ABC")
    assert (found.pid, found.purpose) == (child.pid, "a nightly sweep")


def test_another_phone_is_free_meanwhile(other_process):
    other_process("R58M12ABC")
    with lease("R58M12ABD", purpose="run"):
        assert holder("R58M12ABD").pid == os.getpid()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_holder_frees_the_phone_at_once(other_process, own_folder):
    child = other_process("R58M12ABC")
    child.send_signal(signal.SIGKILL)
    child.wait()
    (file,) = own_folder.iterdir()
    assert json.loads(file.read_text())["pid"] == child.pid, "its words are still there"
    assert holder("R58M12ABC") is None
    with lease("R58M12ABC", purpose="run"):
        assert holder("R58M12ABC").pid == os.getpid()


def test_a_lease_ends_with_its_block_even_when_the_block_fails():
    with pytest.raises(ZeroDivisionError), lease("A", purpose="run"):
        raise ZeroDivisionError
    assert holder("A") is None
    with lease("A", purpose="run"):
        pass


def test_two_threads_of_one_process_do_not_share_a_lease():
    with lease("A", purpose="one"), pytest.raises(LeaseHeldError), lease("A", purpose="two"):
        pass


def test_a_child_program_does_not_keep_the_lease():
    with lease("A", purpose="run"):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
    try:
        assert holder("A") is None
    finally:
        child.kill()
        child.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX process ids")
@pytest.mark.parametrize(
    "words", ["", "{", "[]", '{"pid": "x"}', '{"pid": 999999999}', '{"pid": -1}']
)
def test_words_of_no_living_process_are_not_believed(other_process, own_folder, words):
    other_process("A")
    (file,) = own_folder.iterdir()
    file.write_text(words)
    assert holder("A") == Holder()
    assert str(Holder()) == "another process"


def test_asking_for_the_holder_does_not_take_the_phone_from_anyone(monkeypatch):
    asked = []
    real = lease_module._lock

    def busy_once(handle):
        asked.append(1)
        return False if len(asked) == 1 else real(handle)

    monkeypatch.setattr(lease_module, "_lock", busy_once)
    with lease("A", purpose="run"):
        assert len(asked) == 2


def test_until_is_shown_in_utc():
    with lease("A", purpose="nightly", until=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)) as mine:
        assert mine.until == "2030-01-02T03:04:05+00:00"
        assert "until about 2030" in str(holder("A"))


def test_any_id_makes_a_file_inside_the_folder(own_folder):
    for name in ("../../etc/x", "192.168.1.5:5555", "a b\n", "é" * 300):
        with lease(name, purpose="run"):
            pass
    assert len(list(own_folder.iterdir())) == 4
    assert not list(own_folder.parent.glob("*.lease"))


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_a_link_planted_in_the_folder_is_not_followed(own_folder, tmp_path):
    own_folder.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("keep me")
    (own_folder / "A.lease").symlink_to(victim)
    with pytest.raises(UsageError) as caught, lease("A", purpose="run"):
        pass
    assert "HARNESS_LEASES" in caught.value.next_step
    assert victim.read_text() == "keep me"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_the_shared_folder_is_open_to_all_users(tmp_path, monkeypatch):
    monkeypatch.delenv("HARNESS_LEASES")
    monkeypatch.setattr(
        lease_module, "_SHARED_FOLDERS", (str(tmp_path / "no/such"), str(tmp_path / "s"))
    )
    with lease("A", purpose="run"):
        assert leases_folder() == tmp_path / "s"
    assert (tmp_path / "s").stat().st_mode & 0o7777 == 0o1777
    assert (tmp_path / "s" / "A.lease").stat().st_mode & 0o777 == 0o666


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_another_user_can_wait_for_a_file_it_may_not_write(own_folder, other_process):
    """Uid 65534 meets a lease file of root that it may only read."""
    script = HOLD.replace("import sys, time", "import os, sys, time; import harness.lab.lease")
    script = script.replace("with lease", "os.setuid(65534)\nwith lease").replace(
        "sleep(60)", "sleep(0)"
    )
    with lease("A", purpose="root"):
        pass
    (file,) = own_folder.iterdir()
    file.chmod(0o644)
    for folder in [own_folder, *own_folder.parents][:4]:
        if folder.stat().st_uid == os.geteuid() and folder != folder.parent:
            folder.chmod(folder.stat().st_mode | 0o055)
    done = subprocess.run(
        [sys.executable, "-c", script, "A"], capture_output=True, text=True, check=False
    )
    assert done.stdout == "held\n", done.stderr
    other_process("A")
    held = subprocess.run(
        [sys.executable, "-c", script, "A"], capture_output=True, text=True, check=False
    )
    assert "LeaseHeldError" in held.stderr


def test_a_held_lease_answers_quickly(other_process):
    other_process("A")
    begun = time.monotonic()
    assert holder("A") is not None
    assert time.monotonic() - begun < 2
