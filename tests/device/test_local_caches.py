"""Caches on this machine: made anew when cold, told by what changes a file, removed."""

from __future__ import annotations

from pathlib import Path

from harness.deadline import Deadline
from harness.device.local_caches import LocalCaches

SOON = Deadline.after(60)


def test_a_renewed_cache_is_empty_and_another_look_leaves_it_alone(tmp_path):
    caches = LocalCaches(tmp_path, "local")
    folder = caches.open("k", SOON, renew=True)
    assert folder.files == {}
    (Path(folder.path) / "w").write_bytes(b"1234")
    assert caches.open("k", SOON).files["w"].startswith("4 ")
    assert caches.open("k", SOON, renew=True).files == {}


def test_a_file_that_is_written_again_is_another_state(tmp_path):
    caches = LocalCaches(tmp_path, "local")
    path = Path(caches.open("k", SOON).path) / "w"
    path.write_bytes(b"1234")
    before = caches.open("k", SOON).files
    path.unlink()
    path.write_bytes(b"5678")
    assert caches.open("k", SOON).files != before


def test_a_dropped_cache_leaves_nothing(tmp_path):
    caches = LocalCaches(tmp_path, "local")
    folder = Path(caches.open("k", SOON).path)
    caches.drop("k", SOON)
    assert not folder.exists()


def test_a_key_leads_to_no_other_folder(tmp_path):
    folder = Path(LocalCaches(tmp_path / "in", "local").open("../../out", SOON).path)
    assert folder.resolve().is_relative_to(tmp_path / "in" / "caches")


def test_this_machines_page_cache_is_left_alone(tmp_path):
    assert LocalCaches(tmp_path, "local").drop_page_cache(SOON) is False
