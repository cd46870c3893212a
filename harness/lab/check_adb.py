"""Checks of adb on this host: its programs, its servers, and what may kill a server."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.deadline import Deadline
from harness.device.adb.server import Server, adb_binary
from harness.device.adb.server_status import ServerStatus, read_status
from harness.errors import DeviceUnavailableError, HarnessError
from harness.lab.address import AdbServer
from harness.lab.check import Check, CheckId, failure, ok, warning

ASK_S = 5.0
ADB_S = 20.0
_SDK_VARIABLES = ("ANDROID_HOME", "ANDROID_SDK_ROOT")
_SDK_FOLDERS = ("Android/Sdk", "Library/Android/sdk", "AppData/Local/Android/Sdk")
_KEYS = "ADB_VENDOR_KEYS"
# What a server reads once, at its start (packages/modules/adb: client/main.cpp, auth.cpp).
_AT_START = (_KEYS, "ADB_LIBUSB", "ADB_MDNS", "ADB_EMU", "ADB_REJECT_KILL_SERVER")
# A libusb server of this release falls over when a phone reboots (DeviceFarmer/stf#845).
_FRAGILE = re.compile(r"35\.0\.")


@dataclass(frozen=True)
class Client:
    """An adb program: its protocol (41 of `1.0.41`) and release; None is what it does not say."""

    path: str
    protocol: int | None = None
    release: str | None = None


def parse_version(text: str) -> tuple[int | None, str | None]:
    """Read `adb version`: the protocol and the release."""
    protocol = re.search(r"version 1\.0\.(\d{1,4})\b", text)
    release = re.search(r"^Version (\S{1,60})", text, re.MULTILINE)
    return int(protocol[1]) if protocol else None, release[1] if release else None


def check_adb_binary() -> Check:
    """See that an adb program runs here."""
    try:
        path = adb_binary()
    except HarnessError as error:
        return failure(CheckId.ADB, error.message, error.next_step)
    client = _asked(path)
    if client is None:
        return failure(CheckId.ADB, f"{path} does not run", "install Android platform-tools")
    return ok(CheckId.ADB, f"adb {client.release or 'unknown'} at {path}")


def find_clients(environment: Mapping[str, str], user_home: Path) -> tuple[Client, ...]:
    """Return every adb program that somebody here may call: on PATH, in an SDK, the harness's."""
    name = "adb.exe" if os.name == "nt" else "adb"
    folders = [Path(one) for one in environment.get("PATH", "").split(os.pathsep) if one]
    kits = [Path(environment[one]) for one in _SDK_VARIABLES if environment.get(one)]
    kits += [user_home / one for one in _SDK_FOLDERS]
    places = [folder / name for folder in folders]
    places += [kit / "platform-tools" / name for kit in kits]
    with contextlib.suppress(HarnessError):
        places.append(Path(adb_binary()))
    real = {str(place.resolve()): place for place in places if shutil.which(str(place))}
    return tuple(client for place in real if (client := _asked(place)) is not None)


def check_clients(clients: Sequence[Client], protocols: Mapping[str, int]) -> Check:
    """See that no adb program here would kill a server: one of another protocol restarts it.

    `protocols` are those of the servers that answer, by address.
    """
    shown = "; ".join(f"{one.path} ({one.release or 'release unknown'})" for one in clients)
    killers = [
        f"{one.path} (1.0.{one.protocol}) against the server at {address} (1.0.{protocol})"
        for address, protocol in protocols.items()
        for one in clients
        if one.protocol is not None and one.protocol != protocol
    ]
    facts = {"clients": [{"path": one.path, "release": one.release} for one in clients]}
    if killers:
        return warning(
            CheckId.ADB_CLIENTS,
            f"whoever calls this adb restarts the server and drops every phone: "
            f"{'; '.join(killers)}",
            "keep one platform-tools on this host, 36 or newer",
            **facts,
        )
    return ok(CheckId.ADB_CLIENTS, shown or "no adb program was found", **facts)


def check_environment(environment: Mapping[str, str], phones: int) -> Check:
    """See what a server that is started from here would be told by the environment."""
    given = {name: environment[name] for name in _AT_START if environment.get(name)}
    keys = [one for one in given.get(_KEYS, "").split(os.pathsep) if one]
    missing = [one for one in keys if not Path(one).exists()]
    if missing:
        return warning(
            CheckId.ADB_ENVIRONMENT,
            f"{_KEYS} names {', '.join(missing)}, which is not there",
            "correct it, then start the adb server again: it reads it once",
        )
    if given:
        said = ", ".join(f"{name}={value}" for name, value in given.items())
        return ok(CheckId.ADB_ENVIRONMENT, f"a server started from here is told {said}")
    message = "nothing here steers an adb server"
    if phones > 1:
        message += "; with several phones ADB_REJECT_KILL_SERVER=1 keeps others from ending it"
    return ok(CheckId.ADB_ENVIRONMENT, message)


def check_server(address: AdbServer) -> Iterator[Check]:
    """See that an adb server answers at an address; one on this host is started if none does."""
    server = Server(address.host, address.port)
    was_there = server.listening()
    if was_there:
        try:
            server.ask("host:version", Deadline.after(ASK_S))
        except DeviceUnavailableError:
            yield _other_program(address)
            return
    try:
        server.ensure(Deadline.after(ADB_S))
        protocol = int(server.ask("host:version", Deadline.after(ASK_S)), 16)
        status = read_status(server, Deadline.after(ASK_S))
    except DeviceUnavailableError as error:
        yield failure(CheckId.ADB_SERVER, error.message, error.next_step)
        return
    yield judge_server(str(address), protocol, status, started=not was_there)


def judge_server(
    address: str, protocol: int, status: ServerStatus | None, *, started: bool
) -> Check:
    """Say which server answers, by which way it reaches USB, and whether that is known to break."""
    how = "was started" if started else "answers"
    facts: dict[str, object] = {"address": address, "protocol": protocol}
    message = f"the adb server at {address} {how}, version 1.0.{protocol}"
    if status is None:
        return ok(CheckId.ADB_SERVER, f"{message}; too old to tell its release", **facts)
    facts |= {"release": status.version, "back_end": status.back_end, "program": status.program}
    back_end = f"{status.back_end} for USB" if status.back_end else "its way to USB unknown"
    message += f", release {status.version or 'unknown'}, {back_end}"
    if status.back_end == "libusb" and _FRAGILE.match(status.version or ""):
        return warning(
            CheckId.ADB_SERVER,
            f"{message}: this release may lose every phone when one of them reboots",
            "install platform-tools 36, or start the server with ADB_LIBUSB=0",
            **facts,
        )
    return ok(CheckId.ADB_SERVER, message, **facts)


def _other_program(address: AdbServer) -> Check:
    return failure(
        CheckId.ADB_SERVER,
        f"something listens at {address} and does not answer as an adb server does",
        f"find it with 'lsof -i :{address.port}', or use another port: ANDROID_ADB_SERVER_PORT",
    )


def _asked(path: str) -> Client | None:
    try:
        done = subprocess.run([path, "version"], check=True, capture_output=True, timeout=ADB_S)
    except (OSError, subprocess.SubprocessError):
        return None
    return Client(path, *parse_version(done.stdout.decode("utf-8", "replace")))
