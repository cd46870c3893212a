"""Binding a job to CPUs with the real taskset, and what the kernel says of it afterwards."""

from __future__ import annotations

import os

import pytest

from harness.deadline import Deadline
from harness.device.base import Job
from harness.errors import AffinityRefusedError

ALLOWED = "grep Cpus_allowed_list /proc/self/status"


def soon() -> Deadline:
    return Deadline.after(30)


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one CPU: nothing to choose from")
@pytest.mark.parametrize("cpu", [0, 1])
def test_a_bound_program_runs_where_it_was_bound_and_the_kernel_says_so(device, tmp_path, cpu):
    job = Job("bound", ("sh", "-c", f"{ALLOWED}; sleep 1.5"), {"A": "B"}, cpus=(cpu,))
    result = device.run(job, tmp_path, soon())
    assert result.output.read_text().split() == ["Cpus_allowed_list:", str(cpu)]
    assert result.cpus_allowed == str(cpu)
    assert result.exit_status == 0


def test_an_unbound_program_may_run_everywhere(device, tmp_path):
    result = device.run(Job("free", ("sh", "-c", ALLOWED)), tmp_path, soon())
    assert result.output.read_text().split()[1] == result.cpus_allowed


def test_a_program_that_binds_itself_later_is_seen(device, tmp_path):
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one CPU: nothing to choose from")
    job = Job("moves", ("sh", "-c", "taskset -p 2 $$ >/dev/null; sleep 2"), cpus=(0,))
    assert device.run(job, tmp_path, soon()).cpus_allowed == "0, then 1"


def test_cores_that_the_phone_does_not_have_are_refused_and_nothing_runs(device, shell, tmp_path):
    job = Job("none", ("sh", "-c", "echo ran"), cpus=(60, 61))
    with pytest.raises(AffinityRefusedError, match=r"60-61.*Invalid argument"):
        device.run(job, tmp_path, soon())
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("mask", ["0x1", "g"])
def test_the_real_taskset_takes_hexadecimal_digits_alone(shell, mask):
    done = shell.run(f"taskset {mask} true", soon())
    assert (done.status, done.stderr) == (1, f"taskset: bad mask '{mask}'\n".encode())
