"""The undo log on the phone: written before the first change, followed there, guarded there.

It is a folder that needs no host: `restore.sh` follows `steps.sh`, `guard.sh` waits for the
deadline in `until`. `log.json` is the flag: it appears last, by rename, and goes when all is put
back.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from harness.deadline import Deadline
from harness.device.adb import sections
from harness.device.adb.controls.knob import ABSENT
from harness.device.adb.controls.plan import brief
from harness.device.adb.controls.undolog import UndoLog, read_log
from harness.device.adb.link import BOOT_ID
from harness.device.adb.shell import Shell, quoted
from harness.device.adb.staging import ROOT

UNDO = f"{ROOT}/undo"
SCRIPTS = ("restore.sh", "guard.sh")
IDLE_S = 1200
"""So long a phone waits for its host between two launches before it restores by itself: longer
than any staging, and a health check moves it on as well."""

# Asked by its words: a number may have gone to another process meanwhile.
_ALIVE = 'case "$(cat /proc/$(cat guard)/cmdline)" in *guard.sh*) ;; *) false ;; esac'
_STOP = f"{_ALIVE} && kill -KILL -$(cat guard); rm -f guard"
# What stops the guard must come to its end without the host: adbd sends SIGHUP when the link goes
# (packages/modules/adb: daemon/shell_service.cpp), and a phone without guard would restore nothing.
_TO_THE_END = "trap '' HUP PIPE; "
# A guard that has not written its number yet could not be stopped.
_START = (
    f"(setsid sh {UNDO}/guard.sh </dev/null >/dev/null 2>&1 &); n=0; "
    "while [ ! -f guard ] && [ $n -lt 50 ]; do n=$((n+1)); sleep 0.1; done; [ -f guard ]"
)
_ANSWER = re.compile(
    r"([a-z_]{1,20}):(\S{1,200}) (as_before|restored|foreign|gone|failed)(?: (.*))?"
)


class Put(StrEnum):
    """What restore.sh did about one value."""

    AS_BEFORE = "as_before"
    RESTORED = "restored"
    FOREIGN = "foreign"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True)
class Restored:
    """restore.sh's answer for one value; `value` is what the phone says it is now."""

    name: str
    put: Put
    value: str = ""


@dataclass(frozen=True)
class OnPhone:
    """What lies on a phone: a log that is to be followed, or one that its guard has followed.

    `left_s` is how long the guard still waits; None when nothing waits.
    """

    boot: str
    log: UndoLog | None = None
    wrong: tuple[str, ...] = ()
    left_s: int | None = None
    done: UndoLog | None = None
    told: tuple[Restored, ...] = ()


def move_on(seconds: float) -> str:
    """Return shell text that lets the guard wait so long from now; it does nothing without one."""
    return (
        f"{{ cd {UNDO} && read now rest </proc/uptime && "
        f"echo $((${{now%.*}}+{round(seconds)})) >until.part && mv until.part until; cd /; }} "
        "2>/dev/null; "
    )


def is_held(hold_id: str) -> str:
    """Return shell text that moves the guard on and prints `held` if this hold is guarded."""
    return f"{move_on(IDLE_S)}cd {UNDO} && grep -q {hold_id} log.json && {_ALIVE} && echo held"


def parse_answers(text: str) -> tuple[Restored, ...]:
    """Read restore.sh's lines; others are left out."""
    found = (_ANSWER.fullmatch(line) for line in text.replace("\r", "").splitlines())
    return tuple(Restored(m[2], Put(m[3]), brief(m[4] or "")) for m in found if m is not None)


def telling(answer: Restored, log: UndoLog) -> str:
    """Say in a sentence what became of a value; empty if it is as it was and needs no words."""
    entry = next((one for one in log.entries if one.knob.name == answer.name), None)
    short = entry.knob.short if entry is not None else answer.name
    value = answer.value or "unreadable"
    if answer.put is Put.FOREIGN:
        return f"{short} is {value} now, which is neither ours nor what it was: left alone"
    if answer.put is Put.FAILED:
        return f"{short} could not be put back: it is {value}"
    if answer.put is Put.RESTORED and entry is not None:
        back = "absent" if entry.back == ABSENT else entry.back
        return f"{short} put back to {back}"
    return ""


@dataclass(frozen=True)
class PhoneLog:
    """The folder on one phone."""

    shell: Shell

    def look(self, deadline: Deadline) -> OnPhone:
        """See what lies there, in one round trip."""
        found = sections.split(
            self.shell.run(
                sections.script(
                    {
                        "boot": f"cat {BOOT_ID}",
                        "log": f"cat {UNDO}/log.json",
                        "done": f"cat {UNDO}/done.json",
                        "told": f"cat {UNDO}/told",
                        "left": f"cd {UNDO} && {_ALIVE} && read end <until && "
                        "read now rest </proc/uptime && echo $((end-${now%.*}))",
                    }
                ),
                deadline,
            ).text
        )
        log, wrong = read_log(found.get("log", ""))
        left = re.fullmatch(r"-?\d{1,9}", found.get("left", "").strip())
        return OnPhone(
            boot=found.get("boot", "").strip(),
            log=log,
            wrong=wrong,
            left_s=int(left[0]) if left is not None else None,
            done=read_log(found.get("done", ""))[0],
            told=parse_answers(found.get("told", "")),
        )

    def write(self, log: UndoLog, deadline: Deadline) -> None:
        """Write the log whole, and start its guard; no change is made before this returns.

        Raises:
            DeviceCommandError: it could not be written; then nothing may be changed.
            DeviceUnavailableError: the link was lost.
        """
        files = {
            **{name: Path(__file__).with_name(name).read_text("utf-8") for name in SCRIPTS},
            "steps.sh": log.steps(),
            "log.json": json.dumps(log.to_json(), indent=1),
        }
        written = " && ".join(
            f"printf %s {quoted(text)} >{name}.part" for name, text in files.items()
        )
        moved = " && ".join(f"mv {name}.part {name}" for name in files)  # the flag goes last
        self.shell.check(
            f"{_TO_THE_END}mkdir -p {UNDO} && cd {UNDO} && {{ {_STOP}; }} 2>/dev/null; "
            f"cd {UNDO} && rm -f told done.json && "
            f"read now rest </proc/uptime && echo $((${{now%.*}}+{IDLE_S})) >until && "
            f"echo {quoted(log.boot)} >boot && "
            f"{written} && sync && {moved} && sync && "
            f"{{ {_START}; }}",
            deadline,
        )

    def restore(self, deadline: Deadline) -> tuple[Restored, ...]:
        """Stop the guard, follow the log and return the answers, or those that the guard had.

        Without a log there are none.
        """
        command = (
            f"{_TO_THE_END}cd {UNDO} && {{ {_STOP}; if [ -f log.json ]; then sh {UNDO}/restore.sh; "
            "else cat told; fi; } 2>/dev/null"
        )
        return parse_answers(self.shell.run(command, deadline).text)

    def remove(self, deadline: Deadline) -> None:
        """Remove the folder with its guard."""
        command = f"cd {UNDO} 2>/dev/null && {{ {_STOP}; cd /; rm -rf {UNDO}; }} 2>/dev/null; true"
        self.shell.check(command, deadline)
