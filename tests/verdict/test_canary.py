"""A canary held against its phone's own past; figures are made up."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.verdict.canary import CanaryKey, CanaryRun, CanaryState, judge_canary
from harness.verdict.outputs import OutputVerdict

KEY = CanaryKey("google/x:14/1", "tool", "model", simulated=False)


def run(p50, state=None, *, outputs=OutputVerdict.SAME, digest="aa", key=KEY):
    return CanaryRun(key, "2026-01-01T00:00:00+00:00", p50, outputs, digest, state)


def past(*times, state=CanaryState.AS_BEFORE):
    return [run(one, state) for one in times]


def test_without_a_past_it_is_the_first():
    found = judge_canary([], run(1.0))
    assert (found.state, found.against, found.change) == (CanaryState.FIRST, 0, None)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (1.0, "as_before"),
        (1.09, "as_before"),
        (1.12, "slower"),
        (3.0, "slower"),
        (0.4, "as_before"),
    ],
)
def test_ten_percent_more_than_its_past_is_slower(now, state):
    found = judge_canary(past(1.0, 1.0, 1.0), run(now))
    assert found.state == state
    assert found.change == pytest.approx(now - 1.0)
    assert found.before_ms == pytest.approx(1.0)


def test_a_phone_that_scatters_more_may_scatter_more():
    restless = past(0.8, 1.0, 1.2, 0.85, 1.15)
    assert judge_canary(restless, run(1.25)).state is CanaryState.AS_BEFORE
    assert judge_canary(past(1.0, 1.0, 1.0, 1.0, 1.0), run(1.25)).state is CanaryState.SLOWER


def test_a_noise_floor_that_was_measured_is_allowed():
    assert judge_canary(past(1.0, 1.0), run(1.25), 0.30).state is CanaryState.AS_BEFORE
    assert judge_canary(past(1.0, 1.0), run(1.25), 0.05).state is CanaryState.SLOWER


def test_sick_runs_are_no_past():
    known = past(1.0) + past(9.0, 9.0, state=CanaryState.SLOWER) + past(9.0, state=None)
    found = judge_canary(known, run(2.0))
    assert (found.state, found.against) == (CanaryState.SLOWER, 1)


@pytest.mark.parametrize(
    "change",
    [{"fingerprint": "google/x:15/1"}, {"tool": "other"}, {"model": "other"}, {"simulated": True}],
)
def test_a_run_on_another_build_tool_or_model_or_a_simulated_one_is_no_past(change):
    found = judge_canary(past(1.0), run(5.0, key=replace(KEY, **change)))
    assert found.state is CanaryState.FIRST


def test_wrong_outputs_come_before_any_time():
    wrong = run(1.0, outputs=OutputVerdict.WRONG)
    assert judge_canary(past(1.0), wrong).state is CanaryState.WRONG_OUTPUT


def test_a_run_without_a_time_is_unknown_with_its_reason():
    found = judge_canary(past(1.0), replace(run(None), failure="device-lost"))
    assert (found.state, found.reason) == (CanaryState.UNKNOWN, "device-lost")


@pytest.mark.parametrize(("now", "same"), [("aa", True), ("bb", False), (None, None)])
def test_bytes_are_compared_with_those_of_the_last_run(now, same):
    assert judge_canary(past(1.0), run(1.0, digest=now)).same_bytes is same


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=40), st.floats(0.01, 1e4))
def test_more_time_never_makes_a_phone_well(times, now):
    known = past(*times)
    if judge_canary(known, run(now)).state is CanaryState.SLOWER:
        assert judge_canary(known, run(now * 1.5)).state is CanaryState.SLOWER
