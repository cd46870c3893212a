"""Staging on a real adbd: sent once, verified, bounded, and honest about a full disk."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from pathlib import Path

import phone as chroot
import pytest
from reaching import connect, open_adb_device, open_shell

from harness.deadline import Deadline
from harness.device.adb.staging import ROOT, STORE, Staging, clean, left_kb
from harness.device.base import Bundle, Job, LocalFile
from harness.errors import DeviceUnavailableError, StorageFullError

MB = 1 << 20


def soon(seconds: float = 30) -> Deadline:
    return Deadline.after(seconds)


def bundle_of(folder: Path, **sizes: int) -> Bundle:
    """Make a bundle of random files: names with dots are written with double underscores."""
    files = {}
    for word, size in sizes.items():
        path = folder / word.replace("__", ".")
        path.write_bytes(os.urandom(size))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        files[path.name] = LocalFile(path, digest, executable=path.suffix == ".sh")
    key = hashlib.sha256(repr(sorted(f.sha256 for f in files.values())).encode()).hexdigest()
    return Bundle(key, files)


def listing(shell) -> list[str]:
    return sorted(shell.run(f"ls -A {STORE}", soon()).text.split())


def test_files_arrive_whole_small_and_large(device, shell, tmp_path):
    bundle = bundle_of(tmp_path, small__bin=5 * MB, large__bin=20 * MB, tool__sh=100, empty__bin=0)
    folder = device.stage(bundle, soon())
    for name, file in bundle.files.items():
        assert shell.check(f"sha256sum <{folder}/{name}", soon()).split()[0] == file.sha256
    assert shell.run(f"[ -x {folder}/tool.sh ] && [ ! -x {folder}/small.bin ]", soon()).status == 0
    assert listing(shell) == [bundle.key]


def test_what_is_there_and_right_is_not_sent_again(device, shell, tmp_path):
    bundle = bundle_of(tmp_path, model__tflite=MB)
    folder = device.stage(bundle, soon())
    inode = shell.check(f"stat -c %i {folder}/model.tflite", soon())
    again = Staging(shell)
    assert again.stage(bundle, soon()) == folder
    assert shell.check(f"stat -c %i {folder}/model.tflite", soon()) == inode


@pytest.mark.parametrize("harm", ["printf x >>", "rm -f"])
def test_what_was_changed_on_the_phone_is_sent_again(device, shell, tmp_path, harm):
    bundle = bundle_of(tmp_path, model__tflite=MB)
    folder = device.stage(bundle, soon())
    shell.check(f"{harm} {folder}/model.tflite", soon())
    Staging(shell).stage(bundle, soon())
    digest = shell.check(f"sha256sum <{folder}/model.tflite", soon()).split()[0]
    assert digest == bundle.files["model.tflite"].sha256


def test_hostile_names_stay_names(device, shell, tmp_path):
    path = tmp_path / "payload"
    path.write_bytes(b"payload")
    file = LocalFile(path, hashlib.sha256(b"payload").hexdigest())
    names = ["a b", "-rf", "$(touch pwned)", "it's;touch pwned", "*", "ü", '"']
    folder = device.stage(Bundle("hostile", dict.fromkeys(names, file)), soon())
    found = shell.check(f"cd {folder} && printf '%s\\n' *", soon())
    assert set(names) <= set(found.splitlines())
    assert "pwned" not in shell.check(f"find {ROOT} -name pwned; ls -A / .", soon())


@pytest.mark.parametrize("name", ["../x", "/x", "..", "", "a\nb", "a/b"])
def test_a_name_that_is_a_path_is_refused(device, tmp_path, name):
    file = LocalFile(tmp_path / "x", "0" * 64)
    with pytest.raises(ValueError, match="not a file name"):
        device.stage(Bundle("key", {name: file}), soon())


def test_a_key_that_is_a_path_stays_in_the_store(device, shell, tmp_path):
    bundle = bundle_of(tmp_path, a__bin=10)
    folder = device.stage(Bundle("../../../etc", bundle.files), soon())
    assert folder.startswith(f"{STORE}/")
    assert ".." not in folder


def test_a_link_lost_in_mid_push_leaves_no_half_bundle(adb, device, shell, tmp_path):
    bundle = bundle_of(tmp_path, large__bin=200 * MB)
    killer = threading.Timer(0.4, os.kill, (adb.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(DeviceUnavailableError):
        device.stage(bundle, soon())
    killer.join()
    # A killed server may take a moment to let go of its port; the adb program must start none in
    # its place.
    gone = soon()
    while adb.server.listening() and not gone.passed:
        time.sleep(0.05)
    assert not adb.server.listening()
    adb.start(soon())
    assert bundle.key not in listing(shell)
    device.stage(bundle, soon(60))
    assert bundle.key in listing(shell)


def test_a_clean_removes_everything_and_says_how_much(device, shell, tmp_path):
    device.stage(bundle_of(tmp_path, model__tflite=3 * MB), soon())
    assert 3000 < (left_kb(shell, soon()) or 0) < 3200
    assert 3000 < (clean(shell, soon()) or 0) < 3200
    assert shell.run(f"[ -e {ROOT} ]", soon()).status == 1
    assert left_kb(shell, soon()) == 0
    assert clean(shell, soon()) == 0


@pytest.fixture
def small_phone(adb):
    with chroot.running_phone("SMALL1", data="60m") as running:
        connect(adb, running.addresses[0])
        yield open_shell(adb.server, running.addresses[0])


def test_a_bundle_that_cannot_fit_is_refused_with_sizes(adb, small_phone, tmp_path):
    with pytest.raises(StorageFullError, match=r"needs \d+ kB .* has \d+") as caught:
        Staging(small_phone).stage(bundle_of(tmp_path, big__bin=80 * MB), soon())
    assert "harness clean" in caught.value.next_step


@pytest.mark.parametrize("size", [2 * MB, 12 * MB])
def test_a_disk_that_fills_up_under_a_push_is_storage_full(
    small_phone, tmp_path, size, monkeypatch
):
    """Both ways of sending meet ENOSPC, as if another program had taken the room meanwhile."""
    monkeypatch.setattr(Staging, "_make_room", lambda *_: None)
    small_phone.run("dd if=/dev/zero of=/data/local/tmp/hog bs=1M count=59", soon())
    with pytest.raises(StorageFullError):
        Staging(small_phone).stage(bundle_of(tmp_path, big__bin=size), soon())
    small_phone.check("rm /data/local/tmp/hog", soon())
    assert listing(small_phone) == []


def test_the_store_stays_small_and_lets_the_oldest_go(small_phone, tmp_path):
    first, second, third = (bundle_of(tmp_path, **{f"m{i}__bin": 2 * MB}) for i in (1, 2, 3))
    for age, bundle in ((3, first), (2, second)):
        folder = Staging(small_phone).stage(bundle, soon())
        small_phone.check(f"touch -d @{1_000_000 - age} {folder}", soon())
    Staging(small_phone).stage(third, soon())  # a tenth of 60 MB holds two of them
    assert listing(small_phone) == sorted([second.key, third.key])


def test_a_job_that_met_a_full_disk_is_no_result(adb, small_phone, tmp_path):
    device = open_adb_device(adb.server, small_phone.target)
    device.run(Job("warm", ("true",)), tmp_path, soon())
    small_phone.run("dd if=/dev/zero of=/data/local/tmp/hog bs=1M count=99", soon())
    with pytest.raises(StorageFullError):
        device.run(Job("full", ("seq", "1", "100000")), tmp_path, soon())
