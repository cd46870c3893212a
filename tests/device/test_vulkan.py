"""Where a Vulkan driver is looked for; that one works, only a run can show."""

import pytest

from harness.device import vulkan
from harness.sweep.ask import LOCAL_NAMES, local_names


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """Return a folder under which nothing is, with an environment that searches only there."""
    for name in ("VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES", "LD_LIBRARY_PATH"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "SYSCONFDIR", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    monkeypatch.setenv("XDG_DATA_DIRS", f"{tmp_path}/one:{tmp_path}/two")
    return tmp_path


def manifest(place):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("{}")
    return place


def test_drivers_are_found_in_the_loaders_folders(bare):
    assert vulkan.find_vulkan().drivers == ()
    assert not vulkan.find_vulkan().usable
    found = manifest(bare / "two" / "vulkan" / "icd.d" / "a_gpu.json")
    manifest(bare / "two" / "vulkan" / "explicit_layer.d" / "a_layer.json")
    assert vulkan.find_vulkan().drivers == (found,)


@pytest.mark.parametrize("name", ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"])
def test_a_named_driver_replaces_the_search_and_goes_to_the_child(bare, monkeypatch, name):
    manifest(bare / "one" / "vulkan" / "icd.d" / "a_gpu.json")
    named = manifest(bare / "mine.json")
    monkeypatch.setenv(name, f"{named}:{bare}/gone.json")
    found = vulkan.find_vulkan()
    assert found.drivers == (named,)
    assert found.environment == {name: f"{named}:{bare}/gone.json"}


def test_an_added_driver_does_not_replace_the_search(bare, monkeypatch):
    usual = manifest(bare / "one" / "vulkan" / "icd.d" / "a_gpu.json")
    added = manifest(bare / "added" / "mine.json")
    monkeypatch.setenv("VK_ADD_DRIVER_FILES", str(bare / "added"))
    assert set(vulkan.find_vulkan().drivers) == {usual, added}


def test_a_library_that_cannot_be_opened_is_no_loader(bare, monkeypatch):
    manifest(bare / "one" / "vulkan" / "icd.d" / "a_gpu.json")
    broken = bare / "libbroken.so.1"
    broken.write_text("no library")
    monkeypatch.setattr(vulkan, "LOADER", str(broken))
    found = vulkan.find_vulkan()
    assert found.drivers
    assert not found.loader
    assert local_names() == LOCAL_NAMES


def test_a_driver_without_a_manifest_is_none(bare, monkeypatch):
    # Any library that opens stands for the loader.
    monkeypatch.setattr(vulkan, "LOADER", None)
    assert vulkan.find_vulkan().loader
    assert local_names() == LOCAL_NAMES
    manifest(bare / "one" / "vulkan" / "icd.d" / "a_gpu.json")
    assert local_names() == (*LOCAL_NAMES, "gpu")
