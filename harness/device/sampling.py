"""Samples of this machine beside a child process, in the form that a phone's sampler writes.

A thread of the harness reads them, not the child: all that the child shares with it is the machine.
Linux only; other systems have no such files, and so no telemetry.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

_CPUFREQ = Path("/sys/devices/system/cpu/cpufreq")
_THERMAL = Path("/sys/class/thermal")
_POWER = Path("/sys/class/power_supply")
_BATTERY_FILES = ("status", "temp", "current_now", "charge_counter", "voltage_now")
_MEMORY = ("VmHWM", "VmRSS", "VmSwap")
_MOST = 4000
_MOST_OF_A_KIND = 8
_PLAIN = re.compile(r"[A-Za-z0-9_.+-]{1,40}")
_GRACE_S = 2.0


def nodes() -> list[tuple[str, Path]]:
    """Return what can be read here now: (name of the column, file)."""
    found: list[tuple[str, Path]] = []
    for policy in sorted(_CPUFREQ.glob("policy*"))[:_MOST_OF_A_KIND]:
        found += [
            (f"{policy.name}.cur", policy / "scaling_cur_freq"),
            (f"{policy.name}.max", policy / "scaling_max_freq"),
        ]
    kinds: set[str] = set()
    for zone in sorted(_THERMAL.glob("thermal_zone*")):
        kind = _word(zone / "type")
        if _PLAIN.fullmatch(kind) and kind not in kinds and len(kinds) < _MOST_OF_A_KIND:
            kinds.add(kind)
            found.append((f"zone:{kind}", zone / "temp"))
    for battery in sorted(_POWER.glob("BAT*"))[:1]:
        found += [(f"battery.{name}", battery / name) for name in _BATTERY_FILES]
    return [(name, path) for name, path in found if _word(path) != "-"]


class Sampler:
    """Writes a sample at once and then one every `period_s` seconds until `end`.

    Args:
        pid: the child whose memory is told.
        into: the file; it is there from the start.
        period_s: seconds from one sample to the next.
    """

    def __init__(self, pid: int, into: Path, period_s: float) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._period_s = period_s
        self._over = threading.Event()
        self._nodes = nodes()
        self._into = into
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop, and return when the file is whole."""
        self._over.set()
        self._thread.join(_GRACE_S)

    def _write(self) -> None:
        with contextlib.suppress(OSError), self._into.open("w", encoding="utf-8") as stream:
            print("uptime", *(name for name, _ in self._nodes), *_MEMORY, file=stream)
            for _ in range(_MOST):
                print(*self._sample(), file=stream, flush=True)
                if self._over.wait(self._period_s):
                    return

    def _sample(self) -> Sequence[str]:
        now = _word(Path("/proc/uptime"))
        return (now, *(_word(path) for _, path in self._nodes), *_memory(self._status))


def can_sample() -> bool:
    """Whether this system has the files."""
    return sys.platform == "linux"


def _word(path: Path) -> str:
    """Return the first word of a file; `-` where there is none to be had."""
    try:
        return (path.read_text(errors="replace").split() or ["-"])[0]
    except OSError:
        return "-"


def _memory(status: Path) -> list[str]:
    try:
        lines = status.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    told = {key: rest.split() for key, _, rest in (line.partition(":") for line in lines)}
    return [(told.get(key) or ["-"])[0] for key in _MEMORY]
