"""What this machine is and how it is right now, as far as its system tells without asking much."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

from harness.deadline import Deadline
from harness.device import readings
from harness.device.base import Charging, CpuCluster, Health, PolicyClocks, Profile
from harness.parse.temperature import plausible

_PROC, _SYS = Path("/proc"), Path("/sys")

LOAD_WINDOW_S = 0.1
"""Shorter than a phone's: here the harness itself is at work, so that no gate rests on it."""

# Documentation/ABI/testing/sysfs-class-power of the kernel.
_BATTERY_STATES = {
    "Charging": Charging.CHARGING,
    "Discharging": Charging.DISCHARGING,
    "Not charging": Charging.NOT_CHARGING,
    "Full": Charging.FULL,
}


def machine_profile() -> Profile:
    """Return the CPU, system and memory of this machine."""
    cpu = _cpu_name()
    return Profile(
        model=cpu or platform.machine() or None,
        soc=cpu,
        platform=f"{platform.system()} {platform.machine()}".strip() or None,
        os_version=_os_name(),
        abis=("host",),
        fingerprint=platform.platform() or None,
        kernel=platform.release() or None,
        ram_kb=_ram_kb(),
        clusters=_clusters(),
    )


def machine_health(folder: Path, deadline: Deadline) -> Health:
    """Return free space at `folder`, uptime, boot, battery, memory, heat and clocks."""
    uptime = _read(_PROC / "uptime")
    battery = next(iter(sorted((_SYS / "class/power_supply").glob("BAT*"))), None)
    percent = _read(battery / "capacity") if battery else None
    state = _read(battery / "status") if battery else None
    memory = _read(_PROC / "meminfo") or ""
    clocks = _clocks()
    return Health(
        battery_percent=_number(percent),
        plugged=state != "Discharging" if state else None,
        free_kb=shutil.disk_usage(folder).free // 1024,
        uptime_s=_number(uptime.split()[0]) if uptime else None,
        boot_id=_boot_id(deadline),
        notes=_load_notes(),
        temperatures=_zones(),
        capped_policies=readings.capped(clocks),
        charging=_BATTERY_STATES.get(state or ""),
        charge_uah=_whole(_read(battery / "charge_now")) if battery else None,
        current=_whole(_read(battery / "current_now")) if battery else None,
        available_kb=readings.parse_memory(memory, "MemAvailable"),
        swap_free_kb=readings.parse_memory(memory, "SwapFree"),
        clocks=clocks,
    )


def machine_idle_share() -> float | None:
    """Return which part of all CPUs' time is idle, from a look of LOAD_WINDOW_S."""
    before = _read(_PROC / "stat")
    if before is None:
        return None
    time.sleep(LOAD_WINDOW_S)
    lines = [before.partition("\n")[0], (_read(_PROC / "stat") or "").partition("\n")[0]]
    return readings.parse_idle_share("\n".join(lines))


def _zones() -> dict[str, float]:
    """Return the thermal zones in °C by type; the kernel gives thousandths here."""
    found: dict[str, float] = {}
    for zone in sorted((_SYS / "class/thermal").glob("thermal_zone*")):
        name, value = _read(zone / "type"), _number(_read(zone / "temp"))
        celsius = None if value is None else plausible(value / 1000)
        if name is not None and celsius is not None:
            found[name] = max(celsius, found.get(name, celsius))
    return found


def _clocks() -> tuple[PolicyClocks, ...]:
    policies = sorted((_SYS / "devices/system/cpu/cpufreq").glob("policy*"))
    names = ("scaling_cur_freq", "scaling_max_freq", "cpuinfo_max_freq", "scaling_governor")
    lines = ("|".join([one.name, *(_read(one / name) or "" for name in names)]) for one in policies)
    return readings.parse_clocks("\n".join(lines))


def _read(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace").strip() or None
    except OSError:
        return None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _whole(text: str | None) -> int | None:
    value = _number(text)
    return None if value is None else int(value)


def _sysctl(name: str, deadline: Deadline) -> str | None:
    """Ask macOS; every other system has no answer."""
    if platform.system() != "Darwin":
        return None
    try:
        answer = subprocess.run(
            ["/usr/sbin/sysctl", "-n", name],
            capture_output=True,
            check=True,
            text=True,
            timeout=deadline.sooner(5).remaining,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def _cpu_name() -> str | None:
    for line in (_read(_PROC / "cpuinfo") or "").splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Hardware"):
            return value.strip() or None
    return _sysctl("machdep.cpu.brand_string", Deadline.after(5)) or platform.processor() or None


def _os_name() -> str | None:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    except OSError:
        return platform.version() or None


def _ram_kb() -> int | None:
    if sys.platform == "win32":
        return None
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024
    except (OSError, ValueError):
        return None


def _clusters() -> tuple[CpuCluster, ...]:
    """Return cpufreq's policies; where there are none, all CPUs as one cluster of unknown clock."""
    policies = sorted((_SYS / "devices/system/cpu/cpufreq").glob("policy*"))
    found = tuple(
        CpuCluster(
            name=one.name,
            cpus=tuple(int(cpu) for cpu in (_read(one / "related_cpus") or "").split()),
            min_khz=_whole(_read(one / "cpuinfo_min_freq")),
            max_khz=_whole(_read(one / "cpuinfo_max_freq")),
            governor=_read(one / "scaling_governor"),
            capacity=_capacity(one),
        )
        for one in policies
    )
    return found or (CpuCluster("all", tuple(range(os.cpu_count() or 0)), None, None),)


def _capacity(policy: Path) -> int | None:
    """Return the capacity of the first CPU of a policy; only some machines have one."""
    cpu = (_read(policy / "related_cpus") or "").split()[:1]
    return _whole(_read(_SYS / f"devices/system/cpu/cpu{cpu[0]}/cpu_capacity")) if cpu else None


def _boot_id(deadline: Deadline) -> str | None:
    return _read(_PROC / "sys/kernel/random/boot_id") or _sysctl("kern.bootsessionuuid", deadline)


def _load_notes() -> tuple[str, ...]:
    if sys.platform == "win32":
        return ()
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    return (f"load {load:.2f} on {cores} CPUs",)
