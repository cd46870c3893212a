from __future__ import annotations

import os
import sys

import pytest

from harness.deadline import Deadline
from harness.device.base import Job
from harness.device.local import LocalDevice
from harness.errors import AffinityRefusedError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds processes")
SHOW = ("sh", "-c", "grep Cpus_allowed_list /proc/self/status")


def test_a_child_is_bound_and_its_parent_is_not(tmp_path):
    before = os.sched_getaffinity(0)
    cpu = max(before)
    device = LocalDevice(tmp_path / "cache")
    result = device.run(Job("bound", SHOW, cpus=(cpu,)), tmp_path, Deadline.after(20))
    assert result.output.read_text().split() == ["Cpus_allowed_list:", str(cpu)]
    assert result.cpus_allowed == str(cpu)
    assert os.sched_getaffinity(0) == before


def test_cores_that_are_not_there_are_refused(tmp_path):
    device = LocalDevice(tmp_path / "cache")
    with pytest.raises(AffinityRefusedError, match="CPUs 900"):
        device.run(Job("none", SHOW, cpus=(900,)), tmp_path, Deadline.after(20))
