"""What a virtual phone books beside the tool: counters, and a log that logcat can be asked for."""

from __future__ import annotations

import pytest

from harness.device.adb.counters import parse_gpuwork
from harness.parse.crash import read_crashes
from harness.virtual.phones.accounts import SHELL_UID, Accounts, tombstone
from harness.virtual.phones.catalog import phone
from harness.virtual.phones.dumps import gpu
from harness.virtual.phones.state import Clock, PhoneState
from harness.virtual.tool.graph import Node
from harness.virtual.tool.latency import Cost, Placement, occupancy

BUFFERS = ("main", "system", "crash")


def test_the_gpus_table_has_the_shells_row_once_it_has_worked():
    accounts = Accounts()
    assert parse_gpuwork(accounts.gpuwork(), SHELL_UID) == 0
    accounts.gpu_active_ns = 1234
    assert parse_gpuwork(accounts.gpuwork(), SHELL_UID) == 1234


@pytest.mark.parametrize(("name", "counts"), [("pixel-8", True), ("xiaomi-12", False)])
def test_only_android_13_and_newer_count_the_gpus_work(name, counts):
    text = gpu(PhoneState(phone(name), Clock()), ["--gpuwork"])
    assert (parse_gpuwork(text, SHELL_UID) is not None) is counts


def test_the_log_is_asked_for_by_buffer_time_and_process():
    accounts = Accounts()
    accounts.log_output(7, "WARNING: heavy")
    accounts.log_output(8, "")
    accounts.log(9, "F", "DEBUG", ["a", "b"], "crash")
    lines = list(accounts.logcat(BUFFERS, "", 7))
    assert lines[0] == "--------- beginning of main"
    assert lines[1].endswith(" 7     7 W tflite  : heavy")
    assert len(lines) == 2
    assert len(list(accounts.logcat(("crash",), "", None))) == 3
    assert list(accounts.logcat(BUFFERS, "99-99", None)) == []


def test_a_tombstone_reads_as_a_crash_in_the_given_library():
    (crash,) = read_crashes("\n".join(tombstone(7, "/data/tool", "/vendor/lib64/libX.so")))
    assert (crash.process, crash.signal_name) == ("/data/tool", "SIGSEGV")
    assert crash.culprit.path == "/vendor/lib64/libX.so"


PLACEMENTS = [
    ("TfLiteXNNPackDelegate", Placement(threads=4), (4.0, 0.0, 0)),
    (None, Placement(threads=2), (2.0, 0.0, 0)),
    ("TfLiteGpuDelegateV2", Placement(threads=4), (0.12, 1.0, 0)),
    ("TfLiteNnapiDelegate", Placement(threads=4), (0.06, 0.0, 1)),
    ("TfLiteNnapiDelegate", Placement(on_reference=True), (1.0, 0.0, 0)),
]


@pytest.mark.parametrize(("delegate", "placement", "busy"), PLACEMENTS)
def test_who_is_busy_follows_the_delegate(delegate, placement, busy):
    simulation = phone("pixel-8").model.simulation
    plan = [Node(0, "CONV_2D", (), (), delegate, (0,) if delegate else ())]
    found = occupancy(plan, [Cost(1e6, 1e4)], simulation, placement)
    assert (found.cpu_threads, found.gpu, found.npu_calls) == pytest.approx(busy)
