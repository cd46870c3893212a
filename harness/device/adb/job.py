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
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness.deadline import Deadline
from harness.device.adb import parcel, sections, watch
from harness.device.adb.health import parse_free_kb
from harness.device.adb.link import BOOT_ID, come_back
from harness.device.adb.shell import Completed, Shell, quoted
from harness.device.adb.staging import JOBS
from harness.device.adb.tracing import RESTORE, UNTRACED, traced_words
from harness.device.base import TELEMETRY, TRACE, Job, JobResult
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
SAMPLER = Path(__file__).with_name("sampler.sh")

_HEAD, _TAIL, _LIMITED, _ALLOWED, _UNBOUND = "output", "tail", "limited", "allowed", "unbound"
_OWN = (_HEAD, _TAIL, _LIMITED, _ALLOWED, _UNBOUND, UNTRACED)
_TAIL_SHARE = 4  # of the output cap, one part in so many is kept for the end
_GRACE_SECONDS = 20.0  # past its limit, a job that is not heard of counts as out of reach
_GOODBYE_SECONDS = 5.0
_FULL_KB = 64  # what is written with less room than this may be cut short
_RESULT = re.compile(r"status=(\d{1,3}) start=([\d.]{1,20}) end=([\d.]{1,20})")
_PID = re.compile(r" pid=(\d{1,10})\b")
_TIME = r"(\d{1,6})m(\d{1,2}(?:\.\d{1,6})?)s"
_CPU = re.compile(rf" cpu={_TIME} {_TIME} {_TIME} {_TIME}(?!\S)")
_BOOT = re.compile(r"^boot ([0-9a-fA-F-]{36})$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class _Home:
    """What came home of a job that ended: what was said by section, and its files."""

    said: Mapping[str, str]
    files: Mapping[str, Path]
    limited: bool
    truncated: bool
    cpus_allowed: str | None


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


def launch_command(job: Job, folder: str, script: str, sampling: str = "") -> str:
    """Return the shell text that makes the job's folder, starts it and blocks until its end.

    The pipe ends when job.sh does, although nobody waits for it by process: mksh passes a hang-up
    on to its foreground jobs, and job.sh must not be one when the link goes. Around the job stand
    the phone's counters, and after it all that comes home: one command is one trip.

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
        f"{RESTORE}; mkdir -p {folder} && cd {folder} && read boot <{BOOT_ID} && "
        f"echo boot $boot && {{\n{sections.script(watch.before())}\n"
        f"(setsid sh {quoted(script)} {numbers} {quoted(sampling)} {command} "
        f"</dev/null 2>/dev/null &) | read nothing\n{_homing(job)}\n}}"
    )


def _homing(job: Job) -> str:
    """Return the shell text that sends everything of a job that ended, from within its folder."""
    said = {"result": 'read end <result && echo "$end"', "disk": "df -k .", **watch.after()}
    return f"{parcel.sending(_files(job))}\n{sections.script(said)}"


def _files(job: Job) -> tuple[str, ...]:
    telemetry = (TELEMETRY,) if job.sample_s is not None else ()
    trace = (TRACE,) if job.trace else ()
    return (*_OWN, *job.collect, *trace, *telemetry)


@dataclass
class Run:
    """One launch of one job: `finish` does all of it and leaves nothing on the phone.

    `before` is shell text that the phone runs on the way, before the job is there; `sampling` is
    what sampler.sh is told: empty, it is not started.
    """

    shell: Shell
    job: Job
    script: str
    into: Path
    before: str = ""
    sampling: str = ""
    folder: str = field(init=False)

    def __post_init__(self) -> None:
        name = safe_name(self.job.name, 40)
        self.folder = f"{JOBS}/{name}-{uuid.uuid4().hex[:8]}"

    def finish(self, deadline: Deadline) -> JobResult:
        """Launch, wait, bring home, clean up; see `Device.run` for what it raises."""
        started, began = datetime.now(UTC), time.monotonic()
        try:
            boot, heard, home = self._launch(deadline)
            watching = watch.Watch(self.shell, self.job, sections.split(heard))
            while home is None:
                try:
                    self._wait(deadline)
                    home = self._collect(deadline)
                except DeviceUnavailableError:
                    if deadline.passed:
                        raise
                    self._return_to(boot, deadline)
            end = parse_end(home.said.get("result", ""))
            result = self._result(boot, end, home, started, began)
            return watching.complete(result, end.pid, home.said, self.into, deadline)
        finally:
            self._leave()

    def _launch(self, deadline: Deadline) -> tuple[str, str, _Home | None]:
        """Start the job; return the boot it runs in, what was said, and what came if all did."""
        command = self.before + launch_command(self.job, self.folder, self.script, self.sampling)
        box = self._box()
        try:
            done = self._run(command, box, self._heard_by(deadline))
        except DeviceUnavailableError:
            boot = _BOOT.search(box.text)
            if boot is not None and watch.FIRST_AFTER in sections.split(box.text):
                return boot[1], box.text, self._unpack(box)  # only a witness is missing
            if boot is None or deadline.passed:
                raise
            self._return_to(boot[1], deadline)
            return boot[1], box.text, None
        boot = _BOOT.search(box.text)
        if boot is None:
            if b"No space left on device" in done.stderr:
                raise self._full("no room on the phone for a job's folder")
            raise self.shell.refused(command, done)
        return boot[1], box.text, self._unpack(box)

    def _wait(self, deadline: Deadline) -> None:
        """Block until the job has ended, from a second shell; its end is seen within a second."""
        command = (
            f"cd {self.folder} && while [ ! -f result ] && kill -0 $(cat runner); "
            "do sleep 1; done 2>/dev/null"
        )
        self.shell.run(command, self._heard_by(deadline))

    def _collect(self, deadline: Deadline) -> _Home:
        """Bring home what a job left that ended while the link was gone."""
        box = self._box()
        self._run(f"cd {self.folder} && {{\n{_homing(self.job)}\n}}", box, deadline)
        return self._unpack(box)

    def _run(self, command: str, box: parcel.Parcel, deadline: Deadline) -> Completed:
        try:
            return self.shell.run(command, deadline, sink=box.feed)
        finally:
            box.close()

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

    def _box(self) -> parcel.Parcel:
        names = [safe_name(posixpath.basename(name)) for name in _files(self.job)]
        # The head of the output is where its whole comes to lie; the tail is joined to it.
        names[0] = "output.log"
        names[1 : len(_OWN)] = [f".{uuid.uuid4().hex}" for _ in _OWN[1:]]
        return parcel.Parcel(
            dict(zip(_files(self.job), map(self.into.joinpath, names), strict=True))
        )

    def _unpack(self, box: parcel.Parcel) -> _Home:
        """Make the files of a parcel what they are to be.

        Raises:
            AffinityRefusedError: the program could not be bound to its CPUs.
            DeviceCommandError: one is too large, or came short, or the tracer did not start.
            StorageFullError: the phone's disk is full, so that none of them can be trusted.
        """
        said = sections.split(box.text)
        context = DeviceContext(self.shell.name, self.job.name)
        free_kb = parse_free_kb(said.get("disk", ""))
        if free_kb is not None and free_kb < _FULL_KB:
            raise self._full("the phone's storage filled up under a job")
        if box.too_large is not None:
            raise DeviceCommandError(
                f"{box.too_large} has {box.sizes[box.too_large] >> 20} MB; "
                f"at most {parcel.FILE_LIMIT >> 20} are brought home",
                context=context,
                next_step="ask the tool for less",
            )
        if not box.whole or _HEAD not in box.sizes:
            raise DeviceCommandError(
                "a file of the job did not come home whole",
                context=context,
                next_step="run `harness doctor` to check the phone",
            )
        if box.sizes.get(_TAIL):
            with box.places[_HEAD].open("ab") as stream:
                stream.write(b"\n[harness: output was cut here on the device]\n")
                stream.write(box.places[_TAIL].read_bytes())
        told = {
            name: box.places[name].read_text("utf-8", "replace")
            for name in (_ALLOWED, _UNBOUND, UNTRACED)
            if name in box.sizes
        }
        for name in _OWN[1:]:
            box.places[name].unlink(missing_ok=True)
        if told.keys() & {_UNBOUND, UNTRACED}:
            for place in box.places.values():  # the program was not started: nothing of it is home
                place.unlink(missing_ok=True)
        if _UNBOUND in told:
            raise self._unbound(told[_UNBOUND])
        if UNTRACED in told:
            raise self._untraced(told[UNTRACED])
        return _Home(
            said=said,
            files={name: box.places[name] for name in box.sizes if name not in _OWN},
            limited=_LIMITED in box.sizes,
            truncated=bool(box.sizes.get(_TAIL)),
            cpus_allowed=parse_allowed(told.get(_ALLOWED, "")),
        )

    def _result(
        self, boot: str, end: _End, home: _Home, started: datetime, began: float
    ) -> JobResult:
        elapsed = round(time.monotonic() - began, 2)
        return JobResult(
            exit_status=end.status,
            output=self.into / "output.log",
            files=home.files,
            started=started,
            seconds=elapsed if end.seconds is None else end.seconds,
            boot_id=boot,
            limited=home.limited,
            truncated=home.truncated,
            cpu_seconds=end.cpu_seconds,
            cpus_allowed=home.cpus_allowed,
        )

    def _unbound(self, text: str) -> AffinityRefusedError:
        why = text.strip().splitlines()[-1:]
        return AffinityRefusedError(
            f"the phone does not let a program run on CPUs {cpu_list(self.job.cpus)}: "
            f"{why[0][:200] if why else 'it does not say why'}",
            context=DeviceContext(self.shell.name, f"taskset -p {mask_of(self.job.cpus)}"),
            next_step="see with `adb shell cat /sys/devices/system/cpu/online` whether they are on",
        )

    def _untraced(self, text: str) -> DeviceCommandError:
        why = " ".join(text.split())[:300]
        return DeviceCommandError(
            f"the phone's tracer did not start: {why or 'it does not say why'}",
            context=DeviceContext(self.shell.name, "perfetto, atrace"),
            next_step="use --samples short on this phone",
        )

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
