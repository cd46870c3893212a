"""A device's settings over a sweep: held while its worker runs, written down as they change.

`raw/<device>/controls.jsonl` has one line whenever there is something to say: what was held, what
could not be and why, what had to be set again, what could not be put back.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from harness.deadline import Deadline
from harness.device.base import Device
from harness.device.controls import (
    CLOCK_CONTROLS,
    Controlled,
    ControlOutcome,
    ControlState,
    ControlWish,
    Held,
)
from harness.files import safe_name
from harness.sweep.documents import ControlDoc, DeviceControlsDoc
from harness.sweep.record import RoundRecord

BEGIN_S = 60.0
"""For reading, setting and verifying: some phones take a second for each setting."""

NAME = "controls.jsonl"


@dataclass
class Holding:
    """What a worker sees of its device's settings; `tell` reaches a person."""

    device: str
    file: Path
    tell: Callable[[str], None]
    held: Held = field(default_factory=Held)
    _written: tuple[Controlled, ...] = ()

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome of each control now, for the record of a launch."""
        return self.held.outcomes

    def hear(self, *more: str) -> None:
        """Tell and write down what has happened since the last time, if anything."""
        notes = [*more, *self.held.take_notes()]
        if self.held.controls != self._written:
            notes += complaints(self.held.controls)
        elif not notes:
            return
        self._written = self.held.controls
        for note in notes:
            self.tell(note)
        line = {
            "schema": 1,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "device": self.device,
            "controls": [_document(one).to_json() for one in self.held.controls],
            "notes": notes,
        }
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")


@contextmanager
def held_still(
    device: Device, wish: ControlWish, root: Path, tell: Callable[[str], None]
) -> Iterator[Holding]:
    """Hold a device's settings for as long as its worker runs, and tell what is not as wanted."""
    holding = Holding(device.id, controls_file(root, device.id), tell)
    try:
        with device.controlled(wish, Deadline.after(BEGIN_S)) as held:
            holding.held = held
            holding.hear(*device.recovered)
            yield holding
    finally:
        holding.hear()


def complaints(controls: Sequence[Controlled]) -> list[str]:
    """Say which controls are not held and why, those with one reason together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in controls:
        if not one.outcome.is_fine:
            key = (one.outcome.value.replace("_", " "), one.message)
            groups.setdefault(key, []).append(one.name.value)
    return [
        f"{', '.join(names)} {outcome}: {message}" for (outcome, message), names in groups.items()
    ]


def outcomes_of(records: Sequence[RoundRecord]) -> dict[str, list[str]]:
    """Return every outcome that each control had over some launches; one, if all were alike."""
    found: dict[str, dict[str, None]] = {}
    for record in records:
        for name, outcome in record.controls.items():
            found.setdefault(name, {})[outcome] = None
    return {name: list(outcomes) for name, outcomes in found.items()}


def states_of(records: Sequence[RoundRecord]) -> dict[str, list[ControlState]]:
    """Return every state that each control left the device in over some launches.

    A launch that does not name a control which others name was made without it.
    """
    names = dict.fromkeys(name for one in records for name in one.controls)
    return {
        name: list(dict.fromkeys(_state(one.controls.get(name)) for one in records))
        for name in names
    }


def _state(outcome: str | None) -> ControlState:
    if outcome is None:
        return ControlState.OFF
    known = outcome in set(ControlOutcome)
    return ControlOutcome(outcome).state if known else ControlState.UNKNOWN


def clocks_of(outcomes: Mapping[str, Sequence[str]]) -> dict[str, ControlState] | None:
    """Return the states of a cell's controls of clocks, without those that were off.

    None: one of them did not stay as it was, so nothing is like it.
    """
    found = {}
    for name in CLOCK_CONTROLS:
        states = {_state(one) for one in outcomes.get(name, ())} or {ControlState.OFF}
        if len(states) > 1:
            return None
        found[name.value] = states.pop()
    return {name: state for name, state in found.items() if state is not ControlState.OFF}


def changed(records: Sequence[RoundRecord]) -> tuple[str, str]:
    """Say which controls did not leave a cell's rounds alike: those of clocks, and others."""
    states = {name: found for name, found in states_of(records).items() if len(found) > 1}
    clocks = {name: found for name, found in states.items() if name in CLOCK_CONTROLS}
    others = {name: found for name, found in states.items() if name not in CLOCK_CONTROLS}
    return _told(clocks, records), _told(others, records)


def _told(states: Mapping[str, Sequence[ControlState]], records: Sequence[RoundRecord]) -> str:
    parts = []
    for name, found in states.items():
        counts = Counter(_state(one.controls.get(name)) for one in records)
        each = ", ".join(f"{one} in {counts[one]}" for one in found)
        parts.append(f"{name.replace('_', ' ')} was {each} of {len(records)} rounds")
    return "; ".join(parts)


def controls_file(root: Path, device: str) -> Path:
    """Return where the settings of a device are written down in a sweep's folder."""
    return root / "raw" / safe_name(device) / NAME


def read_controls(root: Path, devices: Sequence[str]) -> list[DeviceControlsDoc]:
    """Return what is known of each device's settings: the last state, and every note."""
    found = []
    for device in devices:
        lines = _lines(controls_file(root, device))
        if lines:
            last = next((one.controls for one in reversed(lines) if one.controls), [])
            notes = list(dict.fromkeys(note for one in lines for note in one.notes))
            found.append(DeviceControlsDoc(device=device, controls=last, notes=notes))
    return found


def _lines(path: Path) -> list[DeviceControlsDoc]:
    """Read the whole lines; a killed run may have torn the last one."""
    try:
        raw = path.read_bytes().splitlines()
    except OSError:
        return []
    lines = []
    for line in raw:
        try:
            lines.append(DeviceControlsDoc.model_validate_json(line))
        except ValidationError:
            continue
    return lines


def _document(one: Controlled) -> ControlDoc:
    return ControlDoc(
        name=one.name.value,
        outcome=one.outcome.value,
        before=dict(one.before),
        wanted=dict(one.wanted),
        message=one.message,
    )
