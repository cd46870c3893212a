"""Looking at phones closely, side by side: each has its own deadline and holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from harness.bench.tool import Tool
from harness.bench.toolbox import learn
from harness.deadline import Deadline
from harness.device.adb.device import AdbDevice
from harness.device.adb.diagnosis import diagnose
from harness.device.base import Device, DeviceKind, DeviceState
from harness.errors import DeviceError, HarnessError
from harness.lab import check_tool
from harness.lab.check import Check, CheckId, failure, ok, warning
from harness.lab.check_phone import check_phone
from harness.lab.check_undo import check_undo, look
from harness.lab.inventory import ListedDevice, host_log, open_device
from harness.lab.lease import lease

READ_S = 20.0
TOOL_S = 90.0
_THREADS = 32
_LOOPBACK = "127.0.0.1:"

# A phone that may not be measured can still be asked.
_REACHABLE = (DeviceState.READY, DeviceState.UNHEALTHY, DeviceState.QUARANTINED)

FindTool = Callable[[ListedDevice], Tool]


def examine(
    devices: Sequence[ListedDevice], find_tool: FindTool | None = None, *, named: bool = False
) -> tuple[Check, ...]:
    """Ask each device all there is to ask; `find_tool` also has its tool asked for its help there.

    Only what was `named` is touched: settings that an earlier run left changed are put back first.
    If it cannot be asked, that is a failure, else a warning.
    """
    if not devices:
        return ()

    def one(listed: ListedDevice) -> tuple[Check, ...]:
        try:
            found = _examined(listed, find_tool, named=named)
        except HarnessError as error:
            found = (_unreached(error.message, error.next_step, named=named),)
        return tuple(replace(check, device=listed.id) for check in found)

    def reachable(listed: ListedDevice) -> tuple[Check, ...]:
        if listed.state in _REACHABLE:
            return one(listed)
        why = f" ({listed.detail})" if listed.detail else ""
        check = _unreached(f"it is {listed.state}{why}", listed.next_step, named=named)
        return (replace(check, device=listed.id),)

    with ThreadPoolExecutor(max_workers=min(_THREADS, len(devices))) as pool:
        return tuple(check for checks in pool.map(reachable, devices) for check in checks)


def _unreached(message: str, step: str, *, named: bool) -> Check:
    return (failure if named else warning)(CheckId.DEVICE, message, step)


def _examined(
    listed: ListedDevice, find_tool: FindTool | None, *, named: bool
) -> tuple[Check, ...]:
    found: list[Check] = []
    with lease(listed.lease_name, purpose="harness doctor"):
        deadline = Deadline.after(READ_S)
        device = open_device(listed, deadline, restore=named)
        try:
            if isinstance(device, AdbDevice):
                diagnosis = diagnose(device.shell, deadline)
                found.append(transport(listed))
                found += check_phone(diagnosis, listed.profile or device.profile)
                left = look(device.shell, host_log(listed), diagnosis.undo, deadline)
                target = listed.transports[0].transport.serial
                found.append(check_undo(listed.id, target, left, device.recovered))
            if find_tool is not None:
                found += _tool(listed, device, find_tool)
        finally:
            device.close()
    return tuple(found)


def _tool(listed: ListedDevice, device: Device, find_tool: FindTool) -> tuple[Check, ...]:
    try:
        tool = find_tool(listed)
        known = tool if tool.flags is not None else learn(tool, device, Deadline.after(TOOL_S))
        return check_tool.tool(known)
    except DeviceError:
        raise
    except HarnessError as error:
        return (check_tool.no_tool(error),)


def transport(listed: ListedDevice) -> Check:
    """Say by which way a phone is reached, and how many others there are."""
    best, *others = listed.transports
    more = f", and {len(others)} other ways" if others else ""
    facts = {"usb": best.transport.usb, "transports": [str(one) for one in listed.transports]}
    if best.transport.usb:
        return ok(CheckId.TRANSPORT, f"by cable: {best}{more}", **facts)
    here = listed.kind is not DeviceKind.ADB or best.transport.serial.startswith(_LOOPBACK)
    if here:
        return ok(CheckId.TRANSPORT, f"over TCP on this host: {best}{more}", **facts)
    return warning(
        CheckId.TRANSPORT,
        f"over the network: {best}{more}",
        "use a cable: a phone without power may sleep, and the link is slow",
        **facts,
    )
