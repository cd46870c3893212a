"""The undo log: what a run is about to change, written down before it does, on phone and host.

One JSON document, the same in both places. Whoever reads it trusts nothing in it: an entry that is
not of a known value, with values that this can have, is left out and told.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from harness.device.adb.controls.knob import Knob, KnobKind
from harness.device.adb.shell import quoted
from harness.files import safe_name, write_json

SCHEMA = 1
_LIMIT = 64_000  # characters; ours has some thousand


@dataclass(frozen=True)
class Entry:
    """One changed value: what it was, and the values that the harness gave it.

    `before` is empty where the phone does not tell; `back` is what is put back, then and always.
    """

    knob: Knob
    before: str
    ours: tuple[str, ...]
    back: str

    def step(self) -> str:
        """Return the line of steps.sh that puts it back."""
        put = self.knob.put_command(self.back)
        name = f"{self.knob.kind}:{self.knob.name}"
        read = self.knob.read_command()
        return "undo " + quoted(name, self.before, " ".join(self.ours), read, put)


@dataclass(frozen=True)
class UndoLog:
    """Everything that must be put back on one phone, in the order of setting.

    `hold_id` names one hold, `owner` the sweep, `machine` the host, `boot` the phone's boot.
    """

    hold_id: str
    owner: str
    machine: str
    device: str
    boot: str
    entries: tuple[Entry, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "schema": SCHEMA,
            **{key: value for key, value in asdict(self).items() if key != "entries"},
            "entries": [
                {
                    "kind": one.knob.kind.value,
                    "name": one.knob.name,
                    "before": one.before,
                    "ours": list(one.ours),
                    "back": one.back,
                }
                for one in self.entries
            ],
        }

    def steps(self) -> str:
        """Return steps.sh: the last change is undone first."""
        return "".join(f"{one.step()}\n" for one in reversed(self.entries))

    def with_seen(self, seen: Mapping[Knob, str]) -> UndoLog:
        """Return it with values that the phone made of ours, so that they count as ours."""
        entries = tuple(
            replace(one, ours=tuple(dict.fromkeys((*one.ours, seen[one.knob]))))
            if one.knob in seen and one.knob.can_be(seen[one.knob])
            else one
            for one in self.entries
        )
        return replace(self, entries=entries)


def read_log(text: str) -> tuple[UndoLog | None, tuple[str, ...]]:
    """Read a log and say what in it could not be; None when it is none at all."""
    try:
        found = json.loads(text) if len(text) <= _LIMIT else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        return None, ("the undo log cannot be read",) if text.strip() else ()
    rows = found.get("entries")
    entries, wrong = [], []
    for row in rows if isinstance(rows, list) else ():
        entry = _entry(row)
        if entry is None:
            wrong.append("an entry of the undo log is none that the harness writes: not followed")
        else:
            entries.append(entry)
    words = {
        key: safe_name(found[key]) if isinstance(found.get(key), str) else ""
        for key in ("hold_id", "owner", "machine", "boot")
    }
    device = found.get("device")
    log = UndoLog(**words, device=device if isinstance(device, str) else "", entries=tuple(entries))
    return log, tuple(wrong)


def _entry(row: object) -> Entry | None:
    try:
        assert isinstance(row, dict)  # noqa: S101 (caught below)
        knob = Knob(KnobKind(row["kind"]), row["name"])
        before, back, ours = row["before"], row["back"], tuple(row["ours"])
        known = [back, *ours, *([before] if before else [])]
        if not before and knob.read_command():
            return None
        if not ours or not all(isinstance(one, str) and knob.can_be(one) for one in known):
            return None
        return Entry(knob, before, ours, back)
    except (AssertionError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class HostLog:
    """The host's copy, one file a phone; without a folder there is none."""

    folder: Path | None
    device: str

    @property
    def path(self) -> Path | None:
        """Where it lies."""
        return self.folder / f"{safe_name(self.device)}.json" if self.folder is not None else None

    def write(self, log: UndoLog) -> None:
        """Write it whole, on the disk when this returns."""
        if self.path is not None:
            write_json(self.path, log.to_json())

    def read(self) -> tuple[UndoLog | None, tuple[str, ...]]:
        """Read it; nothing is there most of the time."""
        if self.path is None:
            return None, ()
        try:
            return read_log(self.path.read_text(encoding="utf-8", errors="replace"))
        except FileNotFoundError:
            return None, ()

    def remove(self) -> None:
        """Remove it, if it is there."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


@cache
def this_machine() -> str:
    """Return a name for this host that another one does not have; no path, no secret."""
    try:
        identity = Path("/etc/machine-id").read_bytes()
    except OSError:
        identity = b""
    name = platform.node() or "host"
    return f"{safe_name(name, 40)}-{hashlib.sha256(name.encode() + identity).hexdigest()[:8]}"
