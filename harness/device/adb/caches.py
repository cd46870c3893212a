"""Caches of compiled things on a phone, under the harness's own root."""

from __future__ import annotations

import re

from harness.deadline import Deadline
from harness.device.adb.profile import number
from harness.device.adb.shell import Shell, quoted
from harness.device.adb.staging import ROOT
from harness.device.caches import CacheFolder
from harness.files import safe_name

CACHES = f"{ROOT}/caches"

_DROPS_FROM_API = 31
"""init.rc acts on perf.drop_caches, and the shell may set it, from Android 12 on."""

_NAME = r"[\x21-\x2e\x30-\x7e]{1,255}"
_ENTRY = re.compile(rf"(\d{{1,15}} \d{{1,15}} \d{{1,20}}) (?:cache/)?((?:{_NAME}/)?{_NAME})")
_CACHED = re.compile(r"^Cached:\s+(\d{1,12}) kB", re.MULTILINE)
_MOST_FILES = 200
_FEWER = 0.9
"""So much of the cached pages may be left at most: a few come and go at any time."""


class AdbCaches:
    """The caches of one phone. A tool is given a folder below the cache's own.

    Whatever it writes beside that folder is seen and removed with it.
    """

    def __init__(self, shell: Shell, api_level: int | None) -> None:
        self._shell = shell
        self._api_level = api_level

    def open(self, key: str, deadline: Deadline, *, renew: bool = False) -> CacheFolder:
        """Return a cache as it is now; see `Caches.open`."""
        folder = _folder(key)
        if renew:
            self._shell.check(f"rm -rf {quoted(folder)}", deadline)
        self._shell.check(f"mkdir -p {quoted(folder)}/cache", deadline)
        command = (
            f"cd {quoted(folder)} && for f in * cache/* cache/*/*; do "
            '[ -f "$f" ] && stat -c \'%s %Y %i %n\' "$f"; done; true'
        )
        done = self._shell.run(command, deadline)
        files = parse_files(done.text) if done.status == 0 else None
        return CacheFolder(f"{folder}/cache", files)

    def drop(self, key: str, deadline: Deadline) -> None:
        """Remove a cache."""
        self._shell.run(f"rm -rf {quoted(_folder(key))}", deadline)

    def drop_page_cache(self, deadline: Deadline) -> bool | None:
        """Ask the phone's init, which may do it; see `Caches.drop_page_cache`.

        The property can be set whether or not anybody heeds it: that the kernel's count of cached
        pages fell shows it done.
        """
        if self._api_level is None or self._api_level < _DROPS_FROM_API:
            return False
        done = self._shell.run(
            "sync; grep ^Cached: /proc/meminfo; setprop perf.drop_caches 3 || echo refused; "
            "sleep 1; grep ^Cached: /proc/meminfo",
            deadline,
        )
        return parse_dropped(done.text)


def parse_files(text: str) -> dict[str, str]:
    """Read lines of `size time inode path`; a line that cannot be read is left out."""
    found: dict[str, str] = {}
    for line in text.splitlines()[:_MOST_FILES]:
        match = _ENTRY.fullmatch(line)
        if match is not None:
            found[match[2]] = match[1]
    return found


def parse_dropped(text: str) -> bool | None:
    """Read the two counts of cached kB around the request, and whether it was refused."""
    if "refused" in text.split():
        return False
    counts = [number(match) for match in _CACHED.findall(text)]
    if len(counts) != 2 or counts[0] is None or counts[1] is None:  # noqa: PLR2004 (before, after)
        return None
    return True if counts[1] < _FEWER * counts[0] else None


def _folder(key: str) -> str:
    return f"{CACHES}/{safe_name(key)}"
