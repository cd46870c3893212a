"""An Android device behind the `Device` protocol."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.deadline import Deadline
from harness.device.adb import health, nodes, profile, sections
from harness.device.adb.caches import AdbCaches
from harness.device.adb.controls.hold import Hold
from harness.device.adb.controls.phone import IDLE_S, PhoneLog, is_held, move_on
from harness.device.adb.controls.recover import recover
from harness.device.adb.controls.undolog import HostLog
from harness.device.adb.job import SAMPLER, SCRIPT, Run
from harness.device.adb.shell import Shell
from harness.device.adb.staging import Staging
from harness.device.adb.tracing import SCRIPT as TRACED
from harness.device.base import (
    Bundle,
    DeviceKind,
    Health,
    Job,
    JobResult,
    LocalFile,
    Profile,
    Reading,
)
from harness.device.controls import ControlWish, Held
from harness.errors import DeviceCommandError
from harness.files import sha256_of


class AdbDevice:
    """One phone, over the transport that its shell names.

    `undo` is the host's folder of undo logs; without it the phone's own log is the only one.
    """

    def __init__(
        self,
        shell: Shell,
        *,
        device_id: str,
        kind: DeviceKind,
        facts: Profile,
        undo: Path | None = None,
    ) -> None:
        self._shell = shell
        self._staging = Staging(shell)
        self._id = device_id
        self._kind = kind
        self._profile = facts
        scripts = {one.name: LocalFile(one, sha256_of(one)) for one in (SCRIPT, SAMPLER, TRACED)}
        digest = hashlib.sha256("".join(one.sha256 for one in scripts.values()).encode())
        self._scripts = Bundle(digest.hexdigest(), scripts)
        self._nodes: tuple[tuple[str, str], ...] | None = None
        self._caches = AdbCaches(shell, facts.api_level)
        self._host_log = HostLog(undo, device_id)
        self._phone_log = PhoneLog(shell)
        self._hold: Hold | None = None
        self._recovered: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The id under which results are kept."""
        return self._id

    @property
    def kind(self) -> DeviceKind:
        """Whether it is a phone, an emulator or a simulated one."""
        return self._kind

    @property
    def profile(self) -> Profile:
        """Facts read once, when the device was found."""
        return self._profile

    @property
    def shell(self) -> Shell:
        """Its shell, for what the protocol does not cover."""
        return self._shell

    @property
    def caches(self) -> AdbCaches:
        """Caches of compiled things, under the harness's own root."""
        return self._caches

    @property
    def recovered(self) -> tuple[str, ...]:
        """What `recover` has to tell."""
        return self._recovered

    def health(self, deadline: Deadline, *, load: bool = True) -> Health:
        """Read the phone's state in one round trip; settings it has lost are set again."""
        hold = self._hold
        extra = {"hold": is_held(hold.log.hold_id)} if hold is not None and hold.log else {}
        watched = health.LOAD if load else {}
        script = sections.script({**watched, **health.COMMANDS, **extra})
        found = sections.split(self._shell.run(script, deadline).text)
        if hold is not None:
            hold.check(found.get("hold", ""), deadline)
        return health.read_health(found)

    def thaw(self, readings: Sequence[Reading], deadline: Deadline) -> tuple[str, ...]:
        """Undo what somebody set for a test: frozen battery values, a faked thermal status."""
        commands = health.thaw_script(readings)
        self._shell.run(commands, deadline)
        return tuple(commands.splitlines())

    def rest(self, seconds: float, deadline: Deadline) -> None:
        """Sleep on the phone, by the phone's clock."""
        self._shell.run(f"sleep {seconds:.3f}", deadline)

    def stage(self, bundle: Bundle, deadline: Deadline) -> str:
        """Put a bundle on the phone, verified by hash, and return its folder."""
        return self._staging.stage(bundle, deadline)

    def run(self, job: Job, into: Path, deadline: Deadline) -> JobResult:
        """Run a job detached from the link and bring home what it wrote."""
        folder = self._staging.stage(self._scripts, deadline)
        before = move_on(job.limit_s + IDLE_S) if self._hold is not None else ""
        sampling = self._sampling(job.sample_s, deadline) if job.sample_s is not None else ""
        script = f"{folder}/{SCRIPT.name}"
        return Run(self._shell, job, script, into, before, sampling).finish(deadline)

    def _sampling(self, period_s: float, deadline: Deadline) -> str:
        """Return what the sampler is told; the phone is asked once what there is to read."""
        if self._nodes is None:
            self._nodes = nodes.read_nodes(self._shell.run(nodes.COMMAND, deadline).text)
        return nodes.sampler_words(period_s, self._nodes)

    @contextmanager
    def controlled(self, wish: ControlWish, deadline: Deadline) -> Iterator[Held]:
        """Hold settings of the phone still, and put them back after; see `Device.controlled`."""
        hold = Hold(
            self._shell, self._phone_log, self._host_log, self._profile, wish, device=self._id
        )
        self._hold = hold
        try:
            hold.begin(deadline)
            yield hold.held
        finally:
            hold.release()
            self._hold = None

    def recover(self, deadline: Deadline) -> None:
        """Put back what a run that was cut short left set; `recovered` has what to tell of it.

        Raises:
            LeaseHeldError: another host measures on the phone.
            DeviceUnavailableError: the link was lost.
        """
        try:
            self._recovered = recover(self._phone_log, self._host_log, self._id, deadline)
        except DeviceCommandError as error:
            self._recovered = (f"settings of an earlier run are not put back: {error.message}",)

    def close(self) -> None:
        """Put settings back that are still held; all else has a connection of its own."""
        if self._hold is not None:
            self._hold.release()


def read_device(shell: Shell, deadline: Deadline) -> tuple[dict[str, str], Profile, Health]:
    """Ask a phone for all that is known of it: its properties, profile and health.

    Raises:
        DeviceUnavailableError: the link was lost.
    """
    commands = {**profile.COMMANDS, **health.COMMANDS}
    found = sections.split(shell.run(sections.script(commands), deadline).text)
    props = profile.parse_getprop(found.get("props", ""))
    return props, profile.read_profile(found, props), health.read_health(found)
