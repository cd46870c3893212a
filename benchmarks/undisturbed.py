"""Does the harness disturb what it measures? Run: python benchmarks/undisturbed.py [TURNS].

On one real adbd a round through the harness (detached, sampled, brought home) and the bare tool,
started by `adb shell` with the same flags, take turns. Printed are the ratio of their p50 with its
95 % interval, and which share of the worker's time the tool was alive (preflight and cool-down
apart). The exit status is 1 if the ratio is more than 1 % off and its interval excludes 1, or if
the share is below 95 %. Needs root and debootstrap; elsewhere it says so and is skipped.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from on_adbd import Place, mean_ratio, missing_means, p50_us, phone_in_a_chroot, ratios

from harness.bench.runner import Launch

TURNS = 24
BOUND = 0.01
LEAST_SHARE = 0.95
PARTS = ("staging", "tool", "collect")
"""The parts of a worker's time without preflight and cool-down."""


def bare(place: Place, command: str) -> float:
    """Run the tool by `adb shell` alone, return its p50 in us."""
    output = place.folder / "bare.log"
    with output.open("wb") as stream:
        subprocess.run(
            [*place.adb, "shell", f"cd /data/local/tmp && {command}"],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            check=True,
        )
    return p50_us(output)


def share(launches: list[Launch], parts: tuple[str, ...]) -> float:
    """Return the tool's part of what the workers spent on some parts."""
    whole = sum(one.spent_s[name] for one in launches for name in parts)
    return sum(one.spent_s["tool"] for one in launches) / whole


def main(turns: int) -> int:
    """Print both figures and return the exit status."""
    if (reason := missing_means()) is not None:
        print(f"SKIPPED: a real adbd in a chroot {reason}")
        return 0
    launches: list[Launch] = []
    with phone_in_a_chroot() as place:

        def harnessed() -> float:
            launches.append(place.round())
            last = launches[-1]
            if last.failure is not None or last.output is None:
                raise SystemExit(f"a round failed: {last.failure_message}")
            return p50_us(last.output)

        harnessed()
        command = launches[0].command
        ratio = mean_ratio(ratios(turns, harnessed, lambda: bare(place, command)))
    steady = launches[2:]
    alive, all_in = share(steady, PARTS), share(steady, ("preflight", *PARTS))
    medians = {
        name: statistics.median(one.spent_s[name] for one in steady)
        for name in ("preflight", *PARTS)
    }
    told = ", ".join(f"{name} {seconds:.3f} s" for name, seconds in medians.items())
    print(f"p50 through the harness / p50 of the bare tool = {ratio}, {turns} turns")
    print(f"tool alive for {alive:.1%} of the worker's time, {all_in:.1%} with the look before it")
    print(f"medians: {told}")
    held = ratio.within(BOUND) and alive >= LEAST_SHARE
    print(
        f"bounds: 1 ± {BOUND} or not to be told from 1; {LEAST_SHARE:.0%}: "
        f"{'held' if held else 'MISSED'}"
    )
    return int(not held)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else TURNS))
