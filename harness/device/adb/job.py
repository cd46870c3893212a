"""One program launch on a phone, detached from the link and brought home when it is whole.

`job.sh` runs on the phone and needs nobody; its folder is the only state. The host holds one
blocked shell on its end. When that is lost it waits for the phone, compares the boot id, and
waits on or collects.
"""

from __future__ import annotations

import posixpath
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness.deadline import Deadline
from harness.device.adb.health import parse_free_kb
from harness.device.adb.link import BOOT_ID, come_back
from harness.device.adb.shell import Shell, quoted
from harness.device.adb.staging import JOBS
from harness.device.adb.tracing import RESTORE, UNTRACED, traced_words
from harness.device.adb.watch import Watch
from harness.device.base import TRACE, Job, JobResult
from harness.device.cores import cpu_list, mask_of
from harness.errors import (
    AffinityRefusedError,
    DeviceCommandError,
    DeviceContext,
    DeviceError,
    DeviceRebootedError,
    DeviceUnavailableError,
    StorageFullError,
)
from harness.files import safe_name

SCRIPT = Path(__file__).with_name("job.sh")

_OWN = ("output", "tail", "limited", "allowed", "unbound", UNTRACED)
_TAIL_SHARE = 4  # of the output cap, one part in so many is kept for the end
_GRACE_SECONDS = 20.0  # past its limit, a job that is not heard of counts as out of reach
_GOODBYE_SECONDS = 5.0
_COLLECT_LIMIT = 256 << 20
_FULL_KB = 64  # what is written with less room than this may be cut short
_RESULT = re.compile(r"status=(\d{1,3}) start=([\d.]{1,20}) end=([\d.]{1,20})")
_PID = re.compile(r" pid=(\d{1,10})\b")
_TIME = r"(\d{1,6})m(\d{1,2}(?:\.\d{1,6})?)s"
_CPU = re.compile(rf" cpu={_TIME} {_TIME} {_TIME} {_TIME}(?!\S)")
_BOOT = re.compile(r"^boot ([0-9a-fA-F-]{36})$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class _End:
    """What job.sh wrote about the command's end; None where it could write nothing."""

    status: int | None
    seconds: float | None
    pid: int | None = None
    cpu_seconds: float | None = None


def parse_end(text: str) -> _End:
    """Read job.sh's result line."""
    match = _RESULT.search(text)
    if match is None:
        return _End(None, None)
    pid = _PID.search(text, match.end())
    try:
        seconds = round(float(match[3]) - float(match[2]), 2)
    except ValueError:
        seconds = None
    return _End(int(match[1]), seconds, int(pid[1]) if pid else None, _cpu(text[match.end() :]))


def parse_allowed(text: str) -> str | None:
    """Return where a program might run, `0-7`; `4-7, then 4-6` if that changed while it ran."""
    lists = [line.strip() for line in text.splitlines()]
    seen = [one for one in lists if re.fullmatch(r"[0-9]{1,4}(?:[-,][0-9]{1,4}){0,200}", one)]
    return ", then ".join(dict.fromkeys(seen)) or None


def _cpu(text: str) -> float | None:
    """Add up the second line of the shell's `times`: user and system time of its children."""
    match = _CPU.search(text)
    if match is None:
        return None
    minutes, seconds = match[5], match[6]
    return round(60 * (int(minutes) + int(match[7])) + float(seconds) + float(match[8]), 2)


def launch_command(job: Job, folder: str, script: str) -> str:
    """Return the shell text that makes the job's folder, starts it and blocks until its end.

    The pipe ends when job.sh does, although nobody waits for it by process: mksh passes a hang-up
    on to its foreground jobs, and job.sh must not be one when the link goes.

    Raises:
        ValueError: an environment name is none, or a word holds a NUL.
    """
    if any(not _NAME.fullmatch(name) for name in job.env):
        raise ValueError(f"not environment names: {', '.join(job.env)}")
    words = [*(f"{name}={value}" for name, value in job.env.items()), *job.argv]
    if any("\0" in word for word in words):
        raise ValueError("a word of a command holds a NUL")
    tail = max(1, job.output_cap // _TAIL_SHARE)
    numbers = f"{max(1, round(job.limit_s))} {max(1, job.output_cap - tail)} {tail}"
    numbers += f" {mask_of(job.cpus) if job.cpus else '-'}"
    command = quoted("env", *words) if job.env else quoted(*words)
    if job.trace:
        command = quoted(*traced_words(job, posixpath.dirname(script)))
    return (
        f"{RESTORE}; mkdir -p {JOBS} && mkdir {folder} && cd {folder} && "
        f"echo boot $(cat {BOOT_ID}) && "
        f"{{ (setsid sh {quoted(script)} {numbers} {command} </dev/null 2>/dev/null &) | cat; "
        "cat result; }"
    )


@dataclass
class Run:
    """One launch of one job: `finish` does all of it and leaves nothing on the phone.

    `before` is shell text that the phone runs on the way, before the job is there.
    """

    shell: Shell
    job: Job
    script: str
    into: Path
    before: str = ""
    folder: str = field(init=False)

    def __post_init__(self) -> None:
        name = safe_name(self.job.name, 40)
        self.folder = f"{JOBS}/{name}-{uuid.uuid4().hex[:8]}"

    def finish(self, deadline: Deadline) -> JobResult:
        """Launch, wait, bring home, clean up; see `Device.run` for what it raises."""
        started, began = datetime.now(UTC), time.monotonic()
        watch = Watch(self.shell, self.job)
        watch.begin(deadline)
        try:
            boot, text = self._launch(deadline)
            while True:
                try:
                    if text is None:
                        text = self._wait(deadline)
                    end = parse_end(text)
                    result = self._collect(boot, end, started, began, deadline)
                    return watch.complete(result, end.pid, self.into, deadline)
                except DeviceUnavailableError:
                    if deadline.passed:
                        raise
                    self._return_to(boot, deadline)
        finally:
            self._leave()

    def _launch(self, deadline: Deadline) -> tuple[str, str | None]:
        """Start the job; return the boot it runs in and, if the link held, its result."""
        heard = bytearray()
        command = self.before + launch_command(self.job, self.folder, self.script)
        try:
            done = self.shell.run(command, self._heard_by(deadline), sink=heard.extend)
        except DeviceUnavailableError:
            boot = _BOOT.search(heard.decode("utf-8", "replace"))
            if boot is None or deadline.passed:
                raise
            self._return_to(boot[1], deadline)
            return boot[1], None
        text = heard.decode("utf-8", "replace")
        boot = _BOOT.search(text)
        if boot is None:
            if b"No space left on device" in done.stderr:
                raise self._full("no room on the phone for a job's folder")
            raise self.shell.refused(command, done)
        return boot[1], text

    def _wait(self, deadline: Deadline) -> str:
        """Block until the job has ended, from a second shell; its end is seen within a second."""
        command = (
            f"cd {self.folder} && while [ ! -f result ] && kill -0 $(cat runner); "
            "do sleep 1; done 2>/dev/null; cat result"
        )
        return self.shell.run(command, self._heard_by(deadline)).text

    def _heard_by(self, deadline: Deadline) -> Deadline:
        return deadline.sooner(self.job.limit_s + _GRACE_SECONDS)

    def _return_to(self, boot: str, deadline: Deadline) -> None:
        now = come_back(self.shell, deadline)
        if now != boot:
            raise DeviceRebootedError(
                "the phone rebooted under a job",
                context=DeviceContext(self.shell.name, self.job.name),
                next_step="look at `adb logcat -b crash` and try the variant again",
            )

    def _collect(
        self, boot: str, end: _End, started: datetime, began: float, deadline: Deadline
    ) -> JobResult:
        wanted = (*self.job.collect, TRACE) if self.job.trace else self.job.collect
        sizes = self._sizes((*_OWN, *wanted), deadline)
        if "unbound" in sizes:
            raise self._unbound(deadline)
        if UNTRACED in sizes:
            raise self._untraced(deadline)
        output = self.into / "output.log"
        with output.open("wb") as stream:
            self._fetch("output", stream.write, deadline)
            if sizes.get("tail"):
                stream.write(b"\n[harness: output was cut here on the device]\n")
                self._fetch("tail", stream.write, deadline)
        files = {}
        for name in wanted:
            size = sizes.get(name)
            if size is None:
                continue
            if size > _COLLECT_LIMIT:
                raise DeviceCommandError(
                    f"{name} has {size >> 20} MB; at most {_COLLECT_LIMIT >> 20} are brought home",
                    context=DeviceContext(self.shell.name, self.job.name),
                    next_step="ask the tool for less",
                )
            path = self.into / safe_name(posixpath.basename(name))
            with path.open("wb") as stream:
                self._fetch(name, stream.write, deadline)
            files[name] = path
        elapsed = round(time.monotonic() - began, 2)
        return JobResult(
            exit_status=end.status,
            output=output,
            files=files,
            started=started,
            seconds=elapsed if end.seconds is None else end.seconds,
            boot_id=boot,
            limited="limited" in sizes,
            truncated=bool(sizes.get("tail")),
            cpu_seconds=end.cpu_seconds,
            cpus_allowed=parse_allowed(self._text("allowed", deadline))
            if sizes.get("allowed")
            else None,
        )

    def _unbound(self, deadline: Deadline) -> AffinityRefusedError:
        why = self._text("unbound", deadline).strip().splitlines()[-1:]
        return AffinityRefusedError(
            f"the phone does not let a program run on CPUs {cpu_list(self.job.cpus)}: "
            f"{why[0][:200] if why else 'it does not say why'}",
            context=DeviceContext(self.shell.name, f"taskset -p {mask_of(self.job.cpus)}"),
            next_step="see with `adb shell cat /sys/devices/system/cpu/online` whether they are on",
        )

    def _untraced(self, deadline: Deadline) -> DeviceCommandError:
        why = " ".join(self._text(UNTRACED, deadline).split())[:300]
        return DeviceCommandError(
            f"the phone's tracer did not start: {why or 'it does not say why'}",
            context=DeviceContext(self.shell.name, "perfetto, atrace"),
            next_step="use --samples short on this phone",
        )

    def _text(self, name: str, deadline: Deadline) -> str:
        heard = bytearray()
        self._fetch(name, heard.extend, deadline)
        return heard.decode("utf-8", "replace")

    def _sizes(self, names: tuple[str, ...], deadline: Deadline) -> Mapping[str, int]:
        """Return the size in bytes of those files that exist in the job's folder.

        Raises:
            StorageFullError: the disk is full, so that none of them can be trusted.
        """
        text = self.shell.check(
            f"cd {self.folder} && for f in {quoted(*names)}; do "
            '[ -f "$f" ] && wc -c <"$f" || echo -; done; df -k .',
            deadline,
        )
        answers = text.split()
        free_kb = parse_free_kb(text.split("\n", len(names))[-1])
        if free_kb is not None and free_kb < _FULL_KB:
            raise self._full("the phone's storage filled up under a job")
        return {
            name: int(size)
            for name, size in zip(names, answers, strict=False)
            if size.isascii() and size.isdigit()
        }

    def _fetch(self, name: str, sink: Callable[[bytes], object], deadline: Deadline) -> None:
        command = f"cat {quoted(posixpath.join(self.folder, name))}"
        done = self.shell.run(command, deadline, sink=sink)
        if done.status != 0:
            raise self.shell.refused(command, done)

    def _full(self, how: str) -> StorageFullError:
        return StorageFullError(
            how,
            context=DeviceContext(self.shell.name, self.job.name),
            next_step="free some storage on the phone, or run `harness clean` to remove our files",
        )

    def _leave(self) -> None:
        """Kill what may still run and remove the folder; a phone out of reach keeps it a day."""
        command = (
            f"cd {self.folder} && {{ [ -f result ] || for g in group runner; do "
            f"kill -KILL -$(cat $g); done; cd /; rm -rf {self.folder}; }} 2>/dev/null"
        )
        if self.job.trace:
            command = f"{command}; {RESTORE}"
        try:
            self.shell.run(command, Deadline.after(_GOODBYE_SECONDS))
        except DeviceError:
            return
