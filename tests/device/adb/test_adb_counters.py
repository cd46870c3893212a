"""The phone's own counters, as text; the table's form is that of frameworks/native gpuservice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb.counters import (
    growth,
    parse_gpuwork,
    parse_inference_count,
    read_counters,
)

HEADER = "GPU work information.\ngpu_id uid total_active_duration_ns total_inactive_duration_ns\n"
SHELL = 2000
COUNTS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 2**64))


def test_a_users_work_is_added_up_over_the_gpus():
    table = HEADER + "0 1000 99 1\n0 2000 1500 20\n1 2000 500 7\n0 10183 7 7\n"
    assert parse_gpuwork(table, SHELL) == 2000


def test_a_user_without_a_row_in_a_table_with_rows_has_had_no_work():
    assert parse_gpuwork(HEADER + "0 1000 99 1\n", SHELL) == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Can't find service: gpu\n",
        HEADER,
        "0 2000 1500 20\n",
        HEADER + "[errors:3]0 2000 1500 20\n",
        HEADER + "GPU time in state information is not available\n",
    ],
)
def test_what_tells_of_no_work_at_all_or_lost_some_is_unreadable_and_not_zero(text):
    assert parse_gpuwork(text, SHELL) is None


def test_errors_of_another_user_do_not_matter():
    assert parse_gpuwork(HEADER + "[errors:3]0 1000 1 1\n0 2000 5 5\n", SHELL) == 5


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("12\n", 12),
        ("12 30\n", 42),
        ("", None),
        ("no drvdata", None),
        ("-1", None),
        ("1e9", None),
    ],
)
def test_inferences_are_added_up_over_the_clusters(text, count):
    assert parse_inference_count(text) == count


def test_what_cannot_be_read_is_absent():
    assert read_counters({"uid": "2000", "gpuwork": "", "npu": ""}) == {}
    assert read_counters({"uid": "shell", "gpuwork": HEADER + "0 2000 5 5\n"}) == {}
    assert read_counters({"uid": "0", "gpuwork": HEADER + "0 0 5 5\n", "npu": "7"}) == {
        "gpu_active_ns": 5,
        "npu_inferences": 7,
    }


def test_a_counter_that_shrank_was_reset_and_says_nothing():
    assert growth({"a": 5, "b": 5, "c": 5}, {"a": 9, "b": 4}) == {"a": 4}


@given(COUNTS, COUNTS)
def test_growth_is_never_negative_and_only_of_what_was_read_twice(before, after):
    grown = growth(before, after)
    assert all(value >= 0 for value in grown.values())
    assert set(grown) <= set(before) & set(after)


@given(st.text() | st.text().map(lambda text: HEADER + text), st.integers(0, 2**31))
def test_any_table_is_read_without_an_error(text, uid):
    counted = parse_gpuwork(text, uid)
    assert counted is None or counted >= 0
    parse_inference_count(text)
