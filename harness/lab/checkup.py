"""What `harness doctor` looks at on this host: each check says what it found and what to do."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.bench.toolstore import home, list_tools
from harness.deadline import Deadline
from harness.device.adb.server import Server, adb_binary
from harness.device.base import DeviceState
from harness.errors import DeviceUnavailableError, HarnessError
from harness.lab.address import AdbServer
from harness.lab.advice import Step
from harness.lab.config import LabConfig, load_config
from harness.lab.desk import Desk, look

_ASK_S = 5.0
_ADB_S = 20.0
_LOOK_S = 60.0
_IMPORT_S = 60.0
_PYTHON = (3, 11)
# A sweep's raw output is megabytes, a fetched tool tens of them.
_LITTLE_MB = 1000
_TOO_LITTLE_MB = 100


class CheckStatus(StrEnum):
    """How a check came out; a failure keeps the harness from measuring."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `next` is empty when there is nothing to do."""

    id: str
    status: CheckStatus
    message: str
    next: str = ""


def check_host(config: Path | None, reports: Path) -> Iterator[Check]:
    """Check everything, in the order in which one thing rests on another.

    Some ids come more than once: a check for each adb server, device or phone on the USB bus.
    """
    yield check_python()
    yield check_litert()
    yield check_space("reports-space", reports, "another folder: --out DIR")
    yield check_space("store-space", home(), "another folder: set HARNESS_HOME")
    try:
        lab = load_config(config)
    except HarnessError as error:
        yield Check("config", CheckStatus.FAILURE, error.message, error.next_step)
        return
    yield from check_config(lab)
    yield check_adb_binary()
    for address in lab.adb_servers:
        yield check_server(address)
    try:
        desk = look(lab, Deadline.after(_LOOK_S))
    except HarnessError as error:
        yield Check("devices", CheckStatus.FAILURE, error.message, error.next_step)
        return
    yield from check_devices(desk)
    yield check_usb(desk)
    yield from check_tools(desk)


def check_python() -> Check:
    """See that this Python and host are supported."""
    running = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < _PYTHON:
        return Check("python", CheckStatus.FAILURE, running, "install Python 3.11 or newer")
    if sys.platform not in ("linux", "darwin"):
        step = "use Linux or macOS if something does not work here"
        return Check("python", CheckStatus.WARNING, f"{running}: best effort", step)
    return Check("python", CheckStatus.OK, running)


def check_litert(python: str = sys.executable) -> Check:
    """See that LiteRT loads, in a process of its own: a broken library may crash it."""
    argv = [python, "-c", "import ai_edge_litert.interpreter"]
    step = "install it again: pip install --force-reinstall ai-edge-litert"
    try:
        done = subprocess.run(argv, check=False, capture_output=True, timeout=_IMPORT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check("litert", CheckStatus.FAILURE, f"LiteRT does not load: {error}", step)
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").split("\n")
        reason = next((line for line in reversed(lines) if line.strip()), f"{done.returncode}")
        return Check("litert", CheckStatus.FAILURE, f"LiteRT does not load: {reason}", step)
    try:
        return Check("litert", CheckStatus.OK, f"LiteRT {version('ai-edge-litert')} loads")
    except PackageNotFoundError:
        return Check("litert", CheckStatus.OK, "LiteRT loads; its version is unknown")


def check_space(name: str, folder: Path, step: str) -> Check:
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
        yield Check("config", CheckStatus.OK, "no devices.yaml; 'harness init' writes one")
        return
    missing = sorted(str(path) for path in _named_files(lab) if not path.is_file())
    if missing:
        message = f"{lab.path} names files that are not there: {', '.join(missing)}"
        yield Check("config", CheckStatus.WARNING, message, "correct the paths")
        return
    parts = ("devices", "models", "variants", "tools", "sweeps")
    counts = ", ".join(f"{len(getattr(lab, part))} {part}" for part in parts)
    yield Check("config", CheckStatus.OK, f"{lab.path}: {counts}")


def _named_files(lab: LabConfig) -> Iterator[Path]:
    for model in lab.models.values():
        yield model.path
        yield from (entry.file for entry in model.inputs.values() if entry.file is not None)
    for variant in lab.variants.values():
        yield from (Path(path) for path in variant.push)
    for tool in lab.tools.values():
        yield from tool.paths


def check_adb_binary() -> Check:
    """See that an adb program runs here."""
    try:
        path = adb_binary()
        done = subprocess.run([path, "version"], check=True, capture_output=True, timeout=_ADB_S)
    except HarnessError as error:
        return Check("adb", CheckStatus.FAILURE, error.message, error.next_step)
    except (OSError, subprocess.SubprocessError) as error:
        step = "install Android platform-tools"
        return Check("adb", CheckStatus.FAILURE, f"adb does not run: {error}", step)
    words = done.stdout.decode("utf-8", "replace").split()
    release = words[words.index("Version") + 1] if "Version" in words[:-1] else "unknown"
    return Check("adb", CheckStatus.OK, f"adb {release} at {path}")


def check_server(address: AdbServer) -> Check:
    """See that an adb server answers at an address; one on this host is started if none does."""
    server = Server(address.host, address.port)
    was_there = server.listening()
    if was_there:
        try:
            server.ask("host:version", Deadline.after(_ASK_S))
        except DeviceUnavailableError:
            return _other_program(address)
    try:
        server.ensure(Deadline.after(_ADB_S))
        protocol = int(server.ask("host:version", Deadline.after(_ASK_S)), 16)
    except DeviceUnavailableError as error:
        return Check("adb-server", CheckStatus.FAILURE, error.message, error.next_step)
    how = "answers" if was_there else "was started"
    message = f"the adb server at {address} {how}, version 1.0.{protocol}"
    return Check("adb-server", CheckStatus.OK, message)


def _other_program(address: AdbServer) -> Check:
    return Check(
        "adb-server",
        CheckStatus.FAILURE,
        f"something listens at {address} and does not answer as an adb server does",
        f"find it with 'lsof -i :{address.port}', or use another port: ANDROID_ADB_SERVER_PORT",
    )


def check_devices(desk: Desk) -> Iterator[Check]:
    """Count the phones that are ready and name each that is not."""
    ready = [phone for phone in desk.phones if phone.state is DeviceState.READY]
    if ready:
        names = ", ".join(phone.alias or phone.id for phone in ready)
        yield Check("devices", CheckStatus.OK, f"{len(ready)} ready: {names}")
    elif not desk.phones:
        steps = "; ".join(desk.advice) or Step.PLUG_IN
        yield Check("devices", CheckStatus.WARNING, "no phone is attached", steps)
    for phone in desk.phones:
        if phone.state is not DeviceState.READY:
            why = f" ({phone.detail})" if phone.detail else ""
            message = f"{phone.alias or phone.id} is {phone.state}{why}"
            yield Check("device", CheckStatus.WARNING, message, phone.next_step)


def check_usb(desk: Desk) -> Check:
    """See that adb lists the phones on the bus, and that this user may open them (udev)."""
    if desk.usb is None:
        return Check("usb", CheckStatus.OK, "the USB bus cannot be read here; adb lists its phones")
    closed = [phone.label for phone in desk.usb if phone.accessible is False]
    if closed:
        message = f"this user may not open {', '.join(closed)}"
        return Check("usb", CheckStatus.WARNING, message, Step.UDEV)
    if desk.phones and desk.advice:
        return Check(
            "usb", CheckStatus.WARNING, "adb does not list every phone", "; ".join(desk.advice)
        )
    return Check("usb", CheckStatus.OK, f"{len(desk.usb)} phones on the USB bus")


def check_tools(desk: Desk) -> Iterator[Check]:
    """See that the store has a tool for the ABI of each phone."""
    tools = list_tools()
    wanted = {p.profile.abis[0] for p in desk.phones if p.profile and p.profile.abis}
    for abi in sorted(wanted - {tool.abi for tool in tools if tool.abi}):
        yield Check(
            "tools",
            CheckStatus.WARNING,
            f"the store has no benchmark_model for {abi}",
            f"'harness tools fetch --abi {abi}', or 'harness tools add FILE'",
        )
    if not tools and not wanted:
        step = "'harness tools fetch' gets one; the local device needs none"
        yield Check("tools", CheckStatus.WARNING, "the store has no benchmark_model", step)
    elif tools:
        names = ", ".join(f"{tool.name} ({tool.abi or 'no ABI'})" for tool in tools)
        yield Check("tools", CheckStatus.OK, f"{len(tools)} in the store: {names}")
