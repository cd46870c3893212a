"""A virtual phone's clock: it hurries through work, and stands still for who looks meanwhile."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from pathlib import Path

import pytest
from shell_runner import run

from harness.virtual.phones.assemble import switch_on
from harness.virtual.phones.catalog import phone
from harness.virtual.phones.clock import Clock
from harness.virtual.phones.state import PhoneState


async def watch(clock: Clock, every: float, times: list[float]) -> None:
    while True:
        times.append(clock())
        await asyncio.sleep(0.003)  # what a look costs the host
        await clock.sleep(every)


def test_who_sleeps_beside_work_wakes_on_the_phones_second():
    async def work() -> tuple[list[float], float, float]:
        clock, times = Clock(speed=1000.0), []
        watcher = asyncio.create_task(watch(clock, 1.0, times))
        await asyncio.sleep(0.01)
        began, real = clock(), time.monotonic()
        await clock.spend(10.0)
        spent, real = clock() - began, time.monotonic() - real
        watcher.cancel()
        return [at - began for at in times], spent, real

    times, spent, real = asyncio.run(work())
    assert spent == pytest.approx(10.0, abs=0.3)
    assert real < 3
    assert len(times) in (9, 10, 11)
    assert [b - a for a, b in pairwise(times[1:])] == pytest.approx(
        [1.0] * (len(times) - 2), abs=0.1
    )


def test_work_passes_at_its_speed_and_the_clock_only_grows():
    async def work() -> tuple[list[float], float]:
        clock, seen = Clock(speed=100.0), []
        task = asyncio.create_task(clock.spend(5.0))
        while not task.done():
            seen.append(clock())
            await asyncio.sleep(0.002)
        return seen, clock()

    seen, end = asyncio.run(work())
    assert seen == sorted(seen)
    assert seen[-1] <= end
    assert len({int(at - seen[0]) for at in seen}) >= 4


def test_a_sleep_without_work_takes_its_time():
    async def work() -> float:
        began = time.monotonic()
        await Clock(speed=1000.0).sleep(0.1)
        return time.monotonic() - began

    assert asyncio.run(work()) >= 0.099


def test_work_that_is_cut_off_leaves_the_time_that_has_passed():
    async def work() -> float:
        clock = Clock(speed=100.0)
        began = clock()
        task = asyncio.create_task(clock.spend(1000.0))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return clock() - began

    assert 1.0 < asyncio.run(work()) < 300.0


def test_a_tools_heat_is_felt_as_it_works_and_its_load_is_seen():
    async def work() -> tuple[list[float], list[float], float]:
        state = PhoneState(phone("xiaomi-12"), Clock(speed=200.0))
        felt, loads = [state.felt], [state.load]
        before = state.heat
        state.work(8.0)
        with state.at_work(8.0, before=before, load=0.5):
            task = asyncio.create_task(state.clock.spend(8.0))
            while not task.done():
                felt.append(state.felt)
                loads.append(state.load)
                await asyncio.sleep(0.002)
        return felt, loads, state.load

    felt, loads, after = asyncio.run(work())
    assert felt[0] == 0.0
    assert felt[1] < 0.05
    assert felt[-1] > 0.3
    assert set(loads[1:]) == {0.5}
    assert after == 0.0


def uptimes(root: Path, beside: str) -> tuple[list[float], float]:
    """Sleep ten minutes on a phone beside a detached script: the uptimes, and the real seconds."""
    command = (
        f"(setsid sh -c 'echo >up; {beside}' </dev/null >/dev/null 2>&1 &); "
        "while [ ! -f up ]; do sleep 0.01; done; "
        "read up rest </proc/uptime; echo $up; sleep 600; read up rest </proc/uptime; echo $up"
    )

    async def work() -> str:
        machine = switch_on(phone("pixel-8"), root, speed=2000.0)
        return (await asyncio.wait_for(run(machine, command), 3)).out

    began = time.monotonic()
    found = [float(line) for line in asyncio.run(work()).split()]
    return found, time.monotonic() - began


def test_a_wait_hurries_beside_a_detached_script_that_sleeps_and_wakes_it_in_its_time(tmp_path):
    script = "while :; do sleep 60; read up rest </proc/uptime; echo $up >>woke; done"
    (before, after), real = uptimes(tmp_path, script)
    assert after - before == pytest.approx(600, abs=3)
    assert real < 3
    woke = [float(line) for line in (tmp_path / "woke").read_text().split()]
    assert len(woke) in (9, 10, 11)
    assert [b - a for a, b in pairwise(woke)] == pytest.approx([60] * (len(woke) - 1), abs=1)


def test_no_wait_hurries_beside_what_works_detached(tmp_path):
    with pytest.raises(TimeoutError):
        uptimes(tmp_path, "sleep 900 | cat")
