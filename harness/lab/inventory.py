"""The inventory: every device that can be seen, once, with its state and what to do about it.

All transports of all adb servers are asked side by side; one that does not answer holds up nobody.
Transports that lead to one physical phone become one device, whatever they are called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from harness.bench.toolstore import home
from harness.deadline import Deadline
from harness.device.adb.controls.undolog import HostLog
from harness.device.adb.device import AdbDevice, read_device
from harness.device.adb.server import Server, Transport
from harness.device.adb.shell import Shell
from harness.device.base import Device, DeviceKind, DeviceState, Health, Profile
from harness.errors import DeviceError, DeviceUnavailableError, HarnessError
from harness.lab.advice import Step, step_for
from harness.lab.config import LabConfig
from harness.lab.lease import Holder, holder

LOCAL = "local"

_ANSWER_SECONDS = 10.0
_THREADS = 32
# Serial numbers that many boards share (DeviceFarmer/stf, README).
_SHARED_SERIALS = frozenset({"0123456789ABCDEF", "1234567890ABCDEF", "unknown"})
# adb-<ro.serialno>-<six characters>._adb-tls-connect._tcp, perhaps with " (2)" before the dot.
_MDNS = re.compile(r"adb-(?P<serial>.+)-\w{6}(?: \(\d+\))?\._adb")
_NO_SERIAL = re.compile(r"\(no serial number\)|<unknown>|\?+")
_LOW_BATTERY = 15.0  # catapult devil: devices below are set aside
_CRITICAL = 4  # android.os.Temperature.THROTTLING_CRITICAL

_STATES = {
    "unauthorized": DeviceState.UNAUTHORIZED,
    "authorizing": DeviceState.UNAUTHORIZED,
    "no permissions": DeviceState.NO_PERMISSION,
    "recovery": DeviceState.UNHEALTHY,
    "rescue": DeviceState.UNHEALTHY,
    "sideload": DeviceState.UNHEALTHY,
    "bootloader": DeviceState.UNHEALTHY,
}


@dataclass(frozen=True)
class Route:
    """One way to a device: an adb server and the transport's name there.

    `target` is what the server is asked for: the USB path where two phones share a serial.
    """

    server: Server
    transport: Transport
    target: str

    def __str__(self) -> str:
        name = self.transport.path or self.transport.serial
        return f"{name} at {self.server}"


@dataclass(frozen=True)
class ListedDevice:
    """A device as it was found. `transports` has the best first; `local` has none.

    `detail` says the state in more words and may quote the device. `profile` and `health` are
    None while it cannot be asked; `holder` is who measures on it.
    """

    id: str
    kind: DeviceKind
    state: DeviceState
    detail: str = ""
    next_step: str = ""
    transports: tuple[Route, ...] = ()
    alias: str | None = None
    tags: tuple[str, ...] = ()
    profile: Profile | None = None
    health: Health | None = None
    holder: Holder | None = None

    @property
    def lease_name(self) -> str:
        """What a lease is taken on: the phone, or a virtual one in its lab.

        Two labs may run side by side, and their phones have the same made-up serials.
        """
        if self.kind is DeviceKind.VIRTUAL and self.transports:
            return f"{self.id}@{self.transports[0].server}"
        return self.id


@dataclass(frozen=True)
class Survey:
    """What was found, and which adb servers could not be asked."""

    devices: tuple[ListedDevice, ...]
    problems: tuple[DeviceUnavailableError, ...] = ()


@dataclass(frozen=True)
class _Answer:
    """What one transport said; all but the route is None unless it is online."""

    route: Route
    props: Mapping[str, str] | None = None
    profile: Profile | None = None
    health: Health | None = None
    error: DeviceError | None = None

    @property
    def serial(self) -> str:
        """The phone's own serial number, else the transport's name, else its USB path."""
        props, transport = self.props or {}, self.route.transport
        own = props.get("ro.serialno", "").strip() or props.get("ro.boot.serialno", "").strip()
        if own:
            return own
        mdns = _MDNS.match(transport.serial)
        if mdns is not None:
            return mdns["serial"]
        if _NO_SERIAL.fullmatch(transport.serial) and transport.path:
            return transport.path
        return transport.serial

    @property
    def place(self) -> str:
        """Where it hangs: what tells phones of one serial apart, the same after a reboot."""
        return self.route.transport.path or self.route.transport.serial

    @property
    def rank(self) -> tuple[bool, bool, str]:
        """Sorts the better way first: one that answers, then one by cable."""
        return (self.props is None, not self.route.transport.usb, self.place)


def list_devices(config: LabConfig, deadline: Deadline) -> tuple[ListedDevice, ...]:
    """Return every device of the configured adb servers, then this machine.

    A server that cannot be asked lists nothing; `survey` also says why.
    """
    return survey(config, deadline).devices


def survey(config: LabConfig, deadline: Deadline) -> Survey:
    """Find every device and every adb server that could not be asked."""
    servers = [Server(address.host, address.port) for address in config.adb_servers]
    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        routes: list[Route] = []
        problems: list[DeviceUnavailableError] = []
        for found in pool.map(lambda server: _routes(server, deadline), servers):
            if isinstance(found, DeviceUnavailableError):
                problems.append(found)
            else:
                routes += found
        answers = list(pool.map(lambda route: _ask(route, deadline), routes))
    devices = [_listed(name, group, config) for name, group in group_by_phone(answers).items()]
    return Survey((*sorted(devices, key=lambda d: d.id), _this_machine(config)), tuple(problems))


def open_device(listed: ListedDevice, deadline: Deadline, *, restore: bool = True) -> Device:
    """Open a device for measuring, over its best transport; call it under the device's lease.

    Settings that a killed run left changed on a phone are put back before anything else; without
    `restore` they are left, as is all else: then the device is for reading alone.

    Raises:
        DeviceUnavailableError: it cannot be reached any more.
        LeaseHeldError: another host measures on it.
    """
    if listed.kind is DeviceKind.LOCAL:
        return _local_device()
    shell = _shell(listed.transports[0], listed.id)
    _, facts, _ = read_device(shell, deadline)
    undo = host_log(listed).folder
    device = AdbDevice(shell, device_id=listed.id, kind=listed.kind, facts=facts, undo=undo)
    if restore:
        device.recover(deadline)
    return device


def host_log(listed: ListedDevice) -> HostLog:
    """Return this host's copy of what must be put back on a device."""
    return HostLog(home() / "undo", listed.id)


def group_by_phone(answers: Sequence[_Answer]) -> dict[str, list[_Answer]]:
    """Put answers of one physical phone together, under the id that results are kept under.

    Same serial and same boot: one phone. Same serial and another boot: phones with cloned
    serials, told apart by where they hang. A transport that is not online joins the phone whose
    serial it bears, unless that is cloned.
    """
    boots: dict[str, dict[str | None, list[_Answer]]] = {}
    for answer in (a for a in answers if a.props is not None):
        boot = answer.health.boot_id if answer.health is not None else None
        boots.setdefault(answer.serial, {}).setdefault(boot, []).append(answer)
    groups: dict[str, list[_Answer]] = {}
    for serial, phones in boots.items():
        cloned = len(phones) > 1 or serial in _SHARED_SERIALS
        for group in phones.values():
            group.sort(key=lambda answer: answer.rank)
            name = f"{serial}@{group[0].place}" if cloned else serial
            if name in groups:  # the same port of another host
                name = f"{name}@{group[0].route.server}"
            groups.setdefault(name, []).extend(group)
    for answer in (a for a in answers if a.props is None):
        shared = answer.serial in _SHARED_SERIALS or len(boots.get(answer.serial, ())) > 1
        name = f"{answer.serial}@{answer.place}" if shared else answer.serial
        groups.setdefault(name, []).append(answer)
    return groups


def _routes(server: Server, deadline: Deadline) -> list[Route] | DeviceUnavailableError:
    try:
        server.ensure(deadline)
        transports = server.transports(deadline)
    except DeviceUnavailableError as error:
        return error
    names = [transport.serial for transport in transports]
    return [
        Route(server, t, t.path if t.path is not None and names.count(t.serial) > 1 else t.serial)
        for t in transports
    ]


def _ask(route: Route, deadline: Deadline) -> _Answer:
    if route.transport.state != "device":
        return _Answer(route)
    soon = deadline.sooner(_ANSWER_SECONDS)
    shell = _shell(route, route.transport.serial)
    try:
        props, profile, health = read_device(shell, soon)
    except DeviceError as error:
        return _Answer(route, error=error)
    return _Answer(route, props, profile, health)


def _shell(route: Route, name: str) -> Shell:
    return Shell(route.server, route.target, name)


def _listed(name: str, group: Sequence[_Answer], config: LabConfig) -> ListedDevice:
    best = group[0]
    section = config.device(name)
    state, detail, step = _state(best)
    listed = ListedDevice(
        id=name,
        kind=_kind(best),
        state=state,
        detail=detail,
        next_step=step,
        transports=tuple(answer.route for answer in group),
        alias=section.alias,
        tags=section.tags,
        profile=best.profile,
        health=best.health,
    )
    if section.quarantine_reason is not None:
        quarantined = DeviceState.QUARANTINED
        return replace(
            listed,
            state=quarantined,
            detail=section.quarantine_reason,
            next_step=step_for(quarantined),
        )
    return _with_holder(listed)


def _with_holder(listed: ListedDevice) -> ListedDevice:
    """Mark a device that somebody measures on; it stays what it is if nobody does."""
    try:
        held = holder(listed.lease_name)
    except HarnessError as error:
        return replace(
            listed,
            state=DeviceState.UNHEALTHY,
            detail=error.message,
            next_step=error.next_step,
        )
    if held is None or listed.state is not DeviceState.READY:
        return replace(listed, holder=held)
    busy = DeviceState.BUSY
    return replace(listed, state=busy, detail=str(held), next_step=step_for(busy), holder=held)


def _state(answer: _Answer) -> tuple[DeviceState, str, str]:
    """Return the state of a phone, in more words, and what to do."""
    transport, health = answer.route.transport, answer.health
    if answer.error is not None:
        return DeviceState.OFFLINE, answer.error.message, step_for(DeviceState.OFFLINE)
    if answer.props is None or health is None:
        state = _STATES.get(transport.state, DeviceState.OFFLINE)
        return state, _words(transport), step_for(state, transport.state)
    if answer.props.get("sys.boot_completed", "1").strip() != "1":
        return DeviceState.UNHEALTHY, "Android has not finished booting", Step.BOOT
    if health.battery_percent is not None and health.battery_percent < _LOW_BATTERY:
        return DeviceState.UNHEALTHY, f"battery at {health.battery_percent:.0f} %", Step.RECOVER
    if health.thermal_status is not None and health.thermal_status >= _CRITICAL:
        return DeviceState.UNHEALTHY, f"thermal status {health.thermal_status}", Step.RECOVER
    return DeviceState.READY, "", ""


def _words(transport: Transport) -> str:
    return f"{transport.state} {transport.reason}".strip()


def _kind(answer: _Answer) -> DeviceKind:
    props = answer.props or {}
    if props.get("ro.harness.virtual", "").strip() == "1":
        return DeviceKind.VIRTUAL
    # `ro.kernel.qemu` is present and 0 on some real phones.
    emulated = any(props.get(key, "").strip() == "1" for key in ("ro.boot.qemu", "ro.kernel.qemu"))
    if emulated or (answer.props is None and answer.serial.startswith("emulator-")):
        return DeviceKind.EMULATOR
    return DeviceKind.ADB


def _this_machine(config: LabConfig) -> ListedDevice:
    section = config.device(LOCAL)
    listed = ListedDevice(
        id=LOCAL,
        kind=DeviceKind.LOCAL,
        state=DeviceState.READY,
        alias=section.alias,
        tags=section.tags,
        profile=_local_device().profile,
    )
    return _with_holder(listed)


def _local_device() -> Device:
    from harness.device.local import LocalDevice  # noqa: PLC0415 (this machine may not be asked)

    return LocalDevice()
