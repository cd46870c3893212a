"""What a run that was cut short left set on a phone is put back at the next start, before all else.

The phone's own log is the truth. The host's is used when the phone's is gone, as after a wiped
folder; when the guard was faster, both are only tidied away.
"""

from __future__ import annotations

from dataclasses import replace

from harness.deadline import Deadline
from harness.device.adb.controls.hold import conclude
from harness.device.adb.controls.phone import OnPhone, PhoneLog, telling
from harness.device.adb.controls.undolog import HostLog, UndoLog, this_machine
from harness.errors import LeaseHeldError


def recover(phone: PhoneLog, host: HostLog, device: str, deadline: Deadline) -> tuple[str, ...]:
    """Put back what an earlier run left, and return what a person should hear of it.

    Called under the host's lease, so no living run of this host can own it.

    Raises:
        LeaseHeldError: another host holds the phone's settings, and is heard of.
        DeviceUnavailableError: the link was lost.
    """
    there = phone.look(deadline)
    kept, wrong = host.read()
    if there.log is not None:
        _refuse_foreign(there, there.log, device)
        return _follow(phone, host, there.log, (*there.wrong, *wrong), deadline)
    if there.done is not None:
        notes = [telling(one, there.done) for one in there.told]
        phone.remove(deadline)
        host.remove()
        said = [note for note in notes if note]
        if not there.told:  # a host had put them back, and was cut short at tidying up
            return ()
        return ("; ".join(["the phone has put its settings back by itself", *said]),)
    if kept is not None and kept.entries:
        # A reboot has put back what is not kept on disk; what cannot be read is not asked for.
        log = replace(kept, device=device)
        return _follow(phone, host, log, wrong, deadline)
    if kept is not None or wrong:
        host.remove()
    return (*there.wrong, *wrong)


def _follow(
    phone: PhoneLog,
    host: HostLog,
    log: UndoLog,
    wrong: tuple[str, ...],
    deadline: Deadline,
) -> tuple[str, ...]:
    """Write the log anew, by our own hand, and follow it."""
    host.write(log)
    phone.write(log, deadline)
    answers = phone.restore(deadline)
    notes, whole = conclude(log, answers, aloud=True)
    if whole:
        phone.remove(deadline)
        host.remove()
    if not notes and not wrong:
        return ("a run that was cut short had left no setting changed",)
    head = f"settings that {log.owner or 'a run'} had left changed"
    return (f"{head}: {'; '.join((*notes, *wrong))}",)


def _refuse_foreign(there: OnPhone, log: UndoLog, device: str) -> None:
    if log.machine == this_machine() or there.left_s is None or there.left_s <= 0:
        return
    raise LeaseHeldError(
        f"{device}: its settings are held by {log.owner or 'a run'} on {log.machine}",
        next_step=f"wait for it to end; if it is gone, the phone is free in {there.left_s} s",
    )
