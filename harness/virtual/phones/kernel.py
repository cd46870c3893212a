"""The files of /proc and /sys that a shell may read on a virtual phone."""

from __future__ import annotations

from harness.virtual.filesystem import Filesystem
from harness.virtual.nodes import Content
from harness.virtual.phones import sensors
from harness.virtual.phones.description import Cluster, PhoneModel
from harness.virtual.phones.state import PhoneState

_CPU = "/sys/devices/system/cpu"
_SUSTAINED = 0.75  # of the full clock, in the fixed-performance mode; made up
# Of a clock of an out-of-order core of the middle: cores in order do half as much, X cores more.
_WORTH = {
    **dict.fromkeys(("0xd03", "0xd04", "0xd05", "0xd46", "0xd80"), 0.5),
    **dict.fromkeys(("0xd44", "0xd48", "0xd4e", "0xd82", "0xd85"), 1.25),
}


def provide(filesystem: Filesystem, state: PhoneState) -> None:
    """Hang the kernel's files of a phone into its filesystem."""
    model = state.phone.model
    clusters = model.cpu.clusters
    last = max(cpu for cluster in clusters for cpu in cluster.cpus)
    for name in ("possible", "present", "online"):
        filesystem.provide(f"{_CPU}/{name}", f"0-{last}\n")
    for cluster in clusters:
        folder = f"{_CPU}/cpufreq/policy{cluster.cpus[0]}"
        for name, content in _policy(cluster, state).items():
            if name not in cluster.unreadable:
                filesystem.provide(f"{folder}/{name}", content)
        for cpu in cluster.cpus:
            filesystem.provide(f"{_CPU}/cpu{cpu}/online", "1\n")
            if cluster.khz:
                filesystem.provide(f"{_CPU}/cpu{cpu}/cpu_capacity", f"{capacity(model, cpu)}\n")
    sensors.provide(filesystem, state)
    filesystem.provide("/proc/cpuinfo", _cpuinfo(state))
    filesystem.provide("/proc/meminfo", lambda: _meminfo(model.memory_kb, state))
    filesystem.provide("/proc/stat", lambda: _stat(state))
    release = f"{model.kernel}-simulated"
    filesystem.provide(
        "/proc/version", f"Linux version {release} (harness@virtual) #1 SMP PREEMPT\n"
    )
    filesystem.provide("/proc/sys/kernel/osrelease", f"{release}\n")
    if model.nnapi.inference_count is not None:
        filesystem.provide(
            model.nnapi.inference_count, lambda: f"{state.accounts.npu_inferences}\n"
        )
    public = "libsimulated.so\n"
    if model.gpu.opencl is not None:
        filesystem.provide(model.gpu.opencl, b"\x7fELF")
        public += "libOpenCL.so\n"
    filesystem.provide("/vendor/etc/public.libraries.txt", public)


def capacity(model: PhoneModel, cpu: int) -> int:
    """Return a CPU's capacity, 1024 for the strongest. Made up, of the right order: clock x design.

    Where no clock is public all are alike.
    """
    worth = {
        one: cluster.khz[-1] * _WORTH.get(cluster.part, 1.0) if cluster.khz else 1.0
        for cluster in model.cpu.clusters
        for one in cluster.cpus
    }
    return round(1024 * worth[cpu] / max(worth.values()))


def _policy(cluster: Cluster, state: PhoneState) -> dict[str, Content]:
    """Return the files of one policy; without a clock table only its cpus are known."""
    files: dict[str, Content] = {"related_cpus": " ".join(map(str, cluster.cpus)) + " \n"}
    if not cluster.khz:
        return files

    def ceiling() -> str:
        sustained = _SUSTAINED if state.holds_clocks else 1.0
        wanted = cluster.khz[-1] * min(state.pace_at(state.felt), sustained)
        return f"{max(khz for khz in cluster.khz if khz <= max(wanted, cluster.khz[0]))}\n"

    return files | {
        "affected_cpus": files["related_cpus"],
        "cpuinfo_min_freq": f"{cluster.khz[0]}\n",
        "cpuinfo_max_freq": f"{cluster.khz[-1]}\n",
        "scaling_available_frequencies": " ".join(map(str, cluster.khz)) + " \n",
        "scaling_governor": f"{cluster.governor}\n",
        "scaling_min_freq": f"{cluster.khz[0]}\n",
        "scaling_max_freq": ceiling,
        "scaling_cur_freq": lambda: ceiling() if state.load else f"{cluster.khz[0]}\n",
    }


def _cpuinfo(state: PhoneState) -> str:
    cpu = state.phone.model.cpu
    entries = [
        f"processor\t: {number}\nBogoMIPS\t: 38.40\nFeatures\t: {cpu.features}\n"
        f"CPU implementer\t: {cluster.implementer}\nCPU architecture: 8\nCPU variant\t: 0x1\n"
        f"CPU part\t: {cluster.part}\nCPU revision\t: 0\n"
        for cluster in cpu.clusters
        for number in cluster.cpus
    ]
    return "\n".join(entries)


def _stat(state: PhoneState) -> str:
    busy, idle = state.busy_ticks()
    return f"cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\n"


def _meminfo(total_kb: int, state: PhoneState) -> str:
    free = round(total_kb * state.simulation.available)
    cached = free // (20 if state.files_forgotten else 2)
    return (
        f"MemTotal:       {total_kb:>8} kB\nMemFree:        {free // 3:>8} kB\n"
        f"MemAvailable:   {free:>8} kB\nCached:         {cached:>8} kB\n"
        f"SwapTotal:       4194300 kB\nSwapFree:        4000000 kB\n"
    )
