import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.variant import Accelerator
from harness.verdict.corroborate import (
    Busy,
    Launched,
    busy_threads,
    by_counters,
    by_cpu_time,
    by_output,
    is_telling,
)
from harness.verdict.model import Placement

GPU, NNAPI, FULL = Accelerator.GPU, Accelerator.NNAPI, Placement.FULL


def output(*, identical, is_float=True, telling=True):
    return by_output(identical=identical, is_float=is_float, is_telling=telling, against="cpu-4t")


def test_a_float_output_of_the_cpu_is_the_cpus():
    found = output(identical=True)
    assert found.says == "cpu"
    assert "cpu-4t" in found.text


def test_equality_that_any_arithmetic_gives_decides_nothing():
    assert output(identical=True, is_float=False).says == "undecided"
    assert output(identical=True, telling=False).says == "undecided"
    assert output(identical=False).says == "undecided"
    assert output(identical=None).says == "unreadable"


def test_values_that_half_precision_holds_tell_nothing():
    def telling(values, dtype="float32"):
        return is_telling(np.array(values, dtype).tobytes(), [dtype])

    assert telling([0.1, 0.2, 0.3])
    assert not telling([0.0, 1.0, 0.5, 3.0, -2.0])
    assert not telling([0.1] * 50)
    assert not telling([np.nan, np.inf, -np.inf, 0.1])
    assert not telling([1, 2, 3], "int32")
    assert not is_telling(b"abc", ["float32"])
    assert not is_telling(b"", [])


@given(st.binary(max_size=64))
def test_any_bytes_can_be_looked_at(data):
    assert is_telling(data, ["float32"]) in (True, False)


def launched(seconds, cpu, init=0.0, **known):
    return Launched(seconds=seconds, cpu_s=cpu, init_s=init, **known)


def test_busy_threads_leave_start_up_out():
    busy = busy_threads([launched(2.0, 1.5, init=1.0)] * 5, launched(1.0, 1.0, init=1.0))
    assert (busy.low, busy.high) == pytest.approx((0.5, 1.5))


def test_a_start_up_on_many_threads_is_no_busy_run():
    compiling = [launched(2.0, 3.2, init=1.0)] * 5  # three threads compile, then it waits
    assert busy_threads(compiling, launched(1.0, 3.1, init=1.0)).low == pytest.approx(0.1)
    assert busy_threads(compiling, None).low == 0


def test_a_short_start_up_hides_nothing():
    assert busy_threads([launched(2.0, 7.6, init=0.01)] * 5).low > 3.5


def test_what_was_not_read_is_unreadable():
    assert busy_threads([launched(2.0, None)]) is None
    assert busy_threads([Launched(2.0, cpu_s=1.0)]) is None
    assert busy_threads([launched(1.0, 1.0, init=1.0)]) is None
    assert by_cpu_time(None, None, accelerator=GPU, placement=FULL).says == "unreadable"
    assert by_counters([launched(1.0, 1.0)], accelerator=GPU, placement=FULL).says == "unreadable"


@pytest.mark.parametrize(
    ("own", "says"),
    [(Busy(1.0, 1.0), "cpu"), (Busy(0.1, 0.2), "accelerator"), (Busy(0.4, 0.9), "undecided")],
)
def test_a_run_that_keeps_threads_busy_is_the_cpus(own, says):
    assert by_cpu_time(own, Busy(3.0, 3.5), accelerator=GPU, placement=FULL).says == says


def test_a_spinning_driver_is_named_where_threads_are_busy():
    found = by_cpu_time(Busy(1.0, 1.0), None, accelerator=GPU, placement=FULL)
    assert "spinning" in found.text


def test_a_model_in_parts_may_keep_the_cpu_busy():
    found = by_cpu_time(Busy(1.0, 1.0), None, accelerator=GPU, placement=Placement.PARTIAL)
    assert found.says == "undecided"


def test_a_driver_in_another_process_may_idle_here():
    found = by_cpu_time(Busy(0.1, 0.1), None, accelerator=NNAPI, placement=FULL)
    assert found.says == "undecided"


def test_a_device_that_does_not_count_the_cpus_work_is_unreadable():
    found = by_cpu_time(Busy(0.1, 0.1), Busy(0.1, 0.2), accelerator=GPU, placement=FULL)
    assert found.says == "unreadable"


def counted(growth, name="gpu_active_ns", timed=1.0, count=50):
    one = Launched(2.0, timed_s=timed, invocations=count, counters={name: growth})
    return [one] * 5


@pytest.mark.parametrize(
    ("growth", "placement", "says"),
    [
        (0, FULL, "cpu"),
        (15_000_000, FULL, "cpu"),
        (300_000_000, FULL, "undecided"),
        (950_000_000, FULL, "accelerator"),
        (15_000_000, Placement.PARTIAL, "undecided"),
        (0, Placement.PARTIAL, "cpu"),
    ],
)
def test_the_gpus_active_time_is_held_against_the_timed_seconds(growth, placement, says):
    assert by_counters(counted(growth), accelerator=GPU, placement=placement).says == says


def test_a_busy_counter_in_microseconds_does_as_well():
    rounds = counted(900_000, "gpu_busy_us")
    assert by_counters(rounds, accelerator=GPU, placement=FULL).says == "accelerator"


@pytest.mark.parametrize(("growth", "says"), [(0, "cpu"), (50, "accelerator"), (10, "undecided")])
def test_an_npus_inferences_are_held_against_the_runs(growth, says):
    rounds = counted(growth, "npu_inferences")
    drivers = ["google-edgetpu"]
    assert by_counters(rounds, accelerator=NNAPI, placement=FULL, drivers=drivers).says == says
    assert by_counters(rounds, accelerator=Accelerator.NPU, placement=FULL).says == says


def test_another_parts_counter_says_nothing():
    tpu, gpu = ["google-edgetpu"], counted(0)
    assert by_counters(gpu, accelerator=NNAPI, placement=FULL, drivers=tpu).says == "unreadable"
    npu = counted(0, "npu_inferences")
    for drivers in ([], ["qti-dsp"], ["google-edgetpu", "google-armnn"]):
        found = by_counters(npu, accelerator=NNAPI, placement=FULL, drivers=drivers)
        assert found.says == "unreadable"
    assert by_counters(npu, accelerator=Accelerator.EXTERNAL, placement=FULL).says == "unreadable"
