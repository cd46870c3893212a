"""Samples of this machine: the same form as a phone's, and no work of the child's."""

from __future__ import annotations

import sys

import pytest

from harness.deadline import Deadline
from harness.device.base import TELEMETRY, Job
from harness.device.local import LocalDevice
from harness.parse.telemetry import read_telemetry

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux has these files")


def run(tmp_path, code: str, sample_s: float | None = 0.05):
    (tmp_path / "home").mkdir()
    job = Job("job", (sys.executable, "-c", code), sample_s=sample_s)
    device = LocalDevice(tmp_path / "cache")
    return device.run(job, tmp_path / "home", Deadline.after(20))


def test_a_job_comes_home_with_samples_of_its_memory(tmp_path):
    result = run(tmp_path, "import time; held = bytearray(80_000_000); time.sleep(0.5)")
    seen = read_telemetry(result.files[TELEMETRY].read_bytes())
    assert len(seen.t_s) > 3
    assert max(kb for kb in seen.peak_kb if kb is not None) > 80_000


def test_a_job_that_ends_between_samples_is_not_waited_for(tmp_path):
    result = run(tmp_path, "pass", sample_s=30.0)
    assert len(read_telemetry(result.files[TELEMETRY].read_bytes()).t_s) == 1
    assert result.seconds < 10


def test_without_being_asked_nothing_is_sampled(tmp_path):
    assert TELEMETRY not in run(tmp_path, "pass", sample_s=None).files
