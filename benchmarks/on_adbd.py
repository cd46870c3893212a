"""What the benchmarks on a real adbd share: a phone in a chroot, a cell on it, ratios of turns."""

from __future__ import annotations

import contextlib
import math
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "conformance"))

import phone as chroot
from reaching import connect, open_adb_device

from harness.bench.command import LaunchKind
from harness.bench.runner import CellSetup, Launch, launch
from harness.bench.settings import RunSettings
from harness.bench.variant import BUILT_IN
from harness.demo_models import paths
from harness.device.adb.private import PrivateServer
from harness.device.base import Bundle, Device, LocalFile
from harness.files import sha256_of
from harness.litert_tool import bundle
from harness.parse.log import parse_joined
from harness.stats.interval import mean_interval

SETTINGS = RunSettings(num_runs=50, min_secs=1.0, max_secs=30, warmup_min_secs=0.5)
"""Rounds of a second, as they are by default."""


@dataclass(frozen=True)
class Place:
    """A device to measure on, the cell, and where its files come home to."""

    device: Device
    setup: CellSetup
    folder: Path
    adb: tuple[str, ...] = ()
    """The words that start a command of adb on it."""

    def round(self) -> Launch:
        """Make one timed round through the harness."""
        return launch(self.device, self.setup, LaunchKind.ROUND, self.folder / "round")


def cell(abi: str | None = None) -> CellSetup:
    """Return the smaller demo model on one CPU thread, as a cell of LiteRT's built-in tool."""
    model = paths()[0]
    digest = sha256_of(model)
    return CellSetup(
        variant=BUILT_IN["cpu-1t"],
        tool=bundle(abi=abi, python="/usr/bin/python3") if abi else bundle(),
        model=Bundle(digest, {"m.tflite": LocalFile(model, digest)}),
        model_file="m.tflite",
        settings=SETTINGS,
    )


@contextlib.contextmanager
def phone_in_a_chroot() -> Iterator[Place]:
    """Run Debian's adbd, mksh and toybox as a phone. The caller asks `missing_means` first."""
    with (
        tempfile.TemporaryDirectory() as folder,
        PrivateServer() as adb,
        chroot.running_phone() as phone,
    ):
        address = phone.addresses[0]
        connect(adb, address)
        device = open_adb_device(adb.server, address)
        words = (adb_program(), "-P", str(adb.server.port), "-s", address)
        yield Place(device, cell(device.profile.abis[0]), Path(folder), words)


def adb_program() -> str:
    """Return the adb that the harness itself uses."""
    from harness.device.adb.server import adb_binary  # noqa: PLC0415 (one name of many)

    return str(adb_binary())


def missing_means() -> str | None:
    """Return why there can be no such phone here; None where there can."""
    return chroot.missing_means()


def p50_us(output: Path) -> float:
    """Return the median that the tool printed, in microseconds."""
    text = output.read_text(errors="replace")
    timed = parse_joined([(text, str(output))]).timed
    if timed is None or timed.p50 is None:
        raise SystemExit(f"the tool printed no times:\n{text[-2000:]}")
    return timed.p50


def ratios(turns: int, first: Callable[[], float], second: Callable[[], float]) -> list[float]:
    """Let two ways of measuring take turns, first one ahead, then the other: first / second."""
    first(), second()  # neither is to pay for a cold start
    found = []
    for turn in range(turns):
        if turn % 2:
            b, a = second(), first()
        else:
            a, b = first(), second()
        found.append(a / b)
    return found


@dataclass(frozen=True)
class Ratio:
    """The mean ratio of turns and its 95 % interval."""

    value: float
    low: float
    high: float

    def within(self, bound: float) -> bool:
        """Whether it is within a bound of 1, or cannot be told from 1."""
        return abs(self.value - 1) <= bound or self.low <= 1 <= self.high

    def __str__(self) -> str:
        return f"{self.value:.4f} (95 %: {self.low:.4f} to {self.high:.4f})"


def mean_ratio(values: Sequence[float]) -> Ratio:
    """Return the geometric mean of ratios with its interval."""
    logs = [math.log(value) for value in values]
    span = mean_interval(logs)
    if span is None:
        raise SystemExit("too few turns for an interval")
    return Ratio(*(math.exp(v) for v in (statistics.fmean(logs), span.low, span.high)))
