"""What a device is to the rest of the harness: one protocol, and the plain data that crosses it.

Every path named *remote* is a path on the device. Every wait takes a `Deadline`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from harness.deadline import Deadline
from harness.device.caches import Caches
from harness.device.controls import ControlWish, Held


class DeviceKind(StrEnum):
    """Where models run. VIRTUAL is simulated; everything measured there says so."""

    ADB = "adb"
    EMULATOR = "emulator"
    LOCAL = "local"
    VIRTUAL = "virtual"


GPU_ACTIVE_NS = "gpu_active_ns"
"""Counter: nanoseconds of GPU work that the device booked for the user whom programs run as."""

NPU_INFERENCES = "npu_inferences"
"""Counter: inferences that the driver of a neural accelerator counted, for the whole device."""

LOGCAT, CRASH_LOG = "logcat.txt", "crash.txt"
"""Names under which a device's log of a program comes home: what the program logged, and what the
device wrote about a crash."""


TRACE = "trace.bin"
"""Name under which a system trace of a program comes home: of perfetto, or the text of atrace."""

TELEMETRY = "telemetry.txt"
"""Name under which a device's own samples of clocks, heat and battery come home."""


class DeviceState(StrEnum):
    """Whether a device can be measured on now; every state but READY has a next step."""

    READY = "ready"
    BUSY = "busy"
    UNAUTHORIZED = "unauthorized"
    OFFLINE = "offline"
    NO_PERMISSION = "no-permission"
    UNHEALTHY = "unhealthy"
    QUARANTINED = "quarantined"


@dataclass(frozen=True)
class CpuCluster:
    """CPUs of one cpufreq policy and one design, and their clock range in kHz (None: unreadable).

    `capacity` is the kernel's own measure of one such CPU, 1024 for the strongest of the device.
    `part` is the design's number as /proc/cpuinfo has it, `0x41:0xd46`. A policy with two designs
    in it makes two clusters of the same name.
    """

    name: str
    cpus: tuple[int, ...]
    min_khz: int | None
    max_khz: int | None
    governor: str | None = None
    capacity: int | None = None
    part: str | None = None


@dataclass(frozen=True)
class Profile:
    """What a device is: facts that do not change while it runs. None means unknown."""

    manufacturer: str | None = None
    model: str | None = None
    soc: str | None = None
    platform: str | None = None
    os_version: str | None = None
    api_level: int | None = None
    abis: tuple[str, ...] = ()
    fingerprint: str | None = None
    kernel: str | None = None
    ram_kb: int | None = None
    gpu: str | None = None
    clusters: tuple[CpuCluster, ...] = ()
    nnapi_devices: tuple[str, ...] | None = None
    rooted: bool | None = None


class Charging(StrEnum):
    """What a battery does; what the device itself calls unknown is None."""

    CHARGING = "charging"
    DISCHARGING = "discharging"
    NOT_CHARGING = "not_charging"
    FULL = "full"


class Screen(StrEnum):
    """Whether a phone is awake; dozing is a screen that is off or shows the time only."""

    AWAKE = "awake"
    ASLEEP = "asleep"
    DREAMING = "dreaming"
    DOZING = "dozing"


class Reading(StrEnum):
    """Readings that somebody can freeze or fake on a device."""

    BATTERY = "battery"
    THERMAL = "thermal"


@dataclass(frozen=True)
class PolicyClocks:
    """The clocks of one cpufreq policy in kHz: `max_khz` is the ceiling that holds now."""

    name: str
    cur_khz: int | None = None
    max_khz: int | None = None
    hardware_khz: int | None = None
    governor: str | None = None


@dataclass(frozen=True)
class Health:
    """How a device is right now. None or absent: it could not be read, never 0 and never fine.

    `current` is the battery's, as the device gives it: its unit and sign differ by maker. `doze`
    has the states of the idle controller (`light`, `deep`), `idle_share` the part of all CPUs' time
    that nobody used just now, 0 to 1. `temperatures` are live sensors by name in °C,
    `skin_celsius` the warmest that the device counts as its skin. `cooling` are cooling devices
    by name: above their value at rest, the device is being slowed down. `capped_policies` are those
    whose clock ceiling lies below the hardware's. `frozen` readings are not the device's own.
    """

    battery_percent: float | None = None
    battery_celsius: float | None = None
    plugged: bool | None = None
    thermal_status: int | None = None
    free_kb: int | None = None
    uptime_s: float | None = None
    boot_id: str | None = None
    notes: tuple[str, ...] = ()
    temperatures: Mapping[str, float] = field(default_factory=dict)
    capped_policies: tuple[str, ...] | None = None
    ceiling_share: float | None = None
    skin_celsius: float | None = None
    charging: Charging | None = None
    charge_uah: int | None = None
    current: int | None = None
    screen: Screen | None = None
    doze: Mapping[str, str] = field(default_factory=dict)
    power_saver: bool | None = None
    available_kb: int | None = None
    swap_free_kb: int | None = None
    idle_share: float | None = None
    clocks: tuple[PolicyClocks, ...] = ()
    cooling: Mapping[str, int] = field(default_factory=dict)
    frozen: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class LocalFile:
    """A file on the host that a device needs."""

    path: Path
    sha256: str
    executable: bool = False


@dataclass(frozen=True)
class Bundle:
    """Files that must lie together in one folder of the device.

    `key` is a hash over names and contents; a bundle that is already there is not sent again.
    """

    key: str
    files: Mapping[str, LocalFile]


@dataclass(frozen=True)
class Job:
    """One program launch in a fresh folder of the device.

    `argv` holds remote paths already; relative paths in it are inside the job's folder. stdout and
    stderr go into one stream, so that order means something. The device itself ends the job
    after `limit_s` seconds of its own clock. `collect` names files that are brought home if they
    exist afterwards. `log` asks for the device's own log of the program; after a failure it comes
    home unasked. `expects` names counters of the device that the program should move: one that
    seems to stand still is looked at again, once its driver has had the time it may take.
    `cpus` binds the program to those CPUs of the device; AffinityRefusedError where it cannot be.
    `trace` has the device trace the program; TRACE comes home then. `sample_s` asks the device to
    write down its clocks, heat and battery so often while the program runs; TELEMETRY comes home
    then.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    collect: tuple[str, ...] = ()
    limit_s: float = 600.0
    output_cap: int = 4_000_000
    log: bool = False
    expects: tuple[str, ...] = ()
    cpus: tuple[int, ...] = ()
    trace: bool = False
    sample_s: float | None = None


@dataclass(frozen=True)
class JobResult:
    """What came home from one job. Files lie in the folder given to `Device.run`.

    `exit_status` follows the shell: 128 + n for signal n; None when the device lost it. `limited`
    says that the device's own limit ended the job. `seconds` is the device's wall time,
    `cpu_seconds` the user and system time of the program and of what it waited for. `counters`
    holds how far the device's own counters grew during the job. `cpus_allowed` is the kernel's own
    list of the CPUs that the program might use. Unreadable is None or absent.
    """

    exit_status: int | None
    output: Path
    files: Mapping[str, Path]
    started: datetime
    seconds: float
    boot_id: str | None = None
    limited: bool = False
    truncated: bool = False
    cpu_seconds: float | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    cpus_allowed: str | None = None


class Device(Protocol):
    """A place where models run. Used by one worker thread at a time."""

    @property
    def id(self) -> str:
        """The id under which results are kept: ro.serialno, or `local`."""
        ...

    @property
    def kind(self) -> DeviceKind:
        """What sort of device it is."""
        ...

    @property
    def profile(self) -> Profile:
        """Facts read once, when the device was opened."""
        ...

    @property
    def caches(self) -> Caches:
        """Caches of compiled things that outlive one job."""
        ...

    def health(self, deadline: Deadline, *, load: bool = True) -> Health:
        """Read the device's state; recorded with every round.

        `load` asks how busy its CPUs are, too: that is watched for a while, which is a pause.
        """
        ...

    def thaw(self, readings: Sequence[Reading], deadline: Deadline) -> tuple[str, ...]:
        """Let readings that somebody froze or faked be the device's own again.

        Returns:
            The commands that were sent; that they helped, only another look at its health tells.
        """
        ...

    def rest(self, seconds: float, deadline: Deadline) -> None:
        """Let so many seconds of the device's own clock pass while nothing is asked of it.

        Raises:
            DeviceUnavailableError: the link was lost meanwhile.
        """
        ...

    def stage(self, bundle: Bundle, deadline: Deadline) -> str:
        """Put a bundle on the device, verified by hash, and return its remote folder.

        Raises:
            StorageFullError: there is no room.
            DeviceUnavailableError: the link was lost.
        """
        ...

    def run(self, job: Job, into: Path, deadline: Deadline) -> JobResult:
        """Run a job and bring its output and files home into the folder `into` (which exists).

        Raises:
            DeviceRebootedError: the phone came back with another boot id.
            DeviceUnavailableError: the result could not be had before the deadline.
        """
        ...

    @property
    def recovered(self) -> tuple[str, ...]:
        """What an earlier run had left changed and was put back when it was opened, in words."""
        ...

    def controlled(self, wish: ControlWish, deadline: Deadline) -> AbstractContextManager[Held]:
        """Hold settings of the device still for the length of a `with`, and put them back after.

        What cannot be held is told in what it yields, never raised. `deadline` is for the
        beginning; the end takes its own.
        """
        ...

    def close(self) -> None:
        """Let go of the device; nothing of a run stays active on it, and no setting changed."""
        ...
