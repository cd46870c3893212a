"""A sweep folder as the report reads it: results.json, and the two records beside it, if there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from harness.errors import ConfigError, UsageError
from harness.sweep.documents import CellDoc, ResultsDoc
from harness.sweep.record import Manifest, ManifestDevice, RoundRecord

RESULTS = "results.json"
MANIFEST = "sweep.json"
JOURNAL = "rounds.jsonl"


@dataclass(frozen=True)
class SweepData:
    """The documents of one sweep. `missing` names records that could not be read, and why."""

    results: ResultsDoc
    manifest: Manifest | None = None
    rounds: tuple[RoundRecord, ...] = ()
    missing: tuple[str, ...] = ()

    @cached_property
    def devices(self) -> Mapping[str, ManifestDevice]:
        """Devices of the manifest by id; empty when there is none."""
        return {d.id: d for d in self.manifest.devices} if self.manifest else {}

    @cached_property
    def auto_baselines(self) -> frozenset[str]:
        """Ids of the cells that the harness added to have something to compare with."""
        cells = self.manifest.cells if self.manifest else []
        return frozenset(cell.id for cell in cells if cell.auto_baseline)

    @cached_property
    def rounds_of(self) -> Mapping[str, Sequence[RoundRecord]]:
        """Timed rounds by cell, in the journal's order."""
        found: dict[str, list[RoundRecord]] = {}
        for record in self.rounds:
            if record.kind == "round":
                found.setdefault(record.cell, []).append(record)
        return found

    @property
    def cells(self) -> Sequence[CellDoc]:
        """The judged cells."""
        return self.results.cells


def load_sweep(folder: Path) -> SweepData:
    """Read a sweep folder.

    Raises:
        UsageError: the folder has no results.json.
        ConfigError: results.json is not what this version writes.
    """
    path = folder / RESULTS
    if not path.is_file():
        raise UsageError(
            f"no {RESULTS} in {folder}",
            next_step="name the folder of one sweep: the one that has sweep.json in it",
        )
    results = _results(path)
    missing: list[str] = []
    manifest = _manifest(folder / MANIFEST, missing)
    rounds = _rounds(folder / JOURNAL, missing)
    return SweepData(results, manifest, rounds, tuple(missing))


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}" if where else fault["msg"]


def _results(path: Path) -> ResultsDoc:
    try:
        return ResultsDoc.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ConfigError(
            _first_fault(error),
            file=str(path),
            line=None,
            next_step="results.json is derived: put back the one that the sweep wrote",
        ) from error


def _manifest(path: Path, missing: list[str]) -> Manifest | None:
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        missing.append(f"{MANIFEST} is not there: device facts are unknown")
    except ValidationError as error:
        missing.append(f"{MANIFEST} cannot be read ({_first_fault(error)})")
    return None


def _rounds(path: Path, missing: list[str]) -> tuple[RoundRecord, ...]:
    """Read the journal; a last line without its end is what a killed run leaves."""
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        missing.append(f"{JOURNAL} is not there: heat and order of the rounds are unknown")
        return ()
    records, broken = [], 0
    for line in filter(None, lines):
        try:
            records.append(RoundRecord.model_validate_json(line))
        except ValidationError:
            broken += 1
    if broken:
        missing.append(f"{JOURNAL} has {broken} unreadable line{'s' if broken > 1 else ''}")
    return tuple(records)
