"""Caches on a phone: what the listing and the count of cached pages say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb.caches import parse_dropped, parse_files

BEFORE, AFTER = "Cached:          3000000 kB", "Cached:           200000 kB"


def test_files_are_listed_by_name_wherever_below_the_cache_they_lie():
    text = "326000 1795614172 2211900 cache/tok_75.bin\n10 5 6 tok_1.bin\n7 8 9 cache/npu/a\n"
    assert parse_files(text) == {
        "tok_75.bin": "326000 1795614172 2211900",
        "tok_1.bin": "10 5 6",
        "npu/a": "7 8 9",
    }


def test_lines_that_are_none_of_a_listing_are_left_out():
    text = "stat: 'x': No such file\n1 2 3 cache/../../etc/x\n1 2 cache/a\n1 2 3 a\x1b[2J\n"
    assert parse_files(text) == {}


@given(st.text())
def test_any_listing_is_read(text):
    assert all(name.count("/") < 2 for name in parse_files(text))


def test_pages_count_as_dropped_only_when_the_kernel_has_fewer():
    assert parse_dropped(f"{BEFORE}\n{AFTER}\n") is True
    assert parse_dropped(f"{AFTER}\n{AFTER}\n") is None
    assert parse_dropped(f"{BEFORE}\n{BEFORE.replace('3000000', '2999000')}\n") is None
    assert parse_dropped(f"{BEFORE}\n") is None
    assert parse_dropped("") is None


def test_a_phone_that_refuses_the_property_did_not_drop_them():
    assert parse_dropped(f"{BEFORE}\nrefused\n{AFTER}\n") is False
