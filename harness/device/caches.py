"""Caches of compiled things that outlive one job on a device: what crosses the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.deadline import Deadline


@dataclass(frozen=True)
class CacheFolder:
    """A cache on a device and what lies in it.

    `files` has by name what tells one state of a file from another: its size in bytes first, then
    its time of change and inode. None: the folder could not be read.
    """

    path: str
    files: Mapping[str, str] | None


class Caches(Protocol):
    """The caches of one device, by key: letters and digits."""

    def open(self, key: str, deadline: Deadline, *, renew: bool = False) -> CacheFolder:
        """Return a cache as it is now; `renew` makes it anew, empty.

        Raises:
            DeviceCommandError: it cannot be made.
            DeviceUnavailableError: the link was lost.
        """
        ...

    def drop(self, key: str, deadline: Deadline) -> None:
        """Remove a cache.

        Raises:
            DeviceUnavailableError: the link was lost.
        """
        ...

    def drop_page_cache(self, deadline: Deadline) -> bool | None:
        """Make the device forget which files it has read; whether it did, None if nothing shows it.

        Raises:
            DeviceUnavailableError: the link was lost.
        """
        ...
