"""What the harness left on phones, and how it is removed; nothing of a running sweep is touched."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.deadline import Deadline
from harness.device.adb import staging
from harness.device.adb.device import AdbDevice
from harness.device.base import DeviceKind, DeviceState
from harness.errors import HarnessError
from harness.lab.inventory import ListedDevice, open_device
from harness.lab.lease import lease


@dataclass(frozen=True)
class Leftovers:
    """What was found on one phone: `kb` of files (None: unreadable), or the reason why not.

    `notes` tell of settings that a killed run had left changed and that were put back first.
    """

    id: str
    kind: DeviceKind
    kb: int | None = None
    removed: bool = False
    reason: str = ""
    next_step: str = ""
    notes: tuple[str, ...] = ()


# A phone that may not be measured can still be tidied.
_REACHABLE = (DeviceState.READY, DeviceState.UNHEALTHY, DeviceState.QUARANTINED)


def clean_devices(
    devices: Sequence[ListedDevice], *, dry_run: bool, each_s: float = 60.0
) -> tuple[Leftovers, ...]:
    """Remove what lies on the phones, or only measure it; side by side, none holds up another."""
    phones = [device for device in devices if device.kind is not DeviceKind.LOCAL]
    if not phones:
        return ()

    def one(listed: ListedDevice) -> Leftovers:
        try:
            return _clean(listed, Deadline.after(each_s), dry_run=dry_run)
        except HarnessError as error:
            return Leftovers(
                listed.id, listed.kind, reason=error.message, next_step=error.next_step
            )

    with ThreadPoolExecutor(max_workers=len(phones)) as pool:
        return tuple(pool.map(one, phones))


def _clean(listed: ListedDevice, deadline: Deadline, *, dry_run: bool) -> Leftovers:
    if listed.state not in _REACHABLE:
        reason = f"{listed.state}{f': {listed.detail}' if listed.detail else ''}"
        return Leftovers(listed.id, listed.kind, reason=reason, next_step=listed.next_step)
    with lease(listed.id, purpose="cleaning up"):
        device = open_device(listed, deadline)
        try:
            if not isinstance(device, AdbDevice):
                return Leftovers(listed.id, listed.kind, reason="not reached over adb")
            notes = device.recovered
            if dry_run:
                size = staging.left_kb(device.shell, deadline)
            else:
                size = staging.clean(device.shell, deadline)
            return Leftovers(listed.id, listed.kind, size, removed=not dry_run, notes=notes)
        finally:
            device.close()
