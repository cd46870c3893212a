from __future__ import annotations

import numpy as np
import pytest

from harness.virtual.phones.catalog import phone
from harness.virtual.phones.state import Clock, PhoneState
from harness.virtual.tool.graph import Node
from harness.virtual.tool.latency import Cost, Placement, Stopwatch, plan_us

COSTS = (Cost(4e8, 1e6), Cost(4e8, 1e6))
PLAIN = (Node(0, "CONV_2D", (0,), (1,)), Node(1, "CONV_2D", (1,), (2,)))


def kernel(delegate: str) -> tuple[Node, ...]:
    return (Node(2, delegate, (0,), (2,), delegate, (0, 1)),)


def state(name: str = "pixel-8", seed: int = 1) -> PhoneState:
    return PhoneState(phone(name), Clock(), seed)


def test_a_heavy_model_is_fastest_on_the_gpu_and_slowest_on_plain_kernels() -> None:
    simulation = state().simulation
    gpu, xnnpack, plain = (
        plan_us(plan, COSTS, simulation, Placement())
        for plan in (kernel("TfLiteGpuDelegateV2"), kernel("TfLiteXNNPackDelegate"), PLAIN)
    )
    assert gpu < xnnpack < plain


def test_opengl_and_single_precision_cost_time() -> None:
    simulation, plan = state().simulation, kernel("TfLiteGpuDelegateV2")
    half = plan_us(plan, COSTS, simulation, Placement())
    assert plan_us(plan, COSTS, simulation, Placement(gpu_fp16=False)) > half
    assert plan_us(plan, COSTS, simulation, Placement(opengl=True)) > half


def test_the_nth_launch_of_a_phone_is_always_alike_and_two_launches_are_not() -> None:
    def medians(seed: int) -> list[float]:
        phone_state = state(seed=seed)
        watches = [Stopwatch(phone_state, phone_state.launch(), 500.0) for _ in range(2)]
        return [float(np.median(w.phase(runs=20, min_s=0, max_s=9).samples_us)) for w in watches]

    assert medians(1) == medians(1)
    assert medians(1) != medians(2)
    assert medians(1)[0] != medians(1)[1]


@pytest.mark.parametrize(
    ("runs", "min_s", "max_s", "least", "most"),
    [
        (50, 0.0, 150.0, 50, 50),
        (1, 1.0, 150.0, 900, 1100),
        (5000, 0.0, 0.5, 450, 550),
        (0, 0.0, 9.0, 0, 0),
    ],
)
def test_a_series_ends_by_the_rules_of_the_real_tool(
    runs: int, min_s: float, max_s: float, least: int, most: int
) -> None:
    phone_state = state()
    phase = Stopwatch(phone_state, phone_state.launch(), 1000.0).phase(
        runs=runs, min_s=min_s, max_s=max_s
    )
    assert least <= len(phase.samples_us) <= most
    assert phase.seconds == pytest.approx(phase.samples_us.sum() * 1e-6, abs=2e-3)


def test_the_throttler_slows_down_as_it_works_and_others_do_not() -> None:
    def drift(name: str) -> float:
        phone_state = state(name)
        watch = Stopwatch(phone_state, phone_state.launch(), 1000.0)
        samples = watch.phase(runs=0, min_s=20.0, max_s=99.0).samples_us
        return float(np.median(samples[-2000:]) / np.median(samples[:2000]))

    assert drift("xiaomi-12") > 1.5
    assert drift("pixel-8") == pytest.approx(1.0, abs=0.05)
