"""Run settings of a call: the file's or `--quick`'s, with what the command line says of rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.bench.samples import SampleSource
from harness.bench.settings import DEFAULT, OFF, QUICK, RunSettings, parse_precision
from harness.device.cores import CoreClass
from harness.durations import parse_duration
from harness.errors import UsageError
from harness.lab.config import LabConfig
from harness.lab.schema import SweepSection
from harness.lab.settings_section import MOST_BUDGET_S

_T = TypeVar("_T")


@dataclass(frozen=True)
class SettingWords:
    """What a call says of rounds and of what follows them.

    `rounds` alone is an exact number; beside `most` or `precision` it is the least. The first four
    are as they were typed; a series is in seconds.
    """

    rounds: int | None = None
    most: int | None = None
    precision: str | None = None
    budget: str | None = None
    quick: bool = False
    sustain_s: float | None = None
    init_pairs: int | None = None
    samples: tuple[SampleSource, ...] = ()
    cores: tuple[CoreClass, ...] = ()

    @property
    def options(self) -> list[str]:
        """The options as they can be typed again."""
        given = {
            "--rounds": self.rounds,
            "--max-rounds": self.most,
            "--precision": self.precision,
            "--budget": self.budget,
            "--sustain": None if self.sustain_s is None else f"{self.sustain_s:g}s",
            "--init": "cold,warm" if self.init_pairs else None,
            "--samples": ",".join(self.samples) or None,
            "--cores": ",".join(self.cores) or None,
        }
        typed = [part for name, v in given.items() if v is not None for part in (name, str(v))]
        return [*typed, *(["--quick"] if self.quick else [])]

    @property
    def _extras(self) -> dict[str, object]:
        given = {
            "sustain_s": self.sustain_s,
            "init_pairs": self.init_pairs,
            "samples": self.samples or None,
            "cores": self.cores or None,
        }
        return {name: value for name, value in given.items() if value is not None}

    def applied(self, settings: RunSettings) -> RunSettings:
        """Return the settings with what the call says.

        Raises:
            UsageError: an option cannot be read, or two of them contradict each other.
        """
        said: dict[str, object] = {}
        if self.rounds is not None:
            said["rounds"] = self.rounds
        if self.precision is not None:
            said["precision"] = _read(
                "--precision", parse_precision, self.precision, "--precision 2%"
            )
        elif self.most is not None:
            said["precision"] = settings.precision or DEFAULT.precision
        elif self.rounds is not None:
            said["precision"] = 0.0
        if self.most is not None:
            said["max_rounds"] = self.most
        if self.budget is not None:
            said["budget_s"] = _budget(self.budget)
        found = settings.model_copy(update=said | self._extras)
        if self.most is not None and not found.precision:
            raise UsageError(
                "--max-rounds says nothing with --precision off: all rounds are made",
                next_step="leave it out, and say how many with --rounds",
            )
        if self.most is not None and self.most < found.rounds:
            raise UsageError(
                f"--max-rounds {self.most} is less than the {found.rounds} rounds made in any case",
                next_step=f"say --rounds {self.most} for exactly so many",
            )
        return found


def settings_of(
    words: SettingWords, config: LabConfig, section: SweepSection | None
) -> RunSettings:
    """Return the settings of a sweep; `--quick` knows no file.

    Raises:
        UsageError: what the call says of rounds cannot be read.
    """
    return words.applied(QUICK if words.quick else config.settings_for("", section))


def settings_by_device(
    words: SettingWords, config: LabConfig, section: SweepSection | None, devices: Sequence[str]
) -> Mapping[str, RunSettings]:
    """Return settings of devices that have their own; options of the call win over the file."""
    if words.quick:
        return {}
    return {
        one: words.applied(config.settings_for(one, section))
        for one in devices
        if config.device(one).settings.given
    }


def _budget(text: str) -> float:
    if text.strip().lower() in OFF:
        return 0.0
    seconds = _read("--budget", parse_duration, text, "--budget 30m")
    if not 0 < seconds <= MOST_BUDGET_S:
        raise UsageError(
            f"--budget {text} is out of range", next_step="give each device up to 168h, or off"
        )
    return seconds


def _read(option: str, parse: Callable[[str], _T], text: str, example: str) -> _T:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}", next_step=f"for example {example}") from None
