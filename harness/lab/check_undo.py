"""The check of settings that an earlier run left changed on a phone, and of what became of them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from harness.deadline import Deadline
from harness.device.adb.controls.phone import UNDO, OnPhone, PhoneLog, telling
from harness.device.adb.controls.undolog import HostLog, UndoLog, this_machine
from harness.device.adb.shell import Shell
from harness.lab.check import Check, CheckId, ok, unknown, warning

LOG, DONE = "log.json", "done.json"


@dataclass(frozen=True)
class Left:
    """What lies there: files by name on the phone (None: unreadable), its log, the host's log.

    `host` tells that there is a file on this host, `kept` what can be read of it.
    """

    files: tuple[str, ...] | None
    there: OnPhone
    host: bool = False
    kept: UndoLog | None = None

    @property
    def waits(self) -> bool:
        """Whether something is still to be put back, or may be."""
        if LOG in (self.files or ()):
            return True
        return self.host and DONE not in (self.files or ())

    @property
    def log(self) -> UndoLog | None:
        """The log that would be followed."""
        return self.there.log or (None if LOG in (self.files or ()) else self.kept)


def look(shell: Shell, host: HostLog, files: tuple[str, ...] | None, deadline: Deadline) -> Left:
    """Read both logs; nothing is changed.

    Raises:
        DeviceUnavailableError: the link was lost.
    """
    path = host.path
    return Left(
        files,
        PhoneLog(shell).look(deadline),
        host=path is not None and path.is_file(),
        kept=host.read()[0],
    )


def check_undo(device: str, target: str, left: Left, recovered: Sequence[str] = ()) -> Check:
    """Say what an earlier run left set, and what was put back just now.

    Args:
        device: the phone's id, as commands of the harness take it.
        target: its name for adb.
        left: what lies there now.
        recovered: what was told when it was opened; empty too if it was only asked.
    """
    log = left.log
    names = [one.knob.short for one in log.entries] if left.waits and log is not None else []
    facts: dict[str, object] = {
        "host": left.host,
        "phone": LOG in (left.files or ()),
        "settings": names,
        "owner": log.owner if left.waits and log is not None else None,
        "phone_restores_in_s": left.there.left_s if left.waits else None,
        "recovered": list(recovered),
    }
    told = "; ".join(recovered)
    if left.waits:
        return _waiting(device, target, left, told, facts)
    if left.files is None:
        step = f"`harness clean {shlex.quote(device)}` when the phone answers: it restores first"
        return unknown(CheckId.UNDO, told or "the phone's undo log cannot be read", step, **facts)
    if told:
        return ok(CheckId.UNDO, told, **facts)
    if left.there.done is not None:
        said = [telling(one, left.there.done) for one in left.there.told]
        words = "; ".join(["the phone has put an earlier run's settings back", *filter(None, said)])
        return ok(CheckId.UNDO, words, **facts)
    return ok(CheckId.UNDO, "no setting waits to be put back", **facts)


def _waiting(device: str, target: str, left: Left, told: str, facts: dict[str, object]) -> Check:
    log, left_s = left.log, left.there.left_s
    # By hand it works from the phone's own files, also where the harness can read no log.
    hand = f"by hand `adb -s {shlex.quote(target)} shell sh {UNDO}/restore.sh`"
    if log is None:
        message = told or "an earlier run's undo log is there and cannot be read"
        return warning(CheckId.UNDO, message, hand, **facts)
    what = ", ".join(one.knob.short for one in log.entries) or "nothing that can be read"
    owner = log.owner or "an earlier run"
    if log.machine != this_machine() and left_s is not None and left_s > 0:
        message = f"{owner} on {log.machine} holds {what}"
        step = f"wait for it to end; if it is gone, the phone lets go in {left_s} s"
        return warning(CheckId.UNDO, message, step, **facts)
    by_itself = f"; the phone does it by itself in {left_s} s" if left_s and left_s > 0 else ""
    message = told or f"{owner} has left changed: {what}{by_itself}"
    step = f"`harness clean {shlex.quote(device)}` puts it back, as any run does"
    if LOG in (left.files or ()):
        step += f"; {hand}"
    return warning(CheckId.UNDO, message, step, **facts)
