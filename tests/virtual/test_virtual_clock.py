"""A virtual phone's clock: it hurries through work, and stands still for who looks meanwhile."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest
from shell_runner import on_a_phone, run

from harness.virtual.machine import VirtualPhone
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
    assert real < 5
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


GUARD = "setsid sh -c 'while :; do sleep 60; done' >/dev/null 2>&1 & sleep 0.1; "


@pytest.mark.parametrize(
    ("detached", "way"),
    [("", "fast"), (GUARD, "fast"), ("setsid yes >/dev/null 2>&1 & sleep 0.1; ", "own")],
)
def test_a_host_waits_fast_beside_a_script_that_sleeps_and_not_beside_work(tmp_path, detached, way):
    slept: list[tuple[str, float]] = []

    async def fast(seconds: float) -> None:
        slept.append(("fast", seconds))

    async def own(seconds: float) -> None:
        slept.append(("own", seconds))
        await asyncio.sleep(min(seconds, 5.0) if seconds > 10 else 0.01)

    async def work(machine: VirtualPhone) -> None:
        if detached:
            await run(machine, detached)
        await run(machine, "sleep 2")

    on_a_phone(tmp_path, work, pass_time=fast, nap=own)
    assert slept[-1] == (way, 2.0)
    assert ("fast", 60.0) not in slept
