"""When a wait is still worth it."""

from __future__ import annotations

from harness.bench.policy import Policy
from harness.bench.preflight import Rest, judge
from harness.device.base import Health
from harness.sweep.patience import LOAD_STALL_S, RECHECK_S, STALL_S, Lessons


def seen(celsius: float, idle: float = 1.0) -> tuple[Health, list]:
    health = Health(battery_celsius=celsius, idle_share=idle)
    return health, list(judge(health, Policy(), Rest()))


def waits(lessons: Lessons, readings: list[tuple[Health, list]], every_s: float) -> float:
    """Return how long a wait lasts over readings that come every so often; the last one stays."""
    patience = lessons.patience(readings[0][1])
    waited, number = 0.0, 0
    while patience.lasts(*readings[min(number, len(readings) - 1)], waited) and waited < 10_000:
        waited, number = waited + every_s, number + 1
    return waited


def test_a_phone_that_does_not_cool_is_given_up_early():
    assert waits(Lessons(), [seen(41.0)], 10) == STALL_S


def test_a_phone_that_cools_slowly_is_waited_for():
    falling = [seen(48.0 - n * 0.05) for n in range(100)]
    assert waits(Lessons(), falling, 30) == 99 * 30 + STALL_S


def test_a_reading_that_goes_to_and_fro_is_no_progress():
    dithering = [seen(41.0), seen(41.05), seen(40.95), seen(41.0)] * 50
    assert waits(Lessons(), dithering, 10) <= STALL_S + 30


def test_load_alone_is_waited_for_a_minute():
    assert waits(Lessons(), [seen(30.0, idle=0.2)], 10) == LOAD_STALL_S


def test_what_was_waited_for_in_vain_is_looked_at_again_for_less_and_less():
    lessons = Lessons()
    lengths = []
    for _ in range(5):
        lengths.append(waits(lessons, [seen(41.0)], 1))
        lessons.vain(seen(41.0)[1])
    assert lengths == [STALL_S, RECHECK_S, RECHECK_S / 2, RECHECK_S / 4, 8]
    lessons.passed()
    assert waits(lessons, [seen(41.0)], 1) == STALL_S


def test_a_vain_wait_for_load_teaches_nothing_about_heat():
    lessons = Lessons()
    lessons.vain(seen(30.0, idle=0.2)[1])
    assert waits(lessons, [seen(41.0)], 10) == STALL_S
