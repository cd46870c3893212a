"""Files on a phone, kept by content: sent once, verified there, thrown out oldest first.

Everything lies under `ROOT`; docs/reference/on-the-phone.md says what and how to remove it.
"""

from __future__ import annotations

import posixpath
import re
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from harness.deadline import Deadline
from harness.device.adb.health import parse_free_kb
from harness.device.adb.profile import number
from harness.device.adb.server import adb_binary
from harness.device.adb.shell import Shell, quoted
from harness.device.base import Bundle, LocalFile
from harness.errors import (
    DeviceCommandError,
    DeviceContext,
    DeviceTimeoutError,
    DeviceUnavailableError,
    StorageFullError,
)
from harness.files import safe_name

ROOT = "/data/local/tmp/harness"
STORE = f"{ROOT}/cas"
JOBS = f"{ROOT}/jobs"

_LARGE = 8 << 20  # above this the adb program pushes: one process costs less than many packets
_MOST_KB = 2 << 20
_SHARE = 10  # the store keeps at most this part of what it could fill
_RESERVE_KB = 16 << 10  # a phone with a full data partition stops working
_STALE_SECONDS = 24 * 3600
_STALE_ENTRY = re.compile(r"(\d{1,12}) ((?:cas/part-|jobs/|caches/)[A-Za-z0-9._+=-]+)")
_UNDO_IS_KEPT = 9
_FULL = "No space left on device"


@dataclass(frozen=True)
class Entry:
    """One bundle of the store: its size and when it was last used (the phone's clock)."""

    key: str
    kb: int
    used: int


def parse_entries(text: str) -> tuple[Entry, ...]:
    """Read lines of `seconds kB<TAB>name`; a line that cannot be read is left out."""
    entries = []
    for line in text.splitlines():
        match = re.fullmatch(r"(\d{1,12}) (\d{1,12})\s+([A-Za-z0-9._+=-]+)", line, re.ASCII)
        if match is not None:
            entries.append(Entry(match[3], int(match[2]), int(match[1])))
    return tuple(entries)


def to_evict(
    entries: tuple[Entry, ...], kept: frozenset[str], free_kb: int, needed_kb: int
) -> tuple[Entry, ...]:
    """Choose what must go, oldest first, before `needed_kb` more are sent.

    The store stays below 2 GB and below a tenth of what is free without it, and leaves a reserve.
    Bundles in `kept` stay, whatever that costs.
    """
    total = sum(entry.kb for entry in entries)
    most = min(_MOST_KB, (free_kb + total) // _SHARE)
    chosen = []
    for entry in sorted(entries, key=lambda entry: (entry.used, entry.key)):
        if total + needed_kb <= most and free_kb >= needed_kb + _RESERVE_KB:
            break
        if entry.key not in kept:
            chosen.append(entry)
            total -= entry.kb
            free_kb += entry.kb
    return tuple(chosen)


class Staging:
    """The store of one phone. What it verified once it trusts for as long as it lives."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._verified: set[str] = set()
        self._tidy = False

    def stage(self, bundle: Bundle, deadline: Deadline) -> str:
        """Put a bundle on the phone and return its folder; see `Device.stage`.

        Raises:
            ValueError: a name in the bundle is no plain file name.
            StorageFullError: there is no room for it.
            DeviceCommandError: what arrived is not what was sent.
            DeviceUnavailableError: the link was lost.
        """
        for name in bundle.files:
            if name in {"", ".", ".."} or "/" in name or not name.isprintable():
                raise ValueError(f"not a file name for a phone: {name!r}")
        key = safe_name(bundle.key)
        folder = f"{STORE}/{key}"
        if key in self._verified:
            return folder
        if not self._tidy:
            self._remove_stale(deadline)
        if not self._matches(folder, bundle, deadline):
            self._send(folder, bundle, deadline)
        self._shell.check(f"touch {quoted(folder)}", deadline)
        self._verified.add(key)
        return folder

    def _matches(self, folder: str, bundle: Bundle, deadline: Deadline) -> bool:
        names = quoted(*sorted(bundle.files))
        done = self._shell.run(
            f'cd {quoted(folder)} && for f in {names}; do sha256sum <"./$f" || echo -; done',
            deadline,
        )
        found = [line.split()[0] for line in done.text.splitlines() if line.strip()]
        return found == [bundle.files[name].sha256 for name in sorted(bundle.files)]

    def _send(self, folder: str, bundle: Bundle, deadline: Deadline) -> None:
        self._make_room(bundle, deadline)
        part = f"{STORE}/part-{uuid.uuid4().hex[:12]}"
        self._shell.check(f"mkdir -p {part}", deadline)
        try:
            for name, file in bundle.files.items():
                self._push(file, posixpath.join(part, name), deadline)
            self._verify(part, bundle, deadline)
            self._shell.check(f"rm -rf {quoted(folder)} && mv {part} {quoted(folder)}", deadline)
        except DeviceCommandError:
            self._shell.run(f"rm -rf {part}", deadline)
            raise

    def _verify(self, part: str, bundle: Bundle, deadline: Deadline) -> None:
        if not self._matches(part, bundle, deadline):
            raise DeviceCommandError(
                "what arrived on the phone is not what was sent",
                context=DeviceContext(self._shell.name, "sha256sum"),
                next_step="check the cable; if it stays, the phone's storage is failing",
            )

    def _push(self, file: LocalFile, remote: str, deadline: Deadline) -> None:
        if file.path.stat().st_size > _LARGE:
            self._push_large(file.path, remote, deadline)
        else:
            command = f"cat >{quoted(remote)}"
            with file.path.open("rb") as stream:
                done = self._shell.run(command, deadline, stdin=stream)
            if _FULL.encode() in done.stderr:
                raise self._full(f"while {file.path.name} was sent")
            if done.status != 0:
                raise self._shell.refused(command, done)
        mode = "755" if file.executable else "644"
        self._shell.check(f"chmod {mode} {quoted(remote)}", deadline)

    def _push_large(self, path: Path, remote: str, deadline: Deadline) -> None:
        server = self._shell.server
        # Named by its number, the server's host is remote to adb, so that it never starts one.
        where = ("-H", server.host.replace("localhost", "127.0.0.1"), "-P", str(server.port))
        context = DeviceContext(self._shell.name, f"push {path.name}")
        try:
            done = subprocess.run(
                [
                    *(adb_binary(), *where, "-s", self._shell.target),
                    *("push", "-Z", str(path.absolute()), remote),
                ],
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=max(0.1, deadline.remaining),
            )
        except subprocess.TimeoutExpired as error:
            raise DeviceTimeoutError(
                f"{path.name} could not be sent in time",
                context=context,
                next_step="check the link: USB 2 moves about 38 MB a second",
            ) from error
        if done.returncode == 0:
            return
        text = (done.stderr + done.stdout).decode("utf-8", "replace").strip()
        if _FULL in text:
            raise self._full(f"while {path.name} was sent")
        raise DeviceUnavailableError(
            f"adb could not send {path.name}: {text.splitlines()[-1] if text else 'no reason'}",
            context=context,
            next_step="check cable, hub and power, then try again",
        )

    def _make_room(self, bundle: Bundle, deadline: Deadline) -> None:
        needed_kb = sum(file.path.stat().st_size // 1024 + 8 for file in bundle.files.values())
        text = self._shell.check(
            f"mkdir -p {STORE} {JOBS} && cd {STORE} && for d in *; do "
            '[ -d "$d" ] && echo "$(stat -c %Y "$d") $(du -sk "$d")"; done; true',
            deadline,
        )
        entries = parse_entries(text)
        free_kb = self._free_kb(deadline)
        if free_kb is None:
            return  # the push itself will say
        gone = to_evict(entries, frozenset(self._verified), free_kb, needed_kb)
        if gone:
            names = quoted(*(entry.key for entry in gone))
            self._shell.check(f"cd {STORE} && rm -rf {names}", deadline)
            free_kb += sum(entry.kb for entry in gone)
        if free_kb < needed_kb + _RESERVE_KB:
            raise self._full(f"needs {needed_kb} kB and {_RESERVE_KB} kB to spare, has {free_kb}")

    def _free_kb(self, deadline: Deadline) -> int | None:
        return parse_free_kb(self._shell.run(f"df -k {ROOT}", deadline).text)

    def _remove_stale(self, deadline: Deadline) -> None:
        """Remove what sends and jobs that were cut off left behind; theirs end within a day."""
        text = self._shell.run(
            f"date +%s; cd {ROOT} && stat -c '%Y %n' cas/part-* jobs/* caches/*", deadline
        ).text
        lines = text.splitlines()
        now = number(lines[0]) if lines else None
        stale = [
            match[2]
            for line in lines[1:]
            if (match := _STALE_ENTRY.fullmatch(line))
            and now is not None
            and now - int(match[1]) > _STALE_SECONDS
        ]
        if stale:
            self._shell.check(f"cd {ROOT} && rm -rf {quoted(*stale)}", deadline)
        self._tidy = True

    def _full(self, how: str) -> StorageFullError:
        return StorageFullError(
            f"no room on the phone: {how}",
            context=DeviceContext(self._shell.name, "stage"),
            next_step="free some storage on the phone, or run `harness clean` to remove our files",
        )


def left_kb(shell: Shell, deadline: Deadline) -> int | None:
    """Return how much the harness left on a phone in kB; None when that cannot be read."""
    done = shell.run(f"[ -d {ROOT} ] && du -sk {ROOT} || echo 0", deadline)
    words = done.text.split()
    return number(words[0]) if words else None


def clean(shell: Shell, deadline: Deadline) -> int | None:
    """Remove everything that the harness left on a phone and return its size in kB.

    An undo log that is still to be followed stays: see `harness.device.adb.controls`.

    Raises:
        DeviceCommandError: some of it could not be removed.
        DeviceUnavailableError: the link was lost.
    """
    from harness.device.adb.tracing import RESTORE  # noqa: PLC0415 (it lies under our ROOT)

    size = left_kb(shell, deadline)
    done = shell.run(
        f"{RESTORE}; [ -f {ROOT}/undo/log.json ] && rm -rf {STORE} {JOBS} && exit 9; rm -rf {ROOT}",
        deadline,
    )
    if done.status == _UNDO_IS_KEPT:
        raise DeviceCommandError(
            "settings of an earlier run are not put back yet; their undo log stays",
            context=DeviceContext(shell.name, "clean"),
            next_step="see docs/reference/on-the-phone.md on putting them back by hand",
        )
    if done.status != 0:
        raise shell.refused(f"rm -rf {ROOT}", done)
    return size
