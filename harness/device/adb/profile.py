"""What a phone is, from one round trip. What cannot be read is None, never a guess."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from harness.device.base import CpuCluster, Profile
from harness.device.cores import parse_cpus

# related_cpus, not affected_cpus: it lists cpus that are offline too. `policy*` only: some
# kernels keep other entries beside them.
COMMANDS = {
    "props": "getprop",
    "kernel": "uname -r",
    "memory": "grep MemTotal /proc/meminfo",
    "uid": "id -u",
    "su": "command -v su",
    "cpu": "for p in /sys/devices/system/cpu/cpufreq/policy*; do "
    'echo "${p##*/}|$(cat $p/related_cpus)|$(cat $p/cpuinfo_min_freq)|$(cat $p/cpuinfo_max_freq)'
    '|$(cat $p/scaling_governor)"; done',
    "capacity": "for c in /sys/devices/system/cpu/cpu[0-9]*; do "
    'echo "${c##*/cpu} $(cat $c/cpu_capacity)"; done',
    "parts": "grep -E '^(processor|CPU implementer|CPU part)' /proc/cpuinfo",
    # The whole dump has 100 to 500 kB; it has no GLES line where Vulkan renders the screen.
    "gles": "dumpsys SurfaceFlinger | grep -m1 '^GLES: '",
    "vulkan": "cmd gpu vkjson | grep -m1 '\"deviceName\"'",
    # Drivers of Android 12 and newer are listed by `service`, older ones by `lshal`.
    "services": "service list | grep -iE '^Found|neuralnetworks'",
    "hals": "lshal | grep -iE 'neuralnetworks|^Interface'",
}

_AIDL_RELEASE = 31
_ENTRY = re.compile(r"\[([^\[\]]+)\]: \[(.*)", re.DOTALL)
_DRIVER = re.compile(r"(?:neuralnetworks\.IDevice|neuralnetworks@[\d.]+::IDevice)/([^\s:]+)")


def parse_getprop(text: str) -> dict[str, str]:
    """Read `[key]: [value]` lines; values may span lines and hold brackets.

    A line that neither starts an entry nor continues an open one is dropped.
    """
    found: dict[str, str] = {}
    key, open_value = "", False
    for line in text.replace("\r", "").split("\n"):
        match = _ENTRY.fullmatch(line)
        if match is not None:
            key, value = match[1], match[2]
        elif open_value:
            value = f"{found[key]}\n{line}"
        else:
            continue
        open_value = not value.endswith("]")
        found[key] = value if open_value else value[:-1]
    return found


def parse_clusters(text: str) -> tuple[CpuCluster, ...]:
    """Read the lines of the `cpu` command; a policy whose cpus are unreadable is left out."""
    clusters = []
    for line in text.splitlines():
        name, *fields = line.split("|")
        if len(fields) != 4 or not re.fullmatch(r"policy\d+", name):  # noqa: PLR2004 (as asked for)
            continue
        cpus = parse_cpus(fields[0])
        if cpus:
            low, high = number(fields[1]), number(fields[2])
            clusters.append(CpuCluster(name, cpus, low, high, fields[3].strip() or None))
    return tuple(sorted(clusters, key=lambda cluster: cluster.cpus))


def parse_capacities(text: str) -> dict[int, int]:
    """Read lines of `cpu capacity`; a CPU without one is left out."""
    pairs = re.findall(r"^(\d{1,4}) (\d{1,9})\r?$", text, re.MULTILINE | re.ASCII)
    return {int(cpu): int(capacity) for cpu, capacity in pairs}


def parse_parts(text: str) -> dict[int, str]:
    """Read `implementer:part` by CPU from /proc/cpuinfo, which leaves out those that are off."""
    found: dict[int, str] = {}
    cpu: int | None = None
    implementer = ""
    for line in text.splitlines():
        name, _, value = (part.strip() for part in line.partition(":"))
        if name == "processor":
            cpu, implementer = number(value), ""
        elif name == "CPU implementer":
            implementer = value
        elif name == "CPU part" and cpu is not None:
            found[cpu] = f"{implementer}:{value}"
    return found


def described(
    clusters: tuple[CpuCluster, ...], capacities: Mapping[int, int], parts: Mapping[int, str]
) -> tuple[CpuCluster, ...]:
    """Add capacity and part to the clusters; a policy of two designs becomes two of them.

    A CPU that is off has no part, but its neighbours of the same policy and capacity do.
    """
    found = []
    for cluster in clusters:
        kinds: dict[tuple[int | None, str | None], list[int]] = {}
        for cpu in cluster.cpus:
            capacity = capacities.get(cpu)
            alike = {
                parts[one]
                for one in cluster.cpus
                if one in parts and capacities.get(one) == capacity
            }
            neighbour = alike.pop() if len(alike) == 1 else None
            kinds.setdefault((capacity, parts.get(cpu) or neighbour), []).append(cpu)
        found += [
            replace(cluster, cpus=tuple(cpus), capacity=capacity, part=part)
            for (capacity, part), cpus in kinds.items()
        ]
    return tuple(found)


def parse_gpu(gles: str, vulkan: str) -> str | None:
    """Return the GPU's name as its driver gives it.

    The vendor may hold commas (`Samsung Electronics Co., Ltd.`), the renderer too (ANGLE's), so
    the GLES line is kept whole up to its version.
    """
    match = re.match(r"GLES: (.+?)(?:, OpenGL ES .*)?$", gles.strip().split("\n", maxsplit=1)[0])
    if match is not None:
        return match[1]
    named = re.search(r'"deviceName"\s*:\s*"([^"]+)"', vulkan)
    return named[1] if named is not None else None


def parse_nnapi(services: str, hals: str, api_level: int | None) -> tuple[str, ...] | None:
    """Return the names of NNAPI drivers; empty when there is none, None when nobody could say."""
    names = dict.fromkeys(_DRIVER.findall(services) + _DRIVER.findall(hals))
    if names:
        return tuple(names)
    asked = "Found" in services and (api_level or 0) >= _AIDL_RELEASE
    return () if asked or "Interface" in hals else None


def number(text: str) -> int | None:
    """Read a whole number; None when it is none."""
    text = text.strip()
    return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else None


def read_profile(sections: Mapping[str, str], props: Mapping[str, str]) -> Profile:
    """Make a profile of the outputs of `COMMANDS`, as `sections.split` returns them.

    Args:
        sections: outputs by name; one that is missing counts as unreadable.
        props: the `props` section, parsed.
    """

    def prop(*keys: str) -> str | None:
        return next((props[key].strip() for key in keys if props.get(key, "").strip()), None)

    memory = re.search(r"MemTotal:\s*(\d+) kB", sections.get("memory", ""))
    api_level = number(prop("ro.build.version.sdk") or "")
    uid = number(sections.get("uid", ""))
    rooted = None if uid is None else uid == 0 or bool(sections.get("su", "").strip())
    abis = prop("ro.product.cpu.abilist", "ro.product.cpu.abi") or ""
    return Profile(
        manufacturer=prop("ro.product.manufacturer"),
        model=prop("ro.product.model"),
        soc=prop("ro.soc.model", "ro.hardware.chipname"),
        platform=prop("ro.board.platform"),
        os_version=prop("ro.build.version.release"),
        api_level=api_level,
        abis=tuple(abi.strip() for abi in abis.split(",") if abi.strip()),
        fingerprint=prop("ro.build.fingerprint"),
        kernel=sections.get("kernel", "").strip() or None,
        ram_kb=int(memory[1]) if memory is not None else None,
        gpu=parse_gpu(sections.get("gles", ""), sections.get("vulkan", "")),
        clusters=described(
            parse_clusters(sections.get("cpu", "")),
            parse_capacities(sections.get("capacity", "")),
            parse_parts(sections.get("parts", "")),
        ),
        nnapi_devices=parse_nnapi(
            sections.get("services", ""), sections.get("hals", ""), api_level
        ),
        rooted=rooted,
    )
