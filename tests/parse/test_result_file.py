import contextlib

import pytest
from evidence_files import LATENCY, field, result_file
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import EvidenceError
from harness.parse.result_file import read_result_file

WHOLE = {
    "avg": 0.595185,
    "min": 0.558,
    "max": 0.775,
    "std": 0.038,
    "p50": 0.579,
    "p5": 0.563,
    "p95": 0.675,
    "init": 4.006,
    "first_inference": 0.904,
    "warmup_avg": 0.605519,
}


def test_figures_are_microseconds_and_mebibytes():
    found = read_result_file(
        result_file(WHOLE, runs=314, warmups=154, memory=(10736, 12016)), "r.pb"
    )
    timed = found.timed
    assert (timed.count, timed.min, timed.p5, timed.p50, timed.p95, timed.max) == (
        314,
        558.0,
        563.0,
        579.0,
        675.0,
        775.0,
    )
    assert (timed.avg, timed.std) == (pytest.approx(595.185), 38.0)
    assert (found.init_us, found.first_inference_us) == (4006.0, 904.0)
    assert (found.warmup.count, found.warmup.avg) == (154, pytest.approx(605.519))
    assert (found.memory.init_mb, found.memory.overall_mb) == (10.484375, 11.734375)
    assert (found.memory.peak_mb, found.source) == (None, "r.pb")


def test_what_the_tool_left_out_is_unknown_and_not_zero():
    found = read_result_file(result_file({"avg": 2.0}))
    assert (found.timed.avg, found.timed.p95, found.timed.count) == (2000.0, None, None)
    assert (found.init_us, found.memory.overall_mb) == (None, None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        result_file({"min": 1.0}),
        result_file({**WHOLE, "p95": 0.1}),
        result_file(WHOLE)[:-3],
        b"\x7fELF",
    ],
    ids=["nothing", "no mean", "out of order", "cut", "other bytes"],
)
def test_an_unusable_file_is_an_error_with_a_next_step(data):
    with pytest.raises(EvidenceError) as caught:
        read_result_file(data)
    assert caught.value.next_step


def test_figures_that_are_no_numbers_are_left_out():
    broken = {**WHOLE, "p95": float("nan"), "std": float("inf"), "init": -4.0}
    found = read_result_file(result_file(broken))
    assert (found.timed.p95, found.timed.std, found.init_us) == (None, None, None)
    assert found.timed.p50 == 579.0


def test_a_field_of_another_kind_is_left_out():
    data = field(2, field(1, 1.0) + field(7, b"purr"))
    assert read_result_file(data).timed.p95 is None


@given(st.dictionaries(st.sampled_from(LATENCY), st.floats(0.001, 1e6), min_size=1))
@settings(deadline=None)
def test_every_latency_is_read_back_or_the_file_is_refused(milliseconds):
    order = ("min", "p5", "p50", "p95", "max")
    known = [milliseconds[name] for name in order if name in milliseconds]
    sound = "avg" in milliseconds and known == sorted(known)
    try:
        found = read_result_file(result_file(milliseconds))
    except EvidenceError:
        # Neighbours in 32 bits may change places; nothing else may be refused.
        assert not sound
        return
    read = {
        **{name: getattr(found.timed, name) for name in ("avg", "std", *order)},
        "init": found.init_us,
        "first_inference": found.first_inference_us,
        "warmup_avg": found.warmup.avg,
    }
    assert {name for name, value in read.items() if value is not None} == set(milliseconds)
    for name, value in milliseconds.items():
        assert read[name] == pytest.approx(value * 1000, rel=1e-6, abs=1e-3)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_no_bytes_raise_anything_else(data):
    with contextlib.suppress(EvidenceError):
        read_result_file(data)
