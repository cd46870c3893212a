"""Leases: one process measures on a physical phone at a time.

A lease is a lock of the host's kernel on one small file per phone, so it ends with its holder, even
under `kill -9`. What the file says about the holder is only for people; the lock alone decides.
The folder is shared by all users of the machine where the system has such a place.
"""

from __future__ import annotations

import getpass
import json
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from harness.errors import LeaseHeldError, UsageError
from harness.files import safe_name

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FOLDER_VARIABLE = "HARNESS_LEASES"
_SHARED_FOLDERS = ("/run/lock/harness-leases", "/tmp/harness-leases")  # noqa: S108 (sticky, below)
# Asking who holds a lease takes the lock for a moment; a second try tells that from a holder.
_TRIES = 4
_PAUSE_S = 0.02
_INFO_LIMIT = 4096
# Windows locks bytes, and locked bytes cannot be read: lock one that no information reaches.
_WINDOWS_BYTE = 1 << 30


@dataclass(frozen=True)
class Holder:
    """Who holds a lease, as far as is known; `since` and `until` are UTC, ISO 8601."""

    user: str | None = None
    pid: int | None = None
    command: str | None = None
    purpose: str | None = None
    since: str | None = None
    until: str | None = None

    def __str__(self) -> str:
        """Say it in words, leaving out what is unknown."""
        who = self.user or "another process"
        words = [f"{who} (pid {self.pid})" if self.pid is not None else who]
        words += [f"for {self.purpose}"] if self.purpose else []
        words += [f"since {self.since}"] if self.since else []
        words += [f"until about {self.until}"] if self.until else []
        words += [f"[{self.command}]"] if self.command else []
        return " ".join(words)


@contextmanager
def lease(device_id: str, *, purpose: str, until: datetime | None = None) -> Iterator[Holder]:
    """Hold the phone with this id until the block ends; yield what others read about us.

    Raises:
        LeaseHeldError: another process, or another thread of this one, holds it.
    """
    path = _file_of(device_id)
    handle = _open_or_explain(path)
    try:
        if not _lock_patiently(handle):
            who = _read(handle)
            raise LeaseHeldError(
                f"{device_id} is being measured on by {who}",
                next_step="wait for it to end, or leave this phone out with --device",
            )
        mine = _ourselves(purpose, until)
        _write(handle, json.dumps(asdict(mine)).encode())
        try:
            yield mine
        finally:
            _write(handle, b"")
    finally:
        # Closing frees the lock. The file stays: removing it would let two holders in.
        os.close(handle)


def holder(device_id: str) -> Holder | None:
    """Tell who holds the phone now; None when nobody does, whatever the file says."""
    path = _file_of(device_id)
    if not path.exists():
        return None
    handle = _open_or_explain(path)
    try:
        return None if _lock_patiently(handle) else _read(handle)
    finally:
        os.close(handle)


def leases_folder() -> Path:
    """Return the folder of the lease files, made if need be; `HARNESS_LEASES` overrides it."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        Path(chosen).mkdir(parents=True, exist_ok=True)
        return Path(chosen)
    if sys.platform != "win32":
        for name in _SHARED_FOLDERS:
            if _is_shared(Path(name)):
                return Path(name)
    return platformdirs.user_state_path("harness", appauthor=False, ensure_exists=True)


def _is_shared(folder: Path) -> bool:
    """Make a folder where every user may add files and none may remove another's."""
    try:
        folder.mkdir(mode=0o1777, exist_ok=False)
        folder.chmod(0o1777)  # the umask took some of it
    except FileExistsError:
        pass
    except OSError:
        return False
    try:
        mode = folder.lstat().st_mode
    except OSError:
        return False
    return stat.S_ISDIR(mode) and os.access(folder, os.W_OK | os.X_OK)


def _file_of(device_id: str) -> Path:
    return leases_folder() / f"{safe_name(device_id)}.lease"


def _open_or_explain(path: Path) -> int:
    try:
        return _open(path)
    except OSError as error:
        raise UsageError(
            f"cannot open the lease file {path}: {error.strerror}",
            next_step=f"set {FOLDER_VARIABLE} to a folder that every user of the phones can write",
        ) from error


def _open(path: Path) -> int:
    """Open a lease file for reading and writing, or for reading if it is another user's.

    An existing file is opened without O_CREAT, which Linux refuses in a sticky folder for files of
    other users (fs.protected_regular). A symbolic link is never followed.
    """
    safe = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        return os.open(path, os.O_RDWR | safe)
    except PermissionError:
        return os.open(path, os.O_RDONLY | safe)
    except FileNotFoundError:
        pass
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | safe, 0o666)
    except FileExistsError:
        return _open(path)
    if sys.platform != "win32":
        os.fchmod(handle, 0o666)
    return handle


def _lock_patiently(handle: int) -> bool:
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE_S)
        if _lock(handle):
            return True
    return False


def _lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(handle, _WINDOWS_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _ourselves(purpose: str, until: datetime | None) -> Holder:
    return Holder(
        user=getpass.getuser(),
        pid=os.getpid(),
        command=" ".join(sys.argv)[:200],
        purpose=purpose,
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        until=until.astimezone(UTC).isoformat(timespec="seconds") if until else None,
    )


def _write(handle: int, data: bytes) -> None:
    """Write what people read; a lease is good without it (a read-only file of another user)."""
    try:
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, data)
    except OSError:
        return


def _read(handle: int) -> Holder:
    """Read about the holder; what cannot be true of a living holder is left unknown."""
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        found = json.loads(os.read(handle, _INFO_LIMIT))
        known = Holder(
            pid=int(found["pid"]),
            **{
                key: str(found[key])[:200]
                for key in ("user", "command", "purpose", "since", "until")
                if found.get(key) is not None
            },
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Holder()
    return known if _alive(known.pid) else Holder()


def _alive(pid: int | None) -> bool:
    """Whether the process exists; the words of a holder that was killed outlive it in the file."""
    if pid is None or pid <= 0:
        return False
    if sys.platform != "win32":  # there, signal 0 would be Ctrl-C
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            return True
    return True
