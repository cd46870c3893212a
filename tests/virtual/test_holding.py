"""What can be held still on a virtual phone, in Android's words, refusals and traps included."""

from __future__ import annotations

import asyncio

import pytest
from shell_runner import run

from harness.virtual.phones import catalog
from harness.virtual.phones.assemble import switch_on


def on(name, tmp_path, *commands):
    """Run commands on a phone of the fleet and return their results."""

    async def all_of_them():
        phone = switch_on(catalog.phone(name), tmp_path)
        return [await run(phone, command) for command in commands]

    return asyncio.run(all_of_them())


def test_a_setting_is_absent_put_and_deleted(tmp_path):
    get = "settings get global low_power"
    found = on(
        "pixel-8",
        tmp_path,
        get,
        "settings put global low_power 1",
        get,
        "settings delete global low_power",
        get,
    )
    assert [one.out for one in found] == ["null\n", "", "1\n", "Deleted 1 rows\n", "null\n"]


def test_a_makers_lock_refuses_settings_and_keys(tmp_path):
    put, key = on(
        "redmi-10", tmp_path, "settings put global low_power 0", "input keyevent KEYCODE_WAKEUP"
    )
    assert (put.status, key.status) == (255, 255)
    assert "WRITE_SECURE_SETTINGS" in put.err
    assert "INJECT_EVENTS" in key.err


def test_a_key_wakes_and_never_toggles(tmp_path):
    look, key = "dumpsys power | grep -m1 -i wakefulness", "input keyevent KEYCODE_WAKEUP"
    found = on("galaxy-j6", tmp_path, look, key, key, look)
    assert "Asleep" in found[0].out
    assert "Awake" in found[3].out


def test_doze_is_kept_in_two_halves(tmp_path):
    found = on(
        "pixel-8",
        tmp_path,
        "dumpsys deviceidle enabled",
        "dumpsys deviceidle disable deep",
        "dumpsys deviceidle enabled deep",
        "dumpsys deviceidle enabled light",
    )
    assert [one.out for one in found] == ["1\n", "Deep idle mode disabled\n", "0\n", "1\n"]


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("pixel-8", 0, ""),
        ("xiaomi-12", 255, "AIDL is not implemented"),
        ("galaxy-j6", 255, "Unknown command"),
    ],
)
def test_fixed_performance_is_there_refused_or_unknown(tmp_path, name, status, words):
    (done,) = on(name, tmp_path, "cmd power set-fixed-performance-mode-enabled true")
    assert (done.status, words in done.err) == (status, True)


def test_the_compilers_job_can_be_paused_on_android_14_and_is_started_before(tmp_path):
    async def both():
        found = []
        for name in ("pixel-8", "redmi-10"):
            place = tmp_path / name
            place.mkdir()
            phone = switch_on(catalog.phone(name), place)
            await run(phone, "pm bg-dexopt-job --disable")
            found.append((await run(phone, "dumpsys jobscheduler | grep -c Dex")).out.strip())
            found.append((await run(phone, "pm help | grep -c -e '--disable Disable'")).out.strip())
        return found

    assert asyncio.run(both()) == ["0", "1", "1", "0"]
