"""Starting and stopping the virtual lab: phones, and a private adb server that knows them.

    with running_lab(["pixel-8", "galaxy-j6"]) as lab:
        lab.server                            # harness.device.adb.server.Server: host and port
        lab.tell("pixel-8", "away", 5.0)      # a fault

The phones are one process, `python -m harness.virtual`. It ends when its standard input closes,
so that nothing is left running even if this process is killed; so does the server.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from harness.deadline import Deadline
from harness.device.adb.private import PrivateServer
from harness.device.adb.server import Server
from harness.errors import DeviceUnavailableError, NothingToMeasureError, UnknownNameError

# What a fault that is there from the start amounts to: seconds, bytes a second, bytes.
_LASTING = {"drop": 0.0, "away": 1e9, "stall": 1e9, "slow": 200_000.0, "reboot": 0.0, "full": 0.0}
FAULTS = ("unauthorized", *_LASTING)
DEFAULT_SPEED = 50.0
_START_S = 60.0
_STOP_S = 10.0
_LOG_TAIL = 2000
_LOOK_S = 0.02


@dataclass(frozen=True)
class LabPhone:
    """A phone of the running lab; `address` is its name as a transport of the adb server."""

    name: str
    serial: str
    address: str


@dataclass
class Lab:
    """A running lab; `server` is its private adb server."""

    server: Server
    phones: tuple[LabPhone, ...]
    _process: subprocess.Popen[bytes] = field(repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def phone(self, name: str) -> LabPhone:
        """Return a phone by its name."""
        return next(phone for phone in self.phones if phone.name == name)

    def tell(self, phone: str, fault: str, value: float = 0.0) -> None:
        """Let a fault happen to a phone; returns once it has begun.

        `drop` pulls the cable and puts it back, `away` keeps it out for `value` seconds, `stall`
        lets nothing move for `value` seconds, `slow` limits it to `value` bytes a second, `reboot`
        restarts the phone, `full` leaves `value` bytes of storage.
        """
        order = {"phone": phone, "fault": fault, "value": value}
        with self._lock:
            answer = _call(self._process, order)
        if answer.get("done") is not True:
            raise NothingToMeasureError(
                f"the virtual lab refused: {answer.get('error', 'it ended')}"
            )


@contextlib.contextmanager
def running_lab(
    phones: Sequence[str] | None = None,
    *,
    faults: Mapping[str, str] | None = None,
    speed: float = DEFAULT_SPEED,
    seed: int = 0,
    deadline: Deadline | None = None,
) -> Iterator[Lab]:
    """Run the lab for as long as the block lasts.

    Args:
        phones: names of the fleet (`harness.virtual.phones.catalog`); None is all of them.
        faults: what is wrong with a phone from the start, by its name; one of FAULTS.
        speed: seconds of simulated work that pass in one second.
        seed: labs with the same seed and calls report the same latencies.
        deadline: when the lab must be up; a minute by default.

    Raises:
        UnknownNameError: there is no such phone or fault.
        NothingToMeasureError: the lab did not come up.
    """
    from harness.virtual.phones import catalog  # noqa: PLC0415 (YAML is slow to import)

    deadline = deadline or Deadline.after(_START_S)
    wrong = dict(faults or {})
    names = [phone.name for phone in catalog.phones(phones)]
    for name, fault in wrong.items():
        if name not in names or fault not in FAULTS:
            raise UnknownNameError(
                f"no fault {fault!r} for {name!r}", next_step=f"choose from: {', '.join(FAULTS)}"
            )
    refusing = [name for name, fault in wrong.items() if fault == "unauthorized"]
    order = {"phones": names, "unauthorized": refusing, "speed": speed, "seed": seed}
    with (
        tempfile.TemporaryDirectory(prefix="harness-lab-", ignore_cleanup_errors=True) as folder,
        PrivateServer() as adb,
        _phones(Path(folder), order, deadline) as (process, started),
    ):
        for phone in started:
            _connect(adb, phone, wrong.get(phone.name, ""), deadline)
        lab = Lab(adb.server, started, process)
        for name, fault in wrong.items():
            if fault != "unauthorized":
                lab.tell(name, fault, _LASTING[fault])
        yield lab


@contextlib.contextmanager
def _phones(
    folder: Path, order: Mapping[str, Any], deadline: Deadline
) -> Iterator[tuple[subprocess.Popen[bytes], tuple[LabPhone, ...]]]:
    log = folder / "lab.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "harness.virtual", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            # Ctrl-C is for whoever called; the lab goes last.
            start_new_session=os.name == "posix",
        )
    try:
        late = threading.Timer(deadline.remaining, process.kill)
        late.start()
        ready = _call(process, order)
        late.cancel()
        if "phones" not in ready:
            tail = log.read_bytes()[-_LOG_TAIL:].decode(errors="replace").strip()
            raise NothingToMeasureError(
                f"the virtual phones did not start: {tail or 'no answer in time'}",
                next_step="run 'harness doctor' to see what this machine lacks",
            )
        yield process, tuple(LabPhone(**phone) for phone in ready["phones"])
    finally:
        _stop(process)


def _call(process: subprocess.Popen[bytes], message: Mapping[str, Any]) -> dict[str, Any]:
    """Send one line to the phones' process and return its answer; {} when it has ended."""
    try:
        _pipe(process.stdin).write(json.dumps(message).encode() + b"\n")
        _pipe(process.stdin).flush()
    except BrokenPipeError:
        return {}
    answer: dict[str, Any] = json.loads(_pipe(process.stdout).readline() or b"{}")
    return answer


def _connect(adb: PrivateServer, phone: LabPhone, fault: str, deadline: Deadline) -> None:
    if fault == "unauthorized":
        # The server's answer is a refusal, and the phone is listed all the same.
        with contextlib.suppress(DeviceUnavailableError):
            adb.connect(phone.address, deadline)
    else:
        adb.connect(phone.address, deadline)
    wanted = fault if fault == "unauthorized" else "device"
    while (phone.address, wanted) not in {
        (one.serial, one.state) for one in adb.server.transports(deadline)
    }:
        if deadline.passed:
            raise NothingToMeasureError(f"{phone.name} did not become {wanted!r} in time")
        time.sleep(_LOOK_S)


def _stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        _pipe(process.stdin).close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait(_STOP_S)
    _pipe(process.stdout).close()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("the lab was started without pipes")
    return stream
