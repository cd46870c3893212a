"""What a phone itself witnesses of a job: its counters around it, its log afterwards.

Everything here happens before the job is started or after it has ended. Whatever cannot be had is
left out; a job whose result is home never fails for want of a witness.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.deadline import Deadline
from harness.device.adb import sections
from harness.device.adb.counters import COMMANDS, LATENCY_S, NOW, growth, read_counters
from harness.device.adb.shell import Shell, quoted
from harness.device.base import CRASH_LOG, LOGCAT, Job, JobResult
from harness.errors import DeviceError

LOG_CAP = 1 << 20

_ANSWER_S = 10.0
_BY_SIGNAL = 128
_WRITER = re.compile(rb"\S{1,16} \S{1,24}\s{1,8}(\d{1,10})\s")
_CRASHED = re.compile(_WRITER.pattern + rb".{0,64}: pid: (\d{1,10}), tid: ")
_NOW = re.compile(r"\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")


FIRST_AFTER = f"after.{next(iter(COMMANDS))}"
"""The section with which `after` begins: all that comes before it has come whole."""


def before() -> dict[str, str]:
    """Return what a phone is asked before a job: commands by section."""
    return {"before.now": NOW, **{f"before.{name}": asked for name, asked in COMMANDS.items()}}


def after() -> dict[str, str]:
    """Return what a phone is asked once a job has ended: commands by section."""
    return {f"after.{name}": asked for name, asked in COMMANDS.items()}


@dataclass
class Watch:
    """The watch over one job: `heard` is what the phone said before it, section by section."""

    shell: Shell
    job: Job
    heard: Mapping[str, str]
    _since: str | None = field(default=None, init=False)
    _before: dict[str, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        found = _sections(self.heard, "before.")
        now = found.get("now", "").strip()
        self._since = now if _NOW.fullmatch(now) else None
        self._before = read_counters(found)

    def complete(
        self,
        result: JobResult,
        pid: int | None,
        said: Mapping[str, str],
        into: Path,
        deadline: Deadline,
    ) -> JobResult:
        """Return the result with what the phone says of it; `said` is what it said at its end.

        Rounds fetch no log: reading it keeps the phone's log daemon and the link busy between two
        timed launches, and a round that ended well has nothing to explain.
        """
        files = dict(result.files)
        if self.job.log or result.exit_status != 0 or result.limited:
            files |= self._logs(result.exit_status, pid, into, deadline)
        return replace(result, counters=self._grown(said, deadline), files=files)

    def _grown(self, said: Mapping[str, str], deadline: Deadline) -> dict[str, int]:
        if not self._before:
            return {}
        ended = time.monotonic()
        grown = growth(self._before, read_counters(_sections(said, "after.")))
        if any(grown.get(name) == 0 for name in self.job.expects):
            late = Deadline(ended + LATENCY_S)
            time.sleep(min(late.remaining, deadline.remaining))
            grown = growth(self._before, read_counters(self._read(deadline)))
        return grown

    def _read(self, deadline: Deadline) -> dict[str, str]:
        try:
            done = self.shell.run(sections.script(COMMANDS), deadline.sooner(_ANSWER_S))
        except DeviceError:
            return {}
        return sections.split(done.text)

    def _logs(
        self, status: int | None, pid: int | None, into: Path, deadline: Deadline
    ) -> dict[str, Path]:
        if self._since is None or pid is None:
            return {}
        found = {LOGCAT: self._logcat(f"-b main,system,crash --pid={pid}", deadline)}
        if status is None or status > _BY_SIGNAL:
            # The crash is written down by another process than the one that crashed.
            found[CRASH_LOG] = crash_of(self._logcat("-b crash", deadline), pid)
        files = {}
        for name, text in found.items():
            if has_entries(text):
                (into / name).write_bytes(text)
                files[name] = into / name
        return files

    def _logcat(self, options: str, deadline: Deadline) -> bytes:
        command = f"logcat -d -v threadtime -T {quoted(self._since or '')} {options} 2>/dev/null"
        heard = bytearray()
        with contextlib.suppress(DeviceError):
            soon = deadline.sooner(_ANSWER_S)
            self.shell.run(f"{command} | head -c {LOG_CAP}", soon, sink=heard.extend)
        return bytes(heard)


def _sections(said: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): text for name, text in said.items() if name.startswith(prefix)
    }


def crash_of(log: bytes, pid: int) -> bytes:
    """Return the lines about one process's crash; what else crashed is nobody's business here.

    They are the process's own, and those of the process that wrote its crash down.
    """
    writers = {match[1] for match in _CRASHED.finditer(log) if int(match[2]) == pid}
    writers.add(str(pid).encode())
    lines = log.split(b"\n")
    own = [line for line in lines if (match := _WRITER.match(line)) and match[1] in writers]
    return b"".join(line + b"\n" for line in own)


def has_entries(log: bytes) -> bool:
    """Whether a log holds more than logcat's headings of its buffers."""
    return any(line.strip() and not line.startswith(b"---------") for line in log.split(b"\n"))
