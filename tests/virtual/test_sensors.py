"""What the kernel of a virtual phone shows of heat and battery, and to whom."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.virtual.filesystem import Filesystem
from harness.virtual.phones import kernel
from harness.virtual.phones.catalog import phone
from harness.virtual.phones.clock import Clock
from harness.virtual.phones.dumps import battery
from harness.virtual.phones.sensors import charge_uah
from harness.virtual.phones.state import PhoneState

ZONE = "/sys/class/thermal/thermal_zone0"
BATTERY = "/sys/class/power_supply/battery"


def on(name: str, root: Path, speed: float = 1.0) -> tuple[Filesystem, PhoneState]:
    state, files = PhoneState(phone(name), Clock(speed)), Filesystem(root)
    kernel.provide(files, state)
    return files, state


def mode(files: Filesystem, path: str) -> int:
    return files.stat(path).mode & 0o777


@pytest.mark.parametrize(
    ("name", "zones", "gauge"),
    [("pixel-8", 0, 0o444), ("galaxy-s24", 0o444, 0), ("xiaomi-12", 0o444, 0o444)],
)
def test_makers_differ_in_what_a_shell_may_read(tmp_path, name, zones, gauge):
    files, _ = on(name, tmp_path)
    assert mode(files, f"{ZONE}/temp") == zones
    assert mode(files, f"{BATTERY}/current_now") == gauge


def test_a_chip_at_work_is_warmer_and_clocks_higher_than_at_rest(tmp_path):
    files, state = on("xiaomi-12", tmp_path)
    clock = "/sys/devices/system/cpu/cpufreq/policy7/scaling_cur_freq"
    rest = int(files.read(f"{ZONE}/temp")), int(files.read(clock))
    with state.at_work(5.0, before=0.0, load=1.0):
        work = int(files.read(f"{ZONE}/temp")), int(files.read(clock))
    assert work[0] > rest[0] + 5000
    assert work[1] > 2 * rest[1]


def test_a_phone_on_its_battery_drains_faster_at_work(tmp_path):
    async def drained(load: float) -> int:
        _, state = on("pixel-8-air", tmp_path, speed=100_000.0)
        before = charge_uah(state)
        with state.at_work(600.0, before=0.0, load=load):
            await state.clock.spend(600.0)
        return before - charge_uah(state)

    idle, busy = asyncio.run(drained(0.01)), asyncio.run(drained(1.0))
    assert idle > 20_000
    assert busy > 4 * idle


def test_a_phone_on_a_cable_says_so_and_loses_no_charge(tmp_path):
    _, cable = on("pixel-8", tmp_path)
    _, air = on("pixel-8-air", tmp_path)
    assert "USB powered: true" in battery(cable)
    assert "status: 2" in battery(cable)
    assert "USB powered: false" in battery(air)
    assert "status: 3" in battery(air)
    assert int(on("pixel-8-air", tmp_path)[0].read(f"{BATTERY}/current_now")) < 0
