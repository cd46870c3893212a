"""What does sampling cost what is sampled? Run: python benchmarks/sampler_cost.py [TURNS].

On a real adbd in a chroot, and on this machine, rounds with the sampler and without it take turns:
the ratio of their p50 with its 95 % interval. Beside it stand the CPU seconds that the sampler
itself takes in a minute. The exit status is 1 if a ratio is more than 1 % off and its interval
excludes 1. The adbd needs root and debootstrap; elsewhere that part says so and is skipped.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

from on_adbd import (
    Place,
    Ratio,
    cell,
    mean_ratio,
    missing_means,
    p50_us,
    phone_in_a_chroot,
    ratios,
)

from harness.bench import runner
from harness.bench.command import LaunchKind
from harness.deadline import Deadline
from harness.device.adb.device import AdbDevice
from harness.device.base import Job
from harness.device.local import LocalDevice
from harness.device.sampling import Sampler, can_sample

TURNS = 24
BOUND = 0.01
WATCHED_S = 20.0
TICKS = 100.0  # a second, of /proc/PID/stat on every Android


def compare(place: Place, turns: int) -> Ratio:
    """Return the ratio of a round's p50 with the sampler to one without."""

    def once(kinds: tuple[LaunchKind, ...]) -> float:
        runner._SAMPLED = kinds  # noqa: SLF001 (the one switch that tells both apart)
        made = place.round()
        if made.failure is not None or made.output is None:
            raise SystemExit(f"a round failed: {made.failure_message}")
        if ("telemetry.txt" in made.files) != bool(kinds):
            raise SystemExit("the sampler did not do as it was told")
        return p50_us(made.output)

    return mean_ratio(ratios(turns, lambda: once((LaunchKind.ROUND,)), lambda: once(())))


def phone_cpu_s(device: AdbDevice, folder: Path) -> float:
    """Return the CPU seconds a minute of a phone's sampler at one sample a second."""
    job = Job("idle", ("sleep", f"{WATCHED_S + 2}"), sample_s=1.0)
    beside = threading.Thread(target=device.run, args=(job, folder, Deadline.after(60)))
    beside.start()
    time.sleep(1.0)
    look = (
        "for p in /proc/[0-9]*; do read -r line <$p/cmdline; case $line in *sampler.sh*) "
        "read -r stat <$p/stat; echo $stat;; esac; done 2>/dev/null"
    )

    def ticks() -> int:
        text = device.shell.run(look, Deadline.after(10)).text
        lines = [line.rpartition(")")[2].split() for line in text.splitlines()]
        # utime, stime, and those of children that were waited for: fields 14 to 17.
        return max(sum(map(int, words[11:15])) for words in lines)

    before = ticks()
    time.sleep(WATCHED_S)
    used = ticks() - before
    beside.join()
    return used / TICKS * 60 / WATCHED_S


def local_cpu_s(folder: Path, samples: int = 60) -> float:
    """Return the CPU seconds that a minute of samples costs on this machine."""
    sampler = Sampler(1, folder / "telemetry.txt", 3600.0)
    began = time.process_time()
    for _ in range(samples):
        sampler._sample()  # noqa: SLF001 (what its thread does once a period)
    used = time.process_time() - began
    sampler.end()
    return used


def main(turns: int) -> int:
    """Print all figures and return the exit status."""
    held = True
    with tempfile.TemporaryDirectory() as folder:
        if can_sample():
            place = Place(LocalDevice(Path(folder) / "cache"), cell(), Path(folder))
            ratio = compare(place, turns)
            cpu = local_cpu_s(Path(folder))
            print(
                f"local: p50 with sampler / without = {ratio}, {turns} turns; {cpu:.3f} CPU s/min"
            )
            held = ratio.within(BOUND)
    if (reason := missing_means()) is not None:
        print(f"SKIPPED: a real adbd in a chroot {reason}")
        return int(not held)
    with phone_in_a_chroot() as place:
        ratio = compare(place, turns)
        cpu = phone_cpu_s(place.device, place.folder)
    print(f"adbd: p50 with sampler / without = {ratio}, {turns} turns; {cpu:.2f} CPU s/min at 1 Hz")
    held = held and ratio.within(BOUND)
    print(f"bound: 1 ± {BOUND}, or not to be told from 1; {'held' if held else 'MISSED'}")
    return int(not held)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else TURNS))
