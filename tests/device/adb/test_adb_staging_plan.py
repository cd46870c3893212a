from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.device.adb.staging import Entry, parse_entries, to_evict

KEYS = st.text("abcdef0123456789", min_size=1, max_size=8)
STORES = st.dictionaries(KEYS, st.tuples(st.integers(0, 3 << 20), st.integers(0, 10**9))).map(
    lambda d: tuple(Entry(key, kb, used) for key, (kb, used) in d.items())
)


def test_entries_are_read_and_strange_names_are_left_alone():
    text = "100 2048\tabc\n200 10\t$(reboot)\nnonsense\n300 1\tpart-1\n"
    assert parse_entries(text) == (Entry("abc", 2048, 100), Entry("part-1", 1, 300))


def test_the_oldest_goes_first_and_only_as_many_as_needed():
    store = tuple(Entry(key, 1 << 20, used) for key, used in (("new", 3), ("old", 1), ("mid", 2)))
    gone = to_evict(store, frozenset(), free_kb=100 << 20, needed_kb=1 << 20)
    assert [entry.key for entry in gone] == ["old", "mid"]


def test_what_the_session_uses_stays():
    store = (Entry("used", 3 << 20, 1), Entry("idle", 10, 2))
    gone = to_evict(store, frozenset({"used"}), free_kb=100 << 20, needed_kb=1)
    assert [entry.key for entry in gone] == ["idle"]


@given(STORES, st.integers(0, 100 << 20), st.integers(0, 4 << 20))
def test_afterwards_the_store_is_in_bounds_or_empty(store, free_kb, needed_kb):
    gone = to_evict(store, frozenset(), free_kb, needed_kb)
    left = [entry for entry in store if entry not in gone]
    total = sum(entry.kb for entry in left)
    most = min(2 << 20, (free_kb + sum(entry.kb for entry in store)) // 10)
    assert not left or total + needed_kb <= most
    assert all(old.used <= new.used for old in gone for new in left)


@given(st.text())
def test_any_text_is_read_without_an_error(text):
    parse_entries(text)
