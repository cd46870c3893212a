"""What `harness doctor` looks at on this host: each check says what it found and what to do."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.bench.toolstore import home, list_tools
from harness.deadline import Deadline
from harness.device.adb.server import Server
from harness.device.adb.server_status import LinkSpeed, read_speeds
from harness.device.base import DeviceState
from harness.errors import HarnessError
from harness.lab.advice import Step
from harness.lab.check import Check, CheckId, CheckStatus
from harness.lab.check_adb import (
    check_adb_binary,
    check_clients,
    check_environment,
    check_server,
    find_clients,
)
from harness.lab.check_usb import check_hubs, check_speeds, check_udev, check_usb
from harness.lab.config import LabConfig, load_config
from harness.lab.desk import Desk, look

_ASK_S = 5.0
_LOOK_S = 60.0
_IMPORT_S = 60.0
_PYTHON = (3, 11)
# A sweep's raw output is megabytes, a fetched tool tens of them.
_LITTLE_MB = 1000
_TOO_LITTLE_MB = 100


def check_host(
    config: Path | None, reports: Path, seen: Callable[[Desk], object] | None = None
) -> Iterator[Check]:
    """Check the host, in the order in which one thing rests on another.

    Some ids come more than once: a check for each adb server, device or phone on the USB bus.
    `seen` gets the desk, once it was looked at.
    """
    yield check_python()
    yield check_litert()
    yield check_space(CheckId.REPORTS_SPACE, reports, "another folder: --out DIR")
    yield check_space(CheckId.STORE_SPACE, home(), "another folder: set HARNESS_HOME")
    try:
        lab = load_config(config)
    except HarnessError as error:
        yield Check(CheckId.CONFIG, CheckStatus.FAILURE, error.message, error.next_step)
        return
    yield from check_config(lab)
    yield check_adb_binary()
    protocols: dict[str, int] = {}
    for address in lab.adb_servers:
        for check in check_server(address):
            yield check
            if isinstance(number := check.facts.get("protocol"), int):
                protocols[str(address)] = number
    yield check_clients(find_clients(os.environ, Path.home()), protocols)
    try:
        desk = look(lab, Deadline.after(_LOOK_S))
    except HarnessError as error:
        yield Check(CheckId.DEVICES, CheckStatus.FAILURE, error.message, error.next_step)
        return
    yield check_environment(os.environ, len(desk.phones))
    yield from check_devices(desk)
    yield check_usb(desk)
    yield from check_udev(desk.usb)
    yield from check_hubs(desk.usb)
    yield from check_speeds(desk.usb or (), _speeds(lab), _ids(desk))
    yield from check_tools(desk)
    if seen is not None:
        seen(desk)


def _speeds(lab: LabConfig) -> dict[str, LinkSpeed]:
    found: dict[str, LinkSpeed] = {}
    for address in lab.adb_servers:
        server = Server(address.host, address.port)
        found |= read_speeds(server, Deadline.after(_ASK_S)) or {}
    return found


def _ids(desk: Desk) -> dict[str, str]:
    return {route.transport.serial: one.id for one in desk.devices for route in one.transports}


def check_python() -> Check:
    """See that this Python and host are supported."""
    running = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < _PYTHON:
        return Check(CheckId.PYTHON, CheckStatus.FAILURE, running, "install Python 3.11 or newer")
    if sys.platform not in ("linux", "darwin"):
        step = "use Linux or macOS if something does not work here"
        return Check(CheckId.PYTHON, CheckStatus.WARNING, f"{running}: best effort", step)
    return Check(CheckId.PYTHON, CheckStatus.OK, running)


def check_litert(python: str = sys.executable) -> Check:
    """See that LiteRT loads, in a process of its own: a broken library may crash it."""
    argv = [python, "-c", "import ai_edge_litert.interpreter"]
    step = "install it again: pip install --force-reinstall ai-edge-litert"
    try:
        done = subprocess.run(argv, check=False, capture_output=True, timeout=_IMPORT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check(CheckId.LITERT, CheckStatus.FAILURE, f"LiteRT does not load: {error}", step)
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").split("\n")
        reason = next((line for line in reversed(lines) if line.strip()), f"{done.returncode}")
        return Check(CheckId.LITERT, CheckStatus.FAILURE, f"LiteRT does not load: {reason}", step)
    try:
        return Check(CheckId.LITERT, CheckStatus.OK, f"LiteRT {version('ai-edge-litert')} loads")
    except PackageNotFoundError:
        return Check(CheckId.LITERT, CheckStatus.OK, "LiteRT loads; its version is unknown")


def check_space(name: CheckId, folder: Path, step: str) -> Check:
    """See that there is room where the harness writes."""
    there = next(place for place in (folder, *folder.resolve().parents) if place.exists())
    elsewhere = f"use {step}"
    if not os.access(there, os.W_OK):
        return Check(name, CheckStatus.FAILURE, f"{there} cannot be written", elsewhere)
    free_mb = shutil.disk_usage(there).free // 1_000_000
    message = f"{free_mb:,} MB free for {folder}"
    if free_mb >= _LITTLE_MB:
        return Check(name, CheckStatus.OK, message)
    status = CheckStatus.FAILURE if free_mb < _TOO_LITTLE_MB else CheckStatus.WARNING
    return Check(name, status, message, f"make room, or {elsewhere}")


def check_config(lab: LabConfig) -> Iterator[Check]:
    """See that the files that devices.yaml names are there."""
    if lab.path is None:
        yield Check(CheckId.CONFIG, CheckStatus.OK, "no devices.yaml; 'harness init' writes one")
        return
    missing = sorted(str(path) for path in _named_files(lab) if not path.is_file())
    if missing:
        message = f"{lab.path} names files that are not there: {', '.join(missing)}"
        yield Check(CheckId.CONFIG, CheckStatus.WARNING, message, "correct the paths")
        return
    parts = ("devices", "models", "variants", "tools", "sweeps")
    counts = ", ".join(f"{len(getattr(lab, part))} {part}" for part in parts)
    yield Check(CheckId.CONFIG, CheckStatus.OK, f"{lab.path}: {counts}")


def _named_files(lab: LabConfig) -> Iterator[Path]:
    for model in lab.models.values():
        yield model.path
        yield from (entry.file for entry in model.inputs.values() if entry.file is not None)
    for variant in lab.variants.values():
        yield from (Path(path) for path in variant.push)
    for tool in lab.tools.values():
        yield from tool.paths


def check_devices(desk: Desk) -> Iterator[Check]:
    """Count the phones that are ready and name each that is not."""
    ready = [phone for phone in desk.phones if phone.state is DeviceState.READY]
    if ready:
        names = ", ".join(phone.alias or phone.id for phone in ready)
        yield Check(CheckId.DEVICES, CheckStatus.OK, f"{len(ready)} ready: {names}")
    elif not desk.phones:
        steps = "; ".join(desk.advice) or Step.PLUG_IN
        yield Check(CheckId.DEVICES, CheckStatus.WARNING, "no phone is attached", steps)
    for phone in desk.phones:
        if phone.state is not DeviceState.READY:
            why = f" ({phone.detail})" if phone.detail else ""
            message = f"{phone.alias or phone.id} is {phone.state}{why}"
            yield Check(CheckId.DEVICE, CheckStatus.WARNING, message, phone.next_step, phone.id)


def check_tools(desk: Desk) -> Iterator[Check]:
    """See that the store has a tool for the ABI of each phone."""
    tools = list_tools()
    wanted = {p.profile.abis[0] for p in desk.phones if p.profile and p.profile.abis}
    for abi in sorted(wanted - {tool.abi for tool in tools if tool.abi}):
        yield Check(
            CheckId.TOOLS,
            CheckStatus.WARNING,
            f"the store has no benchmark_model for {abi}",
            f"'harness tools fetch --abi {abi}', or 'harness tools add FILE'",
        )
    if not tools and not wanted:
        step = "'harness tools fetch' gets one; the local device needs none"
        yield Check(CheckId.TOOLS, CheckStatus.WARNING, "the store has no benchmark_model", step)
    elif tools:
        names = ", ".join(f"{tool.name} ({tool.abi or 'no ABI'})" for tool in tools)
        yield Check(CheckId.TOOLS, CheckStatus.OK, f"{len(tools)} in the store: {names}")
