"""Compiled caches on a real adbd with real toybox and mksh."""

from __future__ import annotations

from harness.deadline import Deadline
from harness.device.adb.caches import CACHES, AdbCaches
from harness.device.adb.staging import clean

ANDROID_14 = 34


def soon() -> Deadline:
    return Deadline.after(30)


def test_a_cache_is_made_listed_kept_renewed_and_dropped(shell):
    caches = AdbCaches(shell, ANDROID_14)
    folder = caches.open("abc", soon(), renew=True)
    assert folder.files == {}
    shell.check(f"echo 1234 >{folder.path}/xnnpack; echo 1 >{folder.path}/../tok_1.bin", soon())
    first = caches.open("abc", soon())
    assert set(first.files) == {"xnnpack", "tok_1.bin"}
    assert first.files["xnnpack"].startswith("5 ")
    assert caches.open("abc", soon()) == first
    shell.check(f"rm {folder.path}/xnnpack; echo 1235 >{folder.path}/xnnpack", soon())
    shell.check(f"touch -d '2001-01-01 00:00:00' {folder.path}/xnnpack", soon())
    assert caches.open("abc", soon()).files["xnnpack"] != first.files["xnnpack"]
    assert caches.open("abc", soon(), renew=True).files == {}
    caches.drop("abc", soon())
    assert shell.run(f"ls {CACHES}", soon()).text.split() == []


def test_cleaning_a_phone_takes_its_caches_along(shell):
    AdbCaches(shell, ANDROID_14).open("abc", soon())
    clean(shell, soon())
    assert shell.run(f"[ -d {CACHES} ]", soon()).status == 1


def test_a_phone_before_android_12_is_not_asked_to_drop_its_pages(shell):
    assert AdbCaches(shell, 30).drop_page_cache(soon()) is False


def test_a_phone_without_such_a_property_is_no_phone_that_did(shell):
    assert AdbCaches(shell, ANDROID_14).drop_page_cache(soon()) is not True
