"""What every virtual phone has below /proc, /dev and the like; its maker may add or replace."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from harness.device.cores import cpu_list
from harness.virtual.filesystem import WRITABLE
from harness.virtual.nodes import Link, Made
from harness.virtual.shell.process import Process

if TYPE_CHECKING:
    from harness.virtual.machine import VirtualPhone

_CPUS = 8


def provide(phone: VirtualPhone) -> None:
    """Hang up the kernel's files."""
    files = phone.filesystem
    files.provide("/proc/uptime", lambda: f"{phone.uptime:.2f} {phone.uptime * _CPUS * 0.9:.2f}\n")
    files.provide("/proc/sys/kernel/random/boot_id", lambda: f"{phone.boot_id}\n")
    files.provide(
        "/proc/loadavg", lambda: f"0.52 0.58 0.59 1/{len(list(phone.processes)) + 600} 2000\n"
    )
    files.provide(
        "/proc/meminfo",
        "MemTotal:        7859200 kB\nMemFree:         1204500 kB\nMemAvailable:    4102300 kB\n"
        "SwapTotal:       3000000 kB\nSwapFree:        2999000 kB\n",
    )
    files.provide("/proc/version", "Linux version 5.15.110-android14 (harness virtual phone)\n")
    files.provide("/proc/stat", lambda: _stat(phone))
    files.provide("/sys/devices/system/cpu/possible", f"0-{_CPUS - 1}\n")
    files.provide("/sys/devices/system/cpu/present", f"0-{_CPUS - 1}\n")
    files.provide("/sys/devices/system/cpu/online", f"0-{_CPUS - 1}\n")
    files.provide_link("/sdcard", WRITABLE)
    files.provide_tree("/proc", lambda: _processes(phone))


def _stat(phone: VirtualPhone) -> str:
    ticks = int(phone.uptime * 100)
    lines = [f"cpu  {ticks // 9} 0 {ticks // 20} {ticks * 7} 0 0 0 0 0 0"]
    lines += [f"cpu{n} {ticks // 70} 0 {ticks // 160} {ticks} 0 0 0 0 0 0" for n in range(_CPUS)]
    return "\n".join([*lines, f"btime {int(time.time() - phone.uptime)}"]) + "\n"


def _processes(phone: VirtualPhone) -> dict[str, Made | Link]:
    tree: dict[str, Made | Link] = {}
    for process in phone.processes:
        at = str(process.pid)
        tree[f"{at}/cmdline"] = Made("\0".join([*process.argv, ""]))
        tree[f"{at}/comm"] = Made(f"{_name(process)}\n")
        tree[f"{at}/stat"] = Made(_process_stat(phone, process))
        tree[f"{at}/status"] = Made(_process_status(process, cpus_of(phone)))
        tree[f"{at}/cwd"] = Link(process.cwd)
        tree[f"{at}/oom_score_adj"] = Made("-950\n")
    return tree


def _name(process: Process) -> str:
    return (process.argv[0].rsplit("/", 1)[-1] if process.argv else "?")[:15]


def _process_stat(phone: VirtualPhone, process: Process) -> str:
    ids = f"{process.pid} ({_name(process)}) S {process.parent} {process.group} {process.session}"
    started = int((process.started - phone.booted_at) * 100)
    return f"{ids} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {started} 10485760 900\n"


def cpus_of(phone: VirtualPhone) -> int:
    """Return how many CPUs a phone has, by its own word."""
    return int(phone.filesystem.read("/sys/devices/system/cpu/possible").rpartition(b"-")[2]) + 1


def allowed(process: Process, cpus: int) -> tuple[int, ...]:
    """Return the CPUs that a process may use."""
    mask = process.affinity
    return tuple(cpu for cpu in range(cpus) if mask is None or mask >> cpu & 1)


def _process_status(process: Process, cpus: int) -> str:
    memory = f"{process.memory_kb:>8} kB"
    return (
        f"Name:\t{_name(process)}\nState:\tS (sleeping)\n"
        f"Tgid:\t{process.pid}\nPid:\t{process.pid}\n"
        f"PPid:\t{process.parent}\nUid:\t2000\t2000\t2000\t2000\nVmHWM:\t{memory}\n"
        f"VmRSS:\t{memory}\nVmSwap:\t       0 kB\n"
        f"Cpus_allowed_list:\t{cpu_list(allowed(process, cpus))}\n"
    )
