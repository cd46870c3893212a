"""The file of a phone's canaries: lines that outlive a crash, and worlds that never mix."""

from dataclasses import replace

import pytest

from harness.lab.canary_log import append_canary, log_of, read_canaries
from harness.verdict.canary import CanaryKey, CanaryRun, CanaryState
from harness.verdict.outputs import OutputVerdict

KEY = CanaryKey("google/x:14/1", "tool", "model", simulated=False)
RUN = CanaryRun(KEY, "2026-01-01T00:00:00+00:00", 1.5, OutputVerdict.SAME, "aa")


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path))


def test_what_is_appended_is_read_again_in_order():
    later = replace(RUN, p50_ms=None, failure="device-lost", outputs_sha256=None)
    append_canary("A", RUN, CanaryState.FIRST, {"variant": "cpu-1t"})
    append_canary("A", later, CanaryState.UNKNOWN)
    assert read_canaries("A", simulated=False) == (
        replace(RUN, state=CanaryState.FIRST),
        replace(later, state=CanaryState.UNKNOWN),
    )
    assert read_canaries("B", simulated=False) == ()


def test_a_line_cut_short_by_a_crash_is_left_out_and_swallows_no_other():
    append_canary("A", RUN, CanaryState.FIRST)
    path = log_of("A", simulated=False)
    path.write_bytes(path.read_bytes() + b'{"schema": 1, "p50')
    append_canary("A", RUN, CanaryState.AS_BEFORE)
    states = [one.state for one in read_canaries("A", simulated=False)]
    assert states == [CanaryState.FIRST, CanaryState.AS_BEFORE]


def test_simulated_runs_have_a_file_of_their_own_and_are_refused_elsewhere():
    simulated = replace(RUN, key=replace(KEY, simulated=True))
    append_canary("A", simulated, CanaryState.FIRST)
    assert read_canaries("A", simulated=False) == ()
    assert len(read_canaries("A", simulated=True)) == 1
    log_of("A", simulated=False).write_bytes(log_of("A", simulated=True).read_bytes())
    assert read_canaries("A", simulated=False) == ()


def test_a_name_that_is_a_path_stays_in_the_folder(tmp_path):
    path = append_canary("../../x", RUN, CanaryState.FIRST)
    assert path.parent == tmp_path / "canary"
