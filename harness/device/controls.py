"""Settings of a device that a sweep may hold still, and what came of each; plain data.

How they are read, set and put back on a phone is in `harness.device.adb.controls`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from harness.errors import UnknownNameError


class ControlName(StrEnum):
    """Everything that can be held still; docs/reference/controls.md says what each one does."""

    STAY_AWAKE = "stay_awake"
    ANIMATIONS = "animations"
    POWER_SAVER = "power_saver"
    SCREEN = "screen"
    DOZE = "doze"
    FIXED_PERFORMANCE = "fixed_performance"
    BACKGROUND = "background"
    GOVERNOR = "governor"
    GPU_CLOCK = "gpu_clock"


DEFAULT_CONTROLS = (ControlName.STAY_AWAKE, ControlName.ANIMATIONS, ControlName.POWER_SAVER)
"""Held unless something else is said: they cost nothing, and change no clock by themselves."""


CLOCK_CONTROLS = (
    ControlName.FIXED_PERFORMANCE,
    ControlName.GOVERNOR,
    ControlName.GPU_CLOCK,
    ControlName.POWER_SAVER,
)
"""Those that change clocks: times with and without one of them are of two machines."""


class ControlOutcome(StrEnum):
    """What came of a control on a device."""

    HELD = "held"
    ALREADY = "already"
    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    NO_RIGHTS = "no_rights"
    NOT_VERIFIED = "not_verified"

    @property
    def is_fine(self) -> bool:
        """Whether the device is as it was wanted, and is known to be."""
        return self in (ControlOutcome.HELD, ControlOutcome.ALREADY)

    @property
    def state(self) -> ControlState:
        """What the device is like under it, whatever the reason."""
        if self.is_fine:
            return ControlState.HELD
        return ControlState.UNKNOWN if self is ControlOutcome.NOT_VERIFIED else ControlState.OFF


class ControlState(StrEnum):
    """What a device is like under a control: as wanted, as it was, or nobody knows which."""

    HELD = "held"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Controlled:
    """One control on one device: `before` and `wanted` by the name of the value.

    `message` says why it is not held; it may quote the device.
    """

    name: ControlName
    outcome: ControlOutcome
    before: Mapping[str, str] = field(default_factory=dict)
    wanted: Mapping[str, str] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True)
class ControlWish:
    """Which controls a sweep wants; `asked`: somebody named them, so silence is no answer.

    `owner` is the sweep: what it leaves on a device is marked with it.
    """

    names: tuple[ControlName, ...] = DEFAULT_CONTROLS
    asked: bool = False
    owner: str = ""


@dataclass
class Held:
    """What a device holds while it is controlled; it changes when the device lost it meanwhile.

    `notes` are sentences for a person, added as things happen; whoever tells them takes them out.
    """

    controls: tuple[Controlled, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcomes by name, as a launch records them."""
        return {one.name.value: one.outcome.value for one in self.controls}

    def take_notes(self) -> list[str]:
        """Return the notes that nobody has taken yet."""
        taken, self.notes[:] = list(self.notes), []
        return taken


def parse_controls(words: Sequence[str]) -> tuple[ControlName, ...]:
    """Read names of controls; `default` stands for those, `none` alone for nothing.

    Raises:
        UnknownNameError: a word is no control.
    """
    found: dict[ControlName, None] = {}
    for word in (part.strip().replace("-", "_") for one in words for part in one.split(",")):
        if word == "default":
            found |= dict.fromkeys(DEFAULT_CONTROLS)
        elif word in set(ControlName):
            found[ControlName(word)] = None
        elif word == "none" and (len(words) > 1 or "," in words[0]):
            raise UnknownNameError(
                "'none' holds nothing, so it stands alone",
                next_step="leave out none, or leave out the others",
            )
        elif word and word != "none":
            raise UnknownNameError(
                f"no control is called '{word}'",
                next_step=f"choose from {', '.join(ControlName)}, or write default or none alone",
            )
    return tuple(found)
