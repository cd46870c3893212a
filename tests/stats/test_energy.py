"""What an inference takes out of a battery that is seen to drain, and why it is not known else."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.parse.telemetry import Battery
from harness.stats.energy import BatteryRun, WhyNoEnergy, energy

AMPERES, VOLTS = 0.9, 4.0
INFERENCES = 12_000


def run(
    seconds: int = 700,
    *,
    plugged: bool | None = False,
    status: str | None = "Discharging",
    step_uah: int = 2000,
    unit: float = 1.0,
    with_charge: bool = True,
    with_current: bool = True,
    refresh_s: int = 2,
    volts: float | None = VOLTS,
    seed: int = 1,
) -> BatteryRun:
    """A phone that draws a known current, as its gauge shows it."""
    noise = random.Random(seed)
    t = range(seconds + 1)
    left = [3_000_000 - AMPERES * 1e6 * s / 3600 for s in t]
    waver = [noise.uniform(0.9, 1.1) for _ in t]
    current = [-AMPERES * 1e6 / unit * waver[s // refresh_s] for s in t]
    battery = Battery(
        status=(status,) * len(t),
        charge_uah=tuple(
            math.floor(v / step_uah) * step_uah if with_charge else None for v in left
        ),
        current=tuple(round(v) if with_current else None for v in current),
        voltage_uv=tuple(volts * 1e6 if volts else None for _ in t),
    )
    return BatteryRun(plugged, tuple(map(float, t)), battery, seconds + 2.0, INFERENCES)


def truth(seconds: int = 700) -> float:
    return AMPERES * VOLTS * 1000 * (seconds + 2) / INFERENCES


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "which", [{}, {"with_current": False}, {"with_charge": False}, {"volts": None}]
)
def test_the_interval_holds_what_was_drawn(seed, which):
    found = energy([run(seed=seed, **which)])
    assert found.reason is None
    assert found.discharging_s == 700
    each = found.per_inference_mj
    assert each.low < truth() < each.high
    assert 0 < each.low <= each.value <= each.high


def test_a_current_in_milliamperes_is_told_by_what_a_phone_can_draw():
    found = energy([run(unit=1000.0, with_charge=False)])
    assert found.per_inference_mj.low < truth() < found.per_inference_mj.high


def test_the_sample_before_each_launch_is_of_a_phone_at_rest_and_counts_for_nothing():
    busy = run(40, with_charge=False)
    current = (-90_000, *busy.battery.current[1:])
    rested = replace(busy, battery=replace(busy.battery, current=current))
    assert energy([rested] * 16) == energy([busy] * 16)


def test_coarser_steps_make_a_wider_interval():
    def width(step):
        each = energy([run(step_uah=step, with_current=False)]).per_inference_mj
        return each.high - each.low

    assert width(15_000) > 5 * width(1000)


def test_many_launches_on_the_battery_add_up():
    found = energy([run(100, seed=n, step_uah=1000) for n in range(8)])
    assert found.discharging_s == 800
    each = found.per_inference_mj
    assert each.low < truth(100) < each.high


@pytest.mark.parametrize(
    ("which", "reason"),
    [
        ({"plugged": True}, WhyNoEnergy.ON_USB_POWER),
        ({"plugged": True, "status": "Charging"}, WhyNoEnergy.ON_USB_POWER),
        ({"status": "Charging"}, WhyNoEnergy.CHARGING),
        ({"status": "Not"}, WhyNoEnergy.CHARGING),
        ({"status": None}, WhyNoEnergy.UNREADABLE),
        ({"plugged": None}, WhyNoEnergy.UNREADABLE),
        ({"with_charge": False, "with_current": False}, WhyNoEnergy.UNREADABLE),
        ({"seconds": 599}, WhyNoEnergy.TOO_SHORT),
        ({"step_uah": 100_000, "with_current": False}, WhyNoEnergy.TOO_SHORT),
        ({"refresh_s": 200, "with_charge": False}, WhyNoEnergy.TOO_SHORT),
        ({"unit": 20.0, "with_charge": False}, WhyNoEnergy.UNIT_UNKNOWN),
        ({"unit": 0.05, "with_charge": False}, WhyNoEnergy.UNIT_UNKNOWN),
        ({"unit": 5.0}, WhyNoEnergy.UNIT_UNKNOWN),
    ],
)
def test_what_is_not_known_has_its_reason_and_no_value(which, reason):
    found = energy([run(**which)])
    assert (found.per_inference_mj, found.reason) == (None, reason)


def test_readings_that_scatter_too_much_to_tell_a_draw_from_none_are_too_few():
    t = range(0, 901, 100)
    swing = (*(-60_000.0 - n for n in range(9)), -9e6)
    battery = Battery(status=("Discharging",) * len(t), current=swing)
    found = energy([BatteryRun(False, tuple(map(float, t)), battery, 900.0, 100)])
    assert (found.per_inference_mj, found.reason) == (None, WhyNoEnergy.TOO_SHORT)


def test_without_a_launch_nothing_is_known():
    assert energy([]).reason is WhyNoEnergy.UNREADABLE


def test_a_launch_on_a_cable_does_not_count_among_those_on_the_battery():
    both = energy([run(), run(plugged=True)])
    assert both.per_inference_mj == energy([run()]).per_inference_mj
    assert both.discharging_s == 700


NUMBER = st.none() | st.floats(-1e9, 1e9, allow_nan=False)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, True, False]),
            st.lists(st.tuples(NUMBER, NUMBER, NUMBER), min_size=1, max_size=12),
            st.sampled_from(["Discharging", "Charging", None]),
        ),
        max_size=4,
    )
)
def test_whatever_a_gauge_says_there_is_a_positive_value_or_a_reason(told):
    runs = [
        BatteryRun(
            plugged,
            [900.0 * n for n in range(len(rows))],
            Battery(
                status=(status,) * len(rows),
                current=tuple(row[0] for row in rows),
                charge_uah=tuple(row[1] for row in rows),
                voltage_uv=tuple(row[2] for row in rows),
            ),
            900.0 * len(rows),
            100,
        )
        for plugged, rows, status in told
    ]
    found = energy(runs)
    assert (found.per_inference_mj is None) == (found.reason is not None)
    if found.per_inference_mj is not None:
        assert 0 < found.per_inference_mj.low <= found.per_inference_mj.value
