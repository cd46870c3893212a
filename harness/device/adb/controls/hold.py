"""Holding settings on one phone: read, write the undo log, set, verify; and all of it back.

The order is the safety: nothing is changed before both logs are on disk, and none of them goes
before the phone has said that all is as it was.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.deadline import Deadline
from harness.device.adb import sections
from harness.device.adb.controls import phone as on_phone
from harness.device.adb.controls.knob import Knob, KnobKind, same
from harness.device.adb.controls.phone import PhoneLog, Put
from harness.device.adb.controls.plan import Answers, Plan, Target, brief, unlocking
from harness.device.adb.controls.table import CONTROLS, Control
from harness.device.adb.controls.undolog import Entry, HostLog, UndoLog, this_machine
from harness.device.adb.link import boot_id, come_back
from harness.device.adb.shell import Shell
from harness.device.base import Profile
from harness.device.controls import Controlled, ControlOutcome, ControlWish, Held
from harness.errors import DeviceCommandError, DeviceError, DeviceUnavailableError

LEAVE_S = 60.0
"""How long leaving waits for a phone that has just been lost; then its guard sees to it."""


@dataclass
class Hold:
    """The hold of one run on one phone. `held` is what callers see of it."""

    shell: Shell
    phone: PhoneLog
    host: HostLog
    profile: Profile
    wish: ControlWish
    device: str
    held: Held = field(default_factory=Held)
    log: UndoLog | None = None
    _plans: dict[Control, Plan] = field(default_factory=dict)
    _cut_short: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, deadline: Deadline) -> None:
        """Read, log, set, verify. A phone that is lost meanwhile is set when it is back."""
        with self._lock:
            self._begin(deadline)

    def check(self, answer: str, deadline: Deadline) -> None:
        """Set it all again if the phone no longer holds it, as after a reboot or its deadline.

        Args:
            answer: what the phone printed for `phone.is_held`.
            deadline: for all of it.
        """
        with self._lock:
            if self._cut_short:
                self._begin(deadline)
                return
            if self.log is None or answer.strip() == "held":
                return
            self._write_anew(deadline)
            self._apply(deadline)
            self.held.notes.append(
                "the phone did not hold its settings any more (it rebooted, or had put them back "
                "by itself); they are set again"
            )

    def _begin(self, deadline: Deadline) -> None:
        self._cut_short = True
        try:
            if self.log is None:
                self._plan(deadline)
                self._log_targets(deadline)
            else:  # what was set already must not pass for what was before
                self._write_anew(deadline)
            self._apply(deadline)
            self._cut_short = False
        except DeviceUnavailableError as error:
            self._all(ControlOutcome.NOT_VERIFIED, error.message)
        except DeviceCommandError as error:
            self._cut_short = False
            changed = "" if self.log is not None else "nothing was changed: "
            self._all(ControlOutcome.REFUSED, changed + error.message)

    def _log_targets(self, deadline: Deadline) -> None:
        targets = [one for plan in self._plans.values() for one in plan.targets]
        entries = tuple(_entry(one) for one in targets if not one.is_there)
        if entries:
            log = UndoLog(
                hold_id=uuid.uuid4().hex,
                owner=self.wish.owner,
                machine=this_machine(),
                device=self.device,
                boot=boot_id(self.shell, deadline),
                entries=entries,
            )
            self._write(log, deadline)

    def release(self) -> None:
        """Put everything back, the last change first, and remove both logs; once is enough.

        What cannot be put back keeps its logs and is told.
        """
        with self._lock:
            self._cut_short = False
            if self.log is None:
                return
            deadline = Deadline.after(LEAVE_S)
            while True:
                try:
                    self._put_back(self.log, deadline)
                except DeviceUnavailableError as error:
                    if not deadline.passed and self._is_back(deadline):
                        continue
                    self._keep(error.message)
                except DeviceError as error:
                    self._keep(error.message)
                self.log = None
                return

    def _is_back(self, deadline: Deadline) -> bool:
        try:
            come_back(self.shell, deadline)
        except DeviceError:
            return False
        return True

    def _keep(self, why: str) -> None:
        self.held.notes.append(
            f"its settings could not be put back now ({why}); the phone does it by itself within "
            f"{on_phone.IDLE_S // 60} minutes of the last launch's limit, or the next start does"
        )

    def _put_back(self, log: UndoLog, deadline: Deadline) -> None:
        answers = self.phone.restore(deadline)
        if not answers:  # somebody has wiped the folder
            self.phone.write(log, deadline)
            answers = self.phone.restore(deadline)
        notes, whole = conclude(log, answers)
        self.held.notes += notes
        if whole:
            self.phone.remove(deadline)
            self.host.remove()

    def _write(self, log: UndoLog, deadline: Deadline) -> None:
        self.host.write(log)
        try:
            self.phone.write(log, deadline)
        except DeviceUnavailableError:
            self.log = self.log or log  # nobody knows how far it came: it is to be undone
            raise
        except DeviceCommandError:
            if self.log is None:
                self.host.remove()
            raise
        self.log = log

    def _write_anew(self, deadline: Deadline) -> None:
        """Write the same log again before its values are set again; its phone may have rebooted."""
        if self.log is not None:
            self._write(replace(self.log, boot=boot_id(self.shell, deadline)), deadline)

    def _plan(self, deadline: Deadline) -> None:
        chosen = [CONTROLS[name] for name in self.wish.names]
        asked = {
            f"{control.name}|{name}": command
            for control in chosen
            for name, command in control.questions.items()
        }
        found = self._ask(asked, deadline)
        for control in chosen:
            self._plans[control] = control.plan(_of(found, control), self.profile)

    def _apply(self, deadline: Deadline) -> None:
        """Set what differs, read all of it again and write down what came of it."""
        words: dict[Target, str] = {}
        doubts: dict[Control, str] = {}
        for control, plan in self._plans.items():
            if plan.outcome is not None:
                continue
            # Looked at right before and after: another control moves clocks too.
            before = self._ask(control.looks, deadline)
            if control.first:
                self.shell.run(control.first, deadline)
            for target in plan.targets:
                if not target.is_there:
                    words[target] = self._set(target, deadline)
            doubts[control] = control.doubt(before, self._ask(control.looks, deadline))
        questions = {
            f"{control.name}|{target.knob.name}": target.knob.read_command()
            for control, plan in self._plans.items()
            for target in plan.targets
            if target.knob.read_command()
        }
        found = self._ask(questions, deadline)
        self.held.controls = tuple(
            _outcome(control, plan, words, _of(found, control), doubts.get(control, ""))
            for control, plan in self._plans.items()
        )
        self._learn(found, deadline)

    def _learn(self, found: Answers, deadline: Deadline) -> None:
        """Write down values that the phone made of ours: else they would pass for a person's."""
        if self.log is None:
            return
        seen: dict[Knob, str] = {}
        for control, plan in self._plans.items():
            for target in plan.targets:
                value = found.get(f"{control.name}|{target.knob.name}", "").strip()
                if value and not same(value, target.wanted) and not same(value, target.before):
                    seen[target.knob] = value
        if seen:
            self._write(self.log.with_seen(seen), deadline)

    def _set(self, target: Target, deadline: Deadline) -> str:
        """Set one value and return what the phone said against it, if anything."""
        done = self.shell.run(target.knob.put_command(target.wanted), deadline)
        said = brief(done.stderr.decode("utf-8", "replace")) or brief(
            done.text if done.status else ""
        )
        return said or (f"status {done.status}" if done.status else "")

    def _ask(self, questions: Mapping[str, str], deadline: Deadline) -> dict[str, str]:
        """Ask in one round trip; names may hold anything, so they are numbered on the way."""
        if not questions:
            return {}
        numbered = {str(n): command for n, command in enumerate(questions.values())}
        found = sections.split(self.shell.run(sections.script(numbered), deadline).text)
        return {name: found.get(str(n), "") for n, name in enumerate(questions)}

    def _all(self, outcome: ControlOutcome, message: str) -> None:
        self.held.controls = tuple(
            Controlled(name, outcome, message=message) for name in self.wish.names
        )


def conclude(
    log: UndoLog, answers: tuple[on_phone.Restored, ...], *, aloud: bool = False
) -> tuple[list[str], bool]:
    """Return what a person should hear of a restore, and whether the logs may go.

    Only a log of which every entry was answered, and none as failed, may go. `aloud` tells of what
    was put back too.
    """
    quiet = () if aloud else (Put.RESTORED,)
    notes = [
        sentence
        for answer in answers
        if answer.put not in quiet and (sentence := on_phone.telling(answer, log))
    ]
    answered = {one.name for one in answers if one.put is not Put.FAILED}
    missing = [one.knob.short for one in log.entries if one.knob.name not in answered]
    if missing:
        notes.append(f"not known to be put back: {', '.join(missing)}; the undo log is kept")
    return notes, not missing


def _entry(target: Target) -> Entry:
    back = target.before or "false"
    return Entry(target.knob, target.before, (target.wanted,), back)


def _outcome(
    control: Control, plan: Plan, words: Mapping[Target, str], after: Answers, doubt: str
) -> Controlled:
    """Say what came of a control: what it was refused with, else what it reads now."""
    known = Controlled(
        control.name,
        plan.outcome or ControlOutcome.HELD,
        before={one.knob.name: one.before for one in plan.targets},
        wanted={one.knob.name: one.wanted for one in plan.targets},
        message=plan.message,
    )
    if plan.outcome is not None:
        return known
    for target in plan.targets:
        said = words.get(target, "")
        value = after.get(target.knob.name, "").strip()
        blind = target.knob.kind is KnobKind.FIXED
        if (said and blind) or (not blind and not same(value, target.wanted)):
            outcome = _refusal(said)
            why = said or f"{target.knob.short} is {brief(value) or 'unreadable'} all the same"
            return replace(known, outcome=outcome, message=why + unlocking(said))
    if doubt:
        return replace(known, outcome=ControlOutcome.NOT_VERIFIED, message=doubt)
    done = any(target in words for target in plan.targets)
    return replace(known, outcome=ControlOutcome.HELD if done else ControlOutcome.ALREADY)


def _refusal(said: str) -> ControlOutcome:
    if not said:
        return ControlOutcome.NOT_VERIFIED
    lacking = "not implemented" in said or "Unknown command" in said
    return ControlOutcome.UNSUPPORTED if lacking else ControlOutcome.REFUSED


def _of(found: Answers, control: Control) -> dict[str, str]:
    head = f"{control.name}|"
    return {name.removeprefix(head): text for name, text in found.items() if name.startswith(head)}
