import pytest
from folders import CPU, Writer, log

from harness.sweep.estimate import LAUNCH_S, PROBE_S, estimate
from harness.sweep.folder import read_folder


def minutes(folder, **settings):
    folder.mkdir()
    writer = Writer(folder, settings={"min_secs": 1, "max_secs": 10, "warmup_min_secs": 0.5})
    writer.settings |= settings
    writer.add("cpu-4t", log(*CPU), [])
    writer.add("cpu-1t", log(*CPU), [])
    return estimate(read_folder(writer.write()).manifest, "SERIAL1")


def test_a_plan_takes_from_its_least_rounds_to_its_most(tmp_path):
    low, high = minutes(tmp_path / "fixed")
    assert low == pytest.approx((2 * PROBE_S[0] + 10 * (LAUNCH_S[0] + 1.5)) / 60)
    assert high == pytest.approx((2 * PROBE_S[1] + 10 * (LAUNCH_S[1] + 10.5)) / 60)
    more = minutes(tmp_path / "more", precision=0.02, max_rounds=15)
    assert more[0] == low
    assert more[1] == pytest.approx((2 * PROBE_S[1] + 30 * (LAUNCH_S[1] + 10.5)) / 60)


def test_a_time_budget_shortens_it_to_what_is_made_in_any_case(tmp_path):
    assert minutes(tmp_path / "a", precision=0.02, budget_s=180)[1] == pytest.approx(3.0)
    low, high = minutes(tmp_path / "b", precision=0.02, budget_s=1)
    assert low == pytest.approx((2 * PROBE_S[0] + 2 * (LAUNCH_S[0] + 1.5)) / 60)
    assert high == pytest.approx((2 * PROBE_S[1] + 2 * (LAUNCH_S[1] + 10.5)) / 60)
