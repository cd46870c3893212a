"""An Android device behind the `Device` protocol."""

from __future__ import annotations

from pathlib import Path

from harness.deadline import Deadline
from harness.device.adb import health, nodes, profile, sections
from harness.device.adb.job import SAMPLER, SCRIPT, Run
from harness.device.adb.shell import Shell
from harness.device.adb.staging import Staging
from harness.device.base import (
    Bundle,
    DeviceKind,
    Health,
    Job,
    JobResult,
    LocalFile,
    Profile,
)
from harness.files import sha256_of


class AdbDevice:
    """One phone, over the transport that its shell names."""

    def __init__(self, shell: Shell, *, device_id: str, kind: DeviceKind, facts: Profile) -> None:
        self._shell = shell
        self._staging = Staging(shell)
        self._id = device_id
        self._kind = kind
        self._profile = facts
        scripts = {one.name: LocalFile(one, sha256_of(one)) for one in (SCRIPT, SAMPLER)}
        self._scripts = Bundle("-".join(one.sha256[:32] for one in scripts.values()), scripts)
        self._nodes: tuple[tuple[str, str], ...] | None = None

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

    def health(self, deadline: Deadline) -> Health:
        """Read the phone's state in one round trip."""
        done = self._shell.run(sections.script(health.COMMANDS), deadline)
        return health.read_health(sections.split(done.text))

    def stage(self, bundle: Bundle, deadline: Deadline) -> str:
        """Put a bundle on the phone, verified by hash, and return its folder."""
        return self._staging.stage(bundle, deadline)

    def run(self, job: Job, into: Path, deadline: Deadline) -> JobResult:
        """Run a job detached from the link and bring home what it wrote."""
        folder = self._staging.stage(self._scripts, deadline)
        sampling = self._sampling(job.sample_s, deadline) if job.sample_s is not None else ""
        script = f"{folder}/{SCRIPT.name}"
        return Run(self._shell, job, script, into, sampling).finish(deadline)

    def _sampling(self, period_s: float, deadline: Deadline) -> str:
        """Return what the sampler is told; the phone is asked once what there is to read."""
        if self._nodes is None:
            self._nodes = nodes.read_nodes(self._shell.run(nodes.COMMAND, deadline).text)
        return nodes.sampler_words(period_s, self._nodes)

    def close(self) -> None:
        """Nothing is held: every command has a connection of its own."""


def read_device(shell: Shell, deadline: Deadline) -> tuple[dict[str, str], Profile, Health]:
    """Ask a phone for all that is known of it: its properties, profile and health.

    Raises:
        DeviceUnavailableError: the link was lost.
    """
    commands = {**profile.COMMANDS, **health.COMMANDS}
    found = sections.split(shell.run(sections.script(commands), deadline).text)
    props = profile.parse_getprop(found.get("props", ""))
    return props, profile.read_profile(found, props), health.read_health(found)
