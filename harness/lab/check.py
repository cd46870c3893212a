"""A check of `harness doctor`: what was looked at, how it stands, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class CheckStatus(StrEnum):
    """How a check came out. A failure keeps the harness from measuring; unknown is not fine."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"
    UNKNOWN = "unknown"


class CheckId(StrEnum):
    """What is looked at, a closed set: docs/reference/doctor-json.md. Those of a host first."""

    PYTHON = "python"
    LITERT = "litert"
    REPORTS_SPACE = "reports-space"
    STORE_SPACE = "store-space"
    CONFIG = "config"
    ADB = "adb"
    ADB_CLIENTS = "adb-clients"
    ADB_ENVIRONMENT = "adb-environment"
    ADB_SERVER = "adb-server"
    DEVICES = "devices"
    USB = "usb"
    UDEV = "udev"
    USB_HUBS = "usb-hubs"
    TOOLS = "tools"
    # A device's own, from here on.
    DEVICE = "device"
    USB_SPEED = "usb-speed"
    TRANSPORT = "transport"
    BOOT = "boot"
    RIGHTS = "rights"
    SCRATCH = "scratch"
    VENDOR = "vendor"
    POWER = "power"
    OVERRIDES = "overrides"
    SENSORS = "sensors"
    CLOCKS = "clocks"
    OPENCL = "opencl"
    GPU = "gpu"
    NNAPI = "nnapi"
    STORAGE = "storage"
    AUTHORIZATION = "authorization"
    BACKGROUND = "background"
    UNDO = "undo"
    TOOL = "tool"
    EVIDENCE = "evidence"
    CANARY = "canary"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `next` is empty when there is nothing to do.

    `device` is the id of the device that it speaks of, None for the host. `facts` are the figures
    behind the message, as plain JSON data.
    """

    id: CheckId
    status: CheckStatus
    message: str
    next: str = ""
    device: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


def ok(name: CheckId, message: str, **facts: object) -> Check:
    """Return a check that found nothing amiss."""
    return Check(name, CheckStatus.OK, message, facts=facts)


def warning(name: CheckId, message: str, step: str, **facts: object) -> Check:
    """Return a check that found what may spoil a measurement."""
    return Check(name, CheckStatus.WARNING, message, step, facts=facts)


def failure(name: CheckId, message: str, step: str, **facts: object) -> Check:
    """Return a check that found what keeps the harness from measuring."""
    return Check(name, CheckStatus.FAILURE, message, step, facts=facts)


def unknown(name: CheckId, message: str, step: str, **facts: object) -> Check:
    """Return a check that could not see what it looks at."""
    return Check(name, CheckStatus.UNKNOWN, message, step, facts=facts)
