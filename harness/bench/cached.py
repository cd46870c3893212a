"""The compiled cache of a cold or a warm launch: made, filled, looked at, removed."""

from __future__ import annotations

from collections.abc import Mapping

from harness.bench.caches import located
from harness.bench.command import LaunchKind
from harness.deadline import Deadline
from harness.device.base import Device

_CACHE_S = 60.0


class CachedLaunch:
    """A launch's dealings with its cache, in order: `flags`, `begin`, `end`.

    A cold launch finds an empty cache, and a device that has been asked to forget which files it
    read. A warm one finds what the cold one left, and the cache is removed after it. Other kinds of
    launch have none.
    """

    def __init__(
        self, device: Device, kind: LaunchKind, key: str, flags: Mapping[str, str]
    ) -> None:
        self._caches = device.caches if kind in (LaunchKind.COLD, LaunchKind.WARM) else None
        self._cold = kind is LaunchKind.COLD
        self._key, self._flags = key, flags
        self.facts: dict[str, object] = {}

    def flags(self) -> dict[str, str]:
        """Open the cache and return the flags that tell the tool of it."""
        if self._caches is None:
            return {}
        folder = self._caches.open(self._key, Deadline.after(_CACHE_S), renew=self._cold)
        self.facts["before"] = folder.files
        return located(self._flags, folder.path, self._key)

    def begin(self) -> None:
        """Do what comes last before the program starts: all it needs has been staged and read."""
        if self._caches is not None and self._cold:
            dropped = self._caches.drop_page_cache(Deadline.after(_CACHE_S))
            self.facts["page_cache_dropped"] = dropped

    def end(self) -> None:
        """Look at what lies in the cache now; a warm launch was the last that needs it."""
        if self._caches is None:
            return
        self.facts["after"] = self._caches.open(self._key, Deadline.after(_CACHE_S)).files
        if not self._cold:
            self._caches.drop(self._key, Deadline.after(_CACHE_S))
