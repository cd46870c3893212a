"""Caches of compiled things on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.deadline import Deadline
from harness.device.caches import CacheFolder
from harness.errors import DeviceCommandError, DeviceContext
from harness.files import safe_name


class LocalCaches:
    """Folders below the device's own; see `harness.device.caches.Caches`."""

    def __init__(self, root: Path, device_id: str) -> None:
        self._root = root / "caches"
        self._context = DeviceContext(device_id, "cache")

    def open(self, key: str, deadline: Deadline, *, renew: bool = False) -> CacheFolder:
        """Return a cache as it is now; `renew` makes it anew, empty."""
        del deadline  # nothing here waits
        folder = self._root / safe_name(key)
        try:
            if renew:
                shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            files = {path.name: _state(path) for path in folder.rglob("*") if path.is_file()}
        except OSError as error:
            raise DeviceCommandError(
                f"{error.strerror}: {folder}", context=self._context
            ) from error
        return CacheFolder(str(folder), files)

    def drop(self, key: str, deadline: Deadline) -> None:
        """Remove a cache."""
        del deadline
        shutil.rmtree(self._root / safe_name(key), ignore_errors=True)

    def drop_page_cache(self, deadline: Deadline) -> bool | None:
        """Leave it alone: it is that of everything else on the machine too."""
        del deadline
        return False


def _state(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ino}"
