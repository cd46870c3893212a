"""A sweep's folder as it lies on disk: the manifest and the journal, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from harness.bench.settings import RunSettings
from harness.errors import UsageError
from harness.sweep.journal import StepKey, read_journal
from harness.sweep.record import (
    Manifest,
    ManifestDevice,
    ManifestModel,
    ManifestTool,
    ManifestVariant,
    RoundRecord,
)

MANIFEST = "sweep.json"
RESULTS = "results.json"


@dataclass(frozen=True)
class SweepFolder:
    """A sweep's record, with its lists by name."""

    root: Path
    manifest: Manifest
    records: tuple[RoundRecord, ...]

    @cached_property
    def devices(self) -> Mapping[str, ManifestDevice]:
        """Devices by id."""
        return {one.id: one for one in self.manifest.devices}

    @cached_property
    def models(self) -> Mapping[str, ManifestModel]:
        """Models by sha256."""
        return {one.sha256: one for one in self.manifest.models}

    @cached_property
    def variants(self) -> Mapping[str, ManifestVariant]:
        """Variants by name."""
        return {one.name: one for one in self.manifest.variants}

    @cached_property
    def tools(self) -> Mapping[str, ManifestTool]:
        """Tools by sha256."""
        return {one.sha256: one for one in self.manifest.tools}

    def records_on(self, device: str) -> list[RoundRecord]:
        """Return all launches of a device, also those tried again, in the order they ran in."""
        cells = {cell.id for cell in self.manifest.cells if cell.device == device}
        return [one for one in self.records if one.cell in cells]

    def settings_of(self, device: str) -> RunSettings:
        """Return the run settings of a device: its own, or the sweep's."""
        return self.manifest.settings_of(device)

    @cached_property
    def device_of(self) -> Mapping[str, str]:
        """Devices by cell."""
        return {cell.id: cell.device for cell in self.manifest.cells}

    @cached_property
    def records_of(self) -> Mapping[str, list[RoundRecord]]:
        """Final launches by cell, in the order in which they ran.

        Of a launch that was begun anew on resume there is the last: it has the raw folder.
        """
        last: dict[StepKey, RoundRecord] = {}
        for record in self.records:
            if record.final:
                key = (record.cell, record.kind, record.index)
                last.pop(key, None)
                last[key] = record
        found: dict[str, list[RoundRecord]] = {}
        for record in last.values():
            found.setdefault(record.cell, []).append(record)
        return found


def read_folder(root: Path) -> SweepFolder:
    """Read the manifest and the journal.

    Raises:
        UsageError: the folder is not that of a sweep, or its manifest cannot be read.
    """
    path = root / MANIFEST
    if not path.is_file():
        raise UsageError(
            f"{root} is not the folder of a sweep: it has no {MANIFEST}",
            next_step="name a folder that `harness run` wrote, such as reports/<sweep-id>",
        )
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"{path} cannot be read: {where}: {first['msg']}",
            next_step="restore the file from a copy, or run the sweep again",
        ) from error
    return SweepFolder(root, manifest, read_journal(root))
