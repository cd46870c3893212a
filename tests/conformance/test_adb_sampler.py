"""The sampler on real mksh and toybox: beside a job, never in its way, and gone with it."""

from __future__ import annotations

import time

import pytest

from harness.deadline import Deadline
from harness.device.adb.nodes import BATTERY, COMMAND, THERMAL, read_nodes
from harness.device.adb.staging import JOBS
from harness.device.base import TELEMETRY, Job
from harness.parse.telemetry import Telemetry, read_telemetry


def soon(seconds: float = 30) -> Deadline:
    return Deadline.after(seconds)


@pytest.fixture
def hot(shell):
    """Give the chroot's phone zones and a battery; one zone says nothing, one is no sensor."""
    files = {
        f"{THERMAL}/thermal_zone0": {"type": "cpu-1-0", "temp": "41500"},
        f"{THERMAL}/thermal_zone1": {"type": "skin-therm"},
        f"{THERMAL}/thermal_zone7": {"type": "$(reboot) x", "temp": "40000"},
        BATTERY: {"status": "Not charging", "temp": "284", "current_now": "-350000"},
    }
    for folder, content in files.items():
        shell.check(f"mkdir -p {folder}", soon())
        for name, text in content.items():
            shell.check(f"echo '{text}' >{folder}/{name}", soon())


def sampled(device, into, *argv: str, **words) -> Telemetry:
    result = device.run(Job("sampled", argv, **{"sample_s": 0.2, **words}), into, soon())
    return read_telemetry(result.files[TELEMETRY].read_bytes())


def left_over(shell) -> bytes:
    done = shell.run(f"ls -A {JOBS}; pidof sleep; ps -A -o ARGS | grep '[s]ampler.sh'", soon())
    return bytes(done.stdout.strip())


def test_what_can_be_read_is_found_and_what_cannot_is_left_out(shell, hot):
    names = [name for name, _ in read_nodes(shell.run(COMMAND, soon()).text)]
    assert names == [
        *("policy0.max", "policy1.max"),
        *("battery.status", "battery.temp", "battery.current_now"),
        "zone:cpu-1-0",
    ]


def test_a_series_comes_home_with_every_reading(device, hot, tmp_path):
    seen = sampled(device, tmp_path, "sleep", "1.1")
    assert 4 <= len(seen.t_s) <= 7
    assert all(0.1 < b - a < 0.6 for a, b in zip(seen.t_s, seen.t_s[1:], strict=False))
    assert set(seen.clocks["policy1"].max_khz) == {2400000}
    assert set(seen.zones) == {"cpu-1-0"}
    assert set(seen.zones["cpu-1-0"]) == {41.5}
    assert set(seen.battery.status) == {"Not"}
    assert set(seen.battery.celsius) == {28.4}
    assert set(seen.battery.current) == {-350000}


def test_the_first_sample_is_of_the_time_before_the_command(device, tmp_path):
    seen = sampled(device, tmp_path, "sleep", "0.5")
    assert seen.peak_kb[0] is None
    assert seen.peak_kb[1] > 100


@pytest.mark.parametrize("gone", ["rm", ": >"])
def test_a_node_that_has_nothing_more_to_say_is_unknown_from_then_on(device, hot, tmp_path, gone):
    script = f"sleep 0.5; {gone} {THERMAL}/thermal_zone0/temp; sleep 0.6"
    zone = sampled(device, tmp_path, "sh", "-c", script).zones["cpu-1-0"]
    assert zone[0] == 41.5
    assert zone[-1] is None


def test_the_peak_of_memory_is_the_programs_own_and_not_its_wrappers(device, tmp_path):
    script = "import time; held = bytearray(60_000_000); time.sleep(1)"
    seen = sampled(device, tmp_path, "python3", "-c", script, env={"A": "B"})
    assert seen.peak_kb[-1] > 60_000


def test_it_runs_on_the_first_cpu_alone(device, tmp_path):
    script = (
        "sleep 0.3; for p in /proc/[0-9]*; do case $(tr '\\0' ' ' <$p/cmdline) in "
        "*[s]ampler.sh\\ 0.2*) grep Cpus_allowed_list $p/status;; esac; done"
    )
    into = tmp_path
    device.run(Job("cpu", ("sh", "-c", script), sample_s=0.2), into, soon())
    assert (into / "output.log").read_text().split() == ["Cpus_allowed_list:", "0"]


def test_the_end_of_a_job_does_not_wait_for_the_next_sample(device, shell, tmp_path):
    device.run(Job("warm", ("true",), sample_s=9.0), tmp_path, soon())
    began = time.monotonic()
    seen = sampled(device, tmp_path, "sleep", "0.3", sample_s=9.0)
    assert time.monotonic() - began < 3
    assert len(seen.t_s) == 1
    assert left_over(shell) == b""


@pytest.mark.parametrize(
    "script", ["while :; do sleep 1; done", "trap '' TERM; sleep 50; sleep 50"]
)
def test_it_ends_with_a_job_that_the_limit_ended(device, shell, tmp_path, script):
    job = Job("limit", ("sh", "-c", script), limit_s=1, sample_s=0.2)
    result = device.run(job, tmp_path, soon())
    assert result.limited
    assert len(read_telemetry(result.files[TELEMETRY].read_bytes()).t_s) >= 3
    assert left_over(shell) == b""


def test_a_job_that_asks_for_no_samples_has_none(device, tmp_path):
    result = device.run(Job("none", ("sleep", "0.3")), tmp_path, soon())
    assert TELEMETRY not in result.files


def test_its_cpu_time_is_not_the_programs(device, tmp_path):
    job = Job("idle", ("sleep", "2"), sample_s=0.1)
    assert device.run(job, tmp_path, soon()).cpu_seconds <= 0.03
