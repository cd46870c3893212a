"""Starting and stopping the virtual lab from outside: phones and an adb server of their own.

    with running_lab(["pixel-8", "galaxy-j6"]) as lab:
        client = adbutils.AdbClient(lab.host, lab.port)
        lab.tell("pixel-8", "drop")

The lab is one process, `python -m harness.virtual`, which also owns the adb server. It ends when
its standard input closes, so that nothing is left running even if this process is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from harness.deadline import Deadline
from harness.errors import NothingToMeasureError

FAULTS = ("unauthorized", "drop", "away", "stall", "slow", "reboot", "full")
DEFAULT_SPEED = 50.0
_START_S = 60.0
_STOP_S = 10.0
_LOG_TAIL = 2000


@dataclass(frozen=True)
class LabPhone:
    """A phone of the running lab; `address` is its name as a transport of the adb server."""

    name: str
    serial: str
    address: str


@dataclass
class Lab:
    """A running lab. `host` and `port` are those of its private adb server."""

    host: str
    port: int
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
            _pipe(self._process.stdin).write(json.dumps(order).encode() + b"\n")
            _pipe(self._process.stdin).flush()
            answer = json.loads(_pipe(self._process.stdout).readline() or b"{}")
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
        UnknownNameError: there is no such phone.
        NothingToMeasureError: the lab did not come up.
    """
    from harness.virtual.phones import catalog  # noqa: PLC0415 (YAML is slow to import)

    names = [phone.name for phone in catalog.phones(phones)]
    order = {"phones": names, "faults": dict(faults or {}), "speed": speed, "seed": seed}
    with tempfile.TemporaryDirectory(prefix="harness-lab-", ignore_cleanup_errors=True) as folder:
        log = Path(folder, "lab.log")
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "harness.virtual", folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                # Ctrl-C is for whoever called; the lab goes last.
                start_new_session=os.name == "posix",
            )
        try:
            yield _await(process, order, deadline or Deadline.after(_START_S), log)
        finally:
            _stop(process)


def _await(
    process: subprocess.Popen[bytes], order: dict[str, Any], deadline: Deadline, log: Path
) -> Lab:
    _pipe(process.stdin).write(json.dumps(order).encode() + b"\n")
    _pipe(process.stdin).flush()
    late = threading.Timer(deadline.remaining, process.kill)
    late.start()
    line = _pipe(process.stdout).readline()
    late.cancel()
    if not line:
        process.wait()
        tail = log.read_bytes()[-_LOG_TAIL:].decode(errors="replace").strip()
        raise NothingToMeasureError(
            f"the virtual lab did not start: {tail or 'no answer in time'}",
            next_step="see 'harness doctor'; a firewall on the loopback device can be the reason",
        )
    ready = json.loads(line)
    return Lab(
        host=ready["host"],
        port=ready["port"],
        phones=tuple(LabPhone(**phone) for phone in ready["phones"]),
        _process=process,
    )


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
