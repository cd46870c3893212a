import math
import random

import pytest

from harness.bench.variant import Accelerator
from harness.verdict.corroborate import Corroborator, Kind, Says
from harness.verdict.model import Placement, Validity
from harness.verdict.suspicion import Claim, Rival, Role, is_software, judge_suspicion

STILL = (1.0, 1.01, 0.99, 1.0, 1.005)


def times(centre):
    return tuple(centre * one for one in STILL)


def claim(p50=10.0, **known):
    facts = {"variant": "gpu", "p50_ms": p50, "medians_ms": times(p50)[::-1], "kernels": 1}
    return Claim(**{**facts, "validity": Validity.VALID, **known})


def rival(name, p50, role):
    return Rival(name, p50, times(p50), role)


ONE = rival("one", 25.0, Role.ONE_THREAD)
MANY = rival("many", 10.0, Role.MANY_THREADS)
PLAIN = rival("plain", 60.0, Role.PLAIN)
ALL = (ONE, MANY, PLAIN)


def fact(says, kind=Kind.CPU_TIME):
    return Corroborator(kind, says, "so it is")


BUSY = fact(Says.CPU)
IDLE_GPU = fact(Says.CPU, Kind.COUNTERS)
WORKING_GPU = fact(Says.ACCELERATOR, Kind.COUNTERS)
SAME = fact(Says.CPU, Kind.OUTPUTS)
UNREAD = tuple(fact(Says.UNREADABLE, kind) for kind in Kind)


@pytest.mark.parametrize("like", ALL)
def test_the_time_of_any_cpu_path_with_a_fact_that_agrees_is_suspect(like):
    found = judge_suspicion(claim(like.p50_ms), ALL, [BUSY])
    assert (found.verdict, found.against) == ("suspect", like.variant)
    assert found.contrast.low < 1 < found.contrast.high


def test_the_time_of_nnapis_reference_is_the_cpus_too():
    reference = rival("ref", 100.0, Role.REFERENCE)
    nnapi = claim(100.0, accelerator=Accelerator.NNAPI)
    assert judge_suspicion(nnapi, (*ALL, reference), [IDLE_GPU]).against == "ref"


def test_the_time_alone_is_no_ground_for_suspicion():
    found = judge_suspicion(claim(), ALL, UNREAD)
    assert found.verdict == "not_testable"
    assert "nothing else could be read" in found.reason
    assert judge_suspicion(claim(), ALL, [fact(Says.UNDECIDED)]).verdict == "not_testable"


def test_a_counter_of_the_gpus_own_work_explains_a_thread_that_spins():
    assert judge_suspicion(claim(), ALL, [BUSY, WORKING_GPU]).verdict == "clear"
    assert judge_suspicion(claim(), ALL, [SAME, WORKING_GPU]).verdict == "suspect"


def test_slower_than_xnnpack_needs_more_than_a_thread_that_may_spin():
    slow = claim(40.0)
    assert judge_suspicion(slow, ALL, [IDLE_GPU]).verdict == "suspect"
    assert judge_suspicion(slow, ALL, [BUSY]).verdict == "not_testable"
    assert judge_suspicion(slow, ALL, [WORKING_GPU]).verdict == "clear"


def test_faster_than_several_threads_is_clear_even_without_a_single_one():
    found = judge_suspicion(claim(5.0), ALL, [BUSY])
    assert (found.verdict, found.reason) == ("clear", "it is faster than many")
    assert judge_suspicion(claim(5.0), [MANY], UNREAD).verdict == "clear"


def test_a_path_that_was_not_measured_is_named():
    found = judge_suspicion(claim(5.0), [ONE, PLAIN], UNREAD)
    assert found.verdict == "not_testable"
    assert "XNNPACK on several threads" in found.reason
    assert "XNNPACK on one thread" in judge_suspicion(claim(30.0), [MANY], UNREAD).reason
    assert "one thread and XNNPACK on several" in judge_suspicion(claim(), [], UNREAD).reason


def test_a_counter_that_stood_still_is_never_cleared_by_the_time():
    found = judge_suspicion(claim(5.0), ALL, [IDLE_GPU])
    assert found.verdict == "not_testable"
    assert "a counter says" in found.reason


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"validity": Validity.INVALID, "validity_reasons": ("noisy",)}, "noisy"),
        ({"medians_ms": times(10.0)[:3]}, "insufficient replication: 3 rounds"),
        ({"void": "wrong output"}, "wrong output"),
        ({"kernels": 6}, "6 trips"),
        ({"backend": "webgpu on SwiftShader Device (CPU / Software)"}, "calls itself a CPU"),
    ],
)
def test_what_stands_in_the_way_of_a_test_is_said(known, said):
    found = judge_suspicion(claim(**known), ALL, [BUSY, IDLE_GPU])
    assert found.verdict == "not_testable"
    assert said in found.reason


def test_a_model_that_the_cpu_runs_in_a_moment_is_too_small():
    small = [rival("one", 1.0, Role.ONE_THREAD), rival("many", 0.8, Role.MANY_THREADS)]
    found = judge_suspicion(claim(1.0), small, [BUSY, IDLE_GPU])
    assert found.verdict == "not_testable"
    assert "too small" in found.reason


def test_a_small_model_is_named_before_a_variant_that_is_missing():
    found = judge_suspicion(claim(4.0), [rival("many", 0.8, Role.MANY_THREADS)], UNREAD)
    assert "too small" in found.reason
    fast = judge_suspicion(claim(0.3), [rival("many", 0.8, Role.MANY_THREADS)], UNREAD)
    assert fast.verdict == "clear"


def test_a_cpu_variant_that_scatters_is_like_nothing():
    restless = Rival("many", 10.0, (10.0, 13.0, 8.0, 12.0, 7.0), Role.MANY_THREADS)
    found = judge_suspicion(claim(), [restless], [BUSY, IDLE_GPU])
    assert found.verdict == "not_testable"
    assert "scatter" in found.reason


def test_a_difference_that_the_rounds_do_not_settle_is_not_clear():
    near = claim(medians_ms=(10.0, 12.5, 11.0, 12.4, 11.5))
    found = judge_suspicion(near, [MANY], [BUSY])
    assert found.verdict == "not_testable"
    assert "too near to those of many" in found.reason


def test_an_output_copied_bit_for_bit_is_conclusive_without_a_single_time():
    found = judge_suspicion(claim(5.0, medians_ms=()), [], [SAME], copied_from=["one"])
    assert (found.verdict, found.against, found.contrast) == ("suspect", "one", None)


def test_of_several_equal_outputs_the_one_nearest_in_time_is_named():
    found = judge_suspicion(claim(), ALL, [SAME], copied_from=["one", "many"])
    assert found.against == "many"
    assert found.contrast.ratio == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("backend", "software"),
    [
        ("webgpu on SwiftShader Device (Subzero) (CPU / Software)", True),
        ("nnapi-reference", True),
        ("plug-in (cpu)", True),
        ("webgpu on Adreno (TM) 740 (Discrete GPU / Hardware)", False),
        ("opencl", False),
        (None, False),
    ],
)
def test_a_back_end_that_calls_itself_a_cpu_is_known(backend, software):
    assert is_software(backend) is software


def test_hostile_back_ends_are_read_in_linear_time():
    assert not is_software("(" * 200_000)
    assert not is_software("(/ " * 100_000)


# 200 cells as they come from real rounds: 3 % noise, seeded.


def noisy(chance, centre):
    return tuple(centre * math.exp(chance.gauss(0, 0.03)) for _ in range(5))


def lab(seed, ratio):
    chance = random.Random(seed)
    rivals = [
        Rival("one", 25.0, noisy(chance, 25.0), Role.ONE_THREAD),
        Rival("many", 10.0, noisy(chance, 10.0), Role.MANY_THREADS),
    ]
    return claim(10.0 * ratio, medians_ms=noisy(chance, 10.0 * ratio)), rivals


@pytest.mark.parametrize("facts", [UNREAD, (BUSY,), (IDLE_GPU,), (BUSY, IDLE_GPU)])
def test_twice_as_fast_is_never_suspect_whatever_else_agrees(facts):
    verdicts = [judge_suspicion(*lab(seed, 0.5), facts).verdict for seed in range(200)]
    assert verdicts.count("suspect") == 0
    if facts in (UNREAD, (BUSY,)):
        assert verdicts.count("clear") == 200


def test_equally_fast_is_suspect_where_a_fact_agrees_and_only_there():
    verdicts = [judge_suspicion(*lab(seed, 1.0), [IDLE_GPU]).verdict for seed in range(200)]
    assert verdicts.count("suspect") > 150
    assert verdicts.count("clear") == 0
    alone = [judge_suspicion(*lab(seed, 1.0), UNREAD).verdict for seed in range(200)]
    assert set(alone) == {"not_testable"}


def test_the_placement_of_the_claim_does_not_enter_the_test_of_times():
    partial = claim(placement=Placement.PARTIAL)
    assert judge_suspicion(partial, ALL, [IDLE_GPU]).verdict == "suspect"
