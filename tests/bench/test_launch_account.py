"""Where the seconds of a launch went, and which launches are sampled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from host_device import HostDevice

from harness.bench import runner
from harness.bench.command import LaunchKind
from harness.bench.runner import CellSetup, launch
from harness.bench.settings import QUICK, RunSettings
from harness.bench.tool import Tool
from harness.bench.variant import BUILT_IN
from harness.deadline import Deadline
from harness.device.base import Bundle, Health
from harness.errors import DeviceContext, DeviceUnavailableError


class SlowDevice(HostDevice):
    """Takes its time for each part of a launch; says of its runs that they took `tool_s`."""

    now = 1000.0
    tool_s = 100.0
    lost_at = ""

    def health(self, deadline, *, load=True):
        self._take("health", 40.0)
        return Health()

    def stage(self, bundle, deadline):
        self._take("stage", 3.0)
        return "/bin"

    def run(self, job, into, deadline):
        self._take("run", 150.0)
        return replace(super().run(job, into, Deadline.after(20)), seconds=self.tool_s)

    def _take(self, part, seconds):
        self.now += seconds
        if self.lost_at == part:
            raise DeviceUnavailableError("gone", context=DeviceContext("HOST1", part))


def setup(settings) -> CellSetup:
    tool = Tool(name="t", files={}, binary="true", abi="host", flags=frozenset())
    return CellSetup(BUILT_IN["cpu-1t"], tool, Bundle("model", {}), "m.tflite", settings)


@pytest.fixture
def device(tmp_path, monkeypatch):
    found = SlowDevice(tmp_path / "device")
    monkeypatch.setattr(runner.time, "monotonic", lambda: found.now)
    return found


def made(device, tmp_path, kind=LaunchKind.ROUND, settings=QUICK):
    return launch(device, setup(settings), kind, tmp_path / "into")


def test_each_second_of_a_launch_has_its_place(device, tmp_path):
    assert made(device, tmp_path).spent_s == {
        "preflight": 40.0,
        "staging": 6.0,
        "tool": 100.0,
        "collect": 50.0,
    }


def test_a_tool_that_lived_longer_than_the_worker_waited_leaves_nothing_negative(device, tmp_path):
    device.tool_s = 500.0
    assert made(device, tmp_path).spent_s["collect"] == 0.0


@pytest.mark.parametrize(
    ("lost_at", "parts"),
    [("health", []), ("stage", ["preflight"]), ("run", ["preflight", "staging"])],
)
def test_what_was_not_reached_is_absent(device, tmp_path, lost_at, parts):
    device.lost_at = lost_at
    failed = made(device, tmp_path)
    assert failed.failure == "device-lost"
    assert list(failed.spent_s) == parts
    assert failed.seconds >= 40.0


LONG = RunSettings(min_secs=10.0, max_secs=20.0)


@pytest.mark.parametrize(
    ("kind", "settings", "period"),
    [
        (LaunchKind.ROUND, QUICK, 0.5),
        (LaunchKind.ROUND, LONG, 1.0),
        (LaunchKind.SUSTAINED, LONG.model_copy(update={"sustain_s": 600.0}), 1.0),
        (LaunchKind.PROBE, LONG, None),
        (LaunchKind.SHORT, QUICK, None),
        (LaunchKind.TRACED, LONG, None),
    ],
)
def test_timed_rounds_are_sampled_and_short_ones_more_often(
    device, tmp_path, kind, settings, period
):
    made(device, tmp_path, kind, settings)
    assert device.jobs[0].sample_s == period
