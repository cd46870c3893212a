"""The noise floors of a device, kept on the host: `<home>/noise/<device>.json`.

Each calibration is appended. What was measured on another build of the phone's system counts no
more, and a floor speaks of what was measured alike: on the same class of cores, under the same
controls of clocks. Those of simulated phones lie in `noise/simulated/`, and are never used for a
real one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.bench.toolstore import home
from harness.bench.variant import Accelerator
from harness.device.controls import ControlState
from harness.device.cores import CoreClass
from harness.errors import UsageError
from harness.files import safe_name, write_json


class NoiseEntry(BaseModel):
    """One A/A measurement of one variant on one device.

    `relative`: 0.03 is 3 %; of `pairs` comparisons of `rounds` rounds each. `variant_kind` is the
    accelerator that was asked for and did the work. `tool` and `model` are hashes, `measured` is
    UTC in ISO 8601, `sweep` the folder's name with every byte behind it. `cores` is the class that
    the tool was bound to (None: to none), `clocks` the states of the controls that change clocks,
    without those that were off; None, as in books that do not name them, is not known.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    measured: str
    fingerprint: str | None
    simulated: bool
    variant_kind: Accelerator
    variant: str
    tool: str
    model: str
    model_name: str
    rounds: int = Field(ge=1)
    pairs: int = Field(ge=1)
    relative: float = Field(ge=0, allow_inf_nan=False)
    confidence: float = Field(gt=0, lt=1)
    sweep: str = ""
    cores: CoreClass | None = None
    clocks: dict[str, ControlState] | None = None

    @property
    def like(self) -> tuple[object, ...]:
        """What must be the same for one floor to take another's place."""
        clocks = None if self.clocks is None else tuple(sorted(self.clocks.items()))
        return self.variant_kind, self.cores, clocks


class _Book(BaseModel):
    model_config = ConfigDict(populate_by_name=True, extra="ignore")

    schema_: Literal[1] = Field(default=1, alias="schema")
    device: str
    entries: list[NoiseEntry] = []


def book_of(device: str, *, simulated: bool) -> Path:
    """Return the file of a device's noise floors."""
    folder = home() / "noise"
    return (folder / "simulated" if simulated else folder) / f"{safe_name(device)}.json"


def read_noise(device: str, *, simulated: bool) -> tuple[NoiseEntry, ...]:
    """Return all that was measured of a device, in order; a damaged file counts as none."""
    path = book_of(device, simulated=simulated)
    try:
        book = _Book.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return ()
    return tuple(one for one in book.entries if one.simulated is simulated)


def append_noise(device: str, entries: Sequence[NoiseEntry], *, simulated: bool) -> Path:
    """Add measurements to what is known of a device; nothing of it is lost.

    Raises:
        UsageError: the file is there and cannot be read, so that adding would lose it.
    """
    path = book_of(device, simulated=simulated)
    known = known_book(device, simulated=simulated)
    book = _Book(device=device, entries=[*known, *entries])
    write_json(path, json.loads(book.model_dump_json(by_alias=True)))
    return path


def known_book(device: str, *, simulated: bool) -> list[NoiseEntry]:
    """Return everything in a device's file, to add to it.

    Raises:
        UsageError: it is there and cannot be read.
    """
    path = book_of(device, simulated=simulated)
    if not path.exists():
        return []
    try:
        return _Book.model_validate_json(path.read_bytes()).entries
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{path} cannot be read, and nothing is written over it",
            next_step="move it away, then calibrate again",
        ) from error


def current_floors(
    entries: Sequence[NoiseEntry], fingerprint: str | None
) -> tuple[NoiseEntry, ...]:
    """Return the floors that hold now: of each kind, class of cores and set of controls the latest.

    Where that calibration measured several variants of a kind, the largest counts. A device that
    does not tell its build has none: nobody could say whether it changed. Neither has an entry that
    does not tell under which controls it was measured.
    """
    floors: dict[tuple[object, ...], NoiseEntry] = {}
    for one in entries:
        if fingerprint is None or one.fingerprint != fingerprint or one.clocks is None:
            continue
        before = floors.get(one.like)
        if before is None or (before.measured, before.relative) <= (one.measured, one.relative):
            floors[one.like] = one
    return tuple(floors.values())
