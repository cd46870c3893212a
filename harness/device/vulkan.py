"""Whether this machine has Vulkan, through which LiteRT reaches a GPU on a desktop.

A cheap look, without LiteRT: a loader that can be opened, and the manifest of a driver where the
loader searches (https://github.com/KhronosGroup/Vulkan-Loader, docs/LoaderDriverInterface.md). It
decides what is measured unasked, never what is measured: whether the driver works, a run shows.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LOADER = "libvulkan.so.1"
_LIBRARIES = "LD_LIBRARY_PATH"
# The first that is set replaces the search; the second is its older name.
_NAMED = ("VK_DRIVER_FILES", "VK_ICD_FILENAMES")
_ADDED = "VK_ADD_DRIVER_FILES"
_MANIFESTS = "vulkan/icd.d"


@dataclass(frozen=True)
class Vulkan:
    """What was found. `environment` is what a child process needs to find the same."""

    loader: bool
    drivers: tuple[Path, ...]
    environment: Mapping[str, str]

    @property
    def usable(self) -> bool:
        """Whether there are a loader and a driver for it."""
        return self.loader and bool(self.drivers)


def find_vulkan() -> Vulkan:
    """Look for a loader and for drivers' manifests; only Linux is looked at."""
    names = (_LIBRARIES, *_NAMED, _ADDED)
    kept = {name: os.environ[name] for name in names if os.environ.get(name)}
    if not sys.platform.startswith("linux"):
        return Vulkan(loader=False, drivers=(), environment=kept)
    return Vulkan(_opens(), tuple(sorted(set(_drivers(os.environ)))), kept)


def _opens() -> bool:
    try:
        ctypes.CDLL(LOADER)
    except OSError:
        return False
    return True


def _drivers(environment: Mapping[str, str]) -> Iterator[Path]:
    named = next((environment[name] for name in _NAMED if environment.get(name)), None)
    if named is not None:
        places = [Path(one) for one in named.split(":") if one]
    else:
        added = environment.get(_ADDED, "").split(":")
        places = [*(Path(one) for one in added if one), *_folders(environment)]
    for place in places:
        if place.is_dir():
            yield from place.glob("*.json")
        elif place.is_file():
            yield place


def _folders(environment: Mapping[str, str]) -> Iterator[Path]:
    home = environment.get("HOME") or "/nonexistent"
    for variable, usual in (
        ("XDG_CONFIG_HOME", f"{home}/.config"),
        ("XDG_CONFIG_DIRS", "/etc/xdg"),
        ("SYSCONFDIR", "/etc:/usr/local/etc"),
        ("XDG_DATA_HOME", f"{home}/.local/share"),
        ("XDG_DATA_DIRS", "/usr/local/share:/usr/share"),
    ):
        for folder in (environment.get(variable) or usual).split(":"):
            if folder:
                yield Path(folder) / _MANIFESTS
